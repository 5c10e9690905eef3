"""Every written talk, played against the whole bot with the demo shop behind it."""

from __future__ import annotations

import fcntl
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import time_machine

from bot import suite
from bot.local import Local, playing
from bot.settings import read
from bot.suite import TalkScript

TALKS = suite.read(Path(__file__).parent / "conversations")
LEAST = 150
LEAST_OF_A_LANGUAGE = LEAST // 2


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Local]:
    """The bot; it is trained by the first of pytest's workers that comes, the others wait and load what it made."""
    with (tmp_path_factory.getbasetemp().parent / "training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with time_machine.travel(TALKS[0].today, tick=True):
            async with playing(read(demo=True)) as bot:
                fcntl.flock(lock, fcntl.LOCK_UN)
                yield bot


@pytest.mark.timeout(600)  # the first talk may wait for training
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.name)
async def test_a_talk_goes_as_written(local: Local, talk: TalkScript) -> None:
    with time_machine.travel(talk.today, tick=True):
        faults = await local.play(talk)
    assert not faults, "\n".join(
        f"turn {fault.turn}: {fault.said}\n  missing: {fault.missing}\n  heard: {fault.heard}" for fault in faults
    )


def test_talks_are_many_and_in_both_languages() -> None:
    languages = Counter(talk.language for talk in TALKS)
    assert len(TALKS) >= LEAST
    assert languages["zh"] >= LEAST_OF_A_LANGUAGE
    assert languages["en"] >= LEAST_OF_A_LANGUAGE


def test_each_talk_has_a_name_of_its_own() -> None:
    twice = [name for name, times in Counter(talk.name for talk in TALKS).items() if times > 1]
    assert twice == []

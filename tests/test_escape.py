"""Whatever state a dialogue is in, plain words reach a person, also when the bot itself is broken."""

from __future__ import annotations

import asyncio
import fcntl
import random
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import time_machine

from bot import suite, turns
from bot.errors import ModelError
from bot.local import Local, playing
from bot.settings import read
from bot.suite import TalkScript

TALKS = suite.read(Path(__file__).parent / "conversations")
WORDS = ("转人工", "人工", "human please", "Talk to a person")
MOST_TURNS = 2
STATES = [replace(talk, turns=talk.turns[:cut]) for talk in TALKS for cut in range(1, len(talk.turns) + 1)]
"""Every talk up to each of its turns."""
COUNTS = [24, pytest.param(300, marks=pytest.mark.slow)]

pytestmark = [pytest.mark.timeout(900), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Local]:
    """The whole bot with the demo shop; trained by the first of pytest's workers that comes."""
    with (tmp_path_factory.getbasetemp().parent / "training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with time_machine.travel(TALKS[0].today, tick=True):
            async with playing(read(demo=True)) as bot:
                fcntl.flock(lock, fcntl.LOCK_UN)
                await bot.begin_anew()
                yield bot


def _states(count: int) -> list[TalkScript]:
    return random.Random(count).sample(STATES, count)


async def _in_state(local: Local, talk: TalkScript) -> str:
    """Somebody who has come that far."""
    sender = uuid.uuid4().hex
    await suite.play(talk, local, sender=sender, day_in_words=lambda day, language, today: str(day))
    return sender


async def _stuck(local: Local, senders: list[tuple[TalkScript, str]]) -> list[str]:
    """The states out of which no person was reached."""
    stuck = []
    for place, (talk, sender) in enumerate(senders):
        with time_machine.travel(talk.today, tick=True):
            for _ in range(MOST_TURNS):
                await local.say(sender, WORDS[place % len(WORDS)], customer=talk.customer)
                if await local.handoff(sender) is not None:
                    break
            else:
                stuck.append(f"{talk.name}, after turn {len(talk.turns)}: {WORDS[place % len(WORDS)]}")
    return stuck


async def _everybody(local: Local, count: int) -> list[tuple[TalkScript, str]]:
    senders = []
    for talk in _states(count):
        with time_machine.travel(talk.today, tick=True):
            senders.append((talk, await _in_state(local, talk)))
    return senders


@pytest.mark.parametrize("count", COUNTS)
async def test_a_person_is_reached_from_any_state(local: Local, count: int) -> None:
    assert await _stuck(local, await _everybody(local, count)) == []


def _raises(*_: Any, **__: Any) -> Any:
    raise ModelError("the model is gone")


async def _hangs(*_: Any, **__: Any) -> Any:
    await asyncio.Event().wait()


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("reply", [_raises, _hangs], ids=["gone", "hangs"])
async def test_a_person_is_reached_when_the_engine_does_not_answer(
    local: Local, monkeypatch: pytest.MonkeyPatch, count: int, reply: Any
) -> None:
    senders = await _everybody(local, count)
    monkeypatch.setattr(turns, "ESCAPE_SECONDS", 0.05)
    engine = local._parts.engine
    monkeypatch.setattr(engine, "reply", reply)
    for name in ("understand", "say"):
        monkeypatch.setattr(engine, name, _raises)
    assert await _stuck(local, senders) == []

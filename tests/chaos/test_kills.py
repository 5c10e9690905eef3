"""Workers are killed and frozen under load: nothing that was accepted is lost, doubled or out of order."""

from __future__ import annotations

import random
from collections.abc import Collection

import pytest

from bot.store import outbox
from bot.store.database import opened
from tests.chaos.checker import Verdict, judge_doubles
from tests.chaos.conftest import StartServer
from tests.chaos.scenarios import Load, Trouble, bursts, talks
from tests.chaos.servers import Server
from tests.platform_server import Platform

SHORT = Load(talks=6, messages=12)
SLOW_ORDERS = {"tests.chaos.routines:WAIT_SECONDS": 0.25}
"""So that a worker is mostly in the middle of a turn when something happens to it."""


async def noted(server: Server) -> Collection[str]:
    database = opened(server.database_url)
    try:
        found = await database.read(outbox.to_look_at)
    finally:
        await database.aclose()
    return {f"{each.conversation}-{each.number}" for each in found if each.uncertain}


async def _talks(start_server: StartServer, chance: random.Random, *, bug: str = "", **server: object) -> Verdict:
    running = start_server(bug=bug, tuning=SLOW_ORDERS if bug else {}, **server)
    trouble = Trouble(running, chance, kills=5)
    verdict = await talks(running, SHORT, chance, trouble)
    print(verdict, f"{trouble.killed} kills, slowest {verdict.slowest_seconds:.1f} s")  # noqa: T201
    return verdict


async def _bursts(
    start_server: StartServer,
    chance: random.Random,
    platform: Platform,
    *,
    kills: int = 4,
    freezes: int = 0,
    **server: object,
) -> Verdict:
    running = start_server(
        callback_url=platform.url,
        callback_deduplicates=str(platform.deduplicates).lower(),
        tuning=SLOW_ORDERS if freezes else {},
        **server,
    )
    trouble = Trouble(running, chance, kills=kills, freezes=freezes, every_seconds=0.6)
    verdict = await bursts(running, platform, SHORT, chance, trouble)
    verdict.faults += judge_doubles(platform, await noted(running))
    print(verdict, f"{trouble.killed} kills, {trouble.frozen} freezes, {len(platform.doubled())} doubles")  # noqa: T201
    return verdict


async def test_talks_go_on_through_kills(start_server: StartServer, chance: random.Random, database_url: str) -> None:
    workers = 1 if database_url.startswith("sqlite") else 4  # test_long has all four
    verdict = await _talks(start_server, chance, workers=workers, database_url=database_url)
    assert not verdict.faults, str(verdict)


@pytest.mark.slow
@pytest.mark.parametrize("bug", ["stores_repeats", "makes_new_keys", "commits_in_two"])
async def test_talks_notice_when_the_server(start_server: StartServer, chance: random.Random, bug: str) -> None:
    assert (await _talks(start_server, chance, workers=2, bug=bug)).faults


async def test_bursts_are_answered_in_order_through_kills_and_freezes(
    start_server: StartServer, chance: random.Random, platform: Platform, database_url: str
) -> None:
    platform.busy, platform.broken, platform.deaf, platform.retry_after = 0.05, 0.05, 0.05, "0.5"
    verdict = await _bursts(start_server, chance, platform, freezes=3, workers=4, database_url=database_url)
    assert not verdict.faults, str(verdict)


async def test_a_platform_that_keeps_doubles_loses_nothing_and_each_is_noted(
    start_server: StartServer, chance: random.Random, platform: Platform
) -> None:
    platform.deduplicates, platform.deaf, platform.slow_seconds = False, 0.1, 0.03
    verdict = await _bursts(start_server, chance, platform, workers=2)
    assert not verdict.faults, str(verdict)


@pytest.mark.slow
@pytest.mark.parametrize(
    "bug",
    ["acknowledges_early", "forgets_fencing", "marks_before_sending", "delivers_any_reply", "is_impatient"],
)
async def test_bursts_notice_when_the_server(
    start_server: StartServer, chance: random.Random, platform: Platform, bug: str
) -> None:
    platform.busy, platform.retry_after, platform.slow_seconds = 0.1, "0.5", 0.03
    trouble = {"kills": 0, "freezes": 6} if bug == "forgets_fencing" else {}
    assert (await _bursts(start_server, chance, platform, workers=3, bug=bug, **trouble)).faults


@pytest.mark.slow
async def test_doubles_are_noticed_when_the_server_keeps_them_quiet(
    start_server: StartServer, chance: random.Random, platform: Platform
) -> None:
    platform.deduplicates, platform.deaf, platform.slow_seconds = False, 0.1, 0.03
    assert (await _bursts(start_server, chance, platform, workers=2, bug="keeps_doubles_quiet")).faults

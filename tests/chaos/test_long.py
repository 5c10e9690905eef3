"""The long form: hundreds of kills, hundreds of conversations, long outages. `make chaos` runs it."""

from __future__ import annotations

import asyncio
import os
import random
import time

import pytest

from tests.chaos.checker import Verdict, judge_doubles
from tests.chaos.conftest import PostgreSQL, StartServer
from tests.chaos.scenarios import Load, Trouble, bursts, talks
from tests.chaos.test_kills import noted
from tests.platform_server import Platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("GUITAI_CHAOS_KILLS", "200"))
ROUND = Load(talks=12, messages=30)


def _tell(name: str, trouble: Trouble, verdicts: list[Verdict], began: float) -> None:
    messages = sum(verdict.messages for verdict in verdicts)
    aside = sum(verdict.set_aside for verdict in verdicts)
    slowest = max(verdict.slowest_seconds for verdict in verdicts)
    print(  # noqa: T201
        f"\n{name}: {messages} messages, {trouble.killed} kills, {trouble.frozen} freezes, {aside} set aside, "
        f"slowest {slowest:.1f} s, {time.monotonic() - began:.0f} s in all"
    )


@pytest.mark.parametrize("workers", [1, 4])
async def test_talks_through_hundreds_of_kills(
    start_server: StartServer, chance: random.Random, database_url: str, workers: int
) -> None:
    server = start_server(workers=workers, database_url=database_url)
    trouble = Trouble(server, chance, kills=KILLS, every_seconds=1.0)
    verdicts: list[Verdict] = []
    began = time.monotonic()
    while trouble.killed < KILLS:
        verdicts.append(await talks(server, ROUND, chance, trouble, prefix=f"r{len(verdicts)}t"))
        assert not verdicts[-1].faults, str(verdicts[-1])
    _tell(f"talks, {database_url.partition(':')[0]}, {workers} workers", trouble, verdicts, began)


@pytest.mark.parametrize("deduplicates", [True, False])
async def test_replies_through_hundreds_of_kills(
    start_server: StartServer, chance: random.Random, database_url: str, platform: Platform, deduplicates: bool
) -> None:
    platform.deduplicates, platform.retry_after = deduplicates, "0.5"
    platform.busy, platform.broken, platform.deaf, platform.slow_seconds = 0.03, 0.03, 0.03, 0.02
    server = start_server(
        workers=4,
        database_url=database_url,
        callback_url=platform.url,
        callback_deduplicates=str(deduplicates).lower(),
    )
    trouble = Trouble(server, chance, kills=KILLS, every_seconds=1.0)
    verdicts: list[Verdict] = []
    began = time.monotonic()
    while trouble.killed < KILLS:
        verdicts.append(await bursts(server, platform, ROUND, chance, trouble, prefix=f"r{len(verdicts)}b"))
        assert not verdicts[-1].faults, str(verdicts[-1])
    quiet = judge_doubles(platform, await noted(server))
    assert not quiet, quiet
    _tell(f"bursts, {database_url.partition(':')[0]}, doubles {len(platform.doubled())}", trouble, verdicts, began)


async def test_two_hundred_conversations_in_bursts_with_kills_and_frozen_workers(
    start_server: StartServer, chance: random.Random, database_url: str, platform: Platform
) -> None:
    server = start_server(workers=4, database_url=database_url, callback_url=platform.url)
    trouble = Trouble(server, chance, kills=20, freezes=20)
    began = time.monotonic()
    verdict = await bursts(server, platform, Load(talks=200, messages=20), chance, trouble)
    _tell(f"200 bursts of 20, {database_url.partition(':')[0]}", trouble, [verdict], began)
    assert not verdict.faults, str(verdict)


async def test_postgresql_is_away_for_half_a_minute(
    start_server: StartServer, chance: random.Random, platform: Platform, own_postgresql: PostgreSQL
) -> None:
    server = start_server(workers=2, database_url=own_postgresql.url, callback_url=platform.url)

    async def outage() -> None:
        await asyncio.sleep(0.3)
        await asyncio.to_thread(own_postgresql.crash)
        await asyncio.sleep(30)
        await asyncio.to_thread(own_postgresql.start)

    happening = asyncio.create_task(outage())
    verdict = await bursts(server, platform, Load(talks=12, messages=20), chance, Trouble(server, chance))
    await happening
    assert not verdict.faults, str(verdict)

"""Killing workers under load: nothing that was accepted is lost, and nothing happens twice."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

import pytest

from tests.chaos.callers import Asked, talk_all
from tests.chaos.checker import judge_orders, judge_talks
from tests.chaos.conftest import StartServer
from tests.chaos.servers import Server


@dataclass
class Storm:
    """Load and kills at once."""

    server: Server
    chance: random.Random
    kills: int = 0

    async def blow(self, *, talks: int, messages: int, every_seconds: float, kills: int) -> list[Asked]:
        """Hold `talks` of `messages` each while workers are killed; kills go on until the talks end or are enough."""
        words = [(f"c{talk}", [self._text(talk, number) for number in range(messages)]) for talk in range(talks)]
        talking = asyncio.ensure_future(talk_all(self.server.address, words, self.chance))
        while not talking.done() and self.kills < kills:
            await asyncio.wait([talking], timeout=self.chance.uniform(0.5, 1.5) * every_seconds)
            if not talking.done() and self.server.kill_a_worker(self.chance):
                self.kills += 1
        return await talking

    def _text(self, talk: int, number: int) -> str:
        return f"{'order' if self.chance.random() < 0.3 else 'say'} t{talk}n{number}"


@pytest.mark.parametrize("workers", [1, 2])
async def test_kills_under_load_lose_nothing_and_double_nothing(
    start_server: StartServer, chance: random.Random, workers: int
) -> None:
    server = start_server(workers=workers)
    storm = Storm(server, chance)
    began = time.monotonic()
    asked = await storm.blow(talks=8, messages=25, every_seconds=1.0, kills=6)
    verdict = judge_talks(asked)
    print(f"{verdict}, {storm.kills} kills, {time.monotonic() - began:.1f} s, slowest {verdict.slowest_seconds:.1f} s")  # noqa: T201
    server.stop()
    assert not verdict.faults, str(verdict)
    assert not judge_orders((each.text for each in asked), server.shop_database)

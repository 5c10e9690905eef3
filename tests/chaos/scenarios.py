"""What happens to a server while it is spoken to. Each scenario returns what its checker found."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx

from tests.chaos.callers import REPEATED, Asked, talk_all
from tests.chaos.checker import Verdict, judge_orders, judge_platform, judge_talks
from tests.chaos.servers import Server, send
from tests.platform_server import Platform

SILENT_SECONDS = 8.0
"""Longer than a lease and a restart take; after that nothing more will come."""
DRAINED_SECONDS = 60.0
"""How long replies may take to arrive after the last message was taken."""


@dataclass(frozen=True, slots=True)
class Load:
    talks: int
    messages: int
    """Of each talk."""
    orders: float = 0.3
    """The share of messages that have the shop do something."""


@dataclass
class Trouble:
    """Kills and freezes workers for as long as the load lasts, or until it was enough."""

    server: Server
    chance: random.Random
    kills: int = 0
    freezes: int = 0
    every_seconds: float = 0.8
    frozen_seconds: float = 2.5
    """Longer than a lease."""
    killed: int = 0
    frozen: int = 0

    async def beside(self, load: Awaitable[list[Asked]] | Awaitable[None]) -> list[Asked] | None:
        task = asyncio.ensure_future(load)
        thawing: set[asyncio.Task[None]] = set()
        while not task.done() and (self.killed < self.kills or self.frozen < self.freezes):
            await asyncio.wait([task], timeout=self.chance.uniform(0.5, 1.5) * self.every_seconds)
            if task.done():
                break
            if not await asyncio.to_thread(self.server.is_ready):
                continue  # whoever is killed has served: a slow machine is no trouble of ours
            left = self.kills - self.killed, self.freezes - self.frozen
            if self.chance.uniform(0, sum(left)) < left[0]:
                self.killed += self.server.kill_a_worker(self.chance) is not None
            elif workers := self.server.alive():
                thawing.add(asyncio.create_task(self._freeze(self.chance.choice(workers))))
        await asyncio.gather(*thawing)
        return await task

    async def _freeze(self, worker: int) -> None:
        self.frozen += 1
        send(worker, signal.SIGSTOP)
        await asyncio.sleep(self.frozen_seconds)
        send(worker, signal.SIGCONT)


def texts(load: Load, chance: random.Random, *, prefix: str = "t") -> dict[str, list[str]]:
    """What each sender will say, each message another."""
    return {
        f"{prefix}{talk}": [
            f"{'order' if chance.random() < load.orders else 'say'} {prefix}{talk}n{number}"
            for number in range(load.messages)
        ]
        for talk in range(load.talks)
    }


async def talks(server: Server, load: Load, chance: random.Random, trouble: Trouble, *, prefix: str = "t") -> Verdict:
    """Talks over REST, judged by what the callers saw and what the shop has done."""
    said = texts(load, chance, prefix=prefix)
    asked = await trouble.beside(talk_all(server.address, list(said.items()), chance))
    assert asked is not None
    verdict = judge_talks(asked)
    verdict.faults += judge_orders((each.text for each in asked), server.shop_database, prefix=prefix)
    return verdict


async def bursts(
    server: Server, platform: Platform, load: Load, chance: random.Random, trouble: Trouble, *, prefix: str = "b"
) -> Verdict:
    """Bursts by callback, judged by what the platform has shown to its customers."""
    said = texts(load, chance, prefix=prefix)
    limits = httpx.Limits(max_connections=2 * load.talks, max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits) as client:

        async def everybody() -> None:
            await asyncio.gather(*(_burst(client, server.address, who, what, chance) for who, what in said.items()))
            await _until_shown(platform, said)

        await trouble.beside(everybody())
    verdict = judge_platform(said, platform)
    aside = {who for who in said if _was_set_aside(platform, who)}
    verdict.faults += judge_orders(
        (text for who in said.keys() - aside for text in said[who]),
        server.shop_database,
        prefix=prefix,
        unsure=(text for who in aside for text in said[who]),
    )
    return verdict


async def _burst(
    client: httpx.AsyncClient, address: str, sender: str, words: Sequence[str], chance: random.Random
) -> None:
    """Have each message taken before the next is sent; that is faster than they are answered."""
    for number, text in enumerate(words):
        body = {"sender": sender, "message": text, "message_id": str(number)}
        times = 2 if chance.random() < REPEATED else 1
        while times:
            with suppress(httpx.TransportError):
                answer = await client.post(f"{address}/webhooks/callback/webhook", json=body, timeout=5)
                if answer.status_code == httpx.codes.OK:
                    times -= 1
                    continue
            await asyncio.sleep(0.05)


async def _until_shown(platform: Platform, said: dict[str, list[str]]) -> None:
    """Until every talk has as many replies as messages, or nothing has come for long."""
    arrived, waited = -1, 0.0
    while waited < DRAINED_SECONDS:
        shown = platform.shown()
        if all(
            len(set(shown.get(who, ()))) >= len(what) or _was_set_aside(platform, who) for who, what in said.items()
        ):
            return
        waited = waited + 0.1 if len(platform.arrived) == arrived else 0.0
        arrived = len(platform.arrived)
        if waited > SILENT_SECONDS:
            return  # what has not come by now is lost
        await asyncio.sleep(0.1)


def _was_set_aside(platform: Platform, who: str) -> bool:
    return "set aside" in platform.shown().get(who, ())


async def until(holds: Callable[[], bool], *, within_seconds: float) -> bool:
    """Whether something came to hold in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_seconds
    while not holds():
        if loop.time() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True

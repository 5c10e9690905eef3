"""One message that kills, and a shop that does not answer: whoever else is talking does not notice."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from tests.chaos.callers import talk_all
from tests.chaos.checker import judge_talks, said_in
from tests.chaos.conftest import StartServer
from tests.chaos.scenarios import Load, texts
from tests.chaos.servers import Server

PATH = "/webhooks/rest/webhook"
TRIES = 3


@dataclass
class Watched:
    """How often a worker died."""

    server: Server
    deaths: int = 0
    seen: set[int] = field(default_factory=set)

    async def __call__(self) -> None:
        while True:
            now = set(self.server.alive())
            self.deaths += len(self.seen - now)
            self.seen = now
            await asyncio.sleep(0.02)


async def _poisoned(start_server: StartServer, chance: random.Random, bug: str = "") -> list[str]:
    server = start_server(workers=2, bug=bug)
    watched = Watched(server)
    watching = asyncio.create_task(watched())
    others = asyncio.create_task(talk_all(server.address, list(texts(Load(4, 10), chance).items()), chance))
    faults: list[str] = []
    async with httpx.AsyncClient(base_url=server.address, timeout=3) as client:
        deadline = time.monotonic() + 15
        body = {"sender": "eve", "message": "poison x", "message_id": "1"}
        said: list[str] = []
        while not said and time.monotonic() < deadline:
            try:
                answer = await client.post(PATH, json=body)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code == httpx.codes.OK:
                said = said_in(answer.content)
    if said[:1] != ["set aside"]:
        faults.append(f"the poison was answered {said}")
    watching.cancel()
    if watched.deaths > TRIES:
        faults.append(f"{watched.deaths} workers died of it")
    if not bug:
        faults += judge_talks(await others).faults
    others.cancel()
    return faults


async def test_a_message_that_kills_is_tried_three_times_and_set_aside(
    start_server: StartServer, chance: random.Random
) -> None:
    assert not await _poisoned(start_server, chance)


@pytest.mark.slow
async def test_it_is_noticed_when_a_message_that_kills_is_tried_for_ever(
    start_server: StartServer, chance: random.Random
) -> None:
    assert await _poisoned(start_server, chance, bug="tries_for_ever")


@dataclass
class Lateness:
    """How long this machine let us wait for nothing, in all: other tests run beside us."""

    seconds: float = 0.0

    async def watch(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.02)
            late = time.monotonic() - began - 0.02
            self.seconds += late if late > 0.01 else 0.0


@pytest.fixture
async def silent_shop() -> AsyncIterator[str]:
    """Takes every connection and never says a word."""
    writers: set[asyncio.StreamWriter] = set()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in writers:
        writer.transport.abort()
    await server.wait_closed()


async def _with_silent_shop(start_server: StartServer, shop: str, bug: str = "") -> list[str]:
    server = start_server(workers=1, shop_url=shop, shop_token="t" * 40, bug=bug)
    faults: list[str] = []
    late = Lateness()
    watching = asyncio.create_task(late.watch())
    async with httpx.AsyncClient(base_url=server.address, timeout=20) as client:

        async def say(sender: str, message: str) -> tuple[list[str], float]:
            began = time.monotonic()
            answer = await client.post(PATH, json={"sender": sender, "message": message})
            return said_in(answer.content), time.monotonic() - began

        def judge(said: list[str], seconds: float, *, expected: str, within_seconds: float) -> None:
            if not said or not said[0].startswith(expected):
                faults.append(f"heard {said}, not {expected}")
            if seconds > within_seconds + late.seconds:
                faults.append(f"{expected} took {seconds:.2f} s")

        orders = [asyncio.create_task(say(f"o{number}", f"order w{number}")) for number in range(5)]
        await asyncio.sleep(0.1)
        for number in range(10):
            judge(*await say(f"s{number}", "say hello"), expected="1|say hello", within_seconds=1.0)
        for order in orders:
            judge(*await order, expected="shop down", within_seconds=4.0)
        for number in range(3):
            judge(*await say(f"l{number}", "order late"), expected="shop down", within_seconds=0.5)
    watching.cancel()
    return faults


async def test_a_shop_that_does_not_answer_leads_to_an_honest_sentence_and_then_is_left_alone(
    start_server: StartServer, silent_shop: str
) -> None:
    assert not await _with_silent_shop(start_server, silent_shop)


@pytest.mark.slow
async def test_it_is_noticed_when_there_is_no_breaker(start_server: StartServer, silent_shop: str) -> None:
    assert await _with_silent_shop(start_server, silent_shop, bug="has_no_breaker")

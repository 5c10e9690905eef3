"""WeChat under an engine that stands still, and under a flood of pushes that are not WeChat's."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import random
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.store.database import Database
from bot.store.tables import inbox
from channels.wechat import wire
from channels.wechat.crypto import Envelope
from tests.channels.wechats import Talk, talking, until
from tests.platforms.wechat import APP_ID, KEY, RETRIES, Pushed, Request, WeChat


def _push(hook: str, requests: Sequence[Request], seconds: float, pipe: Any) -> None:
    """In a process of its own: push each request at its time, as WeChat does, and tell what came of it."""

    async def main() -> list[Pushed]:
        wechat, pushed, began = WeChat(hook=hook), [Pushed("", "text") for _ in requests], time.monotonic()

        async def deliver(place: int) -> None:
            await asyncio.sleep(began + place * seconds / len(requests) - time.monotonic())
            for _ in range(1 + RETRIES):
                if await wechat.deliver(requests[place], pushed[place]) is not None:
                    return

        await asyncio.gather(*(deliver(place) for place in range(len(requests))))
        await wechat.aclose()
        return pushed

    pipe.send(asyncio.run(main()))


async def _stalled(talk: Talk, *, messages: int, stall_seconds: float) -> list[float]:
    """So many customers write, one after the other, while the engine stands still; how long WeChat waited for each."""
    wechat, engine = talk.wechat, talk.house.engine
    engine.gate = asyncio.Event()
    people = [f"o{number:05d}" for number in range(messages)]
    requests = [wechat.request(who, MsgType="text", Content=f"hello {who}", MsgId=1) for who in people]
    for who in people:
        wechat._count(who, "text", "")
    processes = multiprocessing.get_context("fork")
    ours, theirs = processes.Pipe()
    process = processes.Process(target=_push, args=(talk.hook, requests, stall_seconds, theirs), daemon=True)
    gc.collect()
    gc.freeze()  # as a worker does: looking through all that pytest has loaded takes half a second
    process.start()
    await asyncio.sleep(stall_seconds)
    engine.gate.set()
    pushed: list[Pushed] = await asyncio.to_thread(ours.recv)
    await asyncio.to_thread(process.join)
    gc.unfreeze()
    for who, each in zip(people, pushed, strict=True):
        for answer in each.answers:
            wechat._show(who, answer)
    await until(lambda: all(wechat.people[who].shown for who in people), talk.house, seconds=120)
    await talk.house.router.drain(within_seconds=60)
    for _ in range(3):
        await talk.house.deliveries.sweep()
        await talk.house.deliveries.drain(within_seconds=60)
    assert Counter(tuple(each.statuses) for each in pushed) == {(200,): messages}
    for who in people:
        assert wechat.texts(who) in ([f"1: hello {who}"], ["[utter_action_failed en]"])
    return [each.seconds[0] for each in pushed]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
async def test_with_the_engine_stalled_everybody_is_acknowledged_in_time_and_answered_once(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with talking(sqlite_database, tmp_path, wechat_answer_seconds=0.4) as talk:
        waited = await _stalled(talk, messages=30, stall_seconds=0.8)
    assert sorted(waited)[len(waited) // 2] >= 0.4, "the engine did stand still"
    assert max(waited) < 4.5


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
async def test_a_thousand_messages_while_the_engine_stands_still_for_30_seconds(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with talking(sqlite_database, tmp_path) as talk:
        waited = await _stalled(talk, messages=1000, stall_seconds=30)
    print(f"slowest acknowledgement {max(waited):.2f} s, of {len(waited)}")  # noqa: T201
    assert max(waited) < 4.5


def _hostile(wechat: WeChat, good: Request) -> Iterator[Request]:
    """Pushes that are not WeChat's, for ever."""
    chance = random.Random(7)
    other_key = KEY[::-1]
    while True:
        match chance.randrange(8):
            case 0:
                yield replace(good, query={**good.query, "msg_signature": secrets.token_hex(20)})
            case 1:
                yield replace(good, query={**good.query, "nonce": secrets.token_hex(4)})
            case 2:
                late = str(int(good.query["timestamp"]) - chance.randrange(400, 9000))
                yield replace(good, query={**good.query, "timestamp": late})
            case 3:
                sealed = Envelope((other_key,), receiver=APP_ID).seal(b"<xml/>", other_key)
                yield replace(good, body=wire.render({"Encrypt": sealed}, as_json=False).encode())
            case 4:
                stranger = WeChat(token=secrets.token_hex(12), now=wechat.now)
                yield stranger.request("oMallory", MsgType="text", Content="x", MsgId=chance.randrange(10**9))
            case 5:
                downgraded = WeChat(mode="plain", now=wechat.now)
                yield downgraded.request("oMallory", MsgType="text", Content="x", MsgId=chance.randrange(10**9))
            case 6:
                yield good
            case _:
                cut = chance.randrange(1, len(good.body))
                yield replace(good, body=good.body[:cut])


async def _flooded(talk: Talk, *, count: int) -> Counter[int]:
    """What so many forged and replayed pushes were answered with."""
    wechat = talk.wechat
    good = wechat.request("oAnn", MsgType="text", Content="hello", MsgId=1)
    assert (await talk.post(good)).status_code == 200
    talk.house.clock.forward(seconds=90)
    wechat.scale = 60.0  # what is only slow is no refusal
    hostile, told = _hostile(wechat, good), Pushed("oMallory", "text")
    for begin in range(0, count, 20):
        many = [next(hostile) for _ in range(min(20, count - begin))]
        await asyncio.gather(*(wechat.deliver(each, told) for each in many))
    assert len(talk.house.engine.heard) == 1
    query = select(func.count()).select_from(inbox)
    assert await talk.house.database.read(lambda connection: connection.execute(query).scalar_one()) == 1
    return Counter(told.statuses)


async def test_of_300_forged_or_replayed_pushes_none_is_taken(sqlite_database: Database, tmp_path: Path) -> None:
    async with talking(sqlite_database, tmp_path) as talk:
        assert set(await _flooded(talk, count=300)) <= {400, 403}


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_of_10000_forged_or_replayed_pushes_none_is_taken(sqlite_database: Database, tmp_path: Path) -> None:
    async with talking(sqlite_database, tmp_path) as talk:
        refused = await _flooded(talk, count=10_000)
    print(f"refused: {dict(refused)}")  # noqa: T201
    assert set(refused) <= {400, 403}

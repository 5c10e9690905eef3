"""Both kinds of Live do the same; without Redis, its kind does for one process what it can."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.live import InProcess, Live, OverRedis, connect
from tests.redis_server import started


@pytest.fixture(params=["in process", "redis"])
async def live(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Live]:
    if request.param == "in process":
        yield InProcess()
        return
    address = request.getfixturevalue("redis_url")
    async with Redis.from_url(address) as client:
        await client.flushdb()
    monkeypatch.setattr("bot.live.REDIS_SECONDS", 30.0)  # a busy machine is slow, not away
    made = OverRedis(address)
    await made.start()
    yield made
    await made.aclose()


async def test_everybody_who_waits_is_woken(live: Live) -> None:
    waiting = [asyncio.ensure_future(live.wait("a", timeout_seconds=10)) for _ in range(3)]
    await asyncio.sleep(0)
    await live.wake("a")
    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_whoever_listens_hears_every_topic_once(live: Live) -> None:
    heard: list[str] = []
    live.listen(heard.append)
    waiting = asyncio.ensure_future(live.wait("last", timeout_seconds=10))
    await asyncio.sleep(0)
    for topic in ("a", "b b", "a", "last"):
        await live.wake(topic)
    assert await waiting
    await live.allow("time for an echo to come back", limit=1, window_seconds=600)
    assert heard == ["a", "b b", "a", "last"]


async def test_wake_ups_of_another_process_are_heard(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.live.REDIS_SECONDS", 30.0)
    here, there = OverRedis(redis_url), OverRedis(redis_url)
    heard: asyncio.Queue[str] = asyncio.Queue()
    here.listen(heard.put_nowait)
    await here.start()
    await there.start()
    try:
        async with asyncio.timeout(20):
            while not here.reaches_others:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            await there.wake("talk:1")
            assert await heard.get() == "talk:1"
    finally:
        await here.aclose()
        await there.aclose()
    assert not InProcess().reaches_others


async def test_another_topic_wakes_nobody(live: Live) -> None:
    waiting = asyncio.ensure_future(live.wait("a", timeout_seconds=0.2))
    await asyncio.sleep(0)
    await live.wake("b")
    assert await waiting is False


async def test_waiting_ends_by_itself(live: Live) -> None:
    assert await live.wait("a", timeout_seconds=0.01) is False


async def test_a_limit_lets_so_many_pass_and_counts_each_subject_alone(live: Live) -> None:
    passed = [await live.allow("ann", limit=3, window_seconds=600) for _ in range(5)]
    assert passed == [True, True, True, False, False]
    assert await live.allow("bob", limit=3, window_seconds=600)


async def test_many_at_once_do_not_pass_a_limit(live: Live) -> None:
    passed = await asyncio.gather(*(live.allow("ann", limit=5, window_seconds=600) for _ in range(20)))
    assert sum(passed) == 5


async def test_a_wake_up_crosses_processes(redis_url: str) -> None:
    here, there = OverRedis(redis_url), OverRedis(redis_url)
    await here.start()
    await there.start()
    try:
        waiting = asyncio.ensure_future(here.wait("a", timeout_seconds=20))
        while not waiting.done():  # the listener may still be on its way to Redis
            await there.wake("a")
            await asyncio.wait({waiting}, timeout=0.05)
        assert waiting.result() is True
    finally:
        await here.aclose()
        await there.aclose()


async def test_a_limit_is_shared_between_processes(redis_url: str) -> None:
    here, there = OverRedis(redis_url), OverRedis(redis_url)
    passed = [await each.allow("shared", limit=3, window_seconds=600) for each in (here, there, here, there)]
    assert passed == [True, True, True, False]
    await here.aclose()
    await there.aclose()


async def test_without_redis_waking_and_limits_go_on_in_this_process(tmp_path: Path) -> None:
    with started(tmp_path) as address:
        live = OverRedis(address)
        await live.start()
        assert await live.allow("ann", limit=2, window_seconds=600)
    waiting = asyncio.ensure_future(live.wait("a", timeout_seconds=10))
    await asyncio.sleep(0)
    await live.wake("a")
    assert await waiting is True
    assert [await live.allow("ann", limit=2, window_seconds=600) for _ in range(3)] == [True, True, False]
    await live.aclose()


async def test_a_redis_that_hangs_makes_nobody_wait(tmp_path: Path) -> None:
    with started(tmp_path) as address:
        live = OverRedis(address)
        await live.start()
        async with Redis.from_url(address) as client:
            process = int((await client.info("server"))["process_id"])
        os.kill(process, signal.SIGSTOP)
        began = time.monotonic()
        for _ in range(20):
            await live.wake("a")
        assert time.monotonic() - began < 0.2
        for _ in range(3):
            await live.allow("ann", limit=2, window_seconds=600)
        assert time.monotonic() - began < 3
        os.kill(process, signal.SIGCONT)
        await live.aclose()


def test_the_settings_choose_the_kind(redis_url: str) -> None:
    assert isinstance(connect(""), InProcess)
    assert isinstance(connect(redis_url), OverRedis)

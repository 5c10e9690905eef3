"""Several workers on one database: a talk goes on wherever its customer comes back, with Redis and without."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from bot.customers import sign
from bot.live import InProcess, Live, OverRedis
from bot.store.database import Database
from tests.bot.served import Served, served
from tests.channels.widgets import Widget, opened, web
from tests.house import SECRET, House


@pytest.fixture(params=["redis", "no redis"])
async def sites(
    request: pytest.FixtureRequest, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Served]]:
    """Two workers on one database."""
    made: list[Served] = []
    async with AsyncExitStack() as stack:
        for _ in range(2):
            live: Live = InProcess()
            if request.param == "redis":
                live = OverRedis(request.getfixturevalue("redis_url"))
                monkeypatch.setattr("bot.live.REDIS_SECONDS", 30.0)
            await live.start()
            stack.push_async_callback(live.aclose)
            house.live = live
            house.router = house.another_worker()
            house.talks = house.talks_over(house.router)
            stack.push_async_callback(house.router.drain, within_seconds=5)
            made.append(await stack.enter_async_context(served(house, [web(tmp_path)])))
        yield made


async def test_two_windows_on_two_workers_are_in_step(sites: list[Served]) -> None:
    first = Widget(sites[0].address)
    async with opened(first):
        second = Widget(sites[1].address, visitor=first.visitor)
        async with opened(second):
            await first.ask("hello")
            await second.until(lambda: second.seen == 2)
            await second.ask("and from here")
            await first.until(lambda: first.seen == 4)
            assert first.texts == second.texts == ["hello", "1: hello", "and from here", "2: and from here"]


async def test_signing_out_on_one_worker_reaches_the_other(house: House, sites: list[Served]) -> None:
    customer = sign("C001", SECRET, now=house.clock(), lasts=timedelta(minutes=5))
    first = Widget(sites[0].address, customer=customer)
    async with opened(first):
        second = Widget(sites[1].address, visitor=first.visitor, customer=customer)
        async with opened(second):
            await first.ask("my order")
            await first.send({"t": "logout"})
            await second.wait("signed_out")


async def test_signing_in_on_one_worker_takes_the_talk_from_the_window_on_the_other(
    house: House, sites: list[Served]
) -> None:
    first = Widget(sites[0].address)
    async with opened(first):
        await first.ask("my secret")
        second = Widget(sites[1].address, visitor=first.visitor)
        async with opened(second):
            await second.until(lambda: second.seen == 2)
            await first.send({"t": "identify", "customer": sign("C001", SECRET, now=house.clock(), lasts=timedelta(1))})
            await second.until(lambda: second.conversation is None and not second.lines)


async def test_a_talk_goes_on_at_the_other_worker_when_the_first_one_stops(house: House, sites: list[Served]) -> None:
    widget = Widget(sites[0].address)
    async with opened(widget):
        await widget.ask("one")
        house.engine.gate, house.engine.asked = asyncio.Event(), asyncio.Event()
        number = await widget.say("two")
        await house.engine.asked.wait()
        await widget.cut()
        widget.address = widget.address.replace(
            sites[0].address.rpartition(":")[2], sites[1].address.rpartition(":")[2]
        )
        await widget.open()
        await widget.say("two", number=number)
        assert (await widget.wait("ack", id=number))["seq"] == 3
        await widget.wait("typing", who="bot", on=True)
        house.engine.gate.set()
        await widget.until(lambda: widget.seen == 4)
    assert [line["seq"] for line in widget.lines] == [1, 2, 3, 4]


async def test_wake_ups_are_not_needed(
    sqlite_database: Database, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(house, [web(tmp_path)]) as site, opened(Widget(site.address)) as (widget,):
        await widget.ask("hello")
        monkeypatch.setattr(house.live, "wake", lambda topic: asyncio.sleep(0))
        await widget.say("again")
        await widget.until(lambda: widget.seen == 4)

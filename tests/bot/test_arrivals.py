"""What has arrived and is no message yet, and cursors: kept once, seen to by one worker, in both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot import arrivals as rooms
from bot.arrivals import Arrivals, Reader
from bot.errors import LeaseLost
from bot.messages import Address
from bot.store import arrivals
from bot.store.arrivals import Arrival
from bot.store.database import Database
from tests.fakes import FakeClock

ANN, BOB = Address("telegram", "1", "ann"), Address("telegram", "1", "bob")


async def _keep(database: Database, address: Address, name: str, bundle: str | None = None) -> bool:
    return await database.run(
        arrivals.keep,
        address,
        external_id=name,
        bundle=bundle,
        data={"name": name},
        settle_seconds=30.0,
        lease_clock=database.lease_clock,
        now=FakeClock()(),
    )


async def _take(database: Database, address: Address) -> list[str]:
    taken = await database.run(arrivals.take, address, lease_clock=database.lease_clock, lease_seconds=30.0)
    return [each.external_id for each in taken]


async def _due(database: Database) -> list[Address]:
    return await database.read(arrivals.due, "telegram", lease_clock=database.lease_clock)


async def test_what_arrived_is_taken_once_by_one_worker_in_order(database: Database) -> None:
    assert [await _keep(database, ANN, name) for name in ("1", "2", "1")] == [True, True, False]
    await _keep(database, BOB, "3")
    assert await _due(database) == [ANN, BOB]
    assert sorted(await asyncio.gather(*(_take(database, ANN) for _ in range(4)))) == [[], [], [], ["1", "2"]]
    assert await _due(database) == [BOB]


async def test_what_is_done_with_is_still_known(database: Database) -> None:
    await _keep(database, ANN, "1")
    assert await database.read(arrivals.waits, ANN)
    taken = await database.run(arrivals.take, ANN, lease_clock=database.lease_clock, lease_seconds=30.0)
    await database.run(arrivals.finish, [taken[0].number], now=FakeClock()())
    assert not await database.read(arrivals.waits, ANN)
    assert not await _keep(database, ANN, "1")
    assert await _due(database) == []
    clock = FakeClock()
    clock.forward(days=3)
    await database.run(arrivals.forget, before=clock())
    assert await _keep(database, ANN, "1")


async def test_a_bundle_waits_until_it_settles_or_something_follows(database: Database) -> None:
    for name in ("1", "2"):
        await _keep(database, ANN, name, "album")
    assert await _due(database) == []
    await _keep(database, ANN, "3")
    assert await _take(database, ANN) == ["1", "2", "3"]


async def test_what_fails_is_tried_again_and_holds_up_nobody_else(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "AGAIN_SECONDS", 0.02)
    monkeypatch.setattr(rooms, "POLL_SECONDS", 0.02)
    made = Arrivals(sqlite_database, now=FakeClock())
    seen: list[tuple[str, int]] = []

    async def handle(address: Address, waiting: Sequence[Arrival]) -> Sequence[Arrival]:
        seen.append((waiting[0].external_id, waiting[0].tries))
        if waiting[0].external_id == "1" and waiting[0].tries < 3:
            raise RuntimeError("not now")
        return waiting[:1]

    for address, name in ((ANN, "1"), (ANN, "2"), (BOB, "3")):
        await made.keep(address, external_id=name, data={})
    working = asyncio.create_task(made.work("telegram", handle))
    async with asyncio.timeout(10):
        while await made.waits(ANN) or await made.waits(BOB):  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert [each for each in seen if each[0] != "3"] == [("1", 1), ("1", 2), ("1", 3), ("2", 1)]
    assert seen.count(("3", 1)) == 1


async def test_what_a_worker_leaves_when_it_is_told_to_stop_is_taken_up_at_once(database: Database) -> None:
    await _keep(database, ANN, "1")
    begun = asyncio.Event()

    async def hang(address: Address, waiting: Sequence[Arrival]) -> Sequence[Arrival]:
        begun.set()
        await asyncio.sleep(60)
        return waiting

    working = asyncio.create_task(Arrivals(database, now=FakeClock()).work("telegram", hang))
    await begun.wait()
    assert await _due(database) == []
    working.cancel()
    await asyncio.wait([working])
    assert await _due(database) == [ANN]
    assert await _take(database, ANN) == ["1"]


async def test_a_cursor_has_one_reader(database: Database) -> None:
    clock = FakeClock()
    one, two = (Reader(database, "telegram:1", lease_seconds=30.0, now=clock) for _ in range(2))
    first = await one.take()
    assert first is not None
    assert first.value == ""
    assert await two.take() is None
    await one.move("17")
    again = await one.take()
    assert again is not None
    assert again.value == "17"
    with pytest.raises(LeaseLost):
        await two.move("3")
    await one.let_go()
    taken = await two.take()
    assert taken is not None
    assert taken.value == "17"


async def test_a_cursor_is_held_for_as_long_as_somebody_reads_and_free_soon_after_they_died(
    sqlite_database: Database,
) -> None:
    clock = FakeClock()
    one, two = (Reader(sqlite_database, "telegram:1", lease_seconds=0.3, now=clock) for _ in range(2))
    assert await one.take()
    async with one.held():
        await asyncio.sleep(0.6)
        assert await two.take() is None
    await asyncio.sleep(0.35)
    assert await two.take()

"""At the desk while workers die: one winner for each talk, a bot that keeps quiet, nobody who is stuck."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, func, select

from bot.store import desk as store
from bot.store import lines
from bot.store.database import Database
from bot.store.handoffs import HandoffState
from bot.store.tables import conversations, handoffs, packet_versions
from tests.chaos.conftest import StartServer
from tests.chaos.desks import QUICK, Customers, Window, customers, database_of, hire, windows
from tests.chaos.servers import Server


@dataclass(frozen=True, slots=True)
class Size:
    agents: int
    handoffs: int
    kills: int
    workers: int = 2


SHORT = Size(agents=12, handoffs=24, kills=2)
LONG = Size(agents=200, handoffs=500, kills=10, workers=4)
DROPS = Size(agents=300, handoffs=500, kills=10, workers=4)
SIZES = [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.slow)]


async def _ask(said: Customers, count: int) -> None:
    """That many customers ask for a person."""
    for first in range(0, count, 20):
        await asyncio.gather(*(said.say(f"c{number}", "转人工") for number in range(first, min(first + 20, count))))


async def _trouble(server: Server, chance: random.Random, kills: int) -> None:
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.5, 1.2))
        server.kill_a_worker(chance)


async def _until_waiting(database: Database, count: int, *, within_seconds: float) -> None:
    """Until exactly so many wait."""
    query = select(func.count()).where(handoffs.c.state == HandoffState.WAITING)
    async with asyncio.timeout(within_seconds):
        while await database.read(lambda connection: connection.execute(query).scalar_one()) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.3)


def _freed(connection: Connection) -> list[str]:
    """Handoffs whose colleague was taken for gone, once for each time: another may have them then."""
    query = select(packet_versions.c.handoff_id).where(packet_versions.c.why == "freed")
    return list(connection.execute(query).scalars())


async def _until_claimed(database: Database, desks: list[Window], chance: random.Random) -> None:
    """Everybody reaches for everything until nobody waits."""

    async def reach(window: Window) -> None:
        while True:
            await window.claim(chance)

    tasks = [asyncio.create_task(reach(window)) for window in desks]
    try:
        await _until_waiting(database, 0, within_seconds=240)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", SIZES)
async def test_each_talk_has_one_winner_however_many_reach_for_it(
    start_server: StartServer, chance: random.Random, size: Size
) -> None:
    await _claims(start_server, chance, size)


@pytest.mark.slow
async def test_claims_notice_when_the_server_lets_many_win(start_server: StartServer, chance: random.Random) -> None:
    with pytest.raises(AssertionError, match="two were told"):
        await _claims(start_server, chance, Size(agents=12, handoffs=24, kills=0), bug="lets_many_win")


async def _claims(start_server: StartServer, chance: random.Random, size: Size, *, bug: str = "") -> None:
    server = start_server(workers=size.workers, desk_assignment="pull", bug=bug)
    async with database_of(server) as database, customers(server) as said:
        people = await hire(database, size.agents, capacity=size.handoffs)
        await _ask(said, size.handoffs)
        async with windows(server, people) as desks:
            trouble = asyncio.create_task(_trouble(server, chance, size.kills))
            await _until_claimed(database, desks, chance)
            await trouble
            won = Counter(number for window in desks for number in set(window.won))
            freed = Counter(await database.read(_freed))
            twice = {number: count for number, count in won.items() if count > 1 + freed[number]}
            assert not twice, "two were told that a talk is theirs"
            held = await database.read(store.open_items)
            assert len(held) == size.handoffs
            owner = {window.person.id: window for window in desks}
            told = [item for item in held if won[item.id] and not freed[item.id]]
            assert all(item.id in owner[item.agent or ""].won for item in told)
            print(f"{sum(window.lost for window in desks)} claims lost, {len(won)} told, {sum(freed.values())} freed")  # noqa: T201


async def _talk(said: Customers, sender: str, chance: random.Random, *, messages: int) -> None:
    """Somebody who asks for a person and goes on writing while one comes."""
    await said.say(sender, f"say {sender} 0")
    first = asyncio.create_task(said.say(sender, "转人工"))
    rest = []
    for number in range(1, messages):
        await asyncio.sleep(chance.uniform(0, 0.15))
        rest.append(asyncio.create_task(said.say(sender, f"say {sender} {number}")))
    await asyncio.gather(first, *rest)


def _spoke_over(log: list[lines.Line]) -> list[str]:
    """What the bot said after a colleague had joined and before they closed."""
    held, wrong = False, []
    for line in log:
        text = str(line.data.get("text"))
        if line.who == "system":
            held = text.endswith("has joined") or (held and not text.startswith(("closed by", "back from")))
        elif line.who == "bot" and held:
            wrong.append(text)
    return wrong


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("switches", "kills"), [(24, 2), pytest.param(1000, 12, marks=pytest.mark.slow)], ids=["short", "long"]
)
async def test_the_bot_says_nothing_once_a_person_has_the_talk(
    start_server: StartServer, chance: random.Random, switches: int, kills: int
) -> None:
    await _switches(start_server, chance, switches, kills)


@pytest.mark.slow
async def test_switches_notice_when_the_server_speaks_over_people(
    start_server: StartServer, chance: random.Random
) -> None:
    with pytest.raises((AssertionError, TimeoutError)):
        await _switches(start_server, chance, 24, 0, bug="speaks_over_people")


async def _switches(
    start_server: StartServer, chance: random.Random, switches: int, kills: int, *, bug: str = ""
) -> None:
    server = start_server(workers=2, bug=bug)
    async with database_of(server) as database, customers(server) as said:
        people = await hire(database, 4, capacity=switches)
        async with windows(server, people) as desks:
            trouble = asyncio.create_task(_trouble(server, chance, kills))
            replying = [asyncio.create_task(_reply(window)) for window in desks]
            for first in range(0, switches, 8):
                those = range(first, min(first + 8, switches))
                await asyncio.gather(*(_talk(said, f"s{number}", chance, messages=5) for number in those))
            await trouble
            await _until_waiting(database, 0, within_seconds=60)
            for task in replying:
                task.cancel()
            await asyncio.gather(*replying, return_exceptions=True)
        names = await database.read(lambda connection: connection.execute(select(conversations.c.id)).scalars().all())
        logs = [await database.read(lines.after, name, 0) for name in names]
    joined = sum(any(str(line.data.get("text")).endswith("has joined") for line in log) for log in logs)
    assert joined >= switches
    assert [wrong for log in logs for wrong in _spoke_over(log)] == []


async def _reply(window: Window) -> None:
    """A colleague who answers everybody they have."""
    while True:
        for item in list(window.mine.values()):
            if item["unread"]:
                await window.ask("say", conversation=item["conversation"], text="here", client_id=f"{time.time_ns()}")
        await asyncio.sleep(0.05)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "size", [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.slow)]
)
async def test_talks_of_colleagues_who_vanish_are_back_at_their_old_place(
    start_server: StartServer, chance: random.Random, size: Size
) -> None:
    await _drops(start_server, chance, size)


@pytest.mark.slow
async def test_drops_notice_when_the_server_forgets_who_has_gone(
    start_server: StartServer, chance: random.Random
) -> None:
    with pytest.raises(TimeoutError):
        await _drops(start_server, chance, SHORT, bug="forgets_who_has_gone")


async def _drops(start_server: StartServer, chance: random.Random, size: Size, *, bug: str = "") -> None:
    server = start_server(workers=size.workers, desk_assignment="pull", tuning=QUICK, bug=bug)
    async with database_of(server) as database, customers(server) as said:
        people = await hire(database, size.agents, capacity=size.handoffs)
        await _ask(said, size.handoffs)
        order = [item.id for item in await database.read(store.open_items)]
        async with windows(server, people) as desks:
            await _until_claimed(database, desks, chance)
        began = time.monotonic()
        await _trouble(server, chance, 1)
        await _until_waiting(database, size.handoffs, within_seconds=60)
        print(f"all back after {time.monotonic() - began:.1f} s")  # noqa: T201
        items = await database.read(store.open_items)
        assert [item.id for item in items] == order
        assert {item.state for item in items} == {HandoffState.WAITING}
        assert {item.owner for item in items} == {"queue"}
        with suppress(IndexError):
            log = await database.read(lines.after, items[0].conversation, 0)
            assert str(log[-1].data["text"]).endswith("place 1")

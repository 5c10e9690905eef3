"""Many talks at a glance, and an anonymous one put behind a customer's, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.messages import Inbound
from bot.store import lines, merging, talks
from bot.store.database import Database
from bot.store.tables import conversations, events, identities, inbox, outbox
from tests.house import House

WEB = {"channel": "web", "account": "default"}


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


async def _say(house: House, sender: str, text: str, **more: Any) -> str:
    """The conversation in which `text` was said and answered."""
    message = Inbound("web", "default", f"{sender}:{text}:{more}", sender, text=text, **more)
    receipt = await house.router.receive(message)
    assert await house.router.answer_to(receipt, within_seconds=20) is not None
    return receipt.conversation


async def _join(house: House) -> str | None:
    return await house.database.run(merging.join, "visitor:v", "customer:c", **WEB)


async def _texts(house: House, conversation: str) -> list[str]:
    return [line.data["text"] for line in await house.database.read(lines.after, conversation, 0)]


async def test_states_say_how_each_talk_stands_and_what_is_new(house: House) -> None:
    one, two = await _say(house, "a", "hello"), await _say(house, "b", "human")
    found = await house.database.read(talks.look, {one: 1, two: 2, "nobody": 0})
    assert found.keys() == {one, two}
    state, new = found[one]
    assert (state.owner, state.last_line, state.read_by_us, state.is_answering) == ("bot", 2, 1, False)
    assert [line.seq for line in new] == [2]
    state, new = found[two]
    assert state.waiting is not None
    assert (state.owner, state.waiting.place, state.waiting.priority) == ("queue", 1, "normal")


async def test_a_talk_with_a_message_to_answer_is_being_answered(house: House) -> None:
    conversation = await _say(house, "a", "hello")
    house.engine.gate = asyncio.Event()
    house.engine.asked.clear()
    await house.router.receive(house.message("again", sender="b"))
    receipt = await house.router.receive(Inbound("web", "default", "2", "a", text="again"))
    assert receipt.conversation == conversation
    assert (await house.database.read(talks.look, {conversation: 3}))[conversation][0].is_answering
    house.engine.gate.set()
    await house.router.drain(within_seconds=5)
    assert not (await house.database.read(talks.look, {conversation: 3}))[conversation][0].is_answering


async def test_reading_goes_forward_only_and_not_beyond_what_there_is(house: House) -> None:
    conversation = await _say(house, "a", "hello")
    for seq, read in ((2, 2), (1, 2), (9, 2)):
        await house.database.run(talks.mark_read, {conversation: seq})
        assert (await house.database.read(talks.look, {conversation: 2}))[conversation][0].read_by_customer == read


async def test_what_was_revoked_is_known_until_it_would_have_ended(house: House) -> None:
    now = house.clock()
    await house.database.run(talks.revoke, ["a", "b"], until=now + timedelta(hours=1), now=now)
    await house.database.run(talks.revoke, ["a"], until=now + timedelta(hours=3), now=now)
    assert await house.database.read(talks.revoked_of, ["a", "b", "c"]) == {"a", "b"}
    later = now + timedelta(hours=2)
    await house.database.run(talks.revoke, ["d"], until=later + timedelta(hours=1), now=later)
    assert await house.database.read(talks.revoked_of, ["a", "b", "c", "d"]) == {"a", "d"}


async def test_a_first_sign_in_gives_the_talk_its_owner_and_nothing_else_changes(house: House) -> None:
    conversation = await _say(house, "visitor:v", "hello")
    assert await _join(house) == conversation
    assert await _join(house) == conversation, "another window signs in too"
    assert await _say(house, "customer:c", "again") == conversation
    assert await _texts(house, conversation) == ["hello", "1: hello", "again", "2: again"]
    assert await _say(house, "visitor:v", "a stranger") != conversation


async def test_a_talk_is_put_behind_the_customers_own_with_all_that_belongs_to_it(house: House) -> None:
    home = await _say(house, "customer:c", "one")
    here = await _say(house, "visitor:v", "two")
    await _say(house, "visitor:v", "choose")
    assert await house.database.run(talks.thumb, here, 4, up=True, now=house.clock())
    assert await _join(house) == home
    log = await house.database.read(lines.after, home, 0)
    assert [line.seq for line in log] == [1, 2, 3, 4, 5, 6]
    assert [line.thumb for line in log] == [None, None, None, None, None, True]
    button = log[-1].data["buttons"][0]["payload"]
    assert await _say(house, "customer:c", "", button=button) == home
    assert (await _texts(house, home))[-2:] == ["Yes", "3: /affirm"]
    state = (await house.database.read(talks.look, {home: 0}))[home][0]
    assert (state.last_line, state.read_by_us, state.episode) == (8, 7, 2)
    left = [
        select(func.count()).select_from(table).where(table.c.conversation_id == here)
        for table in (events, inbox, outbox)
    ]
    counts = await house.database.read(lambda connection: [connection.execute(query).scalar() for query in left])
    assert counts == [0, 0, 0]
    seqs = await house.database.read(
        lambda connection: connection.execute(select(inbox.c.line).order_by(inbox.c.id)).scalars().all()
    )
    assert seqs == [1, 3, 5, 7]


async def test_whoever_waits_for_a_person_keeps_waiting_whichever_talk_it_was(house: House) -> None:
    home = await _say(house, "customer:c", "human")
    await _say(house, "visitor:v", "two")
    await _join(house)
    state = (await house.database.read(talks.look, {home: 0}))[home][0]
    assert (state.owner, state.last_line) == ("queue", 5)


async def test_two_windows_that_sign_in_at_once_join_the_talk_once(house: House) -> None:
    home = await _say(house, "customer:c", "one")
    await _say(house, "visitor:v", "two")
    assert set(await asyncio.gather(*(_join(house) for _ in range(5)))) == {home}
    assert await _texts(house, home) == ["one", "1: one", "two", "1: two"]
    state = (await house.database.read(talks.look, {home: 0}))[home][0]
    assert state.episode == 2
    left = select(identities.c.external_id).order_by(identities.c.id)
    assert await house.database.read(lambda connection: connection.execute(left).scalars().all()) == ["customer:c"]


async def test_without_a_talk_there_is_nothing_to_join(house: House) -> None:
    assert await _join(house) is None
    home = await _say(house, "customer:c", "one")
    assert await _join(house) == home


async def test_a_worker_that_remembers_the_talk_reads_it_anew_after_it_was_joined(house: House) -> None:
    home = await _say(house, "customer:c", "one")
    house.engine.gate = asyncio.Event()
    receipt = await house.router.receive(Inbound("web", "default", "w", "visitor:v", text="waits"))
    await house.engine.asked.wait()
    assert await _join(house) == home
    house.engine.gate.set()
    await house.router.drain(within_seconds=5)
    await house.router.nudge(home)
    assert await _texts(house, home) == ["one", "1: one", "waits", "1: waits"]
    assert receipt.conversation != home
    owners = await house.database.read(
        lambda connection: connection.execute(select(conversations.c.episode_turns)).scalars().all()
    )
    assert sorted(owners) == [0, 1]

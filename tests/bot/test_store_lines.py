"""The conversation's log: what either side sees, once, in order, numbered without gaps, on both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, insert, select, text, update

import bot.store
from bot.store import inbox as inboxes
from bot.store import lines
from bot.store.database import Database
from bot.store.inbox import MessageState
from bot.store.lines import Entry, Line
from bot.store.tables import conversations, inbox, outbox
from tests.fakes import FakeClock
from tests.house import House

MIGRATIONS = Path(bot.store.__file__).parent / "migrations"


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


async def _log(house: House, conversation: str) -> list[Line]:
    return await house.database.read(lines.after, conversation, 0)


def _texts(log: list[Line]) -> list[tuple[int, str, str]]:
    return [(line.seq, line.who, line.data.get("text", "")) for line in log]


def _read_by_us(connection: Connection, conversation: str) -> int:
    query = select(conversations.c.read_by_us).where(conversations.c.id == conversation)
    return int(connection.execute(query).scalar_one())


async def test_what_was_said_stands_in_the_log_in_order(house: House) -> None:
    receipt = await house.router.receive(house.message("hello", number="1"))
    await house.router.answer_to(receipt, within_seconds=20)
    await house.say("choose")
    assert _texts(await _log(house, receipt.conversation)) == [
        (1, "customer", "hello"),
        (2, "bot", "1: hello"),
        (3, "customer", "choose"),
        (4, "bot", "yes?"),
    ]
    assert receipt.line == 1
    assert await house.database.read(lines.newest, receipt.conversation) == 4
    assert await house.database.read(_read_by_us, receipt.conversation) == 3


async def test_a_pressed_button_stands_there_with_its_words(house: House) -> None:
    conversation = (await house.router.receive(house.message("x", number="1"))).conversation
    (bubble,) = await house.answer(house.message("choose"))
    await house.say(button=bubble["buttons"][0]["payload"])
    assert _texts(await _log(house, conversation))[-2:] == [(5, "customer", "Yes"), (6, "bot", "3: /affirm")]


async def test_a_repeat_adds_no_line_and_names_the_first_ones(house: House) -> None:
    first = await house.router.receive(house.message("hello", number="1"))
    await house.router.answer_to(first, within_seconds=20)
    again = await house.router.receive(house.message("hello", number="1"))
    assert (again.fresh, again.line) == (False, first.line)
    assert len(await _log(house, first.conversation)) == 2


async def test_messages_that_arrive_at_once_are_numbered_without_gaps(house: House) -> None:
    receipts = await asyncio.gather(*(house.router.receive(house.message(f"{n}")) for n in range(10)))
    assert sorted(receipt.line for receipt in receipts) == sorted(
        line.seq for line in await _log(house, receipts[0].conversation) if line.who == "customer"
    )
    await asyncio.gather(*(house.router.answer_to(receipt, within_seconds=20) for receipt in receipts))
    assert [line.seq for line in await _log(house, receipts[0].conversation)] == list(range(1, 21))


async def test_a_turn_that_was_overtaken_leaves_no_line(house: House) -> None:
    receipt = await house.router.receive(house.message("hello", number="1"))
    await house.router.answer_to(receipt, within_seconds=20)
    house.engine.gate = asyncio.Event()
    await house.router.receive(house.message("again", number="2"))
    await house.engine.asked.wait()
    await house.database.run(
        lambda connection: connection.execute(update(conversations).values(fence=conversations.c.fence + 1))
    )
    house.engine.gate.set()
    await house.router.drain(within_seconds=5)
    assert [line.who for line in await _log(house, receipt.conversation)] == ["customer", "bot", "customer"]


async def test_a_replayed_message_is_not_shown_twice_and_its_answer_is_shown(house: House) -> None:
    house.engine.failures = 3
    receipt = await house.router.receive(house.message("hello", number="1"))
    await house.router.answer_to(receipt, within_seconds=20)
    assert await house.database.run(inboxes.replay, receipt.message) is not None
    await house.router.nudge(receipt.conversation)
    log = await _log(house, receipt.conversation)
    assert [line.who for line in log] == ["customer", "bot", "bot"]
    assert [line.seq for line in log] == [1, 2, 3]


async def test_a_colleague_and_the_system_write_lines_of_their_own(house: House, database: Database) -> None:
    conversation = (await house.router.receive(house.message("hello"))).conversation
    await house.router.drain(within_seconds=5)
    entries = [
        Entry("system", data={"text": "Li is here"}),
        Entry("agent", data={"text": "Hello"}, agent_id="a1", agent_name="Li"),
    ]
    assert await database.run(lines.append, conversation, entries, at=house.clock()) == 4
    joined, hello = (await _log(house, conversation))[2:]
    assert (joined.who, joined.data, joined.at) == ("system", {"text": "Li is here"}, house.clock())
    assert (hello.who, hello.data["text"], hello.agent_id, hello.agent_name) == ("agent", "Hello", "a1", "Li")


async def test_the_log_is_read_by_pages_from_either_end(house: House, database: Database) -> None:
    conversation = (await house.router.receive(house.message("hello"))).conversation
    await house.router.drain(within_seconds=5)
    entries = [Entry("system", data={"text": f"{n}"}) for n in range(3, 11)]
    await database.run(lines.append, conversation, entries, at=house.clock())
    assert [line.seq for line in await database.read(lines.after, conversation, 4, limit=3)] == [5, 6, 7]
    assert [line.seq for line in await database.read(lines.before, conversation, 5, limit=3)] == [2, 3, 4]
    assert await database.read(lines.after, conversation, 10) == []
    assert await database.read(lines.newest, "nobody") == 0


def test_what_was_said_before_there_was_a_log_is_put_into_it(database_url: str) -> None:
    made = Database(database_url)
    try:
        _upgrade(made, "0002")
        with made._engine.begin() as connection:
            _old_talk(connection)
        made.upgrade()
        with made._engine.connect() as connection:
            assert _texts(lines.after(connection, "c1", 0)) == [
                (1, "customer", "one"),
                (2, "bot", "first"),
                (3, "bot", "second"),
                (4, "customer", "two"),
            ]
            assert lines.newest(connection, "c1") == 4
            assert _read_by_us(connection, "c1") == 1
            seqs = connection.execute(select(inbox.c.line).order_by(inbox.c.id)).scalars().all()
            assert seqs == [1, None, 4]
    finally:
        made.close()


def _upgrade(made: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with made._engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _old_talk(connection: Connection) -> None:
    at = FakeClock()()
    connection.execute(text("INSERT INTO customers (id, created_at) VALUES ('k1', :at)"), {"at": at.isoformat()})
    connection.execute(
        text(
            "INSERT INTO conversations (id, customer_id, owner, episode, episode_started_at, episode_turns,"
            " last_activity_at, last_event, carry, lease_until, fence, created_at)"
            " VALUES ('c1', 'k1', 'bot', 1, :at, 1, :at, 0, '{}', 0, 0, :at)"
        ),
        {"at": at.isoformat()},
    )
    said = {"channel": "rest", "account": "default", "conversation_id": "c1", "sender": "ann", "tries": 0}
    old = inbox.insert().values(**said, key="k", fingerprint="f", received_at=at)
    for external_id, words, state in (
        ("1", "one", MessageState.REPLAYED),
        ("1#replay-1", "one", MessageState.DONE),
        ("2", "two", MessageState.RECEIVED),
    ):
        connection.execute(old.values(external_id=external_id, text=words, state=state))
    sent = {"channel": "rest", "account": "default", "conversation_id": "c1", "recipient": "ann", "tries": 0}
    for part, words in enumerate(("first", "second")):
        connection.execute(
            insert(outbox).values(
                **sent, episode=1, inbox_id=1, part=part, data={"text": words}, state="sent", created_at=at
            )
        )

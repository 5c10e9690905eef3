"""Bugs to plant in the test build: each breaks a promise, and a test must notice. The product has no such switches."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import Connection, func, select, update

import bot.deliveries
import bot.parts
import bot.router
from actions.talk import Talk
from bot.deliveries import Deliveries
from bot.desk.upkeep import Upkeep
from bot.errors import StoreDown
from bot.retail.breaker import Breaker
from bot.router import Router
from bot.store import conversations, inbox, outbox, owning
from bot.store.handoffs import HandoffState
from bot.store.inbox import Receipt
from bot.store.tables import events
from bot.turns import Turns


def set_clock_by_file() -> None:
    """Not a bug: the wall clock is off by as many seconds as a file says."""
    path = Path(os.environ["CHAOS_CLOCK"])

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(path.read_text()) if path.exists() else 0)

    bot.parts._now = now


def acknowledges_early() -> None:
    """Says that a message is safe, and stores it a little later."""
    store = Router.receive
    started: set[asyncio.Task[Any]] = set()

    async def receive(self: Router, message: Any) -> Receipt:
        async def later() -> None:
            await asyncio.sleep(0.3)
            await store(self, message)

        task = asyncio.create_task(later())
        started.add(task)
        return Receipt(0, "nobody", fresh=True)

    Router.receive = receive  # type: ignore[method-assign]


def stores_repeats() -> None:
    """Knows no message by its id."""
    insert = inbox.insert_once

    def insert_always(connection: Connection, table: Any, **values: Any) -> Any:
        if table is inbox.inbox:
            values["external_id"] += uuid.uuid4().hex
        return insert(connection, table, **values)

    inbox.insert_once = insert_always  # type: ignore[attr-defined]


def forgets_fencing() -> None:
    """Lets a worker write that has lost its lease, and numbers whatever it writes so that nothing collides."""
    add_bubbles = conversations._add_bubbles

    def fenced(connection: Connection, claim: Any, **values: Any) -> None:
        table = conversations.conversations
        if "last_event" in values:
            newest = select(func.max(events.c.seq)).where(events.c.conversation_id == claim.conversation)
            taken = connection.execute(newest).scalar() or 0
            object.__setattr__(claim, "last_event", taken)
        connection.execute(update(table).where(table.c.id == claim.conversation).values(**values))

    def add(connection: Connection, claim: Any, outcome: Any, **more: Any) -> None:
        number = claim.message.number
        object.__setattr__(claim.message, "number", None)
        add_bubbles(connection, claim, outcome, **more)
        object.__setattr__(claim.message, "number", number)

    conversations._fenced = fenced
    conversations._add_bubbles = add


def makes_new_keys() -> None:
    """Gives a write another idempotency key each time the turn runs."""
    Talk.key = lambda self, action: uuid.uuid4().hex  # type: ignore[method-assign]


def commits_in_two() -> None:
    """Marks a message as done first, and stores the reply in a second transaction."""
    commit = Router._commit
    add_bubbles = conversations._add_bubbles

    async def in_two(self: Router, claim: Any, outcome: Any, *more: Any) -> bool:
        conversations._add_bubbles = lambda *_, **__: None
        try:
            answer = await commit(self, claim, outcome, *more)
        finally:
            conversations._add_bubbles = add_bubbles
        await asyncio.sleep(0.1)
        await self._database.run(add_bubbles, claim, outcome, now=self._now(), due=0.0)
        return answer

    Router._commit = in_two  # type: ignore[method-assign]


def answers_newest_first() -> None:
    """Takes messages by the time on the clock on the wall instead of the order of arrival."""
    table = conversations.inbox.c
    oldest = conversations._OLDEST.order_by(None).order_by(table.received_at)
    conversations._OLDEST = oldest
    conversations._TAKE_OLDEST = (
        update(conversations.inbox)
        .where(table.id == oldest.scalar_subquery())
        .values(state="working", tries=table.tries + 1)
        .returning(conversations.inbox)
    )


def tries_for_ever() -> None:
    """Never sets a message aside."""
    bot.router.MAX_TRIES = 10**9


def marks_before_sending() -> None:
    """Notes a reply as delivered and then sends it."""
    handed_over = Deliveries._handed_over

    async def marked(self: Deliveries, sender: Any, parcel: Any) -> Any:
        await self._database.run(outbox.delivered, parcel, platform_id=None, now=self._now())
        return await handed_over(self, sender, parcel)

    Deliveries._handed_over = marked  # type: ignore[method-assign]
    mark = outbox._mark

    def twice(connection: Connection, parcel: Any, **values: Any) -> None:
        try:
            mark(connection, parcel, **values)
        except bot.deliveries.LeaseLost:
            return

    outbox._mark = twice


def delivers_any_reply() -> None:
    """Sends the newest reply of a conversation first."""
    newest = select(func.max(outbox._o.id)).where(
        outbox._o.conversation_id == outbox.bindparam("conversation"), outbox._o.state == "queued"
    )
    outbox._TAKE = (
        update(outbox.outbox)
        .where(outbox._o.id == newest.scalar_subquery(), outbox._DUE)
        .values(state="sending", due=outbox._moment + outbox._lasts, fence=outbox._o.fence + 1)
        .returning(outbox.outbox)
    )


def keeps_doubles_quiet() -> None:
    """Does not note that a reply may have arrived twice."""
    take, put_back = outbox.take, outbox.put_back
    outbox.take = lambda connection, conversation, *, deduplicating, **more: take(
        connection, conversation, deduplicating=["callback"], **more
    )
    outbox.put_back = lambda connection, parcel, *, uncertain, **more: put_back(
        connection, parcel, uncertain=False, **more
    )


def is_impatient() -> None:
    """Sends again at once when it was asked to wait."""
    put_back = outbox.put_back
    outbox.put_back = lambda connection, parcel, *, wait_seconds, **more: put_back(
        connection, parcel, wait_seconds=0.0, **more
    )


def pretends_to_store() -> None:
    """Acknowledges a message that the database did not take."""
    store = Router.receive

    async def receive(self: Router, message: Any) -> Receipt:
        try:
            return await store(self, message)
        except StoreDown:
            return Receipt(0, "nobody", fresh=True)

    Router.receive = receive  # type: ignore[method-assign]


def keeps_messages_in_redis() -> None:
    """Acknowledges a message that only Redis has, and stores it a little later."""
    store = Router.receive
    started: set[asyncio.Task[Any]] = set()

    async def receive(self: Router, message: Any) -> Receipt:
        redis = self._live._redis  # type: ignore[attr-defined]
        name = uuid.uuid4().hex
        try:
            await redis.set(name, "kept")
        except RedisError:
            return await store(self, message)

        async def later() -> None:
            await asyncio.sleep(0.3)
            with suppress(RedisError):
                if await redis.get(name) is not None:
                    await store(self, message)

        started.add(asyncio.create_task(later()))
        return Receipt(0, "nobody", fresh=True)

    Router.receive = receive  # type: ignore[method-assign]


def has_no_breaker() -> None:
    """Asks a shop that keeps failing again and again."""

    async def call(self: Breaker, work: Callable[[], Any]) -> Any:
        return await work()

    Breaker.call = call  # type: ignore[method-assign]


def lets_many_win() -> None:
    """Gives a talk to whoever reaches for it, also when somebody has it."""
    owning.IN_LINE = (*owning.IN_LINE, HandoffState.ASSIGNED)
    owning._other_agent = lambda connection, held: None


def speaks_over_people() -> None:
    """Gives a talk to a colleague without stopping the turn that runs in it."""

    def move(connection: Connection, held: Any, to: Any, **_: Any) -> None:
        talk = update(conversations.conversations).where(owning._c.id == held.conversation)
        connection.execute(talk.values(owner=to))

    owning._move = move
    owner_of = Turns.outcome

    async def slowly(self: Turns, claim: Any) -> Any:
        outcome = await owner_of(self, claim)
        if claim.owner == "queue":
            await asyncio.sleep(0.4)  # long enough for a colleague to come
        return outcome

    Turns.outcome = slowly  # type: ignore[method-assign]


def forgets_who_has_gone() -> None:
    """Does not look whether colleagues are still there."""

    async def nothing(self: Any) -> int:
        return 0

    Upkeep.release_gone = nothing  # type: ignore[method-assign]


BUGS: dict[str, Callable[[], None]] = {
    bug.__name__: bug
    for bug in (
        acknowledges_early,
        stores_repeats,
        forgets_fencing,
        makes_new_keys,
        commits_in_two,
        answers_newest_first,
        tries_for_ever,
        marks_before_sending,
        delivers_any_reply,
        keeps_doubles_quiet,
        is_impatient,
        pretends_to_store,
        keeps_messages_in_redis,
        has_no_breaker,
        lets_many_win,
        speaks_over_people,
        forgets_who_has_gone,
    )
}

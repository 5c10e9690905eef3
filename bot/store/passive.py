"""Replies that may yet ride in the webhook's own response: each goes one way, and a repeat gets the same bytes.

A turn on such a channel keeps its bubbles back for a few seconds. The webhook either takes them with it (`answer`), or
says that it goes without (`give_up`), and both are for good. When it does neither, because its worker died, the
bubbles are sent once they are due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.store.inbox import UNFINISHED
from bot.store.tables import inbox, outbox, passive_answers

KEPT = timedelta(hours=1)
"""How long an answer is remembered; a platform repeats itself within seconds."""
REST_AFTER_SECONDS = 1.0
"""What does not fit in the response follows it after this, so that it is not shown first."""
NOTHING = ""
"""An answer that carries no reply."""
UNSENT = ("queued", "sending")

Compose = Callable[[Sequence[Mapping[str, Any]]], tuple[int, str]]
"""Of the bubbles that wait: how many of them, from the first, the response carries, and the response."""

_o = outbox.c


def is_awaited(connection: Connection, message: int) -> bool:
    """Whether a webhook may still take the answer to this message; the message's row is locked by the caller."""
    return _remembered(connection, message) is None


def answer(
    connection: Connection,
    message: int,
    compose: Compose,
    *,
    now: datetime,
    clock: Callable[[Connection], float],
) -> str:
    """The webhook's answer to a message, the same one for ever; `NOTHING` when it carries no reply.

    Bubbles that it carries are sent from now on. The rest, and all of them when older ones wait still, are sent after.
    """
    state = connection.execute(select(inbox.c.state).where(inbox.c.id == message).with_for_update()).scalar_one()
    if (before := _remembered(connection, message)) is not None:
        return before
    body = NOTHING if state in UNFINISHED else _carried(connection, message, compose, now=now, clock=clock)
    _remember(connection, message, body, now=now)
    return body


def give_up(connection: Connection, message: int, *, now: datetime) -> str:
    """The webhook goes without a reply, unless one was answered already: what it answers.

    Whatever answers the message is sent; nothing of it waits any longer.
    """
    connection.execute(select(inbox.c.id).where(inbox.c.id == message).with_for_update())
    if (before := _remembered(connection, message)) is not None:
        return before
    connection.execute(update(outbox).where(_o.inbox_id == message, _o.state == "queued").values(due=0.0))
    _remember(connection, message, NOTHING, now=now)
    return NOTHING


def _carried(
    connection: Connection, message: int, compose: Compose, *, now: datetime, clock: Callable[[Connection], float]
) -> str:
    rows = connection.execute(
        select(_o.id, _o.conversation_id, _o.state, _o.data)
        .where(_o.inbox_id == message)
        .order_by(_o.part)
        .with_for_update()
    ).all()
    if not rows or any(row.state != "queued" for row in rows):
        return NOTHING
    oldest = select(func.min(_o.id)).where(_o.conversation_id == rows[0].conversation_id, _o.state.in_(UNSENT))
    count, body = 0, NOTHING
    if connection.execute(oldest).scalar_one() == rows[0].id:
        count, body = compose([row.data for row in rows])
    ids = [row.id for row in rows]
    gone = update(outbox).where(_o.id.in_(ids[:count]))
    connection.execute(gone.values(state="sent", sent_at=now))
    due = clock(connection) + REST_AFTER_SECONDS if count else 0.0
    connection.execute(update(outbox).where(_o.id.in_(ids[count:])).values(due=due))
    return body


def _remembered(connection: Connection, message: int) -> str | None:
    query = select(passive_answers.c.body).where(passive_answers.c.inbox_id == message)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def _remember(connection: Connection, message: int, body: str, *, now: datetime) -> None:
    connection.execute(delete(passive_answers).where(passive_answers.c.at < now - KEPT))
    connection.execute(insert(passive_answers).values(inbox_id=message, body=body, at=now))

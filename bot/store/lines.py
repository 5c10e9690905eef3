"""A conversation's log: every line that either side sees, numbered from 1 without gaps.

A line refers to the inbox or the outbox, so that no text is stored twice; what is in neither, such as a colleague's
note that somebody has joined, brings its own `data`. Lines are appended in the transaction that makes them true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from bot.store.tables import buttons, conversations, inbox, lines, outbox, thumbs

Who = Literal["customer", "bot", "agent", "system"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line to append: one of `inbox_id`, `outbox_id` and `data` is set."""

    who: Who
    inbox_id: int | None = None
    outbox_id: int | None = None
    data: Mapping[str, Any] | None = None
    agent_id: str | None = None
    agent_name: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is shown."""

    seq: int
    who: Who
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    """The bubble: text, buttons (opaque), image, custom, files; a pressed button stands here with its title."""
    agent_id: str | None = None
    agent_name: str | None = None
    external_id: str | None = None
    """The id under which the channel delivered a customer's line."""
    thumb: bool | None = None
    """What the customer thinks of it; None when they have not said."""
    channel: str | None = None
    """By which channel it came or went; None for what is only in the log."""
    level: str | None = None
    """What the customer had proven when their line was answered: L0 to L3."""


# Built once: building a statement costs more than running it.
_l = lines.c
_COUNT = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(last_line=conversations.c.last_line + bindparam("more"))
    .returning(conversations.c.last_line)
)
_APPEND = insert(lines)
_NEWEST = select(conversations.c.last_line).where(conversations.c.id == bindparam("conversation"))
_LINES = (
    select(
        lines,
        inbox.c.text,
        inbox.c.files,
        inbox.c.external_id,
        inbox.c.level,
        func.coalesce(inbox.c.channel, outbox.c.channel).label("channel"),
        buttons.c.title,
        outbox.c.data.label("bubble"),
        thumbs.c.up,
    )
    .outerjoin(inbox, inbox.c.id == _l.inbox_id)
    .outerjoin(buttons, (buttons.c.id == inbox.c.button) & (buttons.c.conversation_id == _l.conversation_id))
    .outerjoin(outbox, outbox.c.id == _l.outbox_id)
    .outerjoin(thumbs, (thumbs.c.conversation_id == _l.conversation_id) & (thumbs.c.seq == _l.seq))
    .where(_l.conversation_id == bindparam("conversation"))
    .limit(bindparam("most"))
)
_AFTER = _LINES.where(_l.seq > bindparam("than")).order_by(_l.seq)
_BEFORE = _LINES.where(_l.seq < bindparam("than")).order_by(_l.seq.desc())


def append(connection: Connection, conversation: str, entries: Sequence[Entry], *, at: datetime) -> int:
    """Add lines at the end of the log; the number of the last one.

    The conversation's row is locked until the commit, so that no number is given twice or left out.
    """
    counted = {"conversation": conversation, "more": len(entries)}
    last: int = connection.execute(_COUNT, counted).scalar_one()
    first = last - len(entries) + 1
    rows = [
        {
            "conversation_id": conversation,
            "seq": seq,
            "who": entry.who,
            "inbox_id": entry.inbox_id,
            "outbox_id": entry.outbox_id,
            "data": None if entry.data is None else dict(entry.data),
            "agent_id": entry.agent_id,
            "agent_name": entry.agent_name,
            "at": at,
        }
        for seq, entry in enumerate(entries, start=first)
    ]
    connection.execute(_APPEND, rows)
    return last


def newest(connection: Connection, conversation: str) -> int:
    """The number of the newest line; 0 when there is none, or no such conversation."""
    return connection.execute(_NEWEST, {"conversation": conversation}).scalar_one_or_none() or 0


def after(connection: Connection, conversation: str, seq: int, *, limit: int = 200) -> list[Line]:
    """The lines that follow `seq`, oldest first."""
    rows = connection.execute(_AFTER, {"conversation": conversation, "than": seq, "most": limit})
    return [_line(row) for row in rows]


def before(connection: Connection, conversation: str, seq: int, *, limit: int = 50) -> list[Line]:
    """The newest lines that come before `seq`, oldest first."""
    rows = connection.execute(_BEFORE, {"conversation": conversation, "than": seq, "most": limit})
    return [_line(row) for row in rows][::-1]


def _line(row: Row[Any]) -> Line:
    return Line(
        seq=row.seq,
        who=row.who,
        at=row.at,
        data=_said(row) if row.inbox_id is not None else row.bubble or row.data or {},
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        external_id=row.external_id,
        thumb=row.up,
        channel=row.channel,
        level=row.level,
    )


def _said(row: Row[Any]) -> dict[str, Any]:
    data: dict[str, Any] = {"text": row.title or row.text}
    if row.files:
        data["files"] = row.files
    return data

"""A talk as colleagues read it: lines with what the bot understood of them, and notes in between."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.store import lines, speaking
from bot.store.lines import Line
from bot.store.speaking import Note
from bot.store.tables import conversations, events, inbox, outbox
from bot.store.tables import lines as log

PAGE = 200
EVENTS = 400
"""Of the dialogue, that are searched for what was understood."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a talk."""

    lines: Sequence[Line]
    notes: Sequence[Note]
    understood: Mapping[int, Mapping[str, Any]]
    """By line: what the bot made of the message that the line answers."""
    client_ids: Mapping[float, str]
    """By place: the writing window's own id."""
    older: bool
    read_by_customer: int


def newest(connection: Connection, conversation: str) -> Page:
    """The end of a talk."""
    found = lines.before(connection, conversation, 2**31 - 1, limit=PAGE)
    return _page(connection, conversation, found, to_end=True)


def before(connection: Connection, conversation: str, seq: float) -> Page:
    """What comes before a place."""
    last = int(seq) + (1 if seq > int(seq) else 0)
    found = lines.before(connection, conversation, last, limit=PAGE)
    return _page(connection, conversation, found, to_end=False)


def after(connection: Connection, seen: Mapping[str, int]) -> dict[str, Page]:
    """What is new in these talks since the lines that were seen."""
    heads = connection.execute(
        select(conversations.c.id, conversations.c.last_line).where(conversations.c.id.in_(sorted(seen)))
    ).all()
    found = {}
    for head in heads:
        if head.last_line <= seen[head.id]:
            continue
        new = lines.after(connection, head.id, seen[head.id], limit=PAGE)
        found[head.id] = _page(connection, head.id, new, with_notes=False)
    return found


def _page(
    connection: Connection,
    conversation: str,
    found: Sequence[Line],
    *,
    to_end: bool = False,
    with_notes: bool = True,
) -> Page:
    first = found[0].seq if found else 0
    last = found[-1].seq if found else 0
    older = first > 1
    between: Sequence[Note] = ()
    if with_notes:
        start = first if older else 0
        between = speaking.notes_between(connection, conversation, start, None if to_end else last - 1)
    read: int = (
        connection.execute(
            select(conversations.c.read_by_customer).where(conversations.c.id == conversation)
        ).scalar_one_or_none()
        or 0
    )
    return Page(
        lines=found,
        notes=between,
        understood=_understood(connection, conversation, [line.seq for line in found if line.who == "bot"]),
        client_ids=speaking.client_ids(connection, conversation, first, last + 1),
        older=older,
        read_by_customer=read,
    )


def _understood(connection: Connection, conversation: str, said: Collection[int]) -> dict[int, dict[str, Any]]:
    if not said:
        return {}
    rows = connection.execute(
        select(log.c.seq, inbox.c.key)
        .join(outbox, outbox.c.id == log.c.outbox_id)
        .join(inbox, inbox.c.id == outbox.c.inbox_id)
        .where(log.c.conversation_id == conversation, log.c.seq.in_(sorted(said)), outbox.c.part == 0)
    ).all()
    wanted = {row.key: row.seq for row in rows}
    if not wanted:
        return {}
    heard = connection.execute(
        select(events.c.data)
        .where(events.c.conversation_id == conversation, events.c.type == "user")
        .order_by(events.c.seq.desc())
        .limit(EVENTS)
    ).scalars()
    found: dict[int, dict[str, Any]] = {}
    for event in heard:
        seq = wanted.get(event.get("message_id"))
        if seq is not None and seq not in found:
            found[seq] = _meaning(event.get("parse_data") or {})
    return found


def _meaning(parsed: Mapping[str, Any]) -> dict[str, Any]:
    intent = parsed.get("intent") or {}
    entities = [
        {"entity": each.get("entity"), "value": each.get("value")}
        for each in parsed.get("entities") or ()
        if each.get("entity") != "language"
    ]
    return {
        "intent": intent.get("full_retrieval_intent_name") or intent.get("name") or "",
        "confidence": round(float(intent.get("confidence") or 0.0), 3),
        "entities": entities,
    }


def last_customer_line(connection: Connection, conversation: str) -> tuple[str, datetime] | None:
    """What the customer wrote last."""
    row = connection.execute(
        select(inbox.c.text, inbox.c.received_at)
        .where(inbox.c.conversation_id == conversation, inbox.c.text != "")
        .order_by(inbox.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.text, row.received_at)

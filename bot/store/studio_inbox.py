"""What customers asked and what became of it, as editors learn from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.tables import conversations, events, handoffs, inbox, lines, outbox, studio_settled, thumbs

_i, _l = inbox.c, lines.c
TOGETHER = 300
"""Conversations whose events are read in one query."""


@dataclass(frozen=True, slots=True)
class Message:
    """A customer's message and what was understood of it, a meaning per clause."""

    id: int
    conversation: str
    at: datetime
    channel: str
    language: str | None
    text: str
    meanings: tuple[Mapping[str, Any], ...]
    """`text`, and Rasa's parse data under `parse`; none when a person had the talk."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a customer asked a person, and the answer."""

    id: int
    """Of the message it was asked in."""
    at: datetime
    channel: str
    language: str | None
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Heard:
    """All of it, oldest first."""

    messages: Sequence[Message]
    by_hand: Sequence[ByHand]
    thumbs: Mapping[int, bool]
    """By message: what its customer thought of the answer."""
    handoffs: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    """By conversation: when people were asked for."""


def heard(connection: Connection, *, since: datetime, most: int) -> Heard:
    """The newest messages that came since a moment."""
    query = (
        select(_i.id, _i.key, _i.text, _i.received_at, _i.channel, _i.conversation_id, conversations.c.language)
        .join(conversations, conversations.c.id == _i.conversation_id)
        .where(_i.text != "", _i.line.is_not(None), _i.button.is_(None))
        .order_by(_i.id.desc())
        .limit(most)
    )
    rows = [row for row in connection.execute(query) if row.received_at >= since][::-1]
    meanings = _meanings(connection, {row.conversation_id for row in rows}, {row.key for row in rows})
    messages = [
        Message(
            id=row.id,
            conversation=row.conversation_id,
            at=row.received_at,
            channel=row.channel,
            language=row.language,
            text=row.text,
            meanings=tuple(meanings.get(row.key, ())),
        )
        for row in rows
    ]
    return Heard(messages, _by_hand(connection, since), _thumbs(connection, since), _handoffs(connection, since))


def _meanings(
    connection: Connection, talks: Collection[str], keys: Collection[str]
) -> Mapping[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for some in _batches(talks):
        query = (
            select(events.c.data)
            .where(events.c.conversation_id.in_(some), events.c.type == "user")
            .order_by(events.c.conversation_id, events.c.seq)
        )
        for event in connection.execute(query).scalars():
            key = event.get("message_id")
            if key in keys:
                found[key].append({"text": event.get("text") or "", "parse": event.get("parse_data") or {}})
    return found


def _batches(talks: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(talks)
    for start in range(0, len(ordered), TOGETHER):
        yield ordered[start : start + TOGETHER]


def _by_hand(connection: Connection, since: datetime, *, most: int = 500) -> list[ByHand]:
    """The first answer of a person to what was asked just before."""
    newest = select(_l.conversation_id).where(_l.who == "agent", _l.at >= since).order_by(_l.at.desc()).limit(most)
    talks = set(connection.execute(newest).scalars())
    found: list[ByHand] = []
    for some in _batches(talks):
        query = (
            select(
                _l.conversation_id,
                _l.who,
                _l.data,
                _l.at,
                _l.inbox_id,
                _i.text,
                _i.channel,
                outbox.c.data.label("said"),
            )
            .add_columns(conversations.c.language)
            .join(conversations, conversations.c.id == _l.conversation_id)
            .outerjoin(inbox, _i.id == _l.inbox_id)
            .outerjoin(outbox, outbox.c.id == _l.outbox_id)
            .where(_l.conversation_id.in_(some), _l.who.in_(["customer", "agent"]))
            .order_by(_l.conversation_id, _l.seq)
        )
        asked: Any = None
        for row in connection.execute(query):
            if row.who == "customer":
                asked = row if row.text else asked
                continue
            answer = str((row.said or row.data or {}).get("text") or "")
            if asked is not None and asked.conversation_id == row.conversation_id and answer and asked.at >= since:
                found.append(ByHand(asked.inbox_id, asked.at, asked.channel, asked.language, asked.text, answer))
            asked = None
    return found


def _thumbs(connection: Connection, since: datetime) -> dict[int, bool]:
    query = (
        select(outbox.c.inbox_id, thumbs.c.up)
        .join(lines, (_l.conversation_id == thumbs.c.conversation_id) & (_l.seq == thumbs.c.seq))
        .join(outbox, outbox.c.id == _l.outbox_id)
        .where(thumbs.c.at >= since, outbox.c.inbox_id.is_not(None))
    )
    return {row.inbox_id: row.up for row in connection.execute(query)}


def _handoffs(connection: Connection, since: datetime) -> dict[str, list[datetime]]:
    query = select(handoffs.c.conversation_id, handoffs.c.created_at).where(handoffs.c.created_at >= since)
    found: dict[str, list[datetime]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.conversation_id].append(row.created_at)
    return found


def settled(connection: Connection) -> set[tuple[int, str]]:
    """The messages that somebody has dealt with, with the kind of question each was."""
    return {(row.inbox_id, row.kind) for row in connection.execute(select(studio_settled))}


def settle(
    connection: Connection,
    messages: Collection[int],
    kind: str,
    *,
    what: str,
    key: str | None,
    who: str,
    now: datetime,
) -> None:
    """These are dealt with."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    rows = [
        {"inbox_id": number, "kind": kind, "what": what, "key": key, "who": who, "at": now}
        for number in sorted(messages)
    ]
    if rows:
        connection.execute(dialect.insert(studio_settled).on_conflict_do_nothing(), rows)

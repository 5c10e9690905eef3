"""The queue for people: each row is a handoff with its packet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.conversations import Owner
from bot.store.tables import conversations, handoffs, packet_versions


class HandoffState(StrEnum):
    WAITING = "waiting"
    ASSIGNED = "assigned"
    """A colleague has it."""
    MISSED = "missed"
    """Nobody came in time and the bot helps meanwhile: it stays in line for a colleague to follow up."""
    LEFT = "left"
    """The customer went on with the bot of their own will."""
    CLOSED = "closed"


IN_LINE = (HandoffState.WAITING, HandoffState.MISSED)
"""Those that a colleague can take."""
OPEN = (*IN_LINE, HandoffState.ASSIGNED)


class Heard(StrEnum):
    """What a waiting customer's message means for their place."""

    ADDED = "added"
    """It goes with the rest."""
    ACKNOWLEDGED = "acknowledged"
    """It goes with the rest, and they were told so."""
    LEFT = "left"
    """They want the bot again."""
    MISSED = "missed"
    """Nobody came in time."""


@dataclass(frozen=True, slots=True)
class StoredHandoff:
    """A packet on its way into the queue."""

    number: str
    reason: str
    priority: str
    in_hours: bool
    packet_version: int
    packet: Mapping[str, Any]
    rank_at: datetime
    """Who is earliest is next."""
    group: str
    language: str
    card: Mapping[str, Any]
    """What a list shows of the packet."""
    aim: timedelta
    """How soon somebody should answer."""
    first_due: datetime
    told_place: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue."""

    number: str
    conversation: str
    reason: str
    priority: str
    state: HandoffState
    in_hours: bool
    """Whether people were at work when it was asked for."""
    acknowledged: bool
    created_at: datetime
    last_heard_at: datetime
    closed_at: datetime | None
    closing_note: str
    packet: Mapping[str, Any]
    rank_at: datetime
    wrap_up: Mapping[str, Any] | None
    """What the colleague noted down at the end: category, resolved, summary."""


def enqueue(connection: Connection, conversation: str, handoff: StoredHandoff, *, now: datetime) -> None:
    """Put a handoff in line; one that was missed before goes up in it."""
    missed = (handoffs.c.conversation_id == conversation) & (handoffs.c.state == HandoffState.MISSED)
    connection.execute(update(handoffs).where(missed).values(state=HandoffState.LEFT, closed_at=now))
    connection.execute(
        insert(handoffs).values(
            id=handoff.number,
            conversation_id=conversation,
            reason=handoff.reason,
            priority=handoff.priority,
            state=HandoffState.WAITING,
            in_hours=handoff.in_hours,
            packet_version=handoff.packet_version,
            packet=dict(handoff.packet),
            acknowledged=False,
            created_at=now,
            last_heard_at=now,
            rank_at=handoff.rank_at,
            skill_group=handoff.group,
            language=handoff.language,
            card=dict(handoff.card),
            tags=[],
            aim_seconds=int(handoff.aim.total_seconds()),
            first_due=handoff.first_due,
            told_place=handoff.told_place,
            told_at=None if handoff.told_place is None else now,
        )
    )
    keep_packet(connection, handoff.number, handoff.packet, why="asked", by=None, now=now)


def keep_packet(
    connection: Connection, number: str, packet: Mapping[str, Any], *, why: str, by: str | None, now: datetime
) -> None:
    """Keep a packet as it is now; earlier ones stay beside it."""
    newest = select(packet_versions.c.number).where(packet_versions.c.handoff_id == number)
    last = connection.execute(newest.order_by(packet_versions.c.number.desc()).limit(1)).scalar_one_or_none() or 0
    row = {"handoff_id": number, "number": last + 1, "why": why, "by": by, "packet": dict(packet), "at": now}
    connection.execute(insert(packet_versions), row)
    connection.execute(update(handoffs).where(handoffs.c.id == number).values(packet=dict(packet)))


_ANSWERED = (handoffs.c.state == HandoffState.ASSIGNED) & handoffs.c.first_reply_at.is_not(None)


def note(connection: Connection, conversation: str, heard: Heard, *, now: datetime) -> None:
    """The customer who waits, or whom a colleague has, wrote."""
    mine = handoffs.c.conversation_id == conversation
    if heard in (Heard.LEFT, Heard.MISSED):
        values: dict[str, Any] = {"state": HandoffState(heard.value)}
        if heard is Heard.LEFT:
            values["closed_at"] = now
        connection.execute(update(handoffs).where(mine, handoffs.c.state == HandoffState.WAITING).values(**values))
        return
    values = {"last_heard_at": now}
    if heard is Heard.ACKNOWLEDGED:
        values["acknowledged"] = True
    connection.execute(update(handoffs).where(mine, handoffs.c.state.in_(OPEN)).values(**values))
    unanswered = select(handoffs.c.id, handoffs.c.aim_seconds).where(mine, _ANSWERED, handoffs.c.next_due.is_(None))
    for row in connection.execute(unanswered).all():
        due = now + timedelta(seconds=row.aim_seconds)
        connection.execute(update(handoffs).where(handoffs.c.id == row.id).values(next_due=due, warned=False))


def waiting_place(connection: Connection, conversation: str) -> Place | None:
    """The conversation's place in the queue."""
    query = (
        select(handoffs)
        .where(handoffs.c.conversation_id == conversation, handoffs.c.state == HandoffState.WAITING)
        .order_by(handoffs.c.created_at.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _place(row)


def listed(connection: Connection, *, every: bool = False, limit: int = 200) -> list[Place]:
    """Who waits, in the order in which they are reached; with `every`, those who left or were helped too."""
    query = select(handoffs).order_by(handoffs.c.state.not_in(IN_LINE), handoffs.c.rank_at)
    if not every:
        query = query.where(handoffs.c.state.in_(IN_LINE))
    return [_place(row) for row in connection.execute(query.limit(limit))]


def of_conversation(connection: Connection, conversation: str, *, limit: int = 10) -> list[Place]:
    """The conversation's handoffs, newest first."""
    query = select(handoffs).where(handoffs.c.conversation_id == conversation)
    return [_place(row) for row in connection.execute(query.order_by(handoffs.c.created_at.desc()).limit(limit))]


def find(connection: Connection, number: str) -> Place | None:
    """The handoff whose number begins with `number`, when there is exactly one."""
    query = select(handoffs).where(handoffs.c.id.startswith(number, autoescape=True)).limit(2)
    rows = connection.execute(query).all()
    return _place(rows[0]) if len(rows) == 1 else None


def close(connection: Connection, number: str, *, closing_note: str, now: datetime) -> bool:
    """Mark a handoff as dealt with and give the conversation back to the bot; False when it was closed before.

    A turn that is running there loses its lease: what it was about to say was said to somebody who waits.
    """
    closed = connection.execute(
        update(handoffs)
        .where(handoffs.c.id == number, handoffs.c.state != HandoffState.CLOSED)
        .values(state=HandoffState.CLOSED, closed_at=now, closing_note=closing_note)
        .returning(handoffs.c.conversation_id)
    ).scalar_one_or_none()
    if closed is None:
        return False
    connection.execute(
        update(conversations)
        .where(conversations.c.id == closed, conversations.c.owner.in_([Owner.QUEUE, Owner.AGENT]))
        .values(owner=Owner.BOT, fence=conversations.c.fence + 1, lease_holder=None)
    )
    return True


def _place(row: Any) -> Place:
    return Place(
        number=row.id,
        conversation=row.conversation_id,
        reason=row.reason,
        priority=row.priority,
        state=HandoffState(row.state),
        in_hours=row.in_hours,
        acknowledged=row.acknowledged,
        created_at=row.created_at,
        last_heard_at=row.last_heard_at,
        closed_at=row.closed_at,
        closing_note=row.closing_note or "",
        packet=row.packet,
        rank_at=row.rank_at,
        wrap_up=row.wrap_up,
    )

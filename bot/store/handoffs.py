"""The queue for people: each row is a handoff with its packet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, case, insert, select, update

from bot.conversations import Owner
from bot.store.tables import conversations, handoffs


class HandoffState(StrEnum):
    WAITING = "waiting"
    LEFT = "left"
    """The customer went on with the bot; the packet stays for whoever follows up."""
    CLOSED = "closed"


class Heard(StrEnum):
    """What a waiting customer's message means for their place."""

    ADDED = "added"
    """It goes with the rest."""
    ACKNOWLEDGED = "acknowledged"
    """It goes with the rest, and they were told so."""
    LEFT = "left"
    """They want the bot again, or nobody came in time."""


@dataclass(frozen=True, slots=True)
class StoredHandoff:
    """A packet on its way into the queue."""

    number: str
    reason: str
    priority: str
    in_hours: bool
    packet_version: int
    packet: Mapping[str, Any]


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


def enqueue(connection: Connection, conversation: str, handoff: StoredHandoff, *, now: datetime) -> None:
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
        )
    )


def note(connection: Connection, conversation: str, heard: Heard, *, now: datetime) -> None:
    """The waiting customer wrote."""
    values: dict[str, Any] = {"last_heard_at": now}
    if heard is Heard.ACKNOWLEDGED:
        values["acknowledged"] = True
    if heard is Heard.LEFT:
        values = {"state": HandoffState.LEFT, "closed_at": now}
    waiting = (handoffs.c.conversation_id == conversation) & (handoffs.c.state == HandoffState.WAITING)
    connection.execute(update(handoffs).where(waiting).values(**values))


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
    """Who waits, the most urgent first, then the longest waiting; with `every`, those who left or were helped too."""
    urgency = case({"urgent": 0, "high": 1}, value=handoffs.c.priority, else_=2)
    query = select(handoffs).order_by(handoffs.c.state != HandoffState.WAITING, urgency, handoffs.c.created_at)
    if not every:
        query = query.where(handoffs.c.state == HandoffState.WAITING)
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
    )

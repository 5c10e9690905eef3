"""What colleagues want the shop to do, who allowed it, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from bot.store.tables import approvals

_a = approvals.c
SHOWN = timedelta(minutes=2)
"""How long a decision is news."""


class Stage(StrEnum):
    ASKED = "asked"
    REFUSED = "refused"
    DOING = "doing"
    """Allowed; the shop is asked until it answers."""
    DONE = "done"
    FAILED = "failed"
    """The shop said no."""


@dataclass(frozen=True, slots=True)
class Approval:
    id: str
    """Also the idempotency key towards the shop."""
    conversation: str
    handoff: str | None
    action: str
    order: str
    amount: Decimal
    reason: str
    stage: Stage
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    why: str
    result: Mapping[str, Any] | None


def ask(connection: Connection, new: Approval) -> None:
    """Write a wish down; with the stage `doing` it needs nobody's word."""
    connection.execute(
        insert(approvals).values(
            id=new.id,
            conversation_id=new.conversation,
            handoff_id=new.handoff,
            action=new.action,
            order_number=new.order,
            amount=str(new.amount),
            reason=new.reason,
            state=new.stage,
            asked_by=new.asked_by,
            asked_at=new.asked_at,
            result=dict(new.result or {}),
        )
    )


def find(connection: Connection, number: str) -> Approval | None:
    row = connection.execute(select(approvals).where(_a.id == number)).one_or_none()
    return None if row is None else _approval(row)


def decide(connection: Connection, number: str, *, approve: bool, by: str, why: str, now: datetime) -> Approval | None:
    """The decision on a wish; None when there was one before."""
    decided = (
        update(approvals)
        .where(_a.id == number, _a.state == Stage.ASKED)
        .values(state=Stage.DOING if approve else Stage.REFUSED, decided_by=by, decided_at=now, why=why)
        .returning(approvals)
    )
    row = connection.execute(decided).one_or_none()
    return None if row is None else _approval(row)


def finish(connection: Connection, number: str, stage: Stage, result: Mapping[str, Any], *, now: datetime) -> bool:
    """What the shop answered; False when that is known already."""
    done = update(approvals).where(_a.id == number, _a.state == Stage.DOING)
    values = {"state": stage, "result": dict(result), "decided_at": now}
    return connection.execute(done.values(**values)).rowcount == 1


def unfinished(connection: Connection, *, before: datetime) -> list[Approval]:
    """Allowed before a moment, and the shop has not answered yet."""
    started = or_(_a.decided_at < before, (_a.decided_at.is_(None)) & (_a.asked_at < before))
    query = select(approvals).where(_a.state == Stage.DOING, started).order_by(_a.asked_at).limit(20)
    return [_approval(row) for row in connection.execute(query)]


def current(connection: Connection, *, now: datetime) -> list[Approval]:
    """Those that wait for a word, and what has become of others lately."""
    query = select(approvals).where(or_(_a.state.in_([Stage.ASKED, Stage.DOING]), _a.decided_at > now - SHOWN))
    return [_approval(row) for row in connection.execute(query.order_by(_a.asked_at).limit(500))]


def of_conversation(connection: Connection, conversation: str) -> list[Approval]:
    query = select(approvals).where(_a.conversation_id == conversation).order_by(_a.asked_at)
    return [_approval(row) for row in connection.execute(query)]


def _approval(row: Any) -> Approval:
    return Approval(
        id=row.id,
        conversation=row.conversation_id,
        handoff=row.handoff_id,
        action=row.action,
        order=row.order_number,
        amount=Decimal(row.amount),
        reason=row.reason,
        stage=Stage(row.state),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        why=row.why or "",
        result=row.result,
    )

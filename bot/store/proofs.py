"""What customers have proven in a conversation, and how often they guessed wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.store.tables import one_time_codes, proofs

ORDER = "order"
CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Proven:
    """What counts now in a conversation."""

    orders: frozenset[str]
    customer: tuple[str, datetime] | None
    """The shop's customer who entered a one-time code, and when."""


def proven(connection: Connection, conversation: str, *, since: datetime) -> Proven:
    """What was proven since a moment."""
    query = (
        select(proofs.c.kind, proofs.c.subject, proofs.c.proven_at)
        .where(proofs.c.conversation_id == conversation, proofs.c.proven_at >= since)
        .order_by(proofs.c.proven_at)
    )
    rows = connection.execute(query).all()
    customers = [(row.subject, row.proven_at) for row in rows if row.kind == CUSTOMER]
    orders = frozenset(row.subject for row in rows if row.kind == ORDER)
    return Proven(orders, customers[-1] if customers else None)


def forget(connection: Connection, conversation: str) -> None:
    """Nothing is proven in the conversation any more."""
    connection.execute(delete(proofs).where(proofs.c.conversation_id == conversation))
    connection.execute(delete(one_time_codes).where(one_time_codes.c.conversation_id == conversation))

"""Who owns a conversation, and the moves that are allowed: one table."""

from __future__ import annotations

from enum import StrEnum


class Owner(StrEnum):
    BOT = "bot"
    QUEUE = "queue"
    AGENT = "agent"
    CLOSED = "closed"


MOVES: dict[Owner, frozenset[Owner]] = {
    Owner.BOT: frozenset({Owner.QUEUE, Owner.AGENT, Owner.CLOSED}),
    Owner.QUEUE: frozenset({Owner.AGENT, Owner.BOT, Owner.CLOSED}),
    Owner.AGENT: frozenset({Owner.BOT, Owner.QUEUE, Owner.CLOSED}),
    Owner.CLOSED: frozenset({Owner.BOT, Owner.AGENT}),
}
"""`MOVES[now]` are the owners that may follow. A colleague may follow up where nobody had time before."""


def may_move(now: Owner, to: Owner) -> bool:
    """Whether a conversation owned by `now` may pass to `to`; staying is always allowed."""
    return now is to or to in MOVES[now]

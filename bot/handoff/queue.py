"""The line for a person: who comes first, how long it takes, and by when somebody must have answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from bot.messages import HandoffReason, Priority

STEP = timedelta(minutes=10)
"""Waiting so long is worth one step of priority."""
STEPS: Mapping[Priority, int] = {Priority.NORMAL: 0, Priority.HIGH: 1, Priority.URGENT: 2}
WARNED_AT = 0.75
"""Of the time until a deadline, when it is warned of."""
SHORTEST = timedelta(minutes=1)
RECENT = 50
"""Talks that handling times are taken from."""
VIP_TIERS = frozenset({"gold"})
VIP_TAGS = frozenset({"vip"})


def rank(priority: Priority, since: datetime) -> datetime:
    """Whose rank is earliest is next.

    A step of priority is worth `STEP` of waiting, however long somebody has waited: who stands before whom never
    changes with time alone, so a place told to a customer gets worse only when somebody more urgent comes.
    """
    return since - STEPS[priority] * STEP


def raised(priority: Priority, reason: HandoffReason, *, mood: str | None, vip: bool) -> Priority:
    """The priority a routine asked for, or a higher one for a mood or a VIP."""
    if reason is HandoffReason.DISTRESS or mood in ("distressed", "legal_threat"):
        return Priority.URGENT
    if reason is HandoffReason.COMPLAINT or mood in ("angry", "unhappy") or vip:
        return max(priority, Priority.HIGH, key=STEPS.__getitem__)
    return priority


def above(priority: Priority) -> Priority:
    """One step more urgent."""
    return Priority.URGENT if priority is not Priority.NORMAL else Priority.HIGH


def is_vip(tier: str | None, tags: Sequence[str]) -> bool:
    return tier in VIP_TIERS or any(tag.casefold() in VIP_TAGS for tag in tags)


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly people get through the line now."""

    desks: int
    """Talks that the colleagues who are online can have at the same time."""
    free: int
    """How many more they could take now."""
    handling: timedelta | None
    """How long a talk takes; None when there were none lately."""
    online: int = 0


def handling_time(spans: Sequence[timedelta]) -> timedelta | None:
    """How long a talk takes, from recent ones: one that was forgotten over night does not count for much."""
    return timedelta(seconds=median(span.total_seconds() for span in spans)) if spans else None


def wait(place: int, pace: Pace, *, aim: timedelta) -> timedelta | None:
    """How long it takes until the `place`th in line is answered; None when nobody is there to answer.

    Where no talk was handled lately, each round is taken to last as long as a first reply may take.
    """
    if pace.desks <= 0:
        return None
    ahead = place - pace.free
    if ahead <= 0:
        return SHORTEST
    rounds = -(-ahead // pace.desks)
    spread = (pace.handling or aim) * rounds if ahead > pace.desks else (pace.handling or aim) * ahead / pace.desks
    return max(SHORTEST, spread)


def minutes(span: timedelta) -> int:
    """Whole minutes, rather one more than one less."""
    return max(1, -(-span // timedelta(minutes=1)))


def warn_at(begins: datetime, due: datetime) -> datetime:
    """When a deadline is warned of."""
    return begins + (due - begins) * WARNED_AT

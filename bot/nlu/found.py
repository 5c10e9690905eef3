"""What the extractors hand to each other: a value that stands somewhere in a normalised text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """One value, cut from `text[start:end]` of the normalised text."""

    start: int
    end: int
    entity: str
    value: str
    confidence: float = 1.0
    candidates: tuple[str, ...] = ()
    """For a name that fits several products or stores: all of them, the best first."""


def widest(found: Iterable[Found]) -> list[Found]:
    """Without what lies inside or across something longer; of two alike the earlier given stays.

    Two meanings of the very same words (香港 is a city and a delivery region) both stay.
    """
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: one.start - one.end):
        clash = [
            other
            for other in kept
            if one.start < other.end and other.start < one.end and (one.start, one.end) != (other.start, other.end)
        ]
        same = [other for other in kept if (one.start, one.end, one.entity) == (other.start, other.end, other.entity)]
        if not clash and not same:
            kept.append(one)
    return sorted(kept, key=lambda one: (one.start, one.end))

"""Where guesses, proofs and one-time codes are written down: a small port, kept by `bot.store`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol


class Tries(Protocol):
    """One guess as it was written down."""

    @property
    def ids(self) -> Sequence[int]:
        """Its entries, one per subject, for `drop_tries`."""

    @property
    def moments(self) -> Mapping[str, Sequence[datetime]]:
        """Per subject its guesses since the moment asked about, this one included, oldest first; aware UTC."""


class StoredCode(Protocol):
    """A one-time code as it is kept."""

    @property
    def customer_id(self) -> str: ...

    @property
    def code_hash(self) -> str: ...

    @property
    def expires_at(self) -> datetime:
        """Aware UTC."""


class ProofBook(Protocol):
    """Each method is one transaction, so that of two callers at once the second sees what the first did.

    A key is `Caller.proof_key`: what is proven under one counts under no other.
    """

    async def add_tries(self, subjects: Sequence[str], *, at: datetime, since: datetime) -> Tries:
        """Count a guess against each subject (such as `order:GT2600010042`), and tell their guesses since `since`."""

    async def drop_tries(self, ids: Sequence[int]) -> None:
        """Forget a guess that turned out to be none."""

    async def add_order_proof(self, key: str, /, number: str, *, at: datetime) -> None:
        """The right digits were shown for an order; a repeat renews the moment."""

    async def add_customer_proof(self, key: str, /, customer_id: str, *, at: datetime) -> None:
        """A code sent to this customer was entered; a repeat renews the moment."""

    async def save_code(self, key: str, /, *, customer_id: str, code_hash: str, expires_at: datetime) -> None:
        """Keep a code with no tries used, in place of an earlier one."""

    async def find_code(self, key: str, /) -> StoredCode | None:
        """The code, however old or used up."""

    async def try_code(self, key: str, /, *, at: datetime, max_tries: int) -> StoredCode | None:
        """Use up one try and return the code; None when there is none, it has expired, or no try is left."""

    async def consume_code(self, key: str, /, code_hash: str) -> bool:
        """Delete the code with this hash; True for the one caller that deleted it."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `tries` guesses against `subject` within `window`."""

    subject: str
    tries: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Full:
    """A limit is reached; the guess is not judged."""

    minutes: int
    """Until there is room again, rounded up."""


async def count(book: ProofBook, limits: Sequence[Limit], *, now: datetime) -> Sequence[int] | Full:
    """Count a guess, or say that there is no room for it; the result's ids take it back with `drop_tries`.

    It is counted before it is judged, so that no guess slips by beside another. One that finds no room is
    forgotten: hammering does not prolong a lock.
    """
    subjects = list(dict.fromkeys(limit.subject for limit in limits))
    tries = await book.add_tries(subjects, at=now, since=now - max(limit.window for limit in limits))
    free_at = _free_at(limits, tries.moments, now)
    if free_at is None:
        return tries.ids
    await book.drop_tries(tries.ids)
    return minutes_until(free_at, now)


def minutes_until(moment: datetime, now: datetime) -> Full:
    return Full(max(1, ceil((moment - now) / timedelta(minutes=1))))


def _free_at(limits: Sequence[Limit], moments: Mapping[str, Sequence[datetime]], now: datetime) -> datetime | None:
    """When the last of the limits that are broken has room again; None when none is broken."""
    free = []
    for limit in limits:
        recent = [moment for moment in moments[limit.subject] if moment > now - limit.window]
        if len(recent) > limit.tries:
            free.append(recent[-limit.tries - 1] + limit.window)  # then this guess, the last, would fit
    return max(free, default=None)

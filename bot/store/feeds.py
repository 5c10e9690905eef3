"""A feed of messages that is read page by page: what a page says is stored together with the place that follows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.messages import Address, Inbound
from bot.store import arrivals, cursors, platforms
from bot.store.database import insert_missing
from bot.store.inbox import Receipt, record
from bot.store.platforms import Allowance
from bot.store.tables import cursors as places

Clock = Callable[[Connection], float]


@dataclass(frozen=True, slots=True)
class Said:
    """A customer's message; with `waits`, something of it must be fetched first."""

    message: Inbound
    waits: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """Whether somebody serves the customer on the platform itself, from here on."""

    who: Address
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """What the platform took from us did not reach the customer."""

    who: Address
    platform_id: str
    error: str


Entry = Said | Served | Failed


def know(connection: Connection, name: str, *, now: datetime) -> None:
    """There is such a feed: whoever starts reads it."""
    insert_missing(connection, places, {"name": name}, {"value": "", "held_until": 0.0, "moved_at": now})


def known(connection: Connection, prefix: str) -> list[str]:
    """The feeds whose names begin so."""
    query = select(places.c.name).where(places.c.name.startswith(prefix, autoescape=True)).order_by(places.c.name)
    return list(connection.execute(query).scalars())


def take_page(
    connection: Connection,
    name: str,
    entries: Sequence[Entry],
    *,
    cursor: str,
    holder: str,
    allowed: Allowance,
    clock: Clock,
    now: datetime,
) -> list[Receipt]:
    """Store a page, in order; the receipts of what is to be answered.

    Raises:
        LeaseLost: another worker reads by now; nothing is stored.
    """
    cursors.move(connection, name, cursor, holder=holder, now=now)
    receipts = []
    for entry in entries:
        match entry:
            case Served(who, elsewhere):
                platforms.serve_elsewhere(connection, who, elsewhere, now=now)
            case Failed(who, platform_id, error):
                platforms.fail_sent(connection, who, platform_id, error=error)
            case Said(message, waits):
                receipt = _said(connection, message, waits, allowed=allowed, clock=clock, now=now)
                receipts += [receipt] if receipt else []
    return receipts


def _said(
    connection: Connection,
    message: Inbound,
    waits: Mapping[str, Any] | None,
    *,
    allowed: Allowance,
    clock: Clock,
    now: datetime,
) -> Receipt | None:
    """None for what is answered elsewhere, or later."""
    who = message.address
    if platforms.is_elsewhere(connection, who):
        return None
    platforms.trigger(connection, who, allowed, now=now)
    if waits is not None and (waits.get("media_id") or arrivals.waits(connection, who)):
        arrivals.keep(
            connection,
            who,
            external_id=message.external_id,
            bundle=None,
            data=waits,
            settle_seconds=0.0,
            lease_clock=clock,
            now=now,
        )
        return None
    return record(connection, message, now=now, signed_in_as=None, signed_in_at=None)

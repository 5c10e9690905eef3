"""What has arrived and is no message yet: its files are fetched first, or the rest of an album is waited for.

A row stays when it is done with, so that a platform's repeat is known, until no platform repeats it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Float, and_, bindparam, delete, exists, func, select, update

from bot.messages import Address
from bot.store.database import insert_once
from bot.store.tables import arrivals

LONGEST_WAIT_SECONDS = 3600.0
"""Nothing waits for longer; what seems to is left from before a reboot."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that arrived, as its channel keeps it."""

    number: int
    external_id: str
    bundle: str | None
    """What belongs together has the same; None for what stands alone."""
    data: Mapping[str, Any]
    tries: int
    """How often it was taken, this time included."""
    arrived_at: datetime


# Built once: building a statement costs more than running it.
_a = arrivals.c
_moment, _lasts = bindparam("moment", type_=Float), bindparam("lasts", type_=Float)
_FREE = and_(
    (_a.due <= _moment) | (_a.due > _moment + LONGEST_WAIT_SECONDS),
    (_a.held_until <= _moment) | (_a.held_until > _moment + LONGEST_WAIT_SECONDS),
)
_THEIRS = and_(
    _a.channel == bindparam("channel_name"),
    _a.account == bindparam("account_name"),
    _a.sender == bindparam("sender_name"),
    _a.done_at.is_(None),
)
_OLDEST = select(func.min(_a.id)).where(_THEIRS).scalar_subquery()
_TAKE = (
    update(arrivals)
    .where(_a.id == _OLDEST, _a.done_at.is_(None), _FREE)
    .values(held_until=_moment + _lasts, tries=_a.tries + 1)
)
_WAITING = select(arrivals).where(_THEIRS).order_by(_a.id)
_WAITS = select(exists().where(_THEIRS))


def keep(
    connection: Connection,
    address: Address,
    *,
    external_id: str,
    bundle: str | None,
    data: Mapping[str, Any],
    settle_seconds: float,
    lease_clock: Callable[[Connection], float],
    now: datetime,
) -> bool:
    """Store it, unless it is there already; False for a repeat.

    Parts of a bundle wait until none has come for `settle_seconds`, or something else has come from the same sender.
    """
    due = lease_clock(connection) + settle_seconds if bundle else 0.0
    number = insert_once(
        connection,
        arrivals,
        channel=address.channel,
        account=address.account,
        external_id=external_id,
        sender=address.sender,
        bundle=bundle,
        data=dict(data),
        due=due,
        held_until=0.0,
        tries=0,
        arrived_at=now,
    )
    if number is None:
        return False
    others = update(arrivals).where(_THEIRS, _a.bundle.is_distinct_from(bundle)).values(due=0.0)
    connection.execute(others, _names(address))
    if bundle:
        connection.execute(update(arrivals).where(_THEIRS, _a.bundle == bundle).values(due=due), _names(address))
    return True


def waits(connection: Connection, address: Address) -> bool:
    """Whether something of theirs is not done with; whatever they send next comes after it."""
    return bool(connection.execute(_WAITS, _names(address)).scalar_one())


def due(
    connection: Connection, channel: str, *, lease_clock: Callable[[Connection], float], limit: int = 100
) -> list[Address]:
    """Senders on `channel` with something to see to, the longest waiting first."""
    oldest = select(func.min(_a.id)).where(_a.channel == channel, _a.done_at.is_(None)).group_by(_a.account, _a.sender)
    query = select(_a.account, _a.sender).where(_a.id.in_(oldest), _FREE).order_by(_a.id).limit(limit)
    rows = connection.execute(query, {"moment": lease_clock(connection)})
    return [Address(channel, row.account, row.sender) for row in rows]


def take(
    connection: Connection, address: Address, *, lease_clock: Callable[[Connection], float], lease_seconds: float
) -> list[Arrival]:
    """All that waits of a sender, oldest first; none when it is not due, or somebody else has it."""
    lease = {"moment": lease_clock(connection), "lasts": lease_seconds}
    if connection.execute(_TAKE, {**_names(address), **lease}).rowcount != 1:
        return []
    return [
        Arrival(row.id, row.external_id, row.bundle, row.data, row.tries, row.arrived_at)
        for row in connection.execute(_WAITING, _names(address))
    ]


def finish(connection: Connection, numbers: Sequence[int], *, now: datetime) -> None:
    """These are messages now, or never will be."""
    connection.execute(update(arrivals).where(_a.id.in_(numbers)).values(done_at=now, data={}, held_until=0.0))


def put_off(
    connection: Connection, number: int, *, wait_seconds: float, lease_clock: Callable[[Connection], float]
) -> None:
    """Try again later."""
    again = update(arrivals).where(_a.id == number)
    connection.execute(again.values(due=lease_clock(connection) + wait_seconds, held_until=0.0))


def forget(connection: Connection, *, before: datetime) -> None:
    """What was done with before then is not repeated any more."""
    connection.execute(delete(arrivals).where(_a.done_at < before))


def _names(address: Address) -> dict[str, str]:
    return {"channel_name": address.channel, "account_name": address.account, "sender_name": address.sender}

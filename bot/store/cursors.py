"""How far something was read that is read piece by piece, and which worker reads it now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import LeaseLost
from bot.store.tables import cursors

LONGEST_LEASE_SECONDS = 3600.0
"""A lease that seems longer is left from before a reboot."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in what is read; ours for a while."""

    value: str
    """Empty at the beginning."""
    moved_at: datetime


def take(
    connection: Connection,
    name: str,
    *,
    holder: str,
    lease_clock: Callable[[Connection], float],
    lease_seconds: float,
    now: datetime,
) -> Cursor | None:
    """Hold it, or hold it longer; None while somebody else does."""
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    first = kind.insert(cursors).values(name=name, value="", holder=None, held_until=0.0, moved_at=now)
    connection.execute(first.on_conflict_do_nothing())
    moment = lease_clock(connection)
    free = (
        cursors.c.holder.is_(None)
        | (cursors.c.holder == holder)
        | (cursors.c.held_until <= moment)
        | (cursors.c.held_until > moment + LONGEST_LEASE_SECONDS)
    )
    taken = connection.execute(
        update(cursors)
        .where(cursors.c.name == name, free)
        .values(holder=holder, held_until=moment + lease_seconds)
        .returning(cursors.c.value, cursors.c.moved_at)
    ).one_or_none()
    return None if taken is None else Cursor(taken.value, taken.moved_at)


def move(connection: Connection, name: str, value: str, *, holder: str, now: datetime) -> None:
    """All before `value` is stored.

    Raises:
        LeaseLost: somebody else reads by now.
    """
    mine = update(cursors).where(cursors.c.name == name, cursors.c.holder == holder)
    if connection.execute(mine.values(value=value, moved_at=now)).rowcount != 1:
        raise LeaseLost(name)


def let_go(connection: Connection, name: str, *, holder: str) -> None:
    mine = update(cursors).where(cursors.c.name == name, cursors.c.holder == holder)
    connection.execute(mine.values(holder=None))


def value_of(connection: Connection, name: str) -> str:
    """Where it stands; empty at the beginning."""
    return connection.execute(select(cursors.c.value).where(cursors.c.name == name)).scalar_one_or_none() or ""

"""Which colleagues are there, how much each has, and how quickly talks have gone lately."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from bot.store.database import upsert
from bot.store.handoffs import HandoffState
from bot.store.tables import accounts, handoffs, presence

SILENT_SECONDS = 45.0
"""Whoever gives no sign of life for so long has gone."""
LATELY = timedelta(hours=24)
"""How far back handling times are taken from."""

_p, _h = presence.c, handoffs.c


def silent() -> timedelta:
    return timedelta(seconds=SILENT_SECONDS)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who has talks with customers."""

    id: str
    name: str
    shown_as: dict[str, str]
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    languages: tuple[str, ...]
    capacity: int
    load: int
    status: str
    """online, away or offline, as it is now."""
    given_at: datetime | None
    looking_at: str | None
    typing_at: datetime | None

    def called(self, language: str) -> str:
        """Their name as it is written in a language."""
        return self.shown_as.get(language) or self.shown_as.get("en") or self.name


def seen(connection: Connection, account: str, *, status: str | None, now: datetime) -> None:
    """A sign of life; with a `status`, the one they chose. Whoever comes back is online."""
    row = connection.execute(select(presence).where(_p.account_id == account)).one_or_none()
    back = row is None or (row.status == "offline" and status is None) or now - row.seen_at > silent()
    chosen = status or ("online" if back or row is None else row.status)
    upsert(connection, presence, {"account_id": account}, {"status": chosen, "seen_at": now})


def look(connection: Connection, account: str, conversation: str | None) -> None:
    """They have this conversation open now."""
    looks = update(presence).where(_p.account_id == account)
    connection.execute(looks.values(looking_at=conversation, typing_at=None))


def types(connection: Connection, account: str, conversation: str, *, at: datetime | None) -> None:
    """They type something in it, or have stopped."""
    connection.execute(update(presence).where(_p.account_id == account).values(looking_at=conversation, typing_at=at))


def beat(connection: Connection, ids: Collection[str], *, now: datetime) -> None:
    """These still have a window open."""
    alive = update(presence).where(_p.account_id.in_(sorted(ids)), _p.seen_at < now)
    connection.execute(alive.values(seen_at=now))


def colleagues(connection: Connection, *, now: datetime, online: bool = False) -> list[Colleague]:
    """All who have talks with customers; with `online`, those who are there and take some."""
    load = (
        select(func.count())
        .where(_h.agent_id == accounts.c.id, _h.state == HandoffState.ASSIGNED)
        .scalar_subquery()
        .label("load")
    )
    query = (
        select(accounts, _p.status, _p.seen_at, _p.given_at, _p.looking_at, _p.typing_at, load)
        .outerjoin(presence, _p.account_id == accounts.c.id)
        .where(accounts.c.disabled.is_(False))
        .order_by(accounts.c.name)
    )
    if online:
        query = query.where(_p.status == "online", _p.seen_at > now - silent())
    found = []
    for row in connection.execute(query):
        if not {"agent", "supervisor"} & set(row.roles):
            continue
        there = row.seen_at is not None and now - row.seen_at <= silent()
        found.append(
            Colleague(
                id=row.id,
                name=row.name,
                shown_as=row.shown_as,
                roles=tuple(row.roles),
                groups=tuple(row.groups),
                languages=tuple(row.languages),
                capacity=row.capacity,
                load=row.load,
                status=row.status if there else "offline",
                given_at=row.given_at,
                looking_at=row.looking_at if there else None,
                typing_at=row.typing_at,
            )
        )
    return found


def gone(connection: Connection, *, now: datetime) -> list[str]:
    """Colleagues who have talks but are not there any more."""
    query = (
        select(_h.agent_id)
        .outerjoin(presence, _p.account_id == _h.agent_id)
        .where(
            _h.state == HandoffState.ASSIGNED,
            (_p.account_id.is_(None)) | (_p.seen_at < now - silent()) | (_p.status == "offline"),
        )
        .distinct()
    )
    return list(connection.execute(query).scalars())


def handling_times(connection: Connection, *, now: datetime, most: int) -> list[timedelta]:
    """How long recent talks took, from being taken to being closed."""
    query = (
        select(_h.assigned_at, _h.closed_at)
        .where(_h.state == HandoffState.CLOSED, _h.assigned_at.is_not(None), _h.closed_at > now - LATELY)
        .order_by(_h.closed_at.desc())
        .limit(most)
    )
    return [row.closed_at - row.assigned_at for row in connection.execute(query)]


def waiting(connection: Connection) -> int:
    """How many wait."""
    count: int = connection.execute(select(func.count()).where(_h.state == HandoffState.WAITING)).scalar_one()
    return count


def figures(connection: Connection, *, now: datetime) -> dict[str, int | None]:
    """How long the line is, and how much was done lately."""
    oldest = connection.execute(select(func.min(_h.created_at)).where(_h.state == HandoffState.WAITING)).scalar_one()
    done = select(func.count()).where(_h.state == HandoffState.CLOSED, _h.closed_at > now - LATELY)
    return {
        "waiting": waiting(connection),
        "longest_seconds": None if oldest is None else int((now - oldest).total_seconds()),
        "handled_today": connection.execute(done).scalar_one(),
    }


def place_before(connection: Connection, rank: datetime) -> int:
    """The place in line of somebody with this rank."""
    ahead = select(func.count()).where(_h.state == HandoffState.WAITING, _h.rank_at <= rank)
    found: int = connection.execute(ahead).scalar_one()
    return found + 1

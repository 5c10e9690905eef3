"""What a screen shows of many talks at once: how each stands, what is new in it, and what its customer thinks of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, select, update

from bot.conversations import Owner
from bot.store.database import upsert
from bot.store.handoffs import HandoffState
from bot.store.inbox import UNFINISHED
from bot.store.lines import Line, after
from bot.store.tables import conversations, files, handoffs, identities, inbox, lines, ratings, revoked, thumbs

AT_ONCE = 1000
"""Keys that one query asks for at most."""
LONGEST_LINE = 1000
"""Places in the queue that are counted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place in the line for a person."""

    place: int
    """1 is next."""
    priority: str
    since: datetime
    in_hours: bool


@dataclass(frozen=True, slots=True)
class State:
    """How a talk stands."""

    conversation: str
    owner: Owner
    episode: int
    last_line: int
    read_by_us: int
    read_by_customer: int
    is_answering: bool
    """The bot has a message to answer."""
    agent: str | None = None
    """The colleague who spoke last, while one owns the talk."""
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was taken."""

    id: str
    sender: str
    name: str
    type: str
    bytes: int
    width: int | None
    height: int | None

    def as_json(self) -> dict[str, Any]:
        """As a message carries it."""
        shown = {name: getattr(self, name) for name in ("id", "name", "type", "bytes", "width", "height")}
        return {name: value for name, value in shown.items() if value is not None}


# Built once: building a statement costs more than running it.
_c = conversations.c
_STATES = select(
    _c.id,
    _c.owner,
    _c.episode,
    _c.last_line,
    _c.read_by_us,
    _c.read_by_customer,
    exists().where(inbox.c.conversation_id == _c.id, inbox.c.state.in_(UNFINISHED)).label("unfinished"),
).where(_c.id.in_(bindparam("keys", expanding=True)))
_HOMES = (
    select(identities.c.external_id, _c.id)
    .join(conversations, _c.customer_id == identities.c.customer_id)
    .where(
        identities.c.channel == bindparam("channel"),
        identities.c.account == bindparam("account"),
        identities.c.external_id.in_(bindparam("keys", expanding=True)),
    )
    .order_by(_c.created_at)
)
_LAST_AGENT = (
    select(lines.c.agent_name)
    .where(lines.c.conversation_id == bindparam("conversation"), lines.c.who == "agent")
    .order_by(lines.c.seq.desc())
    .limit(1)
)
_QUEUE = (
    select(handoffs.c.conversation_id, handoffs.c.priority, handoffs.c.created_at, handoffs.c.in_hours)
    .where(handoffs.c.state == HandoffState.WAITING)
    .order_by(handoffs.c.rank_at, handoffs.c.id)
    .limit(LONGEST_LINE)
)
_READ = update(conversations).where(
    _c.id == bindparam("conversation"), _c.read_by_customer < bindparam("seq"), _c.last_line >= bindparam("seq")
)
_REVOKED = select(revoked.c.key).where(revoked.c.key.in_(bindparam("keys", expanding=True)))


def homes(connection: Connection, senders: Sequence[str], *, channel: str, account: str) -> dict[str, str]:
    """The conversations of those senders who have one."""
    found: dict[str, str] = {}
    for keys in _parts(senders):
        rows = connection.execute(_HOMES, {"channel": channel, "account": account, "keys": keys})
        found.update((row.external_id, row.id) for row in rows)
    return found


def look(connection: Connection, seen: Mapping[str, int], *, limit: int = 200) -> dict[str, tuple[State, list[Line]]]:
    """How the conversations in `seen` stand, each with the lines that follow the number given for it, oldest first.

    Conversations that do not exist are left out.
    """
    found = {state.conversation: state for state in _states(connection, seen)}
    return {
        name: (state, after(connection, name, seen[name], limit=limit) if state.last_line > seen[name] else [])
        for name, state in found.items()
    }


@dataclass(frozen=True, slots=True)
class Entrance:
    """What somebody finds who comes in."""

    revoked: frozenset[str]
    """Which of their tokens open nothing any more."""
    anonymous: str | None
    """The talk they have as a visitor."""
    known: str | None
    """The talk they have as a customer."""


def enter(
    connection: Connection, keys: Sequence[str], visitor: str, customer: str | None, *, channel: str, account: str
) -> Entrance:
    """Look up whether `keys` were revoked, and the talks of the senders `visitor` and `customer`."""
    senders = [visitor] if customer is None else [visitor, customer]
    found = homes(connection, senders, channel=channel, account=account)
    return Entrance(frozenset(revoked_of(connection, keys)), found.get(visitor), found.get(customer or ""))


def mark_read(connection: Connection, read: Mapping[str, int]) -> None:
    """The customers have read up to these lines."""
    for conversation, seq in sorted(read.items()):  # in one order, so that two workers never wait for each other
        connection.execute(_READ.values(read_by_customer=seq), {"conversation": conversation, "seq": seq})


def thumb(connection: Connection, conversation: str, seq: int, *, up: bool | None, now: datetime) -> bool:
    """What the customer thinks of a line; None takes it back. False when there is no such line to judge."""
    key = {"conversation_id": conversation, "seq": seq}
    who = select(lines.c.who).filter_by(**key)
    if connection.execute(who).scalar_one_or_none() not in ("bot", "agent"):
        return False
    if up is None:
        connection.execute(delete(thumbs).filter_by(**key))
    else:
        upsert(connection, thumbs, key, {"up": up, "at": now})
    return True


def rate(connection: Connection, conversation: str, *, stars: int, text: str, now: datetime) -> None:
    """What the customer thinks of the talk; the last word counts."""
    episode = connection.execute(select(_c.episode).where(_c.id == conversation)).scalar_one()
    key = {"conversation_id": conversation, "episode": episode}
    upsert(connection, ratings, key, {"stars": stars, "text": text, "at": now})


def revoke(connection: Connection, keys: Iterable[str], *, until: datetime, now: datetime) -> None:
    """These open nothing any more. What has ended by itself is forgotten."""
    connection.execute(delete(revoked).where(revoked.c.until < now))
    for key in keys:
        upsert(connection, revoked, {"key": key}, {"until": until})


def revoked_of(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that were revoked."""
    return {key for part in _parts(keys) for key in connection.execute(_REVOKED, {"keys": part}).scalars()}


def add_file(connection: Connection, file: StoredFile, *, now: datetime) -> None:
    named = {name: getattr(file, name) for name in ("id", "sender", "name", "type", "bytes", "width", "height")}
    connection.execute(files.insert().values(**named, created_at=now))


def mark_sent(connection: Connection, ids: Sequence[str], *, now: datetime) -> None:
    """These files go out with a message: they stay."""
    connection.execute(update(files).where(files.c.id.in_(ids), files.c.sent_at.is_(None)).values(sent_at=now))


def drop_unsent(connection: Connection, *, before: datetime, limit: int) -> list[str]:
    """Forget files that customers uploaded before then and never sent; which those are."""
    old = (
        select(files.c.id)
        .where(files.c.sent_at.is_(None), files.c.created_at < before, files.c.sender.not_like("agent:%"))
        .limit(limit)
    )
    found = list(connection.execute(old).scalars())
    gone = delete(files).where(files.c.id.in_(found), files.c.sent_at.is_(None)).returning(files.c.id)
    return list(connection.execute(gone).scalars()) if found else []


def find_files(connection: Connection, ids: Sequence[str]) -> list[StoredFile]:
    """Those of the files that there are, in the order asked for."""
    rows = connection.execute(select(files).where(files.c.id.in_(ids)))
    found = {
        row.id: StoredFile(row.id, row.sender, row.name, row.type, row.bytes, row.width, row.height) for row in rows
    }
    return [found[each] for each in ids if each in found]


def _states(connection: Connection, names: Iterable[str]) -> Iterator[State]:
    queue: dict[str, Waiting] | None = None
    for keys in _parts(list(names)):
        for row in connection.execute(_STATES, {"keys": keys}).all():
            owner = Owner(row.owner)
            if owner is Owner.QUEUE and queue is None:
                queue = _queue(connection)
            agent = None
            if owner is Owner.AGENT:
                agent = connection.execute(_LAST_AGENT, {"conversation": row.id}).scalar_one_or_none()
            yield State(
                conversation=row.id,
                owner=owner,
                episode=row.episode,
                last_line=row.last_line,
                read_by_us=row.read_by_us,
                read_by_customer=row.read_by_customer,
                is_answering=row.unfinished and owner in (Owner.BOT, Owner.CLOSED),
                agent=agent,
                waiting=(queue or {}).get(row.id) if owner is Owner.QUEUE else None,
            )


def _queue(connection: Connection) -> dict[str, Waiting]:
    queue: dict[str, Waiting] = {}
    for place, row in enumerate(connection.execute(_QUEUE), start=1):
        queue.setdefault(row.conversation_id, Waiting(place, row.priority, row.created_at, row.in_hours))
    return queue


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))

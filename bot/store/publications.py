"""Publications and what came of them: revisions, numbered from 1, which every worker takes in that order.

A revision is the truth from the moment it is stored: workers take it, files are written after it. One publication is
prepared at a time, by the worker that holds its lease.
"""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, insert, not_, select, update

from bot.store.database import upsert
from bot.store.tables import followers, inbox, publications, revisions

LEASE_SECONDS = 20.0
"""How long a worker that prepares a publication may give no sign of life: a busy database makes it wait for each."""
SILENT_SECONDS = 10.0
"""How long a worker that follows may give none; nobody waits for it then."""
FORGOTTEN_SECONDS = 3600.0
"""After so long without one it is forgotten."""

Clock = Callable[[Connection], float]
"""`Database.lease_clock`."""

_p, _r, _f = publications.c, revisions.c, followers.c


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    LIVE = "live"
    REFUSED = "refused"
    FAILED = "failed"


UNFINISHED = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Publication:
    """One wish to publish, or to go back to a revision."""

    id: str
    keys: tuple[str, ...] | None
    """What to publish; None: everything that was approved."""
    back_to: int | None
    """The revision to go back to, in a rollback; 0 is what was there before the first."""
    who: str
    state: State
    stage: str
    done: float
    """From 0 to 1."""
    stages: list[dict[str, Any]]
    reasons: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    revision: int | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """What one publication changed; what was and what is, so that it can be taken back."""

    number: int
    publication: str
    base: str
    """The name of the model that its lessons add to."""
    restores: int | None
    """The revision whose model this one has again; None for one with a lesson of its own, or none."""
    responses: Mapping[str, tuple[Any, Any]]
    """Before and after, by name; None where there is none."""
    examples: Mapping[str, tuple[Any, Any]]
    files: Mapping[str, tuple[Any, Any]]
    lesson: bytes | None
    fingerprint: str | None
    """Of the folder once the files were written."""
    at: datetime


class News(NamedTuple):
    """What a worker looks for several times a second."""

    newest: int
    waiting: bool
    """Whether a publication waits or has lost its worker."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a publication is."""

    stage: str
    done: float
    stages: Sequence[Mapping[str, Any]] = ()
    reasons: Sequence[Mapping[str, Any]] = ()
    changes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class New:
    """A revision to be stored."""

    base: str
    restores: int | None = None
    responses: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    examples: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    files: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    lesson: bytes | None = None


def ask(connection: Connection, *, keys: Collection[str] | None, back_to: int | None, who: str, now: datetime) -> str:
    """Put a publication in the queue; its id."""
    number = uuid.uuid4().hex
    connection.execute(
        insert(publications).values(
            id=number,
            keys=None if keys is None else sorted(keys),
            back_to=back_to,
            who=who,
            state=State.WAITING,
            stage="validate",
            done=0.0,
            stages=[],
            reasons=[],
            changes=[],
            lease_until=0.0,
            asked_at=now,
        )
    )
    return number


def take(connection: Connection, worker: str, *, clock: Clock, now: datetime) -> Publication | None:
    """The next publication to prepare, now this worker's; None while another is being prepared, or none waits.

    Those whose worker is gone are ended first.
    """
    fail_orphans(connection, clock=clock, now=now)
    if connection.execute(select(_p.id).where(_p.state == State.RUNNING)).first() is not None:
        return None
    waiting = select(_p.id).where(_p.state == State.WAITING).order_by(_p.asked_at, _p.id).limit(1)
    if connection.dialect.name != "sqlite":
        waiting = waiting.with_for_update()
    number = connection.execute(waiting).scalar_one_or_none()
    if number is None or connection.execute(select(_p.id).where(_p.state == State.RUNNING)).first() is not None:
        return None
    mine = update(publications).where(_p.id == number, _p.state == State.WAITING).returning(publications)
    row = connection.execute(
        mine.values(state=State.RUNNING, worker=worker, lease_until=clock(connection) + LEASE_SECONDS)
    ).one_or_none()
    return None if row is None else _publication(row)


def tell(connection: Connection, number: str, worker: str, step: Step, *, clock: Clock) -> bool:
    """Note how far it is and keep it; False when it is this worker's no longer."""
    mine = update(publications).where(_p.id == number, _p.worker == worker, _p.state == State.RUNNING)
    return connection.execute(mine.values(lease_until=clock(connection) + LEASE_SECONDS, **_said(step))).rowcount == 1


def keep(connection: Connection, number: str, worker: str, *, clock: Clock) -> bool:
    """A sign of life; False when it is this worker's no longer."""
    mine = update(publications).where(_p.id == number, _p.worker == worker, _p.state == State.RUNNING)
    return connection.execute(mine.values(lease_until=clock(connection) + LEASE_SECONDS)).rowcount == 1


def end(connection: Connection, number: str, worker: str, state: State, step: Step, *, now: datetime) -> bool:
    """It has come to this; False when it is this worker's no longer."""
    mine = update(publications).where(_p.id == number, _p.worker == worker, _p.state.in_([State.RUNNING, State.LIVE]))
    return connection.execute(mine.values(state=state, ended_at=now, **_said(step))).rowcount == 1


def commit(
    connection: Connection,
    number: str,
    worker: str,
    new: New,
    *,
    after: int,
    clock: Clock,
    now: datetime,
) -> int | None:
    """Store a revision: from now on it is what customers are told. Its number.

    None when the publication is this worker's no longer, or `after` is not the newest revision.
    """
    if newest(connection) != after or not keep(connection, number, worker, clock=clock):
        return None
    content = {"responses": dict(new.responses), "examples": dict(new.examples), "files": dict(new.files)}
    connection.execute(
        insert(revisions).values(
            number=after + 1,
            publication_id=number,
            base=new.base,
            restores=new.restores,
            content=zlib.compress(json.dumps(content, ensure_ascii=False).encode(), 1),
            lesson=new.lesson,
            at=now,
        )
    )
    connection.execute(update(publications).where(_p.id == number).values(revision=after + 1))
    return after + 1


def written(connection: Connection, number: int, fingerprint: str) -> None:
    """The files say what a revision says; they have this fingerprint."""
    connection.execute(update(revisions).where(_r.number == number).values(fingerprint=fingerprint))


def fail_orphans(connection: Connection, *, clock: Clock, dead: Collection[str] = (), now: datetime) -> list[str]:
    """End publications whose worker is gone: failed, or live where their revision is stored. Their ids."""
    at = clock(connection)
    silent = (_p.lease_until < at) | (_p.lease_until > at + LEASE_SECONDS) | _p.worker.in_(sorted(dead))
    ended = update(publications).where(_p.state == State.RUNNING, silent)
    why = [{"words": {"zh": "发布进程中断，线上内容未受影响", "en": "the process ended; what was live stays live"}}]
    failed = connection.execute(
        ended.where(_p.revision.is_(None)).values(state=State.FAILED, reasons=why, ended_at=now).returning(_p.id)
    ).scalars()
    orphans = list(failed)
    connection.execute(ended.where(_p.revision.is_not(None)).values(state=State.LIVE, done=1.0, ended_at=now))
    return orphans


def find(connection: Connection, number: str) -> Publication | None:
    row = connection.execute(select(publications).where(_p.id == number)).one_or_none()
    return None if row is None else _publication(row)


def listed(connection: Connection, *, limit: int = 100) -> list[Publication]:
    """The latest first."""
    query = select(publications).order_by(_p.asked_at.desc(), _p.id).limit(limit)
    return [_publication(row) for row in connection.execute(query)]


def news(connection: Connection, *, clock: Clock) -> News:
    """The newest revision, and whether there is something to prepare or to clear up."""
    rows = connection.execute(select(_p.state, _p.lease_until).where(_p.state.in_(UNFINISHED))).all()
    running = [row.lease_until for row in rows if row.state == State.RUNNING]
    at = clock(connection) if running else 0.0
    orphaned = any(not at <= until <= at + LEASE_SECONDS for until in running)
    return News(newest(connection), orphaned or bool(rows and not running))


def newest(connection: Connection) -> int:
    """The number of the newest revision; 0 before the first."""
    return connection.execute(select(func.max(_r.number))).scalar_one() or 0


def after(connection: Connection, number: int) -> list[Revision]:
    """The revisions that came after one, in order."""
    query = select(revisions).where(_r.number > number).order_by(_r.number)
    return [_revision(row) for row in connection.execute(query)]


def last(connection: Connection) -> Revision | None:
    """The newest revision."""
    row = connection.execute(select(revisions).order_by(_r.number.desc()).limit(1)).one_or_none()
    return None if row is None else _revision(row)


def first_of(connection: Connection, base: str) -> int | None:
    """The first revision that adds to a model."""
    found: int | None = connection.execute(select(func.min(_r.number)).where(_r.base == base)).scalar_one()
    return found


def unwritten(connection: Connection) -> list[Revision]:
    """Revisions of which nobody has noted that the files say it, in order."""
    query = select(revisions).where(_r.fingerprint.is_(None)).order_by(_r.number)
    return [_revision(row) for row in connection.execute(query)]


def lessons(connection: Connection, number: int, *, base: str) -> list[bytes]:
    """What makes of the model `base` that of a revision, in order."""
    rows = {
        row.number: row
        for row in connection.execute(select(_r.number, _r.base, _r.restores).where(_r.number <= number))
    }
    wanted, at = [], number
    while at in rows and rows[at].base == base:
        if rows[at].restores is not None:
            at = rows[at].restores
            continue
        wanted.append(at)
        at -= 1
    found = connection.execute(select(_r.lesson).where(_r.number.in_(wanted)).order_by(_r.number)).scalars()
    return [lesson for lesson in found if lesson is not None]


def sign(connection: Connection, worker: str, revision: int, *, turns: int = 0, unknown: int = 0, clock: Clock) -> None:
    """This worker lives, says what this revision says, and has answered so much since."""
    said = {"revision": revision, "turns": turns, "unknown": unknown, "seen": clock(connection)}
    upsert(connection, followers, {"worker": worker}, said)


def tally(connection: Connection, *, clock: Clock) -> tuple[int, int]:
    """How many messages living workers answered by what they say now, and how many of them they did not understand."""
    counted = select(func.sum(_f.turns), func.sum(_f.unknown)).where(_alive(clock(connection)))
    turns, unknown = connection.execute(counted).one()
    return turns or 0, unknown or 0


def leave(connection: Connection, workers: Iterable[str]) -> None:
    """These workers follow no longer."""
    connection.execute(delete(followers).where(_f.worker.in_(sorted(workers))))


def bury(connection: Connection, dead: Collection[str], *, clock: Clock, now: datetime) -> None:
    """These workers are gone: nobody waits for them, and what they were preparing is over."""
    leave(connection, dead)
    connection.execute(delete(followers).where(not_(_alive(clock(connection), FORGOTTEN_SECONDS))))
    fail_orphans(connection, clock=clock, dead=dead, now=now)


def behind(connection: Connection, revision: int, *, clock: Clock) -> list[str]:
    """Workers that live and do not say what a revision says yet."""
    alive = _alive(clock(connection))
    return list(connection.execute(select(_f.worker).where(_f.revision < revision, alive)).scalars())


def _alive(now: float, seconds: float = SILENT_SECONDS) -> ColumnElement[bool]:
    return _f.seen.between(now - seconds, now + seconds)  # later than now: of before the machine was started anew


def recent_texts(connection: Connection, *, limit: int) -> list[str]:
    """What customers wrote lately, the newest first, each once."""
    query = select(inbox.c.text).where(inbox.c.button.is_(None)).order_by(inbox.c.id.desc()).limit(3 * limit)
    return list(dict.fromkeys(text for text in connection.execute(query).scalars() if text))[:limit]


def troubles(connection: Connection, *, since: datetime) -> tuple[int, int]:
    """How many messages were dealt with since a moment, and how many of them failed."""
    counted = select(inbox.c.state, func.count()).where(inbox.c.received_at >= since).group_by(inbox.c.state)
    by_state: dict[str, int] = {row[0]: row[1] for row in connection.execute(counted)}
    return sum(by_state.values()), by_state.get("dead", 0)


def _said(step: Step) -> dict[str, Any]:
    said: dict[str, Any] = {"stage": step.stage, "done": step.done, "stages": list(step.stages)}
    if step.reasons:
        said["reasons"] = list(step.reasons)
    if step.changes:
        said["changes"] = list(step.changes)
    return said


def _publication(row: Any) -> Publication:
    return Publication(
        id=row.id,
        keys=None if row.keys is None else tuple(row.keys),
        back_to=row.back_to,
        who=row.who,
        state=State(row.state),
        stage=row.stage,
        done=row.done,
        stages=row.stages,
        reasons=row.reasons,
        changes=row.changes,
        revision=row.revision,
        asked_at=row.asked_at,
    )


def _revision(row: Any) -> Revision:
    content = json.loads(zlib.decompress(row.content))
    return Revision(
        number=row.number,
        publication=row.publication_id,
        base=row.base,
        restores=row.restores,
        responses={name: (before, now) for name, (before, now) in content["responses"].items()},
        examples={label: (before, now) for label, (before, now) in content["examples"].items()},
        files={path: (before, now) for path, (before, now) in content["files"].items()},
        lesson=row.lesson,
        fingerprint=row.fingerprint,
        at=row.at,
    )

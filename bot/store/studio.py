"""What editors are at: drafts, every version there was, who did what, and who has what open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.database import upsert
from bot.store.tables import accounts, studio_audit, studio_drafts, studio_open, studio_versions

_d, _v, _o, _a = studio_drafts.c, studio_versions.c, studio_open.c, studio_audit.c

Stored = Mapping[str, Any]
"""An entry as JSON."""


class DraftState(StrEnum):
    DRAFT = "draft"
    REVIEW = "review"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry as it is to be published."""

    key: str
    version: int
    state: DraftState
    entry: Stored | None
    """None: the entry is to go."""
    base: Stored | None
    """What was published when the draft was begun; None: it is new."""
    changed_by: str
    changed_at: datetime
    review_by: str | None
    why: str | None
    warnings: int


@dataclass(frozen=True, slots=True)
class Version:
    key: str
    number: int
    entry: Stored | None
    digest: str | None
    what: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Saving:
    """What is to be kept of an entry."""

    key: str
    entry: Stored | None
    digest: str | None
    base: Stored | None
    base_digest: str | None
    warnings: int = 0
    what: str = "saved"


@dataclass(frozen=True, slots=True)
class Publishing:
    """What was published of an entry."""

    key: str
    name: str
    """Its key from now on."""
    version: int | None
    """Of the draft that was published; None when that is not the newest."""
    entry: Stored | None
    digest: str | None


def find(connection: Connection, key: str) -> Draft | None:
    row = connection.execute(select(studio_drafts).where(_d.key == key)).one_or_none()
    return None if row is None else _draft(row)


def listed(connection: Connection, keys: Collection[str] | None = None) -> list[Draft]:
    """All drafts, or those of some entries."""
    query = select(studio_drafts).order_by(_d.key)
    if keys is not None:
        query = query.where(_d.key.in_(sorted(keys)))
    return [_draft(row) for row in connection.execute(query)]


def save(connection: Connection, saving: Saving, *, expected: int | None, who: str, now: datetime) -> Draft | None:
    """Keep a draft; None when what there is is not version `expected` (None: no draft), and nothing is changed."""
    found = connection.execute(select(_d.version).where(_d.key == saving.key).with_for_update()).scalar_one_or_none()
    if found != expected:
        return None
    if expected is None and saving.base is not None:
        _note_found(connection, saving, now=now)
    version = add_version(connection, saving.key, saving.entry, saving.digest, what=saving.what, who=who, now=now)
    values: dict[str, Any] = {
        "version": version,
        "state": DraftState.DRAFT,
        "entry": None if saving.entry is None else dict(saving.entry),
        "base": None if saving.base is None else dict(saving.base),
        "changed_by": who,
        "changed_at": now,
        "review_by": None,
        "why": None,
        "warnings": saving.warnings,
    }
    if expected is None:
        kind = sqlite if connection.dialect.name == "sqlite" else postgresql
        made = kind.insert(studio_drafts).values(key=saving.key, **values).on_conflict_do_nothing().returning(_d.key)
        if connection.execute(made).one_or_none() is None:
            connection.execute(delete(studio_versions).where(_v.key == saving.key, _v.number == version))
            return None
    else:
        connection.execute(update(studio_drafts).where(_d.key == saving.key).values(**values))
    note(connection, who=who, what=saving.what, key=saving.key, detail={"version": version}, now=now)
    return find(connection, saving.key)


class Overtaken(Exception):
    """Somebody has another draft of it by now."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def save_all(connection: Connection, savings: Sequence[tuple[Saving, int | None]], *, who: str, now: datetime) -> None:
    """Keep all of these drafts, each over the version beside it, or none.

    Raises:
        Overtaken: one of them is over another version by now.
    """
    for saving, expected in savings:
        if save(connection, saving, expected=expected, who=who, now=now) is None:
            raise Overtaken(saving.key)


def _note_found(connection: Connection, saving: Saving, *, now: datetime) -> None:
    """What stood in the files, where history does not know it: somebody has written it there by other means."""
    newest = newest_version(connection, saving.key)
    if newest is None or newest.digest != saving.base_digest:
        add_version(connection, saving.key, saving.base, saving.base_digest, what="found", who="", now=now)


def add_version(
    connection: Connection,
    key: str,
    entry: Stored | None,
    digest: str | None,
    *,
    what: str,
    who: str,
    now: datetime,
) -> int:
    """One more version of an entry; its number."""
    number = (connection.execute(select(func.max(_v.number)).where(_v.key == key)).scalar_one() or 0) + 1
    stored = None if entry is None else dict(entry)
    connection.execute(
        insert(studio_versions).values(key=key, number=number, entry=stored, digest=digest, what=what, who=who, at=now)
    )
    return number


def move(
    connection: Connection,
    key: str,
    *,
    of: Collection[DraftState],
    to: DraftState,
    who: str,
    now: datetime,
    what: str,
    why: str | None = None,
) -> Draft | None:
    """Take a draft a step further, or back; None when it is not at one of the steps `of`."""
    values: dict[str, Any] = {"state": to, "why": why}
    if what != "asked_review":
        values["review_by"] = who
    moved = update(studio_drafts).where(_d.key == key, _d.state.in_(sorted(of))).values(**values)
    if connection.execute(moved).rowcount == 0:
        return None
    note(connection, who=who, what=what, key=key, detail={"why": why} if why else {}, now=now)
    return find(connection, key)


def discard(connection: Connection, key: str, *, who: str, now: datetime) -> bool:
    """Forget a draft; history keeps it. False when there is none."""
    gone = connection.execute(delete(studio_drafts).where(_d.key == key)).rowcount > 0
    if gone:
        note(connection, who=who, what="discarded", key=key, detail={}, now=now)
    return gone


def published(
    connection: Connection, whole: Sequence[Publishing], *, publication: str, who: str, now: datetime
) -> None:
    """These are what customers get.

    A draft that was changed after that stays one, over what is published now. Under a new name an entry keeps its past.
    """
    for one in whole:
        if one.name != one.key:
            connection.execute(delete(studio_versions).where(_v.key == one.name))
            connection.execute(update(studio_versions).where(_v.key == one.key).values(key=one.name))
        add_version(connection, one.name, one.entry, one.digest, what="published", who=who, now=now)
        note(connection, who=who, what="published", key=one.name, detail={"publication": publication}, now=now)
        gone = delete(studio_drafts).where(_d.key == one.key, _d.version == one.version)
        if connection.execute(gone).rowcount == 0:
            stored = None if one.entry is None else dict(one.entry)
            connection.execute(update(studio_drafts).where(_d.key == one.key).values(base=stored, key=one.name))


def versions(connection: Connection, key: str, *, most: int = 100) -> list[Version]:
    """What an entry was, newest first."""
    query = select(studio_versions).where(_v.key == key).order_by(_v.number.desc()).limit(most)
    return [_version(row) for row in connection.execute(query)]


def version(connection: Connection, key: str, number: int) -> Version | None:
    row = connection.execute(select(studio_versions).where(_v.key == key, _v.number == number)).one_or_none()
    return None if row is None else _version(row)


def version_of(connection: Connection, key: str, digest: str) -> Version | None:
    """The newest version that said this."""
    query = select(studio_versions).where(_v.key == key, _v.digest == digest).order_by(_v.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _version(row)


def newest_version(connection: Connection, key: str) -> Version | None:
    query = select(studio_versions).where(_v.key == key).order_by(_v.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _version(row)


def newest_published(connection: Connection) -> dict[str, tuple[str, datetime]]:
    """For each entry that was published from here: by whom and when last."""
    newest = select(_v.key, func.max(_v.number).label("number")).where(_v.what == "published").group_by(_v.key)
    last = newest.subquery()
    query = select(_v.key, _v.who, _v.at).join(last, (_v.key == last.c.key) & (_v.number == last.c.number))
    return {row.key: (row.who, row.at) for row in connection.execute(query)}


def note(
    connection: Connection, *, who: str, what: str, key: str | None, detail: Mapping[str, Any], now: datetime
) -> None:
    """Write down who did what."""
    connection.execute(insert(studio_audit).values(at=now, who=who, what=what, key=key, detail=dict(detail)))


def audit(connection: Connection, *, skip: int, most: int) -> tuple[list[dict[str, Any]], int]:
    """Who did what, newest first, and how much there is."""
    total = connection.execute(select(func.count()).select_from(studio_audit)).scalar_one()
    query = select(studio_audit).order_by(_a.id.desc()).offset(skip).limit(most)
    rows = connection.execute(query)
    return [
        {"id": row.id, "at": row.at.isoformat(), "who": row.who, "what": row.what, "key": row.key, "detail": row.detail}
        for row in rows
    ], total


def look(connection: Connection, key: str, account: str, *, now: datetime, stale: datetime) -> None:
    """Somebody has an entry open; who was not seen since `stale` has closed it."""
    connection.execute(delete(studio_open).where(_o.seen_at < stale))
    since = connection.execute(select(_o.since).where(_o.key == key, _o.account_id == account)).scalar_one_or_none()
    upsert(connection, studio_open, {"key": key, "account_id": account}, {"since": since or now, "seen_at": now})


def others(
    connection: Connection, key: str, account: str, *, stale: datetime
) -> list[tuple[Mapping[str, str], datetime]]:
    """Who else has an entry open: names and since when."""
    query = (
        select(accounts.c.shown_as, _o.since)
        .join(accounts, accounts.c.id == _o.account_id)
        .where(_o.key == key, _o.account_id != account, _o.seen_at >= stale)
        .order_by(_o.since)
    )
    return [(row.shown_as, row.since) for row in connection.execute(query)]


def _draft(row: Any) -> Draft:
    return Draft(
        key=row.key,
        version=row.version,
        state=DraftState(row.state),
        entry=row.entry,
        base=row.base,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        review_by=row.review_by,
        why=row.why,
        warnings=row.warnings,
    )


def _version(row: Any) -> Version:
    return Version(row.key, row.number, row.entry, row.digest, row.what, row.who, row.at)

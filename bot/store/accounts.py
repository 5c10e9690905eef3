"""People who sign in: their accounts, their sessions, and wrong guesses at a password."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.store.tables import accounts, proof_attempts, sessions

_a, _s = accounts.c, sessions.c
TOUCHED = timedelta(minutes=1)
"""How often it is written down that a session is used."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in."""

    id: str
    name: str
    shown_as: Mapping[str, str]
    password_hash: str
    totp_secret: str | None
    totp_used: int
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    languages: tuple[str, ...]
    capacity: int
    money_limit: Decimal | None
    disabled: bool

    def called(self, language: str) -> str:
        """Their name as it is written in a language."""
        return self.shown_as.get(language) or self.shown_as.get("en") or self.name


def add(connection: Connection, /, *, now: datetime, **values: Any) -> str | None:
    """A new account; its id, or None when the name is taken."""
    taken = connection.execute(select(_a.id).where(_a.name == values["name"])).first()
    if taken is not None:
        return None
    number = uuid.uuid4().hex
    connection.execute(insert(accounts).values(id=number, created_at=now, **values))
    return number


def find(connection: Connection, name: str) -> Account | None:
    """The account with which `name` signs in."""
    row = connection.execute(select(accounts).where(_a.name == name.strip().casefold())).one_or_none()
    return None if row is None else _account(row)


def get(connection: Connection, number: str) -> Account | None:
    row = connection.execute(select(accounts).where(_a.id == number)).one_or_none()
    return None if row is None else _account(row)


def listed(connection: Connection) -> list[Account]:
    return [_account(row) for row in connection.execute(select(accounts).order_by(_a.name))]


def change(connection: Connection, /, name: str, **values: Any) -> bool:
    """Change an account and end its sessions; False when there is none."""
    row = connection.execute(update(accounts).where(_a.name == name).values(**values).returning(_a.id)).one_or_none()
    if row is None:
        return False
    connection.execute(delete(sessions).where(_s.account_id == row.id))
    return True


def rehash(connection: Connection, number: str, password_hash: str) -> None:
    """The same password, hashed as passwords are hashed now."""
    connection.execute(update(accounts).where(_a.id == number).values(password_hash=password_hash))


def use_totp(connection: Connection, number: str, step: int) -> bool:
    """Use up a one-time password; False when it, or a later one, was used before."""
    used = update(accounts).where(_a.id == number, _a.totp_used < step)
    return connection.execute(used.values(totp_used=step)).rowcount == 1


def begin(connection: Connection, account: str, token_hash: str, *, now: datetime, lasts: timedelta) -> None:
    """A new session. Sessions that have ended are forgotten."""
    connection.execute(delete(sessions).where(_s.seen_at < now - lasts))
    connection.execute(insert(sessions).values(token_hash=token_hash, account_id=account, created_at=now, seen_at=now))


def end(connection: Connection, token_hash: str) -> None:
    connection.execute(delete(sessions).where(_s.token_hash == token_hash))


def of_session(
    connection: Connection, token_hash: str, *, now: datetime, lasts: timedelta
) -> tuple[Account, datetime] | None:
    """Whose session it is and when it was last used; None for one that has ended, and for a disabled account."""
    query = (
        select(accounts, _s.seen_at)
        .join(sessions, _s.account_id == _a.id)
        .where(_s.token_hash == token_hash, _s.seen_at > now - lasts, _a.disabled.is_(False))
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (_account(row), row.seen_at)


def touch(connection: Connection, token_hash: str, *, now: datetime) -> None:
    """The session is in use."""
    connection.execute(update(sessions).where(_s.token_hash == token_hash, _s.seen_at < now).values(seen_at=now))


def alive(connection: Connection, hashes: Sequence[str], *, now: datetime, lasts: timedelta) -> dict[str, Account]:
    """Those of the sessions that still open something, with whose they are."""
    query = (
        select(accounts, _s.token_hash)
        .join(sessions, _s.account_id == _a.id)
        .where(_s.token_hash.in_(sorted(hashes)), _s.seen_at > now - lasts, _a.disabled.is_(False))
    )
    return {row.token_hash: _account(row) for row in connection.execute(query)}


def guesses(connection: Connection, subjects: Mapping[str, int], *, since: datetime, now: datetime) -> bool:
    """Count one guess for each subject; False when one of them has had more than its number since a moment."""
    rows = [{"subject": subject, "at": now} for subject in sorted(subjects)]
    connection.execute(insert(proof_attempts), rows)
    for subject, most in subjects.items():
        counted = select(func.count()).where(proof_attempts.c.subject == subject, proof_attempts.c.at >= since)
        if connection.execute(counted).scalar_one() > most:
            return False
    return True


def forget_guesses(connection: Connection, subject: str) -> None:
    """They knew it after all."""
    connection.execute(delete(proof_attempts).where(proof_attempts.c.subject == subject))


def take_back_guess(connection: Connection, subject: str) -> None:
    """One guess less: it was none."""
    newest = select(func.max(proof_attempts.c.id)).where(proof_attempts.c.subject == subject).scalar_subquery()
    connection.execute(delete(proof_attempts).where(proof_attempts.c.id == newest))


def _account(row: Any) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        shown_as=row.shown_as,
        password_hash=row.password_hash,
        totp_secret=row.totp_secret,
        totp_used=row.totp_used,
        roles=tuple(row.roles),
        groups=tuple(row.groups),
        languages=tuple(row.languages),
        capacity=row.capacity,
        money_limit=None if row.money_limit is None else Decimal(row.money_limit),
        disabled=row.disabled,
    )

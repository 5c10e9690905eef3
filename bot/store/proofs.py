"""What was proven at each address, the guesses, and the one-time codes under way. A key is `Address.key`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bot.store.database import Database
from bot.store.tables import one_time_codes, proof_attempts, proofs

ORDER = "order"
CUSTOMER = "customer"
PHONE = "phone"
KEPT = timedelta(days=2)
"""How long a guess is kept: longer than any limit looks back."""

_PROVEN = (
    select(proofs.c.kind, proofs.c.subject, proofs.c.proven_at)
    .where(proofs.c.proof_key == bindparam("key"))
    .order_by(proofs.c.proven_at)
)
_codes = one_time_codes.c


class Proof(NamedTuple):
    """Something that was shown once."""

    kind: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Proven:
    """What counts now at an address."""

    orders: frozenset[str]
    customer: tuple[str, datetime] | None
    """The shop's customer who entered a one-time code, and when."""
    phone: tuple[str, datetime] | None = None
    """The number that the platform says is theirs, and when it said so."""


@dataclass(frozen=True, slots=True)
class Tries:
    """A guess as it was written down."""

    ids: Sequence[int]
    moments: Mapping[str, Sequence[datetime]]


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code as it is kept."""

    customer_id: str
    code_hash: str
    expires_at: datetime


def noted(connection: Connection, key: str) -> Sequence[Proof]:
    """All that was ever proven there, the oldest first."""
    return [Proof(*row) for row in connection.execute(_PROVEN, {"key": key})]


def counting(noted: Sequence[Proof], *, since: datetime) -> Proven:
    """What of it was proven since a moment."""
    lately = [proof for proof in noted if proof.at >= since]
    customers = [(proof.subject, proof.at) for proof in lately if proof.kind == CUSTOMER]
    orders = frozenset(proof.subject for proof in lately if proof.kind == ORDER)
    phone = next(((proof.subject, proof.at) for proof in reversed(lately) if proof.kind == PHONE), None)
    return Proven(orders, customers[-1] if customers else None, phone)


def proven(connection: Connection, key: str, *, since: datetime) -> Proven:
    """What was proven there since a moment."""
    return counting(noted(connection, key), since=since)


def forget(connection: Connection, key: str) -> None:
    """Nothing is proven there any more."""
    connection.execute(delete(proofs).where(proofs.c.proof_key == key))
    connection.execute(delete(one_time_codes).where(_codes.proof_key == key))


def prove_phone(connection: Connection, key: str, phone: str, *, at: datetime) -> None:
    """The platform says that this number is theirs; an earlier one counts no more."""
    connection.execute(delete(proofs).where(proofs.c.proof_key == key, proofs.c.kind == PHONE))
    _prove(connection, key, PHONE, phone, at=at)


def prove_customer(connection: Connection, key: str, customer_id: str, *, at: datetime) -> None:
    """Possession was proven at this moment."""
    _prove(connection, key, CUSTOMER, customer_id, at=at)


def forget_guesses(connection: Connection) -> None:
    """Nobody has guessed anything: how every written talk begins."""
    connection.execute(delete(proof_attempts))


class StoredProofs:
    """The `ProofBook` of `bot.retail.proof`, in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_tries(self, subjects: Sequence[str], *, at: datetime, since: datetime) -> Tries:
        return await self._database.run(_add_tries, subjects, at=at, since=since)

    async def drop_tries(self, ids: Sequence[int]) -> None:
        await self._database.run(_drop_tries, ids)

    async def add_order_proof(self, key: str, number: str, *, at: datetime) -> None:
        await self._database.run(_prove, key, ORDER, number, at=at)

    async def add_customer_proof(self, key: str, customer_id: str, *, at: datetime) -> None:
        await self._database.run(_prove, key, CUSTOMER, customer_id, at=at)

    async def save_code(self, key: str, *, customer_id: str, code_hash: str, expires_at: datetime) -> None:
        await self._database.run(_save_code, key, Code(customer_id, code_hash, expires_at))

    async def find_code(self, key: str) -> Code | None:
        return await self._database.read(_find_code, key)

    async def try_code(self, key: str, *, at: datetime, max_tries: int) -> Code | None:
        return await self._database.run(_try_code, key, at=at, max_tries=max_tries)

    async def consume_code(self, key: str, code_hash: str) -> bool:
        return await self._database.run(_consume_code, key, code_hash)

    async def count_sent(self, customer_id: str, *, at: datetime, since: datetime) -> int:
        subject = f"code:{customer_id}"
        counted = await self._database.run(_add_tries, [subject], at=at, since=since)
        return len(counted.moments[subject])


def _add_tries(connection: Connection, subjects: Sequence[str], *, at: datetime, since: datetime) -> Tries:
    if connection.dialect.name != "sqlite":
        # Guesses at one subject wait for each other, in one order: else each of several at once would not see the rest.
        for subject in sorted(subjects):
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject, 0))))
    connection.execute(delete(proof_attempts).where(proof_attempts.c.at < at - KEPT))
    ids = [
        connection.execute(
            insert(proof_attempts).values(subject=subject, at=at).returning(proof_attempts.c.id)
        ).scalar_one()
        for subject in subjects
    ]
    rows = connection.execute(
        select(proof_attempts.c.subject, proof_attempts.c.at)
        .where(proof_attempts.c.subject.in_(subjects), proof_attempts.c.at >= since)
        .order_by(proof_attempts.c.at, proof_attempts.c.id)
    ).all()
    moments = {subject: [row.at for row in rows if row.subject == subject] for subject in subjects}
    return Tries(ids, moments)


def _drop_tries(connection: Connection, ids: Sequence[int]) -> None:
    connection.execute(delete(proof_attempts).where(proof_attempts.c.id.in_(ids)))


def _prove(connection: Connection, key: str, kind: str, subject: str, *, at: datetime) -> None:
    row = {"proof_key": key, "kind": kind, "subject": subject}
    connection.execute(delete(proofs).filter_by(**row))
    connection.execute(insert(proofs).values(**row, proven_at=at))


def _save_code(connection: Connection, key: str, code: Code) -> None:
    connection.execute(delete(one_time_codes).where(_codes.proof_key == key))
    connection.execute(
        insert(one_time_codes).values(
            proof_key=key,
            customer_id=code.customer_id,
            code_hash=code.code_hash,
            expires_at=code.expires_at,
            tries=0,
        )
    )


def _find_code(connection: Connection, key: str) -> Code | None:
    query = select(_codes.customer_id, _codes.code_hash, _codes.expires_at)
    row = connection.execute(query.where(_codes.proof_key == key)).one_or_none()
    return None if row is None else Code(*row)


def _try_code(connection: Connection, key: str, *, at: datetime, max_tries: int) -> Code | None:
    row = connection.execute(
        update(one_time_codes)
        .where(_codes.proof_key == key, _codes.expires_at > at, _codes.tries < max_tries)
        .values(tries=_codes.tries + 1)
        .returning(_codes.customer_id, _codes.code_hash, _codes.expires_at)
    ).one_or_none()
    return None if row is None else Code(*row)


def _consume_code(connection: Connection, key: str, code_hash: str) -> bool:
    used = delete(one_time_codes).where(_codes.proof_key == key, _codes.code_hash == code_hash)
    return connection.execute(used).rowcount == 1

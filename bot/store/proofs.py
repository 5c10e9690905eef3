"""What customers have proven in a conversation, their guesses, and the one-time codes under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bot.store.database import Database
from bot.store.tables import one_time_codes, proof_attempts, proofs

ORDER = "order"
CUSTOMER = "customer"
KEPT = timedelta(days=2)
"""How long a guess is kept: longer than any limit looks back."""

_PROVEN = (
    select(proofs.c.kind, proofs.c.subject, proofs.c.proven_at)
    .where(proofs.c.conversation_id == bindparam("conversation"), proofs.c.proven_at >= bindparam("since"))
    .order_by(proofs.c.proven_at)
)
_codes = one_time_codes.c


@dataclass(frozen=True, slots=True)
class Proven:
    """What counts now in a conversation."""

    orders: frozenset[str]
    customer: tuple[str, datetime] | None
    """The shop's customer who entered a one-time code, and when."""


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


def proven(connection: Connection, conversation: str, *, since: datetime) -> Proven:
    """What was proven since a moment."""
    rows = connection.execute(_PROVEN, {"conversation": conversation, "since": since}).all()
    customers = [(row.subject, row.proven_at) for row in rows if row.kind == CUSTOMER]
    orders = frozenset(row.subject for row in rows if row.kind == ORDER)
    return Proven(orders, customers[-1] if customers else None)


def forget(connection: Connection, conversation: str) -> None:
    """Nothing is proven in the conversation any more."""
    connection.execute(delete(proofs).where(proofs.c.conversation_id == conversation))
    connection.execute(delete(one_time_codes).where(_codes.conversation_id == conversation))


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

    async def add_order_proof(self, conversation: str, number: str, *, at: datetime) -> None:
        await self._database.run(_prove, conversation, ORDER, number, at=at)

    async def add_customer_proof(self, conversation: str, customer_id: str, *, at: datetime) -> None:
        await self._database.run(_prove, conversation, CUSTOMER, customer_id, at=at)

    async def save_code(self, conversation: str, *, customer_id: str, code_hash: str, expires_at: datetime) -> None:
        await self._database.run(_save_code, conversation, Code(customer_id, code_hash, expires_at))

    async def find_code(self, conversation: str) -> Code | None:
        return await self._database.read(_find_code, conversation)

    async def try_code(self, conversation: str, *, at: datetime, max_tries: int) -> Code | None:
        return await self._database.run(_try_code, conversation, at=at, max_tries=max_tries)

    async def consume_code(self, conversation: str, code_hash: str) -> bool:
        return await self._database.run(_consume_code, conversation, code_hash)

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


def _prove(connection: Connection, conversation: str, kind: str, subject: str, *, at: datetime) -> None:
    row = {"conversation_id": conversation, "kind": kind, "subject": subject}
    connection.execute(delete(proofs).filter_by(**row))
    connection.execute(insert(proofs).values(**row, proven_at=at))


def _save_code(connection: Connection, conversation: str, code: Code) -> None:
    connection.execute(delete(one_time_codes).where(_codes.conversation_id == conversation))
    connection.execute(
        insert(one_time_codes).values(
            conversation_id=conversation,
            customer_id=code.customer_id,
            code_hash=code.code_hash,
            expires_at=code.expires_at,
            tries=0,
        )
    )


def _find_code(connection: Connection, conversation: str) -> Code | None:
    query = select(_codes.customer_id, _codes.code_hash, _codes.expires_at)
    row = connection.execute(query.where(_codes.conversation_id == conversation)).one_or_none()
    return None if row is None else Code(*row)


def _try_code(connection: Connection, conversation: str, *, at: datetime, max_tries: int) -> Code | None:
    row = connection.execute(
        update(one_time_codes)
        .where(_codes.conversation_id == conversation, _codes.expires_at > at, _codes.tries < max_tries)
        .values(tries=_codes.tries + 1)
        .returning(_codes.customer_id, _codes.code_hash, _codes.expires_at)
    ).one_or_none()
    return None if row is None else Code(*row)


def _consume_code(connection: Connection, conversation: str, code_hash: str) -> bool:
    used = delete(one_time_codes).where(_codes.conversation_id == conversation, _codes.code_hash == code_hash)
    return connection.execute(used).rowcount == 1

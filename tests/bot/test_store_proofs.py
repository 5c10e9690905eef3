"""Proofs, guesses and codes in the database keep the contract of the rules that write them."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.store import proofs
from bot.store.database import Database
from bot.store.proofs import StoredProofs
from tests.bot.retail.proofbook_contract import EARLIER, NOW, ProofBookContract, Proven


class TestStoredProofs(ProofBookContract):
    @pytest.fixture
    def book(self, database: Database) -> StoredProofs:
        return StoredProofs(database)

    @pytest.fixture
    def conversations(self) -> tuple[str, str]:
        return "c-1", "c-2"

    @pytest.fixture
    def proven(self, database: Database) -> Proven:
        async def read(conversation: str) -> dict[str, datetime]:
            found = await database.read(proofs.proven, conversation, since=NOW)
            customer = {} if found.customer is None else dict([found.customer])
            return dict.fromkeys(found.orders, NOW) | customer

        return read


async def test_what_was_proven_too_long_ago_counts_no_more(sqlite_database: Database) -> None:
    book = StoredProofs(sqlite_database)
    await book.add_order_proof("c-1", "GT2600010042", at=EARLIER)
    await book.add_customer_proof("c-1", "C001", at=EARLIER)
    late = await sqlite_database.read(proofs.proven, "c-1", since=NOW)
    assert (late.orders, late.customer) == (frozenset(), None)


async def test_the_customer_proven_last_is_the_one_who_asks(sqlite_database: Database) -> None:
    book = StoredProofs(sqlite_database)
    await book.add_customer_proof("c-1", "C001", at=NOW)
    await book.add_customer_proof("c-1", "C002", at=EARLIER)
    found = await sqlite_database.read(proofs.proven, "c-1", since=EARLIER)
    assert found.customer == ("C001", NOW)


async def test_forgetting_leaves_nothing_proven_and_no_code(sqlite_database: Database) -> None:
    book = StoredProofs(sqlite_database)
    for conversation in ("c-1", "c-2"):
        await book.add_order_proof(conversation, "GT2600010042", at=NOW)
        await book.save_code(conversation, customer_id="C001", code_hash="ab" * 32, expires_at=NOW)
    await sqlite_database.run(proofs.forget, "c-1")
    assert (await sqlite_database.read(proofs.proven, "c-1", since=NOW)).orders == frozenset()
    assert await book.find_code("c-1") is None
    assert await book.find_code("c-2") is not None

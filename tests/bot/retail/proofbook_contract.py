"""What every proof book must do: `ProofBookContract` is run once per kind of book.

A test file subclasses it and provides the fixtures `book` and `conversations` (two conversations' ids that exist), and
`proven`, which reads the proofs of a conversation back: order numbers and customer ids, with their moments.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bot.retail.proofbook import ProofBook

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=15)
HASH = "ab" * 32

Proven = Callable[[str], Awaitable[dict[str, datetime]]]


class ProofBookContract:
    async def test_a_guess_counts_against_each_subject(self, book: ProofBook) -> None:
        await book.add_tries(["visitor:a", "order:1"], at=NOW, since=EARLIER)
        later = NOW + timedelta(seconds=1)
        counted = await book.add_tries(["visitor:b", "order:1"], at=later, since=EARLIER)
        assert list(counted.moments["visitor:b"]) == [later]
        assert list(counted.moments["order:1"]) == [NOW, later]
        assert len(counted.ids) == 2

    async def test_old_guesses_are_not_told(self, book: ProofBook) -> None:
        await book.add_tries(["order:1"], at=EARLIER - timedelta(seconds=1), since=EARLIER)
        counted = await book.add_tries(["order:1"], at=NOW, since=EARLIER)
        assert list(counted.moments["order:1"]) == [NOW]

    async def test_a_dropped_guess_is_forgotten_and_no_other(self, book: ProofBook) -> None:
        kept = await book.add_tries(["order:1"], at=NOW, since=EARLIER)
        dropped = await book.add_tries(["order:1"], at=NOW, since=EARLIER)
        await book.drop_tries(dropped.ids)
        await book.drop_tries(dropped.ids)
        await book.drop_tries([])
        counted = await book.add_tries(["order:1"], at=NOW, since=EARLIER)
        assert len(counted.moments["order:1"]) == 2
        assert set(kept.ids).isdisjoint(counted.ids)

    async def test_guesses_at_the_same_time_see_each_other(self, book: ProofBook) -> None:
        counted = await asyncio.gather(*(book.add_tries(["order:1"], at=NOW, since=EARLIER) for _ in range(6)))
        assert sorted(len(each.moments["order:1"]) for each in counted)[-1] == 6
        again = await book.add_tries(["order:1"], at=NOW, since=EARLIER)
        assert len(again.moments["order:1"]) == 7

    async def test_proofs_belong_to_their_conversation_and_are_renewed(
        self, book: ProofBook, conversations: tuple[str, str], proven: Proven
    ) -> None:
        here, elsewhere = conversations
        await book.add_order_proof(here, "GT2600010042", at=EARLIER)
        await book.add_order_proof(here, "GT2600010042", at=NOW)
        await book.add_customer_proof(here, "C001", at=NOW)
        assert await proven(here) == {"GT2600010042": NOW, "C001": NOW}
        assert await proven(elsewhere) == {}

    async def test_a_conversation_has_one_code_the_last(self, book: ProofBook, conversations: tuple[str, str]) -> None:
        here, elsewhere = conversations
        soon = NOW + timedelta(minutes=10)
        await book.save_code(here, customer_id="C001", code_hash="cd" * 32, expires_at=soon)
        await book.try_code(here, at=NOW, max_tries=1)
        await book.save_code(here, customer_id="C002", code_hash=HASH, expires_at=soon)
        found = await book.find_code(here)
        assert found is not None
        assert (found.customer_id, found.code_hash, found.expires_at) == ("C002", HASH, soon)
        assert await book.find_code(elsewhere) is None
        assert await book.try_code(here, at=NOW, max_tries=1) is not None  # a new code has its own tries

    async def test_a_code_bears_so_many_tries_and_no_more(
        self, book: ProofBook, conversations: tuple[str, str]
    ) -> None:
        here, elsewhere = conversations
        await book.save_code(here, customer_id="C001", code_hash=HASH, expires_at=NOW + timedelta(minutes=10))
        tries = [book.try_code(here, at=NOW, max_tries=2) for _ in range(4)]
        assert sum(found is not None for found in await asyncio.gather(*tries)) == 2
        assert await book.find_code(here) is not None
        assert await book.try_code(elsewhere, at=NOW, max_tries=2) is None

    async def test_an_expired_code_cannot_be_tried(self, book: ProofBook, conversations: tuple[str, str]) -> None:
        here, _ = conversations
        await book.save_code(here, customer_id="C001", code_hash=HASH, expires_at=NOW)
        assert await book.try_code(here, at=NOW - timedelta(seconds=1), max_tries=5) is not None
        assert await book.try_code(here, at=NOW, max_tries=5) is None

    async def test_a_code_is_used_once_whoever_comes_together(
        self, book: ProofBook, conversations: tuple[str, str]
    ) -> None:
        here, elsewhere = conversations
        await book.save_code(here, customer_id="C001", code_hash=HASH, expires_at=NOW + timedelta(minutes=10))
        assert not await book.consume_code(here, "cd" * 32)
        assert not await book.consume_code(elsewhere, HASH)
        used = await asyncio.gather(*(book.consume_code(here, HASH) for _ in range(4)))
        assert sorted(used) == [False, False, False, True]
        assert await book.find_code(here) is None

"""Who is asking is read from the shop's signature and from proofs, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from bot.customers import AUDIENCE, Customers, sign
from bot.messages import Address
from bot.store.conversations import Claim, Message
from bot.store.database import Database
from bot.store.proofs import Proof, StoredProofs
from tests.fakes import FakeClock

SECRET = "s" * 40
OTHER = "o" * 40
HERE = Address("rest", "default", "ann").key
ELSEWHERE = Address("web", "default", "ann").key


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def customers(sqlite_database: Database, clock: FakeClock) -> Customers:
    return Customers(database=sqlite_database, secret=SECRET, proof_minutes=30, now=clock)


def _token(clock: FakeClock, *, key: str = SECRET, algorithm: str = "HS256", **changed: Any) -> str:
    claims = {"sub": "C001", "aud": AUDIENCE, "iat": clock(), "exp": clock() + timedelta(hours=1), **changed}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm=algorithm)


def test_the_shops_signature_says_who_is_signed_in_and_since_when(customers: Customers, clock: FakeClock) -> None:
    token = sign("C001", SECRET, now=clock(), lasts=timedelta(hours=1))
    clock.forward(minutes=10)
    sign_in = customers.signed_in(token)
    assert sign_in is not None
    assert (sign_in.customer_id, sign_in.at) == ("C001", clock() - timedelta(minutes=10))


@pytest.mark.parametrize(
    "changed",
    [
        {"key": OTHER},
        {"key": "", "algorithm": "none"},
        {"key": "s" * 64, "algorithm": "HS512"},
        {"aud": "another-app"},
        {"aud": None},
        {"sub": None},
        {"sub": 7},
        {"exp": None},
        {"iat": None},
        {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"exp": "soon"},
        {"exp": 10**30},
        {"iat": datetime(2030, 1, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_a_token_that_is_not_quite_right_makes_a_visitor(
    customers: Customers, clock: FakeClock, changed: dict[str, Any]
) -> None:
    assert customers.signed_in(_token(clock)) is not None
    assert customers.signed_in(_token(clock, **changed)) is None


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c", "é" * 100])
def test_what_is_no_token_makes_a_visitor(customers: Customers, token: str | None) -> None:
    assert customers.signed_in(token) is None


def test_a_sign_in_ends_when_the_shop_said(customers: Customers, clock: FakeClock) -> None:
    token = _token(clock)
    clock.forward(minutes=59)
    assert customers.signed_in(token) is not None
    clock.forward(minutes=2)
    assert customers.signed_in(token) is None


def _claim(signed_in_as: str | None = None, at: datetime | None = None) -> Claim:
    now = FakeClock()()
    message = Message(
        number=1,
        key="k",
        channel="rest",
        account="default",
        sender="ann",
        text="x",
        button=None,
        signed_in_as=signed_in_as,
        signed_in_at=at,
        remote_address="10.0.0.1",
        tries=1,
        error="",
        received_at=now,
    )
    return Claim(
        conversation="c-1",
        customer="k-1",
        holder="me",
        fence=1,
        owner="bot",
        language=None,
        signed_in_as=None,
        episode=1,
        episode_started_at=now,
        episode_turns=0,
        last_activity_at=now,
        last_event=0,
        carry={},
        message=message,
        events=[],
        events_read=True,
        payload=None,
        place=None,
    )


async def test_a_visitor_has_what_was_proven_lately_at_their_own_address(
    customers: Customers, clock: FakeClock, sqlite_database: Database
) -> None:
    book = StoredProofs(sqlite_database)
    await book.add_order_proof(HERE, "GT2600010001", at=clock() - timedelta(minutes=31))
    await book.add_order_proof(HERE, "GT2600010042", at=clock())
    await book.add_order_proof(ELSEWHERE, "GT2600010043", at=clock())
    with customers.asking(_claim()):
        caller = await customers.caller("c-1")
    assert (caller.customer_id, caller.proven_orders) == (None, {"GT2600010042"})
    assert (caller.sender, caller.remote_address) == ("ann", "10.0.0.1")


async def test_a_one_time_code_makes_a_customer_of_a_visitor_for_a_while(
    customers: Customers, clock: FakeClock, sqlite_database: Database
) -> None:
    await StoredProofs(sqlite_database).add_customer_proof(HERE, "C001", at=clock())
    with customers.asking(_claim()):
        assert (await customers.caller("c-1")).customer_id == "C001"
        clock.forward(minutes=31)
        assert (await customers.caller("c-1")).customer_id is None


async def test_what_is_proven_in_the_middle_of_a_turn_counts_in_it(
    customers: Customers, clock: FakeClock, sqlite_database: Database
) -> None:
    with customers.asking(replace(_claim(), proofs=())):
        await StoredProofs(sqlite_database).add_order_proof(HERE, "GT2600010042", at=clock())
        assert (await customers.caller("c-1")).proven_orders == frozenset(), "as it was when the turn began"
        assert (await customers.caller("c-1")).proven_orders == {"GT2600010042"}


async def test_what_was_read_with_the_message_grows_old_like_everything_proven(
    customers: Customers, clock: FakeClock
) -> None:
    shown = Proof("order", "GT2600010042", clock() - timedelta(minutes=20))
    with customers.asking(replace(_claim(), proofs=[shown])):
        assert (await customers.caller("c-1")).proven_orders == {"GT2600010042"}
    clock.forward(minutes=11)
    with customers.asking(replace(_claim(), proofs=[shown])):
        assert (await customers.caller("c-1")).proven_orders == frozenset()


async def test_a_sign_in_wins_over_an_earlier_code(
    customers: Customers, clock: FakeClock, sqlite_database: Database
) -> None:
    await StoredProofs(sqlite_database).add_customer_proof(HERE, "C001", at=clock())
    with customers.asking(_claim("C002", clock())):
        assert (await customers.caller("c-1")).customer_id == "C002"


async def test_nobody_asks_outside_a_turn(customers: Customers) -> None:
    with customers.asking(_claim()):
        await customers.caller("c-1")
    with pytest.raises(KeyError):
        await customers.caller("c-1")

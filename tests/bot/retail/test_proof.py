from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime

import pytest

from bot.errors import ContentError, ShopDown
from bot.messages import Caller
from bot.retail import access
from bot.retail.codes import hash_code
from bot.retail.demo import DemoShop
from bot.retail.proof import Granted, LockedOut, NeedCode, NeedDigits, Outcome, Proof, Refused
from bot.retail.shop import Order
from tests.bot.retail.conftest import DEMO
from tests.bot.retail.proofbook_contract import ProofBookContract, Proven
from tests.fakes import FakeClock, FakeShop, MemoryProofBook

LI_WEN = "GT2600010042"
WANG_QIANG = "GT2600010051"
UNKNOWN = "GT2600019999"
VISITOR = Caller(conversation="c1", channel="web", sender="v1", remote_address="192.0.2.1")
ACCESS = access.parse((DEMO.parent / "access.yml").read_text(encoding="utf-8"))


class Bench:
    """A `Proof` with everything around it in reach."""

    def __init__(self, demo: DemoShop) -> None:
        self.shop = FakeShop(demo)
        self.book = MemoryProofBook()
        self.clock = FakeClock()
        self.slept: list[float] = []
        self.proof = Proof(
            shop=self.shop,
            book=self.book,
            access=ACCESS,
            tries=5,
            window_minutes=15,
            now=self.clock,
            refusal_seconds=100,
            sleep=self._sleep,
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def check(
        self,
        number: str,
        tail: str | None = None,
        *,
        caller: Caller = VISITOR,
        action: str = "track_order",
        code: str | None = None,
        again: bool = False,
    ) -> Outcome:
        return await self.proof.check(caller, number, tail, action=action, code=code, again=again)

    @property
    def sent_code(self) -> str:
        return self.shop.codes[-1][1]


@pytest.fixture
def bench(demo: DemoShop) -> Bench:
    return Bench(demo)


def granted(outcome: Outcome) -> Order:
    assert isinstance(outcome, Granted)
    return outcome.order


class TestMemoryProofBook(ProofBookContract):
    @pytest.fixture
    def book(self) -> MemoryProofBook:
        return MemoryProofBook()

    @pytest.fixture
    def conversations(self) -> tuple[str, str]:
        return "here", "elsewhere"

    @pytest.fixture
    def proven(self, book: MemoryProofBook) -> Proven:
        async def read(conversation: str) -> dict[str, datetime]:
            found = {**book.orders, **book.customers}
            return {subject: at for (whose, subject), at in found.items() if whose == conversation}

        return read


# The last four digits


async def test_the_right_digits_open_the_order_and_are_remembered(bench: Bench) -> None:
    assert granted(await bench.check(LI_WEN, "8812")).number == LI_WEN
    assert bench.book.orders == {("c1", LI_WEN): bench.clock()}
    assert bench.book.tries == {}


async def test_a_hong_kong_number_ends_like_any_other(bench: Bench) -> None:
    assert granted(await bench.check("GT2600010101", "0777")).customer_id == "C007"


async def test_without_digits_they_are_asked_for_whether_the_order_exists_or_not(bench: Bench) -> None:
    assert await bench.check(LI_WEN) == await bench.check(UNKNOWN) == NeedDigits()
    assert bench.shop.reads == 0


async def test_a_proven_order_stays_open_without_digits(bench: Bench) -> None:
    proven = replace(VISITOR, proven_orders=frozenset({LI_WEN}))
    assert granted(await bench.check(LI_WEN, caller=proven)).number == LI_WEN
    assert await bench.check(WANG_QIANG, caller=proven) == NeedDigits()


@pytest.mark.parametrize("tail", ["8813", "", "881", "13800138812", "８８１２", "\ud800", "8812 "])
async def test_anything_but_the_right_digits_is_refused(bench: Bench, tail: str) -> None:
    assert await bench.check(LI_WEN, tail) == Refused()
    assert bench.book.orders == {}


async def test_unknown_order_wrong_digits_and_somebody_elses_are_refused_alike(bench: Bench) -> None:
    outcomes, reads, tries = [], [], []
    for number, tail in ((UNKNOWN, "8812"), (LI_WEN, "0000"), (WANG_QIANG, "8812")):
        before = bench.shop.reads
        outcomes.append(await bench.check(number, tail, caller=replace(VISITOR, sender=number)))
        reads.append(bench.shop.reads - before)
        tries.append(len(bench.book.tries))
    assert outcomes == [Refused()] * 3
    assert reads == [2, 2, 2]
    assert tries == [3, 6, 9]
    assert all(99 < seconds <= 100 for seconds in bench.slept)
    assert len(bench.slept) == 3


async def test_what_is_granted_does_not_wait(bench: Bench) -> None:
    await bench.check(LI_WEN, "8812")
    assert bench.slept == []


async def test_after_five_wrong_digits_a_visitor_waits_even_with_right_ones(bench: Bench) -> None:
    for number in range(5):
        assert await bench.check(f"GT260001900{number}", "0000") == Refused()
    assert await bench.check(LI_WEN, "8812") == LockedOut(15)
    bench.clock.forward(minutes=10)
    assert await bench.check(LI_WEN, "8812") == LockedOut(5)
    bench.clock.forward(minutes=5)
    assert granted(await bench.check(LI_WEN, "8812"))


async def test_an_order_is_locked_for_all_visitors_alike_known_or_not(bench: Bench) -> None:
    for number in (LI_WEN, UNKNOWN):
        for guess in range(5):
            visitor = replace(VISITOR, sender=f"v{guess}", remote_address=None)
            assert await bench.check(number, f"000{guess}", caller=visitor) == Refused()
        fresh = replace(VISITOR, sender="fresh", remote_address=None)
        assert await bench.check(number, "8812", caller=fresh) == LockedOut(15)


async def test_an_order_bears_ten_guesses_a_day(bench: Bench) -> None:
    taken = 0
    for guess in range(60):
        visitor = replace(VISITOR, sender=f"v{guess}", remote_address=None)
        taken += await bench.check(LI_WEN, "0000", caller=visitor) == Refused()
        bench.clock.forward(minutes=20)
    assert taken == 10


async def test_an_address_bears_twenty_guesses_an_hour(bench: Bench) -> None:
    outcomes = [
        await bench.check(f"GT26000190{guess:02d}", "0000", caller=replace(VISITOR, sender=f"v{guess}"))
        for guess in range(25)
    ]
    assert outcomes.count(Refused()) == 20
    assert outcomes[-1] == LockedOut(60)


async def test_hammering_does_not_prolong_the_lock(bench: Bench) -> None:
    for guess in range(5):
        await bench.check(LI_WEN, f"000{guess}")
    for _ in range(14):
        bench.clock.forward(minutes=1)
        assert isinstance(await bench.check(LI_WEN, "8812"), LockedOut)
    bench.clock.forward(minutes=1)
    assert granted(await bench.check(LI_WEN, "8812"))


async def test_guesses_sent_together_do_not_slip_by(bench: Bench) -> None:
    outcomes = await asyncio.gather(*(bench.check(LI_WEN, f"{guess:04d}") for guess in range(40)))
    assert outcomes.count(Refused()) <= 5


async def test_own_success_does_not_buy_new_guesses(bench: Bench) -> None:
    for guess in range(4):
        await bench.check(WANG_QIANG, f"000{guess}")
    await bench.check(LI_WEN, "8812")
    await bench.check(UNKNOWN, "0000")
    assert isinstance(await bench.check("GT2600010052", "0000"), LockedOut)


async def test_a_shop_that_is_down_costs_no_guess(bench: Bench) -> None:
    bench.shop.down = True
    with pytest.raises(ShopDown):
        await bench.check(LI_WEN, "8812")
    assert bench.book.tries == {}


# Signed in


async def test_the_owner_signed_in_needs_to_show_nothing_more(bench: Bench) -> None:
    owner = replace(VISITOR, customer_id="C001", verified_at=bench.clock())
    for action in ("track_order", "change_address"):
        assert granted(await bench.check(LI_WEN, caller=owner, action=action))


async def test_somebody_signed_in_gets_the_same_refusal_for_others_and_unknown_orders(bench: Bench) -> None:
    stranger = replace(VISITOR, customer_id="C002", proven_orders=frozenset({LI_WEN}))
    for number, tail in ((LI_WEN, "8812"), (LI_WEN, None), (UNKNOWN, None)):
        before = bench.shop.reads
        assert await bench.check(number, tail, caller=stranger) == Refused()
        assert bench.shop.reads == before + 1
    assert len(bench.slept) == 3


# One-time codes


async def test_more_than_digits_are_wanted_for_an_address(bench: Bench) -> None:
    assert await bench.check(WANG_QIANG, action="change_address") == NeedDigits()
    assert await bench.check(WANG_QIANG, "0000", action="change_address") == Refused()
    assert bench.shop.codes == []
    assert await bench.check(WANG_QIANG, "5678", action="change_address") == NeedCode("139****5678")
    assert [customer for customer, _ in bench.shop.codes] == ["C002"]
    assert granted(await bench.check(WANG_QIANG, "5678", action="change_address", code=bench.sent_code))
    assert bench.book.customers == {("c1", "C002"): bench.clock()}


async def ask_code(bench: Bench) -> Caller:
    """A visitor who has shown the digits and waits for a code."""
    proven = replace(VISITOR, proven_orders=frozenset({WANG_QIANG}))
    assert await bench.check(WANG_QIANG, caller=proven, action="change_address") == NeedCode("139****5678")
    return proven


async def test_a_code_has_six_digits_and_is_kept_only_as_a_hash(bench: Bench) -> None:
    await ask_code(bench)
    assert len(bench.sent_code) == 6
    assert bench.sent_code.isdecimal()
    kept = bench.book.codes["c1"]
    assert kept.code_hash == hash_code("c1", bench.sent_code)
    assert len(kept.code_hash) == 64
    assert bench.sent_code not in repr(kept)


async def test_a_code_works_once(bench: Bench) -> None:
    caller = await ask_code(bench)
    code = bench.sent_code
    tries = (bench.check(WANG_QIANG, caller=caller, action="change_address", code=code) for _ in range(2))
    outcomes = await asyncio.gather(*tries)
    assert sum(isinstance(outcome, Granted) for outcome in outcomes) == 1
    assert isinstance(await bench.check(WANG_QIANG, caller=caller, action="change_address", code=code), NeedCode)


async def test_a_code_belongs_to_its_conversation(bench: Bench) -> None:
    caller = await ask_code(bench)
    elsewhere = replace(caller, conversation="c2")
    outcome = await bench.check(WANG_QIANG, caller=elsewhere, action="change_address", code=bench.sent_code)
    assert isinstance(outcome, NeedCode)
    assert ("c2", "C002") not in bench.book.customers


async def test_a_code_is_not_sent_again_while_it_counts_unless_asked(bench: Bench) -> None:
    caller = await ask_code(bench)
    first = bench.sent_code
    await bench.check(WANG_QIANG, caller=caller, action="change_address")
    assert len(bench.shop.codes) == 1
    await bench.check(WANG_QIANG, caller=caller, action="change_address", again=True)
    assert len(bench.shop.codes) == 2
    if bench.sent_code != first:
        wrong = await bench.check(WANG_QIANG, caller=caller, action="change_address", code=first)
        assert wrong == NeedCode("139****5678")


async def test_a_phone_is_not_flooded_with_codes(bench: Bench) -> None:
    for number in range(3):
        caller = replace(VISITOR, conversation=f"c{number}", proven_orders=frozenset({WANG_QIANG}))
        assert isinstance(await bench.check(WANG_QIANG, caller=caller, action="change_address"), NeedCode)
    another = replace(VISITOR, conversation="c9", proven_orders=frozenset({WANG_QIANG}))
    assert await bench.check(WANG_QIANG, caller=another, action="change_address") == LockedOut(15)
    assert len(bench.shop.codes) == 3


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_the_sixth_try_is_not_taken_even_when_right(bench: Bench) -> None:
    caller = await ask_code(bench)
    code = bench.sent_code
    for _ in range(5):
        outcome = await bench.check(WANG_QIANG, caller=caller, action="change_address", code=wrong(code))
        assert outcome == NeedCode("139****5678")
    bench.clock.forward(minutes=4)
    assert await bench.check(WANG_QIANG, caller=caller, action="change_address", code=code) == LockedOut(6)
    assert bench.book.customers == {}


async def test_new_codes_do_not_buy_endless_tries(bench: Bench) -> None:
    taken = 0
    for conversation in range(3):
        caller = replace(VISITOR, conversation=f"c{conversation}", proven_orders=frozenset({WANG_QIANG}))
        await bench.check(WANG_QIANG, caller=caller, action="change_address")
        for _ in range(5):
            bad = wrong(bench.sent_code)
            outcome = await bench.check(WANG_QIANG, caller=caller, action="change_address", code=bad)
            taken += isinstance(outcome, NeedCode)
    assert taken == 10


async def test_an_expired_code_is_replaced_by_a_new_one(bench: Bench) -> None:
    caller = await ask_code(bench)
    old = bench.sent_code
    bench.clock.forward(minutes=10)
    assert isinstance(await bench.check(WANG_QIANG, caller=caller, action="change_address", code=old), NeedCode)
    assert len(bench.shop.codes) == 2
    new = bench.sent_code
    assert granted(await bench.check(WANG_QIANG, caller=caller, action="change_address", code=new))


async def test_a_code_that_cannot_be_sent_is_not_waited_for(bench: Bench) -> None:
    caller = replace(VISITOR, proven_orders=frozenset({WANG_QIANG}))

    async def fails(customer_id: str, code: str, *, key: str) -> str:
        raise ShopDown("no gateway")

    bench.shop.send_code = fails  # type: ignore[method-assign]
    with pytest.raises(ShopDown):
        await bench.check(WANG_QIANG, caller=caller, action="change_address")
    assert bench.book.codes == {}
    assert bench.book.tries == {}


async def test_a_code_of_one_customer_does_not_open_anothers_order(bench: Bench) -> None:
    both = replace(VISITOR, proven_orders=frozenset({WANG_QIANG, LI_WEN}))
    await bench.check(WANG_QIANG, caller=both, action="change_address")
    outcome = await bench.check(LI_WEN, caller=both, action="change_address", code=bench.sent_code)
    assert outcome == NeedCode("138****8812")
    assert bench.book.customers == {}


# Levels


async def test_a_routine_that_wants_a_recent_proof_asks_again_after_a_while(demo: DemoShop) -> None:
    bench = Bench(demo)
    strict = access.parse("recent_minutes: 10\nlevels: {change_address: recent}")
    proof = Proof(shop=bench.shop, book=bench.book, access=strict, tries=5, window_minutes=15, now=bench.clock)
    owner = replace(VISITOR, customer_id="C002", verified_at=bench.clock())
    assert granted(await proof.check(owner, WANG_QIANG, action="change_address"))
    bench.clock.forward(minutes=10)
    assert await proof.check(owner, WANG_QIANG, action="change_address") == NeedCode("139****5678")
    never = replace(owner, verified_at=None)
    assert isinstance(await proof.check(never, WANG_QIANG, action="change_address"), NeedCode)
    assert granted(await proof.check(owner, WANG_QIANG, action="change_address", code=bench.sent_code))


async def test_a_list_of_orders_is_for_those_who_are_known(bench: Bench) -> None:
    digits_only = replace(VISITOR, proven_orders=frozenset({LI_WEN}))
    signed_in = replace(VISITOR, customer_id="C001", verified_at=bench.clock())
    for action in ("list_orders", "track_order"):
        assert not bench.proof.knows(VISITOR, action=action)
        assert not bench.proof.knows(digits_only, action=action)
        assert bench.proof.knows(signed_in, action=action)
    with pytest.raises(ContentError, match=r"levels\.peek"):
        bench.proof.knows(signed_in, action="peek")


def test_each_routine_that_asks_for_proof_is_listed() -> None:
    routines = (DEMO.parents[1] / "actions").glob("*.py")
    asked = {name for path in routines for name in re.findall(r'action="(\w+)"', path.read_text(encoding="utf-8"))}
    assert len(asked) > 10
    assert asked <= set(ACCESS.levels)


async def test_a_routine_that_is_not_listed_shows_nothing(bench: Bench) -> None:
    with pytest.raises(ContentError, match=r"levels\.peek"):
        await bench.check(LI_WEN, "8812", action="peek")


def test_the_demo_guards_what_the_design_says() -> None:
    for action in ("track_order", "return_item", "exchange_item", "cancel_order"):
        assert ACCESS.level(action) is access.Level.ORDER
    for action in ("list_orders", "change_address"):
        assert ACCESS.level(action) is access.Level.CUSTOMER


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("recent_minutes: 10\nlevels: {track_order: public}", r"levels\.track_order"),
        ("recent_minutes: soon\nlevels: {}", "recent_minutes"),
        ("levels: {}", "recent_minutes"),
        ("recent_minutes: 10\nlevels: {}\nextra: 1", "extra"),
        ("levels: [", "access.yml"),
    ],
)
def test_a_faulty_table_of_levels_is_named(text: str, fault: str) -> None:
    with pytest.raises(ContentError, match=fault):
        access.parse(text)


async def test_a_million_guesses_from_ten_thousand_addresses_are_taken_ten_a_day(bench: Bench) -> None:
    """A thousandth of the attack: what counts is that the order's own limit does not depend on who asks."""
    bench.book.tries.clear()
    taken = 0
    for guess in range(1000):
        visitor = replace(VISITOR, sender=f"v{guess}", remote_address=f"198.51.{guess // 100}.{guess % 100}")
        taken += await bench.check(LI_WEN, f"{guess:04d}", caller=visitor) == Refused()
        bench.clock.forward(seconds=86)
    assert taken <= 10


async def test_the_lock_ends_when_its_first_guess_is_old_enough(bench: Bench) -> None:
    for guess in range(5):
        await bench.check(LI_WEN, f"000{guess}")
        bench.clock.forward(minutes=1)
    assert await bench.check(LI_WEN, "8812") == LockedOut(10)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.retail import policies
from bot.retail.money import (
    Approver,
    PriceCode,
    RefundCode,
    approver,
    as_region,
    instalments,
    price_protection,
    refund_progress,
    refund_route,
    shipping_cost,
)
from bot.retail.policies import Policies
from bot.retail.shop import Order, OrderStatus
from tests.bot.retail.conftest import DEMO, TODAY

Find = Callable[[int], Order]
RULES = policies.read(DEMO / "policies.yml")


@pytest.mark.parametrize(
    ("amount", "who"),
    [("500", "bot"), ("500.01", "agent"), ("2000", "agent"), ("2000.01", "supervisor"), ("0", "bot")],
)
def test_limits_are_inclusive(rules: Policies, amount: str, who: str) -> None:
    assert approver(Decimal(amount), rules) is Approver(who)


def test_working_days_pass_over_the_weekend(order: Find, rules: Policies) -> None:
    route = refund_route(order(43), rules)
    friday = date(2026, 11, 20)
    assert route.by(friday) == date(2026, 11, 25)
    assert route.by(date(2026, 11, 22)) == date(2026, 11, 25)


def test_a_refund_is_told_as_far_as_it_is(order: Find, rules: Policies) -> None:
    received = refund_progress(order(92), rules)
    assert received.code is RefundCode.GOODS_RECEIVED
    assert received.rma == "RMA260092"
    assert received.route.working_days == 3
    done = refund_progress(order(122), rules)
    assert done.code is RefundCode.REFUNDED
    assert done.refunded_on == TODAY - timedelta(days=12)
    assert done.route.payment == "wechat_pay"
    undated = refund_progress(order(62), rules)
    assert undated.code is RefundCode.REFUNDED
    assert undated.refunded_on is None
    assert refund_progress(order(42), rules).code is RefundCode.NOTHING_DUE


def test_a_cancelled_order_gives_back_what_was_paid(order: Find, rules: Policies) -> None:
    cancelled = replace(order(51), status=OrderStatus.CANCELLED, cancelled_on=TODAY)
    verdict = refund_progress(cancelled, rules)
    assert verdict.code is RefundCode.ON_ITS_WAY
    assert verdict.due_by == date(2026, 11, 25)
    unpaid = replace(order(61), status=OrderStatus.CANCELLED, cancelled_on=TODAY)
    assert refund_progress(unpaid, rules).code is RefundCode.NOTHING_DUE
    just_sent = replace(order(92), return_received=False)
    assert refund_progress(just_sent, rules).code is RefundCode.AWAITING_GOODS


def test_an_exchange_gives_back_no_money(order: Find, rules: Policies) -> None:
    both = frozenset({"P1206", "P1304"})
    back = replace(order(43), status=OrderStatus.RETURN_IN_PROGRESS, returning=both, exchanging=both)
    assert refund_progress(back, rules).code is RefundCode.EXCHANGE
    one = replace(back, exchanging=frozenset({"P1206"}))
    assert refund_progress(one, rules).code is RefundCode.AWAITING_GOODS, "the charger is returned for money"


@pytest.mark.parametrize(
    ("amount", "region", "fee", "missing"),
    [
        ("98.99", "mainland", "10", "0.01"),
        ("99", "mainland", "0", "0"),
        ("50", "remote", "25", "49"),
        ("50", "hong_kong", "10", "49"),
        ("300", "remote", "0", "0"),
    ],
)
def test_postage_is_free_from_an_amount(rules: Policies, amount: str, region: str, fee: str, missing: str) -> None:
    postage = shipping_cost(Decimal(amount), as_region(region), rules)
    assert postage.fee == Decimal(fee)
    assert postage.missing == Decimal(missing)
    assert postage.days == rules.shipping.delivery_days[as_region(region)]


def test_an_unknown_region_is_the_mainland() -> None:
    assert as_region(None) == as_region("moon") == "mainland"


def test_instalments_start_at_the_minimum(rules: Policies) -> None:
    assert instalments(Decimal("599.99"), rules).plans == ()
    plans = instalments(Decimal(600), rules).plans
    assert [(plan.months, plan.interest_free) for plan in plans] == [(3, True), (6, True), (12, False)]


def test_a_price_that_does_not_divide_is_paid_in_full(rules: Policies) -> None:
    three = instalments(Decimal(1999), rules).plans[0]
    assert three.monthly == (Decimal("666.34"), Decimal("666.33"), Decimal("666.33"))


@given(fen=st.integers(min_value=60_000, max_value=10_000_000))
def test_instalments_sum_to_the_price_exactly(fen: int) -> None:
    amount = Decimal(fen) / 100
    for plan in instalments(amount, RULES).plans:
        assert sum(plan.monthly) == amount
        assert len(plan.monthly) == plan.months
        assert max(plan.monthly) - min(plan.monthly) < Decimal("0.01") * plan.months
        assert all(part == part.quantize(Decimal("0.01")) for part in plan.monthly)


def test_a_lower_price_within_the_days_is_refunded_per_piece(order: Find, rules: Policies) -> None:
    verdict = price_protection(order(72), {"P1401": Decimal(89), "P1002": Decimal(499)}, TODAY, rules)
    assert verdict.code is PriceCode.ELIGIBLE
    assert verdict.amount == Decimal(20)
    assert [drop.item.product.sku for drop in verdict.drops] == ["P1401"]
    assert verdict.last_day == TODAY  # ordered seven days ago: the last day
    assert verdict.approver is Approver.BOT
    late = price_protection(order(72), {"P1401": Decimal(89)}, TODAY + timedelta(days=1), rules)
    assert late.code is PriceCode.TOO_LATE
    assert late.amount == 0


def test_prices_that_stayed_or_rose_give_nothing_back(order: Find, rules: Policies) -> None:
    prices = {"P1401": Decimal(99), "P1002": Decimal(599)}
    assert price_protection(order(72), prices, TODAY, rules).code is PriceCode.NOT_CHEAPER
    assert price_protection(order(72), {}, TODAY, rules).code is PriceCode.NOT_CHEAPER


@pytest.mark.parametrize(("tail", "code"), [(61, "not_paid"), (62, "cancelled"), (92, "returned"), (122, "returned")])
def test_orders_without_price_protection_say_why(order: Find, rules: Policies, tail: int, code: str) -> None:
    assert price_protection(order(tail), {}, TODAY, rules).code == code


def test_an_item_on_its_way_back_is_not_refunded_twice(order: Find, rules: Policies) -> None:
    started = replace(order(72), status=OrderStatus.RETURN_IN_PROGRESS, returning=frozenset({"P1401"}))
    prices = {"P1401": Decimal(1), "P1002": Decimal(399)}
    assert price_protection(started, prices, TODAY, rules).amount == Decimal(100)

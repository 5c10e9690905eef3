from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot.retail import policies
from bot.retail.demo import DemoShop
from bot.retail.money import Approver
from bot.retail.policies import Policies
from bot.retail.returns import Condition, Reason, ReturnCode, judge_exchange, judge_return
from bot.retail.shop import Item, Order, OrderStatus
from tests.bot.retail.conftest import TODAY
from tests.bot.retail.test_policies import changed

Find = Callable[[int], Order]


def delivered(order: Order, days_ago: int, **changes: object) -> Order:
    return replace(
        order,
        status=OrderStatus.DELIVERED,
        delivered_on=TODAY - timedelta(days=days_ago),
        returning=frozenset(),
        **changes,  # type: ignore[arg-type]
    )


def holding(demo: DemoShop, order: Order, sku: str, *, opened: bool) -> Order:
    product = next(product for product in demo.products if product.sku == sku)
    return replace(order, items=(Item(product, 1, product.price, opened),))


def test_two_items_within_the_time_go_back_but_above_the_limit_a_person_decides(order: Find, rules: Policies) -> None:
    verdict = judge_return(order(43), Reason.NO_REASON, TODAY, rules, tier="gold")
    assert verdict.code is ReturnCode.ELIGIBLE
    assert verdict.amount == Decimal(548)
    assert verdict.approver is Approver.AGENT
    assert verdict.needs_person
    assert verdict.days == 7
    assert verdict.last_day == TODAY + timedelta(days=3)
    assert verdict.route.payment == "alipay"
    assert verdict.route.working_days == 3


def test_one_of_the_two_items_is_within_the_limit(order: Find, rules: Policies) -> None:
    verdict = judge_return(order(43), Reason.NO_REASON, TODAY, rules, skus={"P1206"})
    assert verdict.skus == ("P1206",)
    assert verdict.amount == Decimal(399)
    assert not verdict.needs_person


def test_a_second_small_return_of_an_order_counts_with_the_first(order: Find, rules: Policies) -> None:
    started = replace(order(43), status=OrderStatus.RETURN_IN_PROGRESS, returning=frozenset({"P1206"}))
    second = judge_return(started, Reason.NO_REASON, TODAY, rules, skus={"P1304"})
    assert second.code is ReturnCode.ELIGIBLE
    assert second.amount == Decimal(149)
    assert second.approver is Approver.AGENT
    again = judge_return(started, Reason.NO_REASON, TODAY, rules, skus={"P1206"})
    assert again.code is ReturnCode.ALREADY_RETURNING


def test_what_is_exchanged_does_not_count_towards_the_limit(order: Find, rules: Policies) -> None:
    exchanged = frozenset({"P1206"})
    half = replace(order(43), status=OrderStatus.RETURN_IN_PROGRESS, returning=exchanged, exchanging=exchanged)
    verdict = judge_return(half, Reason.NO_REASON, TODAY, rules, skus=["P1304"])
    assert verdict.approver is Approver.BOT


def test_opened_earbuds_stay_and_the_t_shirts_beside_them_go_back_at_the_shops_cost(
    order: Find, rules: Policies
) -> None:
    verdict = judge_return(order(72), Reason.NO_REASON, TODAY, rules, tier="gold")
    assert verdict.code is ReturnCode.PARTLY
    assert [found.code for found in verdict.items] == [ReturnCode.HYGIENE_OPENED, ReturnCode.ELIGIBLE]
    assert verdict.skus == ("P1401",)
    assert verdict.amount == Decimal(198)
    assert verdict.postage == "shop"
    assert Condition.TAGS_ON in verdict.conditions
    assert verdict.route.working_days == 10


def test_opened_earbuds_go_back_when_they_are_faulty(order: Find, rules: Policies) -> None:
    verdict = judge_return(order(72), Reason.QUALITY, TODAY, rules, skus={"P1002"})
    assert verdict.code is ReturnCode.ELIGIBLE
    assert verdict.days == 15
    assert verdict.conditions == (Condition.EVIDENCE,)
    assert verdict.postage == "shop"


def test_unopened_earbuds_go_back(order: Find, rules: Policies) -> None:
    sealed = replace(order(72), items=tuple(replace(item, opened=False) for item in order(72).items))
    verdict = judge_return(sealed, Reason.NO_REASON, TODAY, rules, skus={"P1002"})
    assert verdict.code is ReturnCode.ELIGIBLE
    assert Condition.UNOPENED in verdict.conditions


def test_on_day_fifteen_only_a_fault_still_counts(order: Find, rules: Policies) -> None:
    assert judge_return(order(73), Reason.NO_REASON, TODAY, rules).code is ReturnCode.TOO_LATE
    fault = judge_return(order(73), Reason.QUALITY, TODAY, rules)
    assert fault.code is ReturnCode.ELIGIBLE
    assert fault.last_day == TODAY
    assert judge_exchange(order(73), Reason.QUALITY, TODAY, rules).code is ReturnCode.ELIGIBLE
    tomorrow = TODAY + timedelta(days=1)
    assert judge_return(order(73), Reason.QUALITY, tomorrow, rules).code is ReturnCode.TOO_LATE
    assert judge_exchange(order(73), Reason.QUALITY, tomorrow, rules).code is ReturnCode.TOO_LATE


@pytest.mark.parametrize(("ahead", "code"), [(0, ReturnCode.ELIGIBLE), (1, ReturnCode.ELIGIBLE), (2, "too_late")])
def test_the_seventh_day_is_the_last(order: Find, rules: Policies, ahead: int, code: str) -> None:
    verdict = judge_return(order(132), Reason.NO_REASON, TODAY + timedelta(days=ahead), rules, tier="silver")
    assert verdict.code == code
    assert verdict.last_day == TODAY + timedelta(days=1)
    assert verdict.postage == "customer"


def test_goods_delivered_today_may_go_back_today(order: Find, rules: Policies) -> None:
    assert judge_return(order(121), Reason.NO_REASON, TODAY, rules).code is ReturnCode.ELIGIBLE


def test_a_gift_card_never_goes_back_and_the_case_beside_it_does(order: Find, rules: Policies) -> None:
    verdict = judge_return(order(152), Reason.NO_REASON, TODAY, rules)
    assert [found.code for found in verdict.items] == [ReturnCode.VIRTUAL, ReturnCode.ELIGIBLE]
    assert verdict.amount == Decimal(59)
    assert verdict.approver is Approver.BOT
    assert verdict.route.working_days == 7
    for reason in Reason:
        assert judge_return(order(152), reason, TODAY, rules, skus={"P1504"}).code is ReturnCode.VIRTUAL
        assert judge_exchange(order(152), reason, TODAY, rules, skus={"P1504"}).code is ReturnCode.VIRTUAL


def test_underwear_stays_even_unopened_and_the_t_shirt_goes_back(order: Find, rules: Policies) -> None:
    verdict = judge_return(order(82), Reason.NO_REASON, TODAY, rules)
    assert [found.code for found in verdict.items] == [ReturnCode.HYGIENE, ReturnCode.ELIGIBLE]
    assert verdict.amount == Decimal(99)
    faulty = judge_return(order(82), Reason.QUALITY, TODAY, rules, skus={"P1404"})
    assert faulty.code is ReturnCode.ELIGIBLE


def test_a_machine_that_waits_for_the_engineer_counts_as_delivered(order: Find, rules: Policies) -> None:
    verdict = judge_return(order(111), Reason.NO_REASON, TODAY, rules, tier="gold")
    assert verdict.code is ReturnCode.ELIGIBLE
    assert verdict.approver is Approver.SUPERVISOR
    assert verdict.last_day == TODAY + timedelta(days=5)


def test_an_opened_television_goes_back_with_a_supervisors_word(order: Find, rules: Policies) -> None:
    verdict = judge_return(order(112), Reason.NO_REASON, TODAY, rules, tier="gold")
    assert verdict.code is ReturnCode.ELIGIBLE
    assert verdict.amount == Decimal(7999)
    assert verdict.approver is Approver.SUPERVISOR


@pytest.mark.parametrize(
    ("tail", "code"),
    [
        (42, ReturnCode.NOT_DELIVERED),
        (51, ReturnCode.NOT_DELIVERED),
        (61, ReturnCode.NOT_PAID),
        (62, ReturnCode.CANCELLED),
        (71, ReturnCode.NOT_DELIVERED),
        (92, ReturnCode.ALREADY_RETURNING),
        (122, ReturnCode.ALREADY_RETURNED),
        (142, ReturnCode.LOST),
        (151, ReturnCode.NOT_DELIVERED),
        (44, ReturnCode.TOO_LATE),
    ],
)
def test_an_order_that_cannot_come_back_says_why(order: Find, rules: Policies, tail: int, code: ReturnCode) -> None:
    for judge in (judge_return, judge_exchange):
        verdict = judge(order(tail), Reason.QUALITY, TODAY, rules)
        assert verdict.code is code
        assert not verdict.eligible
        assert verdict.amount == 0
        assert verdict.skus == ()


@pytest.mark.parametrize(
    ("sku", "opened", "code"),
    [
        ("P1301", True, ReturnCode.PHONE_ACTIVATED),
        ("P1301", False, ReturnCode.ELIGIBLE),
        ("P1502", True, ReturnCode.FOOD_OPENED),
        ("P1502", False, ReturnCode.ELIGIBLE),
        ("P1503", False, ReturnCode.PERSONALISED),
        ("P1305", True, ReturnCode.ELIGIBLE),
    ],
)
def test_each_kind_of_goods_follows_its_own_rule(
    demo: DemoShop, order: Find, rules: Policies, sku: str, opened: bool, code: ReturnCode
) -> None:
    goods = holding(demo, delivered(order(43), 2), sku, opened=opened)
    assert judge_return(goods, Reason.NO_REASON, TODAY, rules).code is code
    assert judge_return(goods, Reason.WRONG_ITEM, TODAY, rules).code is ReturnCode.ELIGIBLE


def test_a_kind_added_to_the_rules_is_barred_without_a_change_of_code(order: Find) -> None:
    stricter = policies.parse(changed("returns.not_returnable", ["accessory", "appliance when opened"]))
    verdict = judge_return(order(43), Reason.NO_REASON, TODAY, stricter)
    assert [found.code for found in verdict.items] == [ReturnCode.ELIGIBLE, ReturnCode.NOT_RETURNABLE]


def test_different_refusals_in_one_order_are_told_apart(order: Find, rules: Policies) -> None:
    goods = delivered(order(82), 9)
    verdict = judge_return(goods, Reason.NO_REASON, TODAY, rules)
    assert verdict.code is ReturnCode.SEVERAL_REASONS
    assert [found.code for found in verdict.items] == [ReturnCode.HYGIENE, ReturnCode.TOO_LATE]
    assert not verdict.eligible


def test_an_item_of_another_order_is_not_in_this_one(order: Find, rules: Policies) -> None:
    verdict = judge_return(order(43), Reason.NO_REASON, TODAY, rules, skus={"P1401"})
    assert verdict.code is ReturnCode.NOT_IN_ORDER
    assert verdict.items == ()


def test_another_size_is_exchanged_for_fifteen_days_and_no_money_goes_back(order: Find, rules: Policies) -> None:
    jacket = order(141)
    assert judge_return(jacket, Reason.SIZE, TODAY, rules).code is ReturnCode.TOO_LATE
    verdict = judge_exchange(jacket, Reason.SIZE, TODAY, rules)
    assert verdict.code is ReturnCode.ELIGIBLE
    assert verdict.amount == 0
    assert verdict.approver is Approver.BOT
    assert verdict.last_day == TODAY + timedelta(days=7)
    assert verdict.postage == "customer"


@pytest.mark.parametrize(("limit", "approver"), [(548, Approver.BOT), ("547.99", Approver.AGENT)])
def test_the_bots_limit_is_inclusive_and_comes_from_the_rules(order: Find, limit: object, approver: Approver) -> None:
    rules = policies.parse(changed("returns.self_service_limit_cny", limit))
    assert judge_return(order(43), Reason.NO_REASON, TODAY, rules).approver is approver


def test_a_payment_without_a_known_time_has_none(order: Find, rules: Policies) -> None:
    verdict = judge_return(replace(order(43), payment="gift_card"), Reason.NO_REASON, TODAY, rules)
    assert verdict.route.payment == "gift_card"
    assert verdict.route.working_days is None
    assert verdict.route.by(date(2026, 11, 22)) is None

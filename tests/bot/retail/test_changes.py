from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from bot.retail import policies
from bot.retail.changes import ChangeCode, judge_address, judge_cancel
from bot.retail.policies import Policies
from bot.retail.shop import Order
from tests.bot.retail.test_policies import changed

Find = Callable[[int], Order]


@pytest.mark.parametrize(
    ("tail", "code"),
    [
        (61, ChangeCode.ELIGIBLE),
        (102, ChangeCode.ELIGIBLE),
        (51, ChangeCode.MAY_FAIL),
        (42, ChangeCode.ALREADY_SHIPPED),
        (71, ChangeCode.ALREADY_SHIPPED),
        (81, ChangeCode.ALREADY_SHIPPED),
        (142, ChangeCode.LOST),
        (151, ChangeCode.READY_FOR_PICKUP),
        (43, ChangeCode.DELIVERED),
        (111, ChangeCode.DELIVERED),
        (92, ChangeCode.RETURNING),
        (122, ChangeCode.RETURNING),
        (62, ChangeCode.CANCELLED),
    ],
)
def test_each_status_may_or_may_not_be_changed(order: Find, rules: Policies, tail: int, code: ChangeCode) -> None:
    assert judge_cancel(order(tail), rules).code is code
    assert judge_address(order(tail), rules) is code


def test_cancelling_gives_back_what_was_paid(order: Find, rules: Policies) -> None:
    packing = judge_cancel(order(51), rules)
    assert packing.eligible
    assert packing.amount == Decimal(4058)
    assert packing.route.working_days == 3
    assert judge_cancel(order(61), rules).amount == 0
    assert judge_cancel(order(42), rules).amount == 0


def test_a_shop_that_stops_changes_while_packing_says_so_in_its_rules(order: Find) -> None:
    rules = policies.parse(changed("cancellation.allowed_statuses", ["pending_payment"]))
    assert judge_cancel(order(51), rules).code is ChangeCode.ALREADY_SHIPPED
    assert judge_address(order(51), rules) is ChangeCode.MAY_FAIL

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from bot.retail.shop import Order
from bot.retail.warranty import WarrantyCode, warranty
from tests.bot.retail.conftest import TODAY

Find = Callable[[int], Order]


def test_months_count_from_delivery(order: Find) -> None:
    (television,) = warranty(order(44), TODAY)
    assert television.code is WarrantyCode.COVERED
    assert television.months == 36
    assert television.last_day == date(2029, 10, 18)
    (expired,) = warranty(order(44), date(2029, 10, 19))
    assert expired.code is WarrantyCode.EXPIRED


def test_each_item_has_its_own_warranty(order: Find) -> None:
    earbuds, shirt = warranty(order(72), TODAY)
    assert earbuds.code is WarrantyCode.COVERED
    assert earbuds.last_day == date(2027, 11, 19)
    assert shirt.code is WarrantyCode.NO_WARRANTY
    assert shirt.last_day is None


def test_nothing_counts_before_delivery(order: Find) -> None:
    (headphones,) = warranty(order(42), TODAY)
    assert headphones.code is WarrantyCode.NOT_DELIVERED
    assert headphones.months == 24


def test_a_month_without_that_day_ends_on_its_last(order: Find) -> None:
    case = replace(order(152), delivered_on=date(2026, 11, 30))
    assert warranty(case, TODAY)[1].last_day == date(2027, 2, 28)
    assert warranty(replace(case, delivered_on=date(2026, 11, 30) + timedelta(days=1)), TODAY)[1].last_day == date(
        2027, 3, 1
    )

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.retail.delivery import ArrivalCode, ClaimCode, arrival, judge_claim
from bot.retail.money import Approver
from bot.retail.policies import Policies
from bot.retail.shop import Order, OrderStatus, Scan, Text
from tests.bot.retail.conftest import TODAY

Find = Callable[[int], Order]


@pytest.mark.parametrize(
    ("tail", "code", "in_days"),
    [
        (42, ArrivalCode.ON_THE_WAY, 1),
        (51, ArrivalCode.PREPARING, 3),
        (61, ArrivalCode.NOT_PAID, None),
        (71, ArrivalCode.TODAY, 0),
        (81, ArrivalCode.DELAYED, 2),
        (102, ArrivalCode.PREPARING, 4),
        (142, ArrivalCode.LOST, None),
        (151, ArrivalCode.READY_FOR_PICKUP, None),
        (43, ArrivalCode.DELIVERED, None),
        (111, ArrivalCode.DELIVERED, None),
        (92, ArrivalCode.RETURNING, None),
        (62, ArrivalCode.CANCELLED, None),
    ],
)
def test_the_arrival_of_each_order(order: Find, tail: int, code: ArrivalCode, in_days: int | None) -> None:
    found = arrival(order(tail), TODAY)
    assert found.code is code
    assert found.arrives_on == (None if in_days is None else TODAY + timedelta(days=in_days))
    assert found.days_late == 0


def test_a_parcel_that_should_have_arrived_is_overdue(order: Find) -> None:
    found = arrival(order(42), TODAY + timedelta(days=3))
    assert found.code is ArrivalCode.OVERDUE
    assert found.days_late == 2
    assert found.last_scan == order(42).scans[-1]
    assert arrival(order(81), TODAY + timedelta(days=3)).code is ArrivalCode.OVERDUE


def test_the_lost_parcel_may_be_claimed_though_the_carrier_is_already_asked(order: Find, rules: Policies) -> None:
    verdict = judge_claim(order(142), TODAY, rules)
    assert verdict.eligible
    assert verdict.days_without_scan == 9
    assert verdict.carrier_claim
    assert verdict.needed_days == 7
    assert verdict.approver is Approver.AGENT
    assert judge_claim(replace(order(142), claim="CLM261001"), TODAY, rules).code is ClaimCode.ALREADY_OPEN


@pytest.mark.parametrize(("ahead", "code"), [(0, "too_early"), (5, "too_early"), (6, "eligible")])
def test_a_claim_waits_for_seven_days_without_a_scan(order: Find, rules: Policies, ahead: int, code: str) -> None:
    verdict = judge_claim(order(42), TODAY + timedelta(days=ahead), rules)  # scanned yesterday
    assert verdict.code == code
    assert verdict.from_day == (TODAY + timedelta(days=6) if code == "too_early" else None)


def test_a_scan_late_at_night_counts_on_the_shops_day(order: Find, rules: Policies) -> None:
    half_past_midnight = datetime(2026, 11, 15, 16, 30, tzinfo=UTC)  # the 16th in Shanghai
    scanned = replace(order(42), scans=(Scan(half_past_midnight, Text("中转", "Transit")),))
    assert judge_claim(scanned, TODAY, rules).code is ClaimCode.TOO_EARLY
    assert judge_claim(scanned, TODAY, rules, timezone="UTC").code is ClaimCode.ELIGIBLE


def test_a_parcel_never_scanned_counts_from_the_order(order: Find, rules: Policies) -> None:
    silent = replace(order(42), scans=(), status=OrderStatus.SHIPPED, placed_on=TODAY - timedelta(days=7))
    verdict = judge_claim(silent, TODAY, rules)
    assert verdict.eligible
    assert verdict.days_without_scan is None


@pytest.mark.parametrize(
    ("tail", "code"),
    [
        (61, ClaimCode.NOT_SHIPPED),
        (51, ClaimCode.NOT_SHIPPED),
        (151, ClaimCode.READY_FOR_PICKUP),
        (43, ClaimCode.DELIVERED),
        (111, ClaimCode.DELIVERED),
        (92, ClaimCode.RETURNING),
        (62, ClaimCode.CANCELLED),
    ],
)
def test_orders_without_a_parcel_on_the_road_cannot_be_claimed(
    order: Find, rules: Policies, tail: int, code: ClaimCode
) -> None:
    assert judge_claim(order(tail), TODAY, rules).code is code

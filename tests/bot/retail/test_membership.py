from __future__ import annotations

from decimal import Decimal

import pytest

from bot.retail.membership import level, levels, next_level, points_for, tier_for, worth_of
from bot.retail.policies import Policies


def test_tiers_stand_in_order_with_what_they_bring(rules: Policies) -> None:
    regular, silver, gold = levels(rules)
    assert (regular.tier, regular.birthday_coupon, regular.free_return_postage) == ("regular", Decimal(0), False)
    assert (silver.spent_from, silver.birthday_coupon) == (Decimal(2000), Decimal(20))
    assert (gold.spent_from, gold.birthday_coupon, gold.free_return_postage) == (Decimal(8000), Decimal(50), True)


def test_the_way_up(rules: Policies) -> None:
    above = next_level("silver", rules)
    assert above is not None
    assert above.tier == "gold"
    assert next_level("gold", rules) is None
    assert next_level("platinum", rules) is None
    assert level("platinum", rules) is None


@pytest.mark.parametrize(
    ("spent", "tier"), [("0", "regular"), ("1999.99", "regular"), ("2000", "silver"), ("8000", "gold")]
)
def test_spending_gives_a_tier(rules: Policies, spent: str, tier: str) -> None:
    assert tier_for(Decimal(spent), rules) == tier


def test_points_come_per_yuan_and_go_per_hundred(rules: Policies) -> None:
    assert points_for(Decimal("149.90"), rules) == 149
    assert worth_of(1234, rules) == 12
    assert worth_of(99, rules) == 0

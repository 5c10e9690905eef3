"""Membership: tiers, points, the birthday coupon."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from bot.retail.policies import Policies


@dataclass(frozen=True, slots=True)
class Level:
    """One tier and what it brings."""

    tier: str
    spent_from: Decimal
    """CNY spent in the last 12 months on entering it."""
    birthday_coupon: Decimal
    """CNY; 0 for none."""
    free_return_postage: bool


def levels(policies: Policies) -> tuple[Level, ...]:
    """All tiers, lowest first."""
    membership = policies.membership
    by_spending = sorted(membership.tiers.items(), key=lambda pair: pair[1])
    postage = policies.returns.return_postage
    return tuple(
        Level(
            tier=tier,
            spent_from=spent_from,
            birthday_coupon=membership.birthday_coupon_cny.get(tier, Decimal(0)),
            free_return_postage=(postage.gold_tier if tier == "gold" else postage.no_reason) == "shop",
        )
        for tier, spent_from in by_spending
    )


def level(tier: str, policies: Policies) -> Level | None:
    """The tier of this name; None when there is none."""
    return next((found for found in levels(policies) if found.tier == tier), None)


def next_level(tier: str, policies: Policies) -> Level | None:
    """The tier above; None for the highest and for an unknown one."""
    known = levels(policies)
    above = iter(known)
    for found in above:
        if found.tier == tier:
            return next(above, None)
    return None


def tier_for(spent: Decimal, policies: Policies) -> str:
    """The tier that `spent` CNY in the last 12 months give."""
    return next(found.tier for found in reversed(levels(policies)) if spent >= found.spent_from)


def points_for(amount: Decimal, policies: Policies) -> int:
    """The points an order of `amount` CNY brings; fen bring none."""
    return int(amount.to_integral_value(rounding=ROUND_DOWN)) * policies.membership.points_per_cny


def worth_of(points: int, policies: Policies) -> Decimal:
    """What `points` take off a price, in whole CNY."""
    return Decimal(points // policies.membership.points_per_cny_discount)

"""Which promotions run on a day, for whom, and on what terms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.errors import ContentError
from bot.retail.calendar import add_months
from bot.retail.shop import Promotion

ALL = "all"
NEW_CUSTOMERS = "new customers"
TIERS = frozenset({"regular", "silver", "gold"})


def parse_when(text: str) -> tuple[date | None, date | None, int | None]:
    """First day, last day and day of the month of a promotion; three None for one that always runs.

    Raises:
        ContentError: the words say none of these.
    """
    if text == "all year":
        return None, None, None
    if monthly := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th) of each month", text):
        return None, None, int(monthly[1])
    if span := re.fullmatch(r"(\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)", text):
        return date.fromisoformat(span[1]), date.fromisoformat(span[2]), None
    raise ContentError(f"promotions: {text!r} is not `all year`, `18th of each month` or `2026-12-10 to 2026-12-12`")


class TermCode(StrEnum):
    NOT_WITH_COUPONS = "not_with_coupons"
    ONE_PER_APPLIANCE = "one_per_appliance"
    NO_GIFT_CARDS = "no_gift_cards"
    MINIMUM_ORDER = "minimum_order"


@dataclass(frozen=True, slots=True)
class Term:
    code: TermCode
    amount: Decimal | None = None
    """The least an order must come to, with `minimum_order`."""


_TERMS = {
    "not with other coupons": TermCode.NOT_WITH_COUPONS,
    "one per appliance": TermCode.ONE_PER_APPLIANCE,
    "gift cards excluded": TermCode.NO_GIFT_CARDS,
}


def parse_term(text: str) -> Term | None:
    """What a promotion's terms mean; None when it has none.

    Raises:
        ContentError: the words are none we know, and so could not be told in both languages.
    """
    if not text:
        return None
    if text in _TERMS:
        return Term(_TERMS[text])
    if minimum := re.fullmatch(r"orders of (\d+) or more", text):
        return Term(TermCode.MINIMUM_ORDER, Decimal(minimum[1]))
    raise ContentError(f"promotions: the terms {text!r} are unknown; see bot/retail/promotions.py")


def runs_on(promotion: Promotion, day: date) -> bool:
    """Whether a promotion runs on `day`."""
    if promotion.monthly_day is not None:
        return promotion.monthly_day == day.day
    started = promotion.first_day is None or promotion.first_day <= day
    return started and (promotion.last_day is None or day <= promotion.last_day)


def next_run(promotion: Promotion, day: date) -> date | None:
    """The first day on or after `day` on which it runs; None when it is over."""
    if runs_on(promotion, day):
        return day
    if promotion.monthly_day is not None:
        return _next_monthly(promotion.monthly_day, day)
    if promotion.first_day is not None and promotion.first_day > day:
        return promotion.first_day
    return None


def _next_monthly(day_of_month: int, day: date) -> date:
    """Months without such a day are passed over: the 31st comes next in a month that has one."""
    first = day.replace(day=1)
    while True:
        candidate = first + timedelta(days=day_of_month - 1)
        if candidate.month == first.month and candidate >= day:
            return candidate
        first = add_months(first, 1)


def applies_to(
    promotion: Promotion, *, category: str | None = None, tier: str | None = None, first_order: bool | None = None
) -> bool:
    """Whether a promotion may concern this category, member or first order; what is None is not asked about."""
    if category == "giftcard" and promotion.terms and _excludes_gift_cards(promotion):
        return False
    scope = set(promotion.scope)
    if ALL in scope:
        return True
    if NEW_CUSTOMERS in scope:
        return first_order is not False
    tiers = scope & TIERS
    if tiers:
        return tier is None or tier in tiers
    return category is None or category in scope


def _excludes_gift_cards(promotion: Promotion) -> bool:
    term = parse_term(promotion.terms)
    return term is not None and term.code is TermCode.NO_GIFT_CARDS


def running(
    promotions: Iterable[Promotion],
    day: date,
    *,
    category: str | None = None,
    tier: str | None = None,
    first_order: bool | None = None,
) -> tuple[Promotion, ...]:
    """The promotions of a day that may concern this category, member or first order."""
    return tuple(
        promotion
        for promotion in promotions
        if runs_on(promotion, day) and applies_to(promotion, category=category, tier=tier, first_order=first_order)
    )

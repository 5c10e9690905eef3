from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.errors import ContentError
from bot.retail.demo import DemoShop
from bot.retail.promotions import Term, TermCode, next_run, parse_term, parse_when, running
from bot.retail.shop import Promotion


def ids(found: tuple[Promotion, ...]) -> list[str]:
    return [promotion.promo_id for promotion in found]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 22), ["PR02", "PR04"]),
        (date(2026, 11, 18), ["PR01", "PR02", "PR04"]),
        (date(2026, 12, 9), ["PR02", "PR04"]),
        (date(2026, 12, 10), ["PR02", "PR03", "PR04"]),
        (date(2026, 12, 12), ["PR02", "PR03", "PR04"]),
        (date(2026, 12, 13), ["PR02", "PR04"]),
    ],
)
def test_what_runs_on_a_day(demo: DemoShop, day: date, expected: list[str]) -> None:
    assert ids(running(demo.promotions, day)) == expected


def test_promotions_keep_to_their_scope(demo: DemoShop) -> None:
    double_twelve = date(2026, 12, 12)
    assert ids(running(demo.promotions, double_twelve, category="tv", first_order=False)) == ["PR02", "PR03"]
    assert ids(running(demo.promotions, double_twelve, category="giftcard", first_order=False)) == []
    assert ids(running(demo.promotions, double_twelve, category="clothing", first_order=True)) == ["PR03", "PR04"]
    members_day = date(2026, 12, 18)
    assert "PR01" in ids(running(demo.promotions, members_day, tier="regular"))
    assert "PR01" not in ids(running(demo.promotions, members_day, tier="none"))


def test_when_a_promotion_runs_next(demo: DemoShop) -> None:
    members_day, trade_in, double_twelve, _ = demo.promotions
    assert next_run(members_day, date(2026, 11, 22)) == date(2026, 12, 18)
    assert next_run(members_day, date(2026, 11, 18)) == date(2026, 11, 18)
    assert next_run(members_day, date(2026, 12, 19)) == date(2027, 1, 18)
    assert next_run(trade_in, date(2026, 11, 22)) == date(2026, 11, 22)
    assert next_run(double_twelve, date(2026, 11, 22)) == date(2026, 12, 10)
    assert next_run(double_twelve, date(2026, 12, 13)) is None


def test_a_day_that_a_month_lacks_comes_in_the_next_that_has_it(demo: DemoShop) -> None:
    last_day = replace(demo.promotions[0], monthly_day=31)
    assert next_run(last_day, date(2027, 2, 1)) == date(2027, 3, 31)


def test_terms_have_a_meaning_that_can_be_said_in_both_languages(demo: DemoShop) -> None:
    assert [parse_term(promotion.terms) for promotion in demo.promotions] == [
        Term(TermCode.NOT_WITH_COUPONS),
        Term(TermCode.ONE_PER_APPLIANCE),
        Term(TermCode.NO_GIFT_CARDS),
        Term(TermCode.MINIMUM_ORDER, Decimal(100)),
    ]
    assert parse_term("") is None
    with pytest.raises(ContentError, match="only on Tuesdays"):
        parse_term("only on Tuesdays")
    with pytest.raises(ContentError, match="now and then"):
        parse_when("now and then")

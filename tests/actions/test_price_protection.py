from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from actions.price_protection import PriceProtection
from bot.retail.shop import Product
from bot.retail.sql import SqlShop
from tests.actions.conftest import SessionCallers
from tests.actions.stage import Stage


@pytest.fixture
async def cheaper_shirts(shop: SqlShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-shirts cost 79 instead of 99 today."""
    catalogue = [
        replace(product, price=Decimal(79)) if product.sku == "P1401" else product for product in await shop.products()
    ]

    async def products() -> tuple[Product, ...]:
        return tuple(catalogue)

    monkeypatch.setattr(shop, "products", products)


async def test_without_an_order_the_rule_is_told_and_the_order_asked_for(stage: Stage) -> None:
    await stage.hears(PriceProtection, "do you match prices")
    assert stage.responses == ["utter_price_rule", "utter_ask_order_number"]
    assert "within 7 days" in stage.text
    assert await stage.answers(order_number="GT2600010082")
    assert stage.responses == ["utter_ask_phone_tail"], "the rule is told once"


@pytest.mark.usefixtures("cheaper_shirts")
async def test_a_difference_goes_to_a_person_with_both_prices(stage: Stage) -> None:
    await stage.hears(PriceProtection, order_number="GT2600010072", phone_tail="9901")
    assert "you paid ¥99 each, it now costs ¥79" in stage.text
    assert "The difference is ¥40 in all; it goes back to Visa and takes 10 working days" in stage.text
    assert stage.handoff is None
    assert await stage.answers("yes", intent="affirm")
    assert stage.handoff is not None
    assert stage.handoff["reason"] == "above_authority"
    facts = stage.handoff["facts"]
    assert facts["amount_cny"] == "40.00"
    assert facts["drops"] == [
        {"sku": "P1401", "quantity": 2, "paid_cny": "99.00", "price_now_cny": "79", "difference_cny": "40.00"}
    ]


@pytest.mark.usefixtures("cheaper_shirts")
async def test_a_no_hands_nothing_over(stage: Stage) -> None:
    await stage.hears(PriceProtection, order_number="GT2600010072", phone_tail="9901")
    assert await stage.answers("no", intent="deny")
    assert stage.responses == ["utter_stopped"]
    assert stage.handoff is None


@pytest.mark.usefixtures("cheaper_shirts")
async def test_a_signed_in_customers_order_with_a_lower_price_needs_no_naming(
    stage: Stage, callers: SessionCallers
) -> None:
    callers.signed_in = "C004"
    await stage.hears(PriceProtection)
    assert stage.responses == ["utter_price_rule", "utter_price_drop", "utter_price_confirm"]


@pytest.mark.parametrize(
    ("tail", "phone_tail", "response", "words"),
    [
        (82, "4417", "utter_price_not_cheaper", "protected until Tuesday 24 November"),
        (43, "8812", "utter_price_too_late", "ended on Friday 20 November"),
        (61, "2046", "utter_price_not_paid", "hasn't been paid"),
        (62, "2046", "utter_price_cancelled", "was cancelled"),
        (92, "7303", "utter_price_returned", "on its way back"),
    ],
)
async def test_no_difference_comes_with_the_reason(
    stage: Stage, number: Callable[[int], str], tail: int, phone_tail: str, response: str, words: str
) -> None:
    await stage.hears(PriceProtection, order_number=number(tail), phone_tail=phone_tail)
    assert stage.responses == [response]
    assert words in stage.text

"""Cards repeat what texts say: the stage fails any routine whose card shows a fact that no text beside it has."""

from __future__ import annotations

import json

import pytest

from actions.check_stock import CheckStock
from actions.find_store import FindStore
from actions.list_orders import ListOrders
from actions.product_price import ProductPrice
from actions.store_hours import StoreHours
from actions.track_order import TrackOrder
from tests.actions.conftest import SessionCallers
from tests.actions.stage import Stage


async def test_an_order_on_its_way_has_a_card_with_its_goods_and_how_far_it_is(stage: Stage) -> None:
    await stage.hears(TrackOrder, order_number="GT2600010042", phone_tail="8812")
    (card,) = stage.cards
    assert card == {
        "card": "order",
        "number": "GT2600010042",
        "status": "On its way",
        "items": card["items"],
        "steps": ["Ordered", "Paid", "Sent", "Delivered"],
        "step": 3,
        "carrier": "SF Express",
        "tracking": "SF1380013880042",
        "arrives": "tomorrow, Monday 23 November",
    }
    assert [item["quantity"] for item in card["items"]]


async def test_cards_are_in_the_customers_language(stage_zh: Stage) -> None:
    await stage_zh.hears(TrackOrder, order_number="GT2600010042", phone_tail="8812")
    (card,) = stage_zh.cards
    assert card["status"] == "运输中"
    assert card["steps"] == ["下单", "付款", "发货", "签收"]
    assert card["arrives"] == "明天，11 月 23 日（周一）"


@pytest.mark.parametrize(("number", "tail"), [("GT2600010042", "0000"), ("GT2600019999", "8812")])
async def test_who_may_not_see_an_order_sees_no_card_of_it(stage: Stage, number: str, tail: str) -> None:
    await stage.hears(TrackOrder, order_number=number, phone_tail=tail)
    assert stage.cards == []


async def test_a_list_of_orders_is_a_row_of_cards_for_whoever_is_signed_in(
    stage: Stage, callers: SessionCallers
) -> None:
    await stage.hears(ListOrders)
    assert stage.cards == []
    callers.signed_in = "C001"
    await stage.hears(ListOrders)
    assert "GT2600010042" in [card["number"] for card in stage.cards]
    assert all(set(card) == {"card", "number", "status", "items"} for card in stage.cards)


async def test_a_store_has_a_card_with_address_phone_and_services(stage: Stage) -> None:
    await stage.hears(FindStore, store="S01")
    (card,) = stage.cards
    assert (card["card"], card["name"]) == ("store", "Nanjing Road")
    assert {"address", "phone", "services"} < set(card)


async def test_the_stores_of_a_city_have_a_card_each(stage_zh: Stage) -> None:
    await stage_zh.hears(FindStore, city="Shanghai")
    assert len(stage_zh.cards) > 1
    assert all(card["address"] for card in stage_zh.cards)


async def test_a_stores_hours_are_on_its_card(stage: Stage) -> None:
    await stage.hears(StoreHours, store="S01")
    (card,) = stage.cards
    assert "10:00-22:00" in card["hours"]


async def test_a_price_is_on_the_products_card(stage: Stage) -> None:
    await stage.hears(ProductPrice, product="P1001")
    (card,) = stage.cards
    assert card["price"].startswith("¥")


async def test_stock_is_on_the_products_card_and_none_says_so(stage: Stage) -> None:
    await stage.hears(CheckStock, product="P1001", store="S01")
    assert [(card["in_stock"], card["note"]) for card in stage.cards] == [(True, "Nanjing Road")]


async def test_cards_are_plain_json(stage: Stage) -> None:
    await stage.hears(FindStore, city="Shanghai")
    assert json.loads(json.dumps(stage.cards)) == stage.cards

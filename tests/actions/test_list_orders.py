from __future__ import annotations

from actions.list_orders import ListOrders
from tests.actions.conftest import SessionCallers
from tests.actions.stage import Stage


async def test_a_visitor_sees_no_list(stage: Stage) -> None:
    await stage.hears(ListOrders)
    assert stage.responses == ["utter_orders_sign_in"]


async def test_a_signed_in_customer_sees_their_own_orders_and_no_others(stage: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C001"
    await stage.hears(ListOrders)
    assert "GT2600010042 · Aria 700 wireless noise-cancelling headphones · on its way" in stage.text
    assert stage.text.count("GT26") == 3
    assert "GT2600010051" not in stage.text


async def test_an_order_of_the_list_is_looked_at_by_its_button(stage: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C001"
    await stage.hears(ListOrders)
    assert '/track_order{"order_number": "GT2600010042"}' in stage.said[0].choices

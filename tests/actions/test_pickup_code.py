from __future__ import annotations

from actions.pickup_code import PickupCode
from tests.actions.conftest import SessionCallers
from tests.actions.stage import Stage


async def test_the_code_comes_with_the_store_and_the_last_day(stage: Stage) -> None:
    await stage.hears(PickupCode, order_number="GT2600010151", phone_tail="7171")
    for fact in ("4471", "Hubin", "124 Pinghai Road", "0571-5550-0107", "Sunday 29 November"):
        assert fact in stage.text


async def test_a_signed_in_customer_need_not_name_the_order(stage_zh: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C012"
    await stage_zh.hears(PickupCode)
    assert "4471" in stage_zh.text


async def test_an_order_that_is_shipped_has_no_code(stage: Stage) -> None:
    await stage.hears(PickupCode, order_number="GT2600010042", phone_tail="8812")
    assert stage.responses[:2] == ["utter_pickup_none", "utter_order_shipped"]

"""Late and lost parcels."""

from __future__ import annotations

from actions.delivery_delayed import DeliveryDelayed
from actions.parcel_lost import ParcelLost
from bot.retail.sql import SqlShop
from tests.actions.stage import Stage


async def test_a_delayed_parcel_is_chased_by_a_person_when_the_customer_wants_it(stage: Stage) -> None:
    await stage.hears(DeliveryDelayed, order_number="GT2600010081", phone_tail="4417")
    assert stage.responses == ["utter_delay_new_day", "utter_last_scan", "utter_delay_chase"]
    assert "Tuesday 24 November" in stage.text
    assert await stage.answers("yes please", intent="affirm")
    assert stage.responses == ["utter_delay_chasing"]
    assert stage.handoff is not None
    assert stage.handoff["facts"]["tracking_number"] == "ZT1350013400081"


async def test_a_delayed_parcel_is_left_alone_on_a_no(stage: Stage) -> None:
    await stage.hears(DeliveryDelayed, order_number="GT2600010081", phone_tail="4417")
    assert await stage.answers("no", intent="deny")
    assert stage.responses == ["utter_delay_wait"]
    assert stage.handoff is None


async def test_a_parcel_in_time_is_not_called_late(stage: Stage) -> None:
    await stage.hears(DeliveryDelayed, order_number="GT2600010042", phone_tail="8812")
    assert stage.responses[-1] == "utter_delay_still_in_time"


async def test_a_parcel_that_stopped_moving_is_offered_as_lost(stage: Stage) -> None:
    await stage.hears(DeliveryDelayed, order_number="GT2600010142", phone_tail="8080")
    assert stage.responses[-1] == "utter_delay_may_be_lost"
    assert stage.said[-1].choices == ["/parcel_lost"]


async def test_a_lost_parcel_is_sent_again(stage_zh: Stage, shop: SqlShop) -> None:
    await stage_zh.hears(ParcelLost, order_number="GT2600010142", phone_tail="8080")
    assert stage_zh.responses == ["utter_claim_possible_carrier", "utter_last_scan", "utter_claim_ask_wish"]
    assert await stage_zh.answers(choice="reship")
    assert stage_zh.responses == ["utter_claim_confirm_reship"]
    order = await shop.find_order("GT2600010142")
    assert order is not None
    assert order.claim is None, "nothing happens before the customer agrees"
    assert await stage_zh.answers("好的", intent="affirm")
    order = await shop.find_order("GT2600010142")
    assert order is not None
    assert order.claim is not None
    assert order.claim in stage_zh.text


async def test_a_refund_above_the_bots_limit_goes_to_a_person(stage: Stage) -> None:
    await stage.hears(ParcelLost, order_number="GT2600010142", phone_tail="8080")
    assert await stage.answers(choice="refund")
    assert stage.responses == ["utter_claim_refund_needs_person"]
    assert "¥1,299" in stage.text
    assert stage.handoff is not None
    assert stage.handoff["reason"] == "above_authority"
    assert stage.handoff["facts"]["amount_cny"] == "1299.00"


async def test_a_claim_is_opened_only_once(stage: Stage) -> None:
    await stage.hears(ParcelLost, order_number="GT2600010142", phone_tail="8080")
    await stage.answers(choice="reship")
    await stage.answers("yes", intent="affirm")
    await stage.hears(ParcelLost, order_number="GT2600010142")
    assert stage.responses[-1] == "utter_claim_already_open"


async def test_a_parcel_scanned_yesterday_is_not_lost_yet(stage: Stage) -> None:
    await stage.hears(ParcelLost, order_number="GT2600010042", phone_tail="8812")
    assert stage.responses[-1] == "utter_claim_too_early"
    assert "7 days" in stage.text
    assert "Saturday 28 November" in stage.text


async def test_a_parcel_marked_delivered_is_looked_into_by_a_person(stage: Stage) -> None:
    await stage.hears(ParcelLost, order_number="GT2600010043", phone_tail="8812")
    assert stage.responses[-1] == "utter_claim_marked_delivered"
    assert await stage.answers("it really is not here", intent="affirm")
    assert stage.handoff is not None
    assert stage.handoff["facts"] == {"order_number": "GT2600010043", "delivered_on": "2026-11-18"}

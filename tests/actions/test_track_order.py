from __future__ import annotations

import pytest

from actions.invoice import Invoice
from actions.track_order import TrackOrder
from tests.actions.conftest import SessionCallers
from tests.actions.stage import Stage


async def test_the_number_and_then_the_digits_are_asked_for(stage: Stage) -> None:
    await stage.hears(TrackOrder, "where is my parcel")
    assert stage.responses == ["utter_ask_order_number"]
    assert await stage.answers(order_number="GT2600010042")
    assert stage.responses == ["utter_ask_phone_tail"]
    assert await stage.answers(phone_tail="8812")
    assert stage.responses == ["utter_order_shipped", "utter_order_arrives", "utter_last_scan"]
    for fact in ("SF1380013880042", "tomorrow, Monday 23 November", "In transit to the Huangpu depot", "08:05"):
        assert fact in stage.text


async def test_a_message_with_everything_is_answered_at_once(stage_zh: Stage) -> None:
    await stage_zh.hears(TrackOrder, order_number="GT2600010042", phone_tail="8812")
    assert "SF1380013880042" in stage_zh.text
    assert "明天，11 月 23 日（周一）" in stage_zh.text


async def test_a_whole_phone_number_counts_by_its_last_digits(stage: Stage) -> None:
    await stage.hears(TrackOrder, order_number="GT2600010042")
    assert await stage.answers(phone="13800138812")
    assert "utter_order_shipped" in stage.responses


@pytest.mark.parametrize(
    ("number", "tail"),
    [("GT2600010042", "0000"), ("GT2600010051", "8812"), ("GT2600019999", "8812")],
    ids=["wrong digits", "somebody else's", "unknown"],
)
async def test_every_refusal_has_the_same_words(stage: Stage, number: str, tail: str) -> None:
    await stage.hears(TrackOrder, order_number=number, phone_tail=tail)
    assert stage.responses == ["utter_proof_refused"]
    assert number not in stage.text


async def test_after_a_refusal_the_digits_alone_are_enough(stage: Stage) -> None:
    await stage.hears(TrackOrder, order_number="GT2600010042", phone_tail="8821")
    assert await stage.answers(phone_tail="8812")
    assert "utter_order_shipped" in stage.responses


async def test_guessing_ends_with_a_wait(stage: Stage) -> None:
    await stage.hears(TrackOrder, order_number="GT2600010042", phone_tail="0001")
    for digits in range(2, 6):
        assert await stage.answers(phone_tail=f"000{digits}")
        assert stage.responses == ["utter_proof_refused"]
    assert await stage.answers(phone_tail="8812")
    assert stage.responses == ["utter_proof_locked"], "the right digits come too late as well"


async def test_digits_said_for_one_order_are_tried_on_the_next_and_else_asked_for(stage: Stage) -> None:
    await stage.hears(TrackOrder, order_number="GT2600010042", phone_tail="8812")
    await stage.hears(TrackOrder, order_number="GT2600010043")
    assert stage.responses == ["utter_order_delivered"], "the same customer's order opens with the same digits"
    await stage.hears(TrackOrder, order_number="GT2600010051")
    assert stage.responses == ["utter_ask_phone_tail"], "another customer's order wants its own"


async def test_a_signed_in_customer_is_asked_for_nothing_but_which(stage: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C005"
    await stage.hears(TrackOrder)
    assert "GT2600010081" in stage.text, "the only order under way"
    callers.signed_in = "C007"
    await stage.hears(TrackOrder, order_number="GT2600010042")
    assert stage.responses == ["utter_proof_refused"], "no digits open somebody else's order to a signed-in customer"


@pytest.mark.parametrize(
    ("number", "tail", "facts"),
    [
        ("GT2600010061", "2046", ["hasn't been paid", "24 hours", "¥999"]),
        ("GT2600010102", "0777", ["waiting to be packed", "24 hours"]),
        ("GT2600010051", "5678", ["being packed", "N9 smartphone 256GB black and N9 phone case"]),
        ("GT2600010071", "9901", ["out for delivery", "today, Sunday 22 November", "138****2210"]),
        ("GT2600010081", "4417", ["delayed", "Tuesday 24 November", "heavy snow"]),
        ("GT2600010142", "8080", ["lost in transit", "Wuhan hub"]),
        ("GT2600010151", "7171", ["Hubin", "4471"]),
        ("GT2600010043", "8812", ["delivered on Wednesday 18 November"]),
        ("GT2600010111", "6655", ["tomorrow, Monday 23 November", "14:00-16:00"]),
        ("GT2600010092", "7303", ["RMA260092"]),
        ("GT2600010122", "1290", ["has been returned"]),
        ("GT2600010062", "2046", ["has been cancelled"]),
    ],
)
async def test_each_status_has_its_own_words(stage: Stage, number: str, tail: str, facts: list[str]) -> None:
    await stage.hears(TrackOrder, order_number=number, phone_tail=tail)
    for fact in facts:
        assert fact in stage.text


async def test_an_order_named_for_the_routine_in_between_is_not_asked_for_again(stage: Stage) -> None:
    await stage.hears(TrackOrder, "where is my parcel")
    await stage.hears(Invoice, "and can I have an invoice")
    assert stage.responses[-1] == "utter_invoice_look"
    await stage.hears(Invoice, order_number="GT2600010042", phone_tail="8812")
    assert stage.responses[:3] == ["utter_invoice_later", "utter_back_to_question", "utter_order_shipped"]

"""How answers are read where the words alone would mislead."""

from __future__ import annotations

from typing import Any

import pytest

from actions.check_stock import CheckStock
from actions.delivery_delayed import DeliveryDelayed
from actions.exchange_item import ExchangeItem
from actions.installation_visit import InstallationVisit
from actions.parcel_lost import ParcelLost
from actions.return_item import ReturnItem
from tests.actions.stage import Stage

LOST: dict[str, Any] = {"order_number": "GT2600010142", "phone_tail": "8080"}
LATE: dict[str, Any] = {"order_number": "GT2600010081", "phone_tail": "4417"}
ARRIVED: dict[str, Any] = {"order_number": "GT2600010101", "phone_tail": "0777"}
SHOES: dict[str, Any] = {"order_number": "GT2600010052", "phone_tail": "5678"}


async def test_a_button_typed_out_is_pressed_whatever_its_words_mean_elsewhere(stage_zh: Stage) -> None:
    await stage_zh.hears(ParcelLost, **LOST)
    assert await stage_zh.answers("补发吧", intent="invoice")
    assert "utter_claim_confirm_reship" in stage_zh.responses


@pytest.mark.parametrize("text", ["催一下吧", "那就催催", "yes, chase it please", "好的，帮我催一下"])
async def test_asking_for_what_was_offered_is_a_yes(stage_zh: Stage, text: str) -> None:
    await stage_zh.hears(DeliveryDelayed, **LATE)
    assert await stage_zh.answers(text, intent="delivery_delayed")
    assert stage_zh.handoff is not None


@pytest.mark.parametrize("text", ["能催吗", "什么时候到", "why not chase it yourselves", "催了有用吗"])
async def test_asking_about_what_was_offered_is_not(stage_zh: Stage, text: str) -> None:
    await stage_zh.hears(DeliveryDelayed, **LATE)
    assert not await stage_zh.answers(text, intent="delivery_delayed")


async def test_asking_for_a_person_accepts_the_person_offered(stage: Stage) -> None:
    await stage.hears(DeliveryDelayed, **LATE)
    assert await stage.answers("let me talk to somebody", intent="human")
    assert stage.handoff is not None
    assert stage.handoff["facts"]["order_number"] == "GT2600010081"


@pytest.mark.parametrize("text", ["都问过了，没有", "没有啊", "no, nobody has it", "it isn't there"])
async def test_a_parcel_that_nobody_has_is_looked_for(stage: Stage, text: str) -> None:
    await stage.hears(ParcelLost, **ARRIVED)
    assert await stage.answers(text, intent="deny")
    assert stage.handoff is not None


@pytest.mark.parametrize("text", ["不用了，我再找找", "no, I'll look again"])
async def test_a_customer_who_looks_first_is_left_to_it(stage: Stage, text: str) -> None:
    await stage.hears(ParcelLost, **ARRIVED)
    assert await stage.answers(text, intent="deny")
    assert stage.responses == ["utter_claim_left"]
    assert stage.handoff is None


async def test_a_yes_names_no_size(stage_zh: Stage) -> None:
    await stage_zh.hears(ExchangeItem, "想换个尺码", reason="size", **SHOES)
    assert stage_zh.responses[-1] == "utter_ask_exchange_wanted"
    assert not await stage_zh.answers("可以", intent="affirm")
    assert await stage_zh.answers("43", intent="nlu_fallback")
    assert "43" in stage_zh.text


@pytest.mark.parametrize(
    ("text", "intent", "response"),
    [
        ("no, I want my money back", "return_item", "utter_claim_refund_needs_person"),
        ("just send me another one", "exchange_item", "utter_claim_confirm_reship"),
        ("退款吧", "refund_progress", "utter_claim_refund_needs_person"),
        ("再寄一个", "exchange_item", "utter_claim_confirm_reship"),
    ],
)
async def test_what_becomes_of_a_lost_parcel_is_heard_in_any_words(
    stage: Stage, text: str, intent: str, response: str
) -> None:
    await stage.hears(ParcelLost, **LOST)
    assert await stage.answers(text, intent=intent)
    assert stage.responses == [response]


@pytest.mark.parametrize("text", ["yes, the morning would be better", "好的，最好上午"])
async def test_a_yes_with_more_behind_it_is_a_yes(stage: Stage, text: str) -> None:
    await stage.hears(InstallationVisit, order_number="GT2600010111", phone_tail="6655")
    assert await stage.answers(text, intent="out_of_scope")
    assert stage.handoff is not None


@pytest.mark.parametrize("text", ["好像不太行", "note that I moved", "the morning would be better"])
async def test_a_word_that_begins_like_a_yes_is_none(stage: Stage, text: str) -> None:
    await stage.hears(InstallationVisit, order_number="GT2600010111", phone_tail="6655")
    assert not await stage.answers(text, intent="nlu_fallback")


async def test_a_reason_may_sound_like_leaving(stage: Stage) -> None:
    await stage.hears(ReturnItem, **ARRIVED)
    assert not await stage.answers("never mind, don't need it anymore", intent="stop", reason="no_reason")
    assert await stage.answers("just don't need it anymore", intent="stop", reason="no_reason")
    assert "utter_return_confirm" in stage.responses


@pytest.mark.parametrize("text", ["the 512 one", "white please"])
async def test_a_word_of_its_title_chooses_a_product(stage: Stage, text: str) -> None:
    phones = {"value": "phone", "candidates": ["P1301", "P1302"]}
    await stage.hears(CheckStock, "is the smartphone available in Hangzhou", city="Hangzhou", category=phones)
    assert stage.responses == ["utter_ask_stock_which"]
    assert await stage.answers(text)
    assert "512GB white" in stage.text
    assert "256GB" not in stage.text


@pytest.mark.parametrize("text", ["我要退款，不要补发了", "a refund, not: send it again"])
async def test_what_is_ruled_out_is_not_chosen(stage: Stage, text: str) -> None:
    await stage.hears(ParcelLost, **LOST)
    stage.slots["language"] = "zh" if text.startswith("我") else "en"
    await stage.hears(ParcelLost)
    assert await stage.answers(text, intent="return_item")
    assert stage.handoff is not None, "1,299 back is more than the bot may approve"


@pytest.mark.parametrize("text", ["好，帮我转一下", "办吧", "go ahead then"])
async def test_go_ahead_is_a_yes_to_any_offer(stage: Stage, text: str) -> None:
    await stage.hears(DeliveryDelayed, **LATE)
    assert await stage.answers(text, intent="out_of_scope")
    assert stage.handoff is not None

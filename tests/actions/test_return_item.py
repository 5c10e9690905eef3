from __future__ import annotations

from collections.abc import Callable

import pytest

from actions.dialogue import Correct, Inform
from actions.exchange_item import ExchangeItem
from actions.return_item import ReturnItem
from bot.errors import ShopRefused
from bot.retail.shop import OrderStatus, ReturnReceipt, ReturnRequest
from bot.retail.sql import SqlShop
from tests.actions.conftest import SessionCallers
from tests.actions.stage import Stage

Number = Callable[[int], str]


async def test_a_return_within_the_rules_is_opened_after_the_customer_agrees(stage: Stage, shop: SqlShop) -> None:
    await stage.hears(ReturnItem, "return")
    assert await stage.answers(order_number="GT2600010132")
    assert await stage.answers(phone_tail="3344")
    assert stage.responses == ["utter_ask_return_reason"]
    assert await stage.answers("changed my mind", reason="no_reason")
    assert "7 days for returns without a reason run until tomorrow, Monday 23 November" in stage.text
    assert "¥399 goes back to Mastercard within 10 working days" in stage.text
    assert "the return postage is yours" in stage.text
    order = await shop.find_order("GT2600010132")
    assert order is not None
    assert order.status is OrderStatus.DELIVERED, "nothing happens before the customer agrees"
    assert await stage.answers("yes", intent="affirm")
    order = await shop.find_order("GT2600010132")
    assert order is not None
    assert order.status is OrderStatus.RETURN_IN_PROGRESS
    assert order.rma is not None
    assert order.rma in stage.text
    assert "https://shop.example/labels/" in stage.text
    assert stage.handoff is None


async def test_a_no_leaves_everything_as_it_was(stage: Stage, shop: SqlShop) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010132", phone_tail="3344", reason="no_reason")
    assert await stage.answers("no", intent="deny")
    assert stage.responses == ["utter_stopped"]
    order = await shop.find_order("GT2600010132")
    assert order is not None
    assert order.status is OrderStatus.DELIVERED


async def test_what_was_said_in_the_first_message_is_not_asked_again(stage_zh: Stage) -> None:
    await stage_zh.hears(ReturnItem, "空气炸锅坏了", product="P1206", reason="quality")
    assert await stage_zh.answers(order_number="GT2600010043")
    assert await stage_zh.answers(phone_tail="8812")
    assert stage_zh.responses == ["utter_return_allowed_quality", "utter_return_confirm"]
    assert "空气炸锅 A6" in stage_zh.text
    assert "充电器" not in stage_zh.text
    assert "照片或维修服务台" in stage_zh.text
    assert "寄回的运费由我们承担" in stage_zh.text


async def test_a_gold_member_does_not_pay_the_postage(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010043", phone_tail="8812", product="P1304", reason="no_reason")
    assert "as you are a gold member, we pay the return postage" in stage.text
    assert "¥149 goes back to Alipay within 3 working days" in stage.text


@pytest.mark.parametrize(
    ("said", "entities", "amount"),
    [
        ("the charger", {"product": "P1304"}, "¥149"),
        ("the second one", {}, "¥149"),
        ("fryer", {}, "¥399"),
        ("", {"choice": "P1206"}, "¥399"),
        ("all of them", {}, "¥548"),
    ],
)
async def test_items_are_chosen_by_name_place_or_button_or_all(
    stage: Stage, said: str, entities: dict[str, str], amount: str
) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010043", phone_tail="8812", reason="no_reason")
    assert stage.responses == ["utter_ask_return_items"]
    assert await stage.answers(said, **entities)
    assert amount in stage.text


async def test_the_only_returnable_item_is_taken_after_saying_why_the_others_are_not(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010072", phone_tail="9901", reason="no_reason")
    assert stage.responses[:3] == ["utter_refused_hygiene_opened", "utter_back_only", "utter_return_allowed_no_reason"]
    assert "Pico Buds" in stage.said[0].text
    assert "T-shirt L ×2" in stage.said[1].text
    assert "with its tags on" in stage.text
    assert "¥198" in stage.text


async def test_a_fault_makes_all_items_returnable_again_so_that_the_choice_is_asked(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010072", phone_tail="9901")
    assert await stage.answers(choice="quality")
    assert stage.responses == ["utter_ask_return_items"]
    assert await stage.answers(product="P1002")
    assert "Pico Buds" in stage.text
    assert "¥499 goes back to Visa" in stage.text


async def test_above_the_limit_a_supervisor_decides_and_gets_all_the_facts(stage: Stage, shop: SqlShop) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010112", phone_tail="6655", reason="no_reason")
    assert "come to more than ¥500, I can't approve it myself" in stage.text
    assert stage.handoff is None, "the customer is asked first"
    assert await stage.answers("ok", intent="affirm")
    assert stage.responses == ["utter_return_for_approval"]
    assert stage.handoff is not None
    assert stage.handoff["reason"] == "above_authority"
    facts = stage.handoff["facts"]
    assert facts["order_number"] == "GT2600010112"
    assert facts["amount_cny"] == "7999.00"
    assert facts["return_reason"] == "no_reason"
    assert facts["verdict"] == "eligible"
    assert facts["approver"] == "supervisor"
    assert [item["sku"] for item in facts["items"]] == ["P1102"]
    order = await shop.find_order("GT2600010112")
    assert order is not None
    assert order.status is OrderStatus.DELIVERED


async def test_after_a_late_change_of_mind_a_fault_and_an_exchange_are_offered(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010141", phone_tail="8080", reason="no_reason")
    assert stage.responses == ["utter_refused_too_late", "utter_return_if_faulty_or_exchange"]
    assert "ended yesterday, Saturday 21 November" in stage.text
    assert "until Sunday 29 November" in stage.text
    assert stage.said[1].choices == [
        '/return_item{"reason": "quality", "product": "P1402"}',
        '/exchange_item{"reason": "size", "product": "P1402"}',
    ]
    await stage.hears(ReturnItem, reason="quality", product="P1402")
    assert stage.responses[0] == "utter_return_allowed_quality", "the order and its proof are still known"


async def test_the_reason_is_not_asked_when_none_would_help(stage_zh: Stage) -> None:
    await stage_zh.hears(ReturnItem, "退货", order_number="GT2600010044", phone_tail="8812")
    assert stage_zh.responses == ["utter_return_all_too_late", "utter_back_warranty"]
    assert "10 月 25 日" in stage_zh.text
    assert "11 月 2 日" in stage_zh.text
    assert "2029 年 10 月 18 日" in stage_zh.text


@pytest.mark.parametrize(
    ("tail", "phone_tail", "response"),
    [
        (42, "8812", "utter_back_on_the_way"),
        (61, "2046", "utter_back_not_paid"),
        (62, "2046", "utter_back_cancelled"),
        (92, "7303", "utter_refused_already_returning"),
        (102, "0777", "utter_back_not_sent"),
        (122, "1290", "utter_refused_already_returned"),
        (142, "8080", "utter_back_lost"),
    ],
)
async def test_an_order_that_cannot_come_back_is_told_in_its_own_words(
    stage: Stage, number: Number, tail: int, phone_tail: str, response: str
) -> None:
    await stage.hears(ReturnItem, order_number=number(tail), phone_tail=phone_tail)
    assert stage.responses == [response]


async def test_goods_that_will_not_be_returnable_are_named_before_they_arrive(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010151", phone_tail="7171")
    assert stage.responses == ["utter_back_not_picked_up", "utter_refused_personalised"]


async def test_a_wrong_size_is_offered_an_exchange_and_goes_on_as_one(stage: Stage, shop: SqlShop) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010052", phone_tail="5678", reason="size")
    assert stage.responses == ["utter_ask_exchange_instead"]
    assert await stage.answers("yes please", intent="affirm")
    assert stage.responses == ["utter_ask_exchange_wanted"]
    assert stage.slots["skill"] == "action_exchange_item"
    assert await stage.answers("43", size="43")
    assert "Exchanging Running shoes EU 42 for: 43" in stage.text
    assert await stage.answers("yes", intent="affirm")
    assert stage.responses == ["utter_exchange_opened"]
    assert stage.slots["suspended"] is None


async def test_a_wrong_size_may_still_go_back_for_money(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010052", phone_tail="5678", reason="size")
    assert await stage.answers("no, just return it", intent="return_item")
    assert stage.responses == ["utter_return_allowed_size", "utter_return_confirm"]
    assert "UnionPay within 7 working days" in stage.text


async def test_no_return_but_an_exchange_takes_over_what_was_said(stage_zh: Stage) -> None:
    await stage_zh.hears(ReturnItem, order_number="GT2600010043", phone_tail="8812", product="P1206")
    assert stage_zh.responses == ["utter_ask_return_reason"]
    await stage_zh.hears(ExchangeItem, "不要退货，换货", reason="quality")
    assert stage_zh.responses == ["utter_exchange_allowed_quality", "utter_exchange_confirm_same"]
    assert "空气炸锅 A6" in stage_zh.text
    assert await stage_zh.answers("算了", intent="deny")
    assert stage_zh.slots["skill"] is None, "the return is not come back to"


async def test_no_exchange_but_a_return_is_not_offered_the_exchange_again(stage: Stage) -> None:
    await stage.hears(ExchangeItem, order_number="GT2600010052", phone_tail="5678", reason="size")
    assert stage.responses == ["utter_ask_exchange_wanted"]
    await stage.hears(ReturnItem, "rather return them")
    assert stage.responses == ["utter_return_allowed_size", "utter_return_confirm"]


async def test_something_that_is_not_in_the_order_is_not_returned(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010043", phone_tail="8812", product="P1001")
    assert stage.responses == ["utter_back_not_in_order", "utter_ask_return_items"]
    assert "A6 air fryer and 65W GaN charger" in stage.text


async def test_another_product_than_the_only_one_in_the_order_is_named_before_going_on(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010132", phone_tail="3344", product="P1001")
    assert stage.responses == ["utter_back_not_in_order", "utter_ask_return_reason"]


async def test_a_named_item_that_may_not_come_back_is_refused_while_the_rest_goes_on(stage: Stage) -> None:
    await stage.hears(
        ReturnItem, order_number="GT2600010072", phone_tail="9901", product=["P1002", "P1401"], reason="no_reason"
    )
    assert stage.responses == [
        "utter_refused_hygiene_opened",
        "utter_return_allowed_no_reason",
        "utter_return_confirm",
    ]
    assert "¥198" in stage.text


async def test_a_product_asked_about_before_is_not_taken_for_the_one_to_return(stage: Stage) -> None:
    stage.slots["product"] = "P1206"
    await stage.hears(ReturnItem, order_number="GT2600010043", phone_tail="8812")
    assert stage.responses == ["utter_ask_return_items"]
    assert await stage.answers("both", intent="inform")
    assert stage.responses == ["utter_ask_return_reason"]


async def test_the_rest_of_an_order_can_follow_what_is_already_on_its_way_back(stage: Stage) -> None:
    order = {"order_number": "GT2600010043", "phone_tail": "8812"}
    await stage.hears(ReturnItem, product="P1304", reason="no_reason", **order)
    assert await stage.answers("yes", intent="affirm")
    await stage.hears(ReturnItem, "and the rest")
    assert stage.responses == ["utter_refused_already_returning", "utter_back_only", "utter_ask_return_reason"]
    assert await stage.answers(reason="no_reason")
    assert "refunds on this order come to more than ¥500" in stage.text, "399 and 149 together"


async def test_a_signed_in_customer_chooses_among_what_has_arrived(stage: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C001"
    await stage.hears(ReturnItem)
    assert stage.responses == ["utter_ask_which_order"]
    assert stage.said[0].choices == ['/inform{"choice": "GT2600010043"}', '/inform{"choice": "GT2600010044"}']
    assert await stage.answers(choice="GT2600010043")
    assert stage.responses == ["utter_ask_return_items"]
    assert stage.slots["order_number"] == "GT2600010043"


async def test_somebody_elses_order_stays_closed(stage: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C002"
    await stage.hears(ReturnItem, order_number="GT2600010043", phone_tail="8812")
    assert stage.responses == ["utter_proof_refused"]
    assert "fryer" not in stage.text


@pytest.mark.parametrize(
    ("code", "responses", "handoff"),
    [("already_open", ["utter_back_already_open"], None), ("closed", ["utter_shop_refused"], "action_down")],
)
async def test_when_the_shop_refuses_the_customer_hears_it(
    stage: Stage,
    shop: SqlShop,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    responses: list[str],
    handoff: str | None,
) -> None:
    async def refuse(request: ReturnRequest, *, key: str) -> ReturnReceipt:
        raise ShopRefused(code)

    monkeypatch.setattr(shop, "open_return", refuse)
    await stage.hears(ReturnItem, order_number="GT2600010132", phone_tail="3344", reason="no_reason")
    assert await stage.answers("yes", intent="affirm")
    assert stage.responses == responses
    assert (stage.handoff or {}).get("reason") == handoff


async def test_underwear_with_a_fault_may_go_back_after_all(stage: Stage) -> None:
    await stage.hears(ReturnItem, product="P1404", reason="no_reason", order_number="GT2600010082", phone_tail="4417")
    assert stage.responses == ["utter_refused_hygiene", "utter_return_if_faulty"]
    assert await stage.answers("yes", intent="affirm")
    assert stage.responses == ["utter_return_allowed_quality", "utter_return_confirm"]


async def test_a_signed_in_customer_names_a_product_instead_of_an_order(stage: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C001"
    await stage.hears(ReturnItem, "the air fryer", product="P1206")
    assert stage.responses == ["utter_ask_return_reason"]


async def test_wrong_digits_are_asked_for_again_and_may_then_be_right(stage: Stage) -> None:
    await stage.hears(ReturnItem, "return", order_number="GT2600010132", phone_tail="0000")
    assert stage.responses == ["utter_proof_refused"]
    assert await stage.answers(phone_tail="3344")
    assert stage.responses == ["utter_ask_return_reason"]


async def test_a_corrected_item_keeps_the_order_and_the_reason(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010043", phone_tail="8812", product="P1206")
    assert await stage.answers(choice="no_reason")
    assert "¥399" in stage.text
    await stage.hears(Correct, "no, the charger", intent="correct", product="P1304")
    assert stage.responses == ["utter_return_allowed_no_reason", "utter_return_confirm"]
    assert "¥149" in stage.text


async def test_a_corrected_reason_after_a_no_is_judged_anew(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010141", phone_tail="8080", reason="no_reason")
    assert stage.responses[0] == "utter_refused_too_late"
    await stage.hears(Correct, "actually it is broken", intent="correct", reason="quality")
    assert stage.responses[0] == "utter_return_allowed_quality"


async def test_a_reason_alone_after_a_no_is_about_the_same_return(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010141", phone_tail="8080", reason="no_reason")
    await stage.hears(Inform, "it is faulty", intent="inform", reason="quality")
    assert stage.responses[0] == "utter_return_allowed_quality"


async def test_another_order_is_asked_for_when_only_the_order_was_wrong(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010043", phone_tail="8812", product="P1206")
    await stage.hears(Correct, "no, the other order", intent="correct")
    assert stage.responses == ["utter_ask_order_number"]


async def test_a_reason_may_be_part_of_the_words_on_its_button(stage_zh: Stage) -> None:
    await stage_zh.hears(ReturnItem, "退货", order_number="GT2600010132", phone_tail="3344")
    assert await stage_zh.answers("不想要", intent="deny")
    assert stage_zh.responses == ["utter_return_allowed_no_reason", "utter_return_confirm"]


@pytest.mark.parametrize("said", ["still return it", "give me my money back", "还是退吧"])
async def test_asking_for_the_money_declines_the_exchange(stage: Stage, said: str) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010052", phone_tail="5678", reason="size")
    assert await stage.answers(said, intent="nlu_fallback")
    assert stage.responses == ["utter_return_allowed_size", "utter_return_confirm"]


async def test_a_product_that_is_still_to_come_is_told_rather_than_another_order(
    stage: Stage, callers: SessionCallers
) -> None:
    callers.signed_in = "C004"
    await stage.hears(ReturnItem, "return the jacket", product="P1402")
    assert stage.responses == ["utter_back_on_the_way"]


async def test_the_rest_of_an_order_can_be_meant_while_a_part_is_on_its_way_back(
    stage: Stage, callers: SessionCallers
) -> None:
    callers.signed_in = "C004"
    await stage.hears(ReturnItem, "the T-shirts", product="P1401", reason="no_reason")
    assert await stage.answers("yes", intent="affirm")
    stage.slots["order_number"] = None
    await stage.hears(ExchangeItem, "one earbud is dead", product="P1002", reason="quality")
    assert stage.responses == ["utter_exchange_allowed_quality", "utter_exchange_confirm_same"]
    assert "Pico Buds" in stage.text


async def test_what_never_comes_back_is_refused_before_a_reason_is_asked(stage: Stage) -> None:
    await stage.hears(ReturnItem, product="P1504", order_number="GT2600010152", phone_tail="7171")
    assert stage.responses == ["utter_refused_virtual"]


async def test_too_big_is_a_size_only_where_there_are_sizes(stage: Stage) -> None:
    await stage.hears(ReturnItem, order_number="GT2600010132", phone_tail="3344", reason="size")
    assert stage.responses == ["utter_return_allowed_no_reason", "utter_return_confirm"]


async def test_too_big_a_television_is_no_question_of_size(stage: Stage) -> None:
    await stage.hears(ReturnItem, reason="size", product="P1102", order_number="GT2600010112", phone_tail="6655")
    assert "utter_return_allowed_no_reason" in stage.responses
    assert "utter_ask_exchange_instead" not in stage.responses


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("充电器挺好用的，空气炸锅想退", "399"),
        ("空气炸锅和充电器都想退", "548"),
        ("空气炸锅，充电器，不想要了", "548"),
    ],
)
async def test_of_several_things_named_those_go_back_that_stand_with_the_wish(
    stage_zh: Stage, text: str, amount: str
) -> None:
    places = [{"value": sku, "start": text.index(name)} for name, sku in (("空气炸锅", "P1206"), ("充电器", "P1304"))]
    await stage_zh.hears(
        ReturnItem, text, product=places, reason="no_reason", order_number="GT2600010043", phone_tail="8812"
    )
    assert f"{amount} 元" in stage_zh.text

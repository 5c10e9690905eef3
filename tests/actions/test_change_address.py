from __future__ import annotations

from collections.abc import Callable

import pytest

from actions.change_address import ChangeAddress, address_in
from bot.errors import ShopRefused
from bot.retail.shop import Order
from bot.retail.sql import SqlShop
from tests.actions.conftest import SessionCallers
from tests.actions.stage import Stage

PLACE = "上海市静安区南京西路88号3楼"


async def _code(shop: SqlShop) -> str:
    return (await shop.inbox(limit=1))[0].code


async def test_a_visitor_enters_a_code_before_the_address_is_changed(stage_zh: Stage, shop: SqlShop) -> None:
    await stage_zh.hears(ChangeAddress, "改地址", order_number="GT2600010102")
    assert stage_zh.responses == ["utter_ask_phone_tail"]
    assert await stage_zh.answers(phone_tail="0777")
    assert stage_zh.responses == ["utter_ask_code"]
    assert "0777" in stage_zh.text
    assert "85255500777" not in stage_zh.text
    assert await stage_zh.answers(code=await _code(shop))
    assert stage_zh.responses == ["utter_ask_address"]
    assert await stage_zh.answers(f"改成{PLACE}。")
    assert stage_zh.responses == ["utter_address_confirm"]
    assert f"改送到：{PLACE}。" in stage_zh.text
    assert await stage_zh.answers("对", intent="affirm")
    assert stage_zh.responses == ["utter_address_changed"]
    order = await shop.find_order("GT2600010102")
    assert order is not None
    assert order.address == PLACE


async def test_a_wrong_code_changes_nothing(stage: Stage, shop: SqlShop) -> None:
    await stage.hears(ChangeAddress, order_number="GT2600010102", phone_tail="0777")
    wrong = "000000" if await _code(shop) != "000000" else "111111"
    assert await stage.answers(code=wrong)
    assert stage.responses == ["utter_code_refused"]


async def test_a_code_that_did_not_come_is_sent_again(stage_zh: Stage, shop: SqlShop) -> None:
    await stage_zh.hears(ChangeAddress, order_number="GT2600010102", phone_tail="0777")
    first = await _code(shop)
    assert await stage_zh.answers("验证码没收到啊", intent="parcel_lost")
    assert stage_zh.responses == ["utter_code_sent_again"]
    assert len(await shop.inbox()) == 2
    if first != await _code(shop):
        assert await stage_zh.answers(code=first)
        assert stage_zh.responses == ["utter_code_refused"], "the first one no longer counts"
    assert await stage_zh.answers(code=await _code(shop))
    assert stage_zh.responses == ["utter_ask_address"]


async def test_nobodys_phone_is_flooded_with_codes(stage: Stage, shop: SqlShop) -> None:
    await stage.hears(ChangeAddress, order_number="GT2600010102", phone_tail="0777")
    for _ in range(2):
        assert await stage.answers("please resend it", intent="nlu_fallback")
    assert await stage.answers("nothing came", intent="nlu_fallback")
    assert stage.responses == ["utter_codes_used_up"]
    assert len(await shop.inbox()) == 3


async def test_an_address_in_the_first_message_is_not_asked_for(stage: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C002"
    await stage.hears(ChangeAddress, "please change the address to Room 5, 12 Hankou Road, Shanghai")
    assert stage.responses == ["utter_address_packing", "utter_address_confirm"]
    assert "Order GT2600010051 will go to: Room 5, 12 Hankou Road, Shanghai." in stage.text


async def test_another_address_at_the_last_moment_is_shown_again(stage_zh: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C007"
    await stage_zh.hears(ChangeAddress, f"地址改成{PLACE}")
    await stage_zh.hears(ChangeAddress, "改成杭州市西湖区文三路5号")
    assert stage_zh.responses == ["utter_address_confirm"]
    assert "杭州市西湖区文三路5号" in stage_zh.text


async def test_a_no_keeps_the_old_address(stage: Stage, shop: SqlShop, callers: SessionCallers) -> None:
    callers.signed_in = "C007"
    await stage.hears(ChangeAddress, "send it to 12 Hankou Road, Shanghai")
    assert await stage.answers("no", intent="deny")
    assert stage.responses == ["utter_stopped"]
    order = await shop.find_order("GT2600010102")
    assert order is not None
    assert order.address == ""


@pytest.mark.parametrize("answer", ["公司", "GT2600010102", "12345678", "x" * 10_000, "路" * 10_000])
async def test_what_is_no_address_is_not_taken_for_one(stage: Stage, callers: SessionCallers, answer: str) -> None:
    callers.signed_in = "C007"
    await stage.hears(ChangeAddress)
    assert stage.responses == ["utter_ask_address"]
    assert not await stage.answers(answer)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (f"把GT2600010051的地址改成{PLACE}，", PLACE),
        ("GT2600010102 地址换成上海市静安区南京西路88号", "上海市静安区南京西路88号"),
        ("I want to change the address to 12 Hankou Road, Shanghai", "12 Hankou Road, Shanghai"),
        ("Please ship it to 5 Queen's Road, Central", "5 Queen's Road, Central"),
        ("I need to change my address for GT2600010051", None),
        ("快递能寄到杭州西湖区1号仓吗", None),
        ("帮我把地址改成公司的", None),
        ("改地址", None),
    ],
)
def test_an_address_is_found_behind_the_words_that_announce_it(text: str, address: str | None) -> None:
    assert address_in(text) == address


@pytest.mark.parametrize(
    ("customer", "tail", "response"),
    [
        ("C001", 42, "utter_address_shipped"),
        ("C001", 43, "utter_address_delivered"),
        ("C003", 62, "utter_address_cancelled"),
        ("C006", 92, "utter_address_returning"),
        ("C009", 122, "utter_address_returned"),
        ("C011", 142, "utter_address_lost"),
        ("C012", 151, "utter_address_ready_for_pickup"),
    ],
)
async def test_too_late_is_said_before_an_address_is_asked_for(
    stage: Stage, callers: SessionCallers, number: Callable[[int], str], customer: str, tail: int, response: str
) -> None:
    callers.signed_in = customer
    await stage.hears(ChangeAddress, order_number=number(tail))
    assert stage.responses == [response]


@pytest.mark.parametrize(
    ("code", "response", "handoff"),
    [
        ("already_shipped", "utter_address_just_left", None),
        ("bad_address", "utter_address_bad", None),
        ("frozen", "utter_shop_refused", "action_down"),
    ],
)
async def test_when_the_shop_refuses_the_customer_hears_it(
    stage: Stage,
    shop: SqlShop,
    callers: SessionCallers,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    response: str,
    handoff: str | None,
) -> None:
    async def refuse(number: str, address: str, *, key: str) -> Order:
        raise ShopRefused(code)

    monkeypatch.setattr(shop, "change_address", refuse)
    callers.signed_in = "C007"
    await stage.hears(ChangeAddress, "send it to 12 Hankou Road, Shanghai")
    assert await stage.answers("yes", intent="affirm")
    assert stage.responses == [response]
    assert (stage.handoff or {}).get("reason") == handoff

from __future__ import annotations

from collections.abc import Callable

import pytest

from actions.cancel_order import CancelOrder
from bot.errors import ShopRefused
from bot.retail.shop import Order, OrderStatus
from bot.retail.sql import SqlShop
from tests.actions.conftest import SessionCallers
from tests.actions.stage import Stage

PAID = {"order_number": "GT2600010102", "phone_tail": "0777"}
PACKING = {"order_number": "GT2600010051", "phone_tail": "5678"}


async def test_a_paid_order_is_cancelled_after_saying_what_goes_back(stage: Stage, shop: SqlShop) -> None:
    await stage.hears(CancelOrder, **PAID)
    assert stage.responses == ["utter_cancel_confirm"]
    assert "N9 smartphone 512GB white" in stage.text
    assert "¥4,599 goes back to Mastercard within 10 working days" in stage.text
    assert (await _status(shop, PAID["order_number"])) is OrderStatus.PAID
    assert await stage.answers("yes", intent="affirm")
    assert "Friday 4 December at the latest" in stage.text
    assert (await _status(shop, PAID["order_number"])) is OrderStatus.CANCELLED


async def test_a_no_keeps_the_order(stage: Stage, shop: SqlShop) -> None:
    await stage.hears(CancelOrder, **PAID)
    assert await stage.answers("no", intent="deny")
    assert stage.responses == ["utter_stopped"]
    assert (await _status(shop, PAID["order_number"])) is OrderStatus.PAID


async def test_an_unpaid_order_involves_no_money(stage: Stage, shop: SqlShop) -> None:
    await stage.hears(CancelOrder, order_number="GT2600010061", phone_tail="2046")
    assert stage.responses == ["utter_cancel_confirm_unpaid"]
    assert await stage.answers("yes", intent="affirm")
    assert stage.responses == ["utter_cancel_done_unpaid"]
    assert (await _status(shop, "GT2600010061")) is OrderStatus.CANCELLED


async def test_while_packing_it_is_said_that_cancelling_may_fail(stage_zh: Stage) -> None:
    await stage_zh.hears(CancelOrder, "取消订单", **PACKING)
    assert stage_zh.responses == ["utter_cancel_packing", "utter_cancel_confirm"]
    assert "还没离开仓库才能取消成功" in stage_zh.text
    assert "4,058 元将在 3 个工作日内原路退回微信支付" in stage_zh.text


async def test_a_parcel_that_left_meanwhile_is_told_honestly(
    stage: Stage, shop: SqlShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(number: str, *, key: str) -> Order:
        raise ShopRefused("already_shipped")

    monkeypatch.setattr(shop, "cancel_order", refuse)
    await stage.hears(CancelOrder, **PAID)
    assert await stage.answers("yes", intent="affirm")
    assert stage.responses == ["utter_cancel_just_left", "utter_cancel_return_later"]
    assert "cancelled." not in stage.text.removeprefix("I'm sorry")


@pytest.mark.parametrize(
    ("tail", "phone_tail", "responses"),
    [
        (42, "8812", ["utter_cancel_shipped", "utter_cancel_return_later"]),
        (71, "9901", ["utter_cancel_shipped", "utter_cancel_return_later"]),
        (151, "7171", ["utter_cancel_ready_for_pickup", "utter_refused_personalised", "utter_cancel_ask_person"]),
        (43, "8812", ["utter_cancel_delivered"]),
        (62, "2046", ["utter_cancel_cancelled"]),
        (92, "7303", ["utter_cancel_returning"]),
        (111, "6655", ["utter_cancel_delivered"]),
        (122, "1290", ["utter_cancel_returned"]),
        (142, "8080", ["utter_cancel_lost"]),
    ],
)
async def test_too_late_to_cancel_comes_with_what_is_still_possible(
    stage: Stage, number: Callable[[int], str], tail: int, phone_tail: str, responses: list[str]
) -> None:
    await stage.hears(CancelOrder, order_number=number(tail), phone_tail=phone_tail)
    assert stage.responses == responses


async def test_the_only_order_that_can_be_cancelled_needs_no_naming(stage: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C007"
    await stage.hears(CancelOrder)
    assert stage.responses == ["utter_cancel_confirm"]
    assert "GT2600010102" in stage.text


async def test_a_refusal_for_a_reason_unknown_goes_to_a_person(
    stage: Stage, shop: SqlShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(number: str, *, key: str) -> Order:
        raise ShopRefused("frozen")

    monkeypatch.setattr(shop, "cancel_order", refuse)
    await stage.hears(CancelOrder, **PAID)
    assert await stage.answers("yes", intent="affirm")
    assert stage.responses == ["utter_shop_refused"]
    assert stage.handoff is not None
    assert stage.handoff["facts"]["shop_answer"] == "frozen"


async def _status(shop: SqlShop, number: str) -> OrderStatus:
    order = await shop.find_order(number)
    assert order is not None
    return order.status

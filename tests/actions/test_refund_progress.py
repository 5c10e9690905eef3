from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from actions.cancel_order import CancelOrder
from actions.exchange_item import ExchangeItem
from actions.refund_progress import RefundProgress
from actions.return_item import ReturnItem
from bot.retail.sql import SqlShop
from tests.actions.conftest import SessionCallers
from tests.actions.stage import NOON, Stage


async def test_goods_at_the_warehouse_have_a_day_counted_from_today(stage: Stage) -> None:
    await stage.hears(RefundProgress, order_number="GT2600010092", phone_tail="7303")
    assert "received your return RMA260092 (W2 smartwatch); the ¥999 hasn't gone back yet" in stage.text
    assert "WeChat Pay and takes 3 working days: counted from today, by Wednesday 25 November" in stage.text


async def test_money_that_arrived_is_told_with_its_day(stage_zh: Stage) -> None:
    await stage_zh.hears(RefundProgress, order_number="GT2600010122", phone_tail="1290")
    assert "299 元已在11 月 10 日（周二）原路退回微信支付" in stage_zh.text


async def test_a_day_the_shop_does_not_know_is_not_invented(stage: Stage) -> None:
    await stage.hears(RefundProgress, order_number="GT2600010062", phone_tail="2046")
    assert stage.responses == ["utter_refund_refunded_undated"]
    assert "¥129" in stage.text


async def test_a_return_opened_just_now_waits_for_its_goods(stage: Stage) -> None:
    charger = {"order_number": "GT2600010043", "phone_tail": "8812", "product": "P1304", "reason": "no_reason"}
    await stage.hears(ReturnItem, **charger)
    assert await stage.answers("yes", intent="affirm")
    await stage.hears(RefundProgress, "where is my refund")
    assert stage.responses == ["utter_refund_awaiting_goods"]
    assert "65W GaN charger" in stage.text
    assert "¥149" in stage.text
    assert "fryer" not in stage.text


async def test_an_exchange_is_not_told_as_a_refund(stage: Stage) -> None:
    shoes = {"order_number": "GT2600010052", "phone_tail": "5678", "size": "43"}
    await stage.hears(ExchangeItem, **shoes)
    assert await stage.answers("yes", intent="affirm")
    await stage.hears(RefundProgress, "when do I get my money")
    assert stage.responses == ["utter_refund_exchange"]
    assert "No money goes back" in stage.text


async def test_a_cancelled_orders_money_is_due_on_a_day(stage: Stage) -> None:
    await stage.hears(CancelOrder, order_number="GT2600010102", phone_tail="0777")
    assert await stage.answers("yes", intent="affirm")
    await stage.hears(RefundProgress)
    assert stage.responses == ["utter_refund_on_its_way"]
    assert "¥4,599" in stage.text
    assert "Friday 4 December at the latest" in stage.text


async def test_money_that_is_late_comes_with_an_apology_and_a_person(
    stage: Stage, shop: SqlShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.hears(CancelOrder, order_number="GT2600010102", phone_tail="0777")
    assert await stage.answers("yes", intent="affirm")
    found = await shop.find_order("GT2600010102")
    assert found is not None
    old = replace(found, cancelled_on=NOON.date() - timedelta(days=30))

    async def find(number: str) -> object:
        return old

    monkeypatch.setattr(shop, "find_order", find)
    await stage.hears(RefundProgress)
    assert stage.responses == ["utter_refund_overdue"]
    assert stage.said[0].choices == ["/human"]


@pytest.mark.parametrize(
    ("tail", "phone_tail", "response", "choices"),
    [
        (43, "8812", "utter_refund_none", ["/return_item"]),
        (51, "5678", "utter_refund_none", ["/cancel_order"]),
        (42, "8812", "utter_refund_none", []),
        (61, "2046", "utter_refund_not_paid_yet", []),
    ],
)
async def test_no_refund_is_said_to_be_none(
    stage: Stage, number: Callable[[int], str], tail: int, phone_tail: str, response: str, choices: list[str]
) -> None:
    await stage.hears(RefundProgress, order_number=number(tail), phone_tail=phone_tail)
    assert stage.responses == [response]
    assert stage.said[0].choices == choices


async def test_an_order_cancelled_before_payment_has_nothing_to_refund(stage: Stage) -> None:
    await stage.hears(CancelOrder, order_number="GT2600010061", phone_tail="2046")
    assert await stage.answers("yes", intent="affirm")
    await stage.hears(RefundProgress)
    assert stage.responses == ["utter_refund_never_paid"]


async def test_the_only_order_with_a_refund_needs_no_naming(stage: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C006"
    await stage.hears(RefundProgress)
    assert "RMA260092" in stage.text

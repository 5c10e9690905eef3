"""An order is called off before it leaves, or the customer hears what is still possible."""

from __future__ import annotations

from typing import Any, ClassVar

from actions import items_back, refunds
from actions.base import Routine
from actions.orders import item_names, proven_order
from actions.talk import Talk
from bot.errors import ShopRefused
from bot.messages import HandoffReason
from bot.retail.changes import CancelVerdict, ChangeCode, judge_cancel
from bot.retail.returns import ReturnCode
from bot.retail.shop import Order, OrderStatus


class CancelOrder(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number"})

    async def act(self, talk: Talk) -> None:
        order = await proven_order(
            talk, action="cancel_order", fits=lambda order: judge_cancel(order, talk.policies).eligible
        )
        verdict = judge_cancel(order, talk.policies)
        if not verdict.eligible:
            say_too_late(talk, order, verdict.code)
            return
        if not self._confirmed(talk, order, verdict):
            talk.say("utter_stopped")
            return
        try:
            await talk.shop.cancel_order(order.number, key=talk.key("cancel_order"))
        except ShopRefused as refused:
            self._say_refused(talk, order, refused)
            return
        self._say_done(talk, order, verdict)

    def _confirmed(self, talk: Talk, order: Order, verdict: CancelVerdict) -> bool:
        if verdict.code is ChangeCode.MAY_FAIL and "agreed" not in talk.details:
            talk.say("utter_cancel_packing", order_number=order.number)
        return talk.confirmed("agreed", _for(verdict, "utter_cancel_confirm"), **_values(talk, order, verdict))

    def _say_done(self, talk: Talk, order: Order, verdict: CancelVerdict) -> None:
        values = _values(talk, order, verdict)
        if (by := verdict.route.by(talk.today)) is not None:
            values["by"] = talk.words.day(by, talk.language, today=talk.today)
        talk.say(_for(verdict, "utter_cancel_done"), **values)

    def _say_refused(self, talk: Talk, order: Order, refused: ShopRefused) -> None:
        if refused.code == "already_shipped":
            talk.say("utter_cancel_just_left")
            say_what_then(talk, order)
            return
        if refused.code == "already_cancelled":
            talk.say("utter_cancel_cancelled", order_number=order.number, items=item_names(talk, order.items))
            return
        talk.say("utter_shop_refused")
        talk.hand_over(
            HandoffReason.ACTION_DOWN,
            summary="utter_summary_cancel_refused",
            order_number=order.number,
            status=order.status,
            shop_answer=refused.code,
        )


def _for(verdict: CancelVerdict, response: str) -> str:
    return refunds.timed(response, verdict.route) if verdict.amount else f"{response}_unpaid"


def _values(talk: Talk, order: Order, verdict: CancelVerdict) -> dict[str, Any]:
    return {
        "order_number": order.number,
        "items": item_names(talk, order.items),
        "amount": talk.words.money(verdict.amount, talk.language),
        "payment": refunds.payment(talk, verdict.route),
        "days": verdict.route.working_days,
    }


def say_too_late(talk: Talk, order: Order, code: ChangeCode) -> None:
    """Tell why an order cannot be cancelled, and what can be done instead."""
    values: dict[str, Any] = {"order_number": order.number, "items": item_names(talk, order.items)}
    if code is ChangeCode.ALREADY_SHIPPED and order.carrier:
        carrier = order.carrier.in_(talk.language)
        talk.say("utter_cancel_shipped", carrier=carrier, tracking_number=order.tracking_number or "", **values)
    elif code is ChangeCode.RETURNING and order.status is OrderStatus.RETURNED:
        talk.say("utter_cancel_returned", **values)
    else:
        talk.say(f"utter_cancel_{code}", **values)
    if code in (ChangeCode.ALREADY_SHIPPED, ChangeCode.READY_FOR_PICKUP):
        say_what_then(talk, order)


def say_what_then(talk: Talk, order: Order) -> None:
    """It will arrive: whether it may come back then, and a person for whoever would rather refuse it."""
    verdict = items_back.on_arrival(talk, order)
    if verdict.code is ReturnCode.ELIGIBLE:
        talk.say("utter_cancel_return_later", days=verdict.days)
        return
    items_back.say_refused(talk, order, verdict)
    talk.say("utter_cancel_ask_person")

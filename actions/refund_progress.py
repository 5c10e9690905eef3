"""Where the money of a returned or cancelled order is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from actions import refunds
from actions.base import Routine
from actions.orders import item_names, proven_order
from actions.talk import Choice, Talk
from bot.retail.changes import judge_cancel
from bot.retail.money import RefundCode, RefundVerdict, refund_progress, refunding
from bot.retail.shop import Item, Order, OrderStatus

_MONEY_MAY_GO_BACK = frozenset({OrderStatus.RETURN_IN_PROGRESS, OrderStatus.RETURNED, OrderStatus.CANCELLED})


class RefundProgress(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number"})

    async def act(self, talk: Talk) -> None:
        order = await proven_order(
            talk, action="refund_progress", fits=lambda order: order.status in _MONEY_MAY_GO_BACK
        )
        verdict = refund_progress(order, talk.policies)
        if verdict.code is RefundCode.NOTHING_DUE:
            self._say_nothing_due(talk, order)
        elif verdict.code is RefundCode.EXCHANGE:
            values: dict[str, Any] = {"order_number": order.number, "rma": verdict.rma or order.number}
            talk.say("utter_refund_exchange", items=item_names(talk, order.items), **values)
        else:
            self._say_where_it_is(talk, order, verdict)

    def _say_where_it_is(self, talk: Talk, order: Order, verdict: RefundVerdict) -> None:
        items = _going_back(order)
        today, language = talk.today, talk.language
        values: dict[str, Any] = {
            "order_number": order.number,
            "items": item_names(talk, items),
            "amount": talk.words.money(sum((item.total for item in items), Decimal(0)), language),
            "rma": verdict.rma or order.number,
            "payment": refunds.payment(talk, verdict.route),
            "days": verdict.route.working_days,
        }
        if verdict.code is RefundCode.REFUNDED:
            if verdict.refunded_on is None:
                talk.say("utter_refund_refunded_undated", **values)
                return
            values["refunded_on"] = talk.words.on(verdict.refunded_on, language, today=today)
            talk.say("utter_refund_refunded", **values)
            return
        due_by = verdict.due_by
        if verdict.code is RefundCode.GOODS_RECEIVED:
            due_by = verdict.route.by(today)  # the day of arrival is not known, but it is not after today
        if due_by is not None:
            values["by"] = talk.words.day(due_by, language, today=today)
        if due_by is not None and due_by < today:
            talk.say("utter_refund_overdue", choices=[_person(talk)], **values)
            return
        talk.say(_dated(f"utter_refund_{verdict.code}", verdict, known=due_by is not None), **values)

    def _say_nothing_due(self, talk: Talk, order: Order) -> None:
        """There is no refund: say so, and what could lead to one."""
        values: dict[str, Any] = {
            "order_number": order.number,
            "items": item_names(talk, order.items),
            "status": talk.words.text(f"status_{order.status}", talk.language),
        }
        if order.status is OrderStatus.CANCELLED:
            talk.say("utter_refund_never_paid", **values)
        elif order.status is OrderStatus.PENDING_PAYMENT:
            talk.say("utter_refund_not_paid_yet", **values)
        elif judge_cancel(order, talk.policies).eligible:
            talk.say("utter_refund_none", choices=[_skill(talk, "cancel_order")], **values)
        elif order.delivered_on:
            talk.say("utter_refund_none", choices=[_skill(talk, "return_item")], **values)
        else:
            talk.say("utter_refund_none", **values)


def _going_back(order: Order) -> list[Item]:
    """The items whose money goes back: those returned for money, or all of a cancelled order."""
    return [item for item in order.items if refunding(order, item)] or list(order.items)


def _dated(response: str, verdict: RefundVerdict, *, known: bool) -> str:
    if verdict.code is RefundCode.AWAITING_GOODS:
        return refunds.timed(response, verdict.route)
    return response if known else f"{response}_undated"


def _skill(talk: Talk, name: str) -> Choice:
    return Choice(talk.words.text(f"skill_{name}", talk.language), f"/{name}")


def _person(talk: Talk) -> Choice:
    return _skill(talk, "human")

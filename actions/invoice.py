"""An invoice: what kind, when it comes, and for which order."""

from __future__ import annotations

from typing import ClassVar

from actions.base import Routine
from actions.orders import proven_order
from actions.talk import Talk
from bot.messages import HandoffReason
from bot.retail.shop import OrderStatus

_COMPLETE = frozenset({OrderStatus.DELIVERED, OrderStatus.INSTALLATION_SCHEDULED})
_VOID = frozenset({OrderStatus.CANCELLED, OrderStatus.RETURNED})


class Invoice(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number"})

    async def act(self, talk: Talk) -> None:
        hours = talk.policies.invoice.issued_within_hours
        if not (talk.details.get("order_number") or talk.slot("order_number")):
            if not talk.details.get("ruled"):
                talk.say("utter_invoice_rule", hours=hours)
                talk.learn(ruled=True)
            if not talk.confirmed("look", "utter_invoice_look"):
                talk.say("utter_glad")
                return
        order = await proven_order(talk, action="invoice", fits=lambda order: order.status not in _VOID)
        if order.status in _VOID:
            talk.say("utter_invoice_void", order_number=order.number)
            return
        if order.status not in _COMPLETE:
            talk.say("utter_invoice_later", order_number=order.number, hours=hours)
            return
        if "person" not in talk.details:
            talk.say("utter_invoice_due", order_number=order.number, hours=hours)
        if not talk.confirmed("person", "utter_invoice_person", kind="person"):
            talk.say("utter_glad")
            return
        talk.hand_over(
            HandoffReason.ABOVE_AUTHORITY,
            summary="utter_summary_invoice",
            order_number=order.number,
            amount_cny=str(order.total),
        )

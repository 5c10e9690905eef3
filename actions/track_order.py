"""Where an order is and when it arrives."""

from __future__ import annotations

from typing import Any, ClassVar

from actions.base import Routine
from actions.cards import order_card
from actions.orders import item_names, proven_order
from actions.talk import Talk
from bot.retail.shop import Order, OrderStatus

_ON_THE_WAY = frozenset({OrderStatus.SHIPPED, OrderStatus.OUT_FOR_DELIVERY, OrderStatus.DELAYED, OrderStatus.LOST})
_OVER = frozenset({OrderStatus.DELIVERED, OrderStatus.RETURNED, OrderStatus.CANCELLED})


class TrackOrder(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number"})

    async def act(self, talk: Talk) -> None:
        order = await proven_order(talk, action="track_order", fits=lambda order: order.status not in _OVER)
        await say_status(talk, order)


async def say_status(talk: Talk, order: Order) -> None:
    """Tell where `order` is: each status has a response of its own, with what matters there."""
    language, words = talk.language, talk.words
    values: dict[str, Any] = {
        "order_number": order.number,
        "items": item_names(talk, order.items),
        "total": words.money(order.total, language),
        "unpaid_hours": talk.policies.payment.unpaid_close_hours,
        "dispatch_hours": talk.policies.shipping.dispatch_hours,
        "rma": order.rma or "",
    }
    if order.carrier:
        values |= {"carrier": order.carrier.in_(language), "tracking_number": order.tracking_number or ""}
    if order.arrives_on:
        values |= {"arrives": words.day(order.arrives_on, language, today=talk.today)}
    if order.delivered_on:
        values |= {"delivered": words.day(order.delivered_on, language, today=talk.today)}
    if order.visit:
        values |= {"visit_day": words.day(order.visit.day, language, today=talk.today), "window": order.visit.window}
    if order.pickup:
        store = next(store for store in await talk.shop.stores() if store.store_id == order.pickup.store_id)
        keep_until = words.day(order.pickup.keep_until, language, today=talk.today)
        values |= {"store": store.name.in_(language), "code": order.pickup.code, "keep_until": keep_until}
    talk.say(f"utter_order_{order.status}", card=order_card(talk, order, **_drawn(order, values)), **values)
    if order.arrives_on and order.status in _ON_THE_WAY - {OrderStatus.LOST}:
        response = "utter_order_overdue" if order.arrives_on < talk.today else "utter_order_arrives"
        talk.say(response, arrives=values["arrives"])
    if order.scans and order.status in _ON_THE_WAY:
        say_last_scan(talk, order)


def _drawn(order: Order, values: dict[str, Any]) -> dict[str, str]:
    """What of the values is said for the order's status, for its card."""
    names: dict[str, str] = {}
    if order.status is OrderStatus.PENDING_PAYMENT:
        names = {"total": "total"}
    elif order.status in _ON_THE_WAY:
        names = {"carrier": "carrier", "tracking": "tracking_number"}
        if order.status is not OrderStatus.LOST:
            names |= {"arrives": "arrives"}
    return {fact: values[name] for fact, name in names.items() if name in values}


def say_last_scan(talk: Talk, order: Order) -> None:
    """Tell the newest event of the shipment."""
    scan = order.scans[-1]
    at = scan.at.astimezone(talk.now.tzinfo)
    day = talk.words.day(at.date(), talk.language, today=talk.today)
    talk.say("utter_last_scan", day=day, clock=talk.words.clock(at.time()), event=scan.text.in_(talk.language))

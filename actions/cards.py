"""Cards: facts of an order, a store or a product for channels that can draw them (docs/widget.md).

A card repeats facts that the texts beside it say in words, and no others: whoever sees no cards misses nothing, and
what may not be said is not drawn either.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from actions.talk import Talk
from bot.retail.shop import Item, Order, OrderStatus, Product, Store

Card = dict[str, Any]

_SENT = ("ordered", "paid", "sent", "delivered")
_PICKED_UP = ("ordered", "paid", "at_store", "collected")
_STEPS: dict[OrderStatus, tuple[tuple[str, ...], int]] = {
    OrderStatus.PENDING_PAYMENT: (_SENT, 1),
    OrderStatus.PAID: (_SENT, 2),
    OrderStatus.PACKING: (_SENT, 2),
    OrderStatus.SHIPPED: (_SENT, 3),
    OrderStatus.OUT_FOR_DELIVERY: (_SENT, 3),
    OrderStatus.DELAYED: (_SENT, 3),
    OrderStatus.READY_FOR_PICKUP: (_PICKED_UP, 3),
    OrderStatus.DELIVERED: (_SENT, 4),
    OrderStatus.INSTALLATION_SCHEDULED: (_SENT, 4),
}
"""How far an order has come, where that is a way with an end: names of the steps, and how many are done."""


def order_card(talk: Talk, order: Order, **facts: str) -> Card:
    """An order's number, goods and state, with those `facts` of the form that the text says: arrives, tracking, …"""
    card = _order(talk, order)
    if order.status in _STEPS:
        steps, done = _STEPS[order.status]
        card |= {"steps": [talk.words.text(f"step_{step}", talk.language) for step in steps], "step": done}
    return card | facts


def orders_cards(talk: Talk, orders: Iterable[Order]) -> Card:
    """Several orders in short."""
    return {"cards": [_order(talk, order) for order in orders]}


def _order(talk: Talk, order: Order) -> Card:
    return {
        "card": "order",
        "number": order.number,
        "status": _capital(talk.words.text(f"status_{order.status}", talk.language)),
        "items": [_item(talk, item) for item in order.items],
    }


def _item(talk: Talk, item: Item) -> dict[str, Any]:
    return {"name": item.product.name.in_(talk.language), "quantity": item.quantity}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def store_card(talk: Talk, store: Store, **facts: Any) -> Card:
    """A store's name and phone, with those `facts` of the form that the text says: address, hours, services."""
    return {"card": "store", "name": store.name.in_(talk.language), "phone": store.phone, **facts}


def stores_cards(talk: Talk, stores: Iterable[Store]) -> Card:
    """Several stores, each with its address."""
    return {"cards": [store_card(talk, store, address=store.address.in_(talk.language)) for store in stores]}


def product_card(talk: Talk, product: Product, **facts: Any) -> Card:
    """A product's name, with those `facts` of the form that the text says: price, note, in_stock."""
    return {"card": "product", "name": product.name.in_(talk.language), **facts}

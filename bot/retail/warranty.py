"""Until when a product is repaired free of charge, and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.retail.calendar import add_months
from bot.retail.shop import Item, Order


class WarrantyCode(StrEnum):
    COVERED = "covered"
    EXPIRED = "expired"
    NO_WARRANTY = "no_warranty"
    NOT_DELIVERED = "not_delivered"


@dataclass(frozen=True, slots=True)
class ItemWarranty:
    item: Item
    code: WarrantyCode
    months: int
    last_day: date | None
    """None before delivery and without a warranty."""


def warranty(order: Order, today: date) -> tuple[ItemWarranty, ...]:
    """The warranty of each item; its months count from delivery."""
    return tuple(_item(item, order.delivered_on, today) for item in order.items)


def _item(item: Item, delivered_on: date | None, today: date) -> ItemWarranty:
    months = item.product.warranty_months
    if not months:
        return ItemWarranty(item, WarrantyCode.NO_WARRANTY, 0, None)
    if delivered_on is None:
        return ItemWarranty(item, WarrantyCode.NOT_DELIVERED, months, None)
    last_day = add_months(delivered_on, months)
    code = WarrantyCode.COVERED if today <= last_day else WarrantyCode.EXPIRED
    return ItemWarranty(item, code, months, last_day)

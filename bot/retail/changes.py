"""Changes to an order before it arrives: cancelling it, sending it elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot.retail.money import RefundRoute, refund_route
from bot.retail.policies import Policies
from bot.retail.shop import Order, OrderStatus


class ChangeCode(StrEnum):
    ELIGIBLE = "eligible"
    MAY_FAIL = "may_fail"
    """Being packed: it works only if the parcel has not left the warehouse meanwhile."""
    ALREADY_SHIPPED = "already_shipped"
    READY_FOR_PICKUP = "ready_for_pickup"
    """It waits in a store; nothing is on the road and nothing is delivered."""
    DELIVERED = "delivered"
    LOST = "lost"
    RETURNING = "returning"
    CANCELLED = "cancelled"


_TOO_LATE = {
    OrderStatus.SHIPPED: ChangeCode.ALREADY_SHIPPED,
    OrderStatus.OUT_FOR_DELIVERY: ChangeCode.ALREADY_SHIPPED,
    OrderStatus.DELAYED: ChangeCode.ALREADY_SHIPPED,
    OrderStatus.LOST: ChangeCode.LOST,
    OrderStatus.READY_FOR_PICKUP: ChangeCode.READY_FOR_PICKUP,
    OrderStatus.DELIVERED: ChangeCode.DELIVERED,
    OrderStatus.INSTALLATION_SCHEDULED: ChangeCode.DELIVERED,
    OrderStatus.RETURN_IN_PROGRESS: ChangeCode.RETURNING,
    OrderStatus.RETURNED: ChangeCode.RETURNING,
    OrderStatus.CANCELLED: ChangeCode.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class CancelVerdict:
    code: ChangeCode
    amount: Decimal
    """What goes back; 0 while unpaid, and when it cannot be cancelled."""
    route: RefundRoute

    @property
    def eligible(self) -> bool:
        return self.code in (ChangeCode.ELIGIBLE, ChangeCode.MAY_FAIL)


def judge_cancel(order: Order, policies: Policies) -> CancelVerdict:
    """Whether an order may be cancelled now."""
    code = _change(order, policies.cancellation.allowed_statuses)
    refundable = code in (ChangeCode.ELIGIBLE, ChangeCode.MAY_FAIL) and order.payment is not None
    return CancelVerdict(code, order.total if refundable else Decimal(0), refund_route(order, policies))


def judge_address(order: Order, policies: Policies) -> ChangeCode:
    """Whether an order may go to another address: `eligible`, `may_fail`, or why not."""
    return _change(order, policies.shipping.address_change_allowed_statuses)


def _change(order: Order, allowed: frozenset[OrderStatus]) -> ChangeCode:
    if order.status in allowed:
        return ChangeCode.MAY_FAIL if order.status is OrderStatus.PACKING else ChangeCode.ELIGIBLE
    # a shop may narrow the rule to fewer statuses than can be changed in fact
    return _TOO_LATE.get(order.status, ChangeCode.ALREADY_SHIPPED)

"""When a parcel arrives, whether it is late, and when a claim for a lost one may be opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.retail.calendar import local
from bot.retail.money import Approver, RefundRoute, approver, refund_route
from bot.retail.policies import Policies
from bot.retail.shop import Order, OrderStatus, Scan

MOVING = frozenset({OrderStatus.SHIPPED, OrderStatus.OUT_FOR_DELIVERY, OrderStatus.DELAYED})


class ArrivalCode(StrEnum):
    NOT_PAID = "not_paid"
    PREPARING = "preparing"
    ON_THE_WAY = "on_the_way"
    TODAY = "today"
    DELAYED = "delayed"
    """The shop says so itself; a new day may be known."""
    OVERDUE = "overdue"
    """The expected day has passed without delivery."""
    LOST = "lost"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    RETURNING = "returning"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Arrival:
    code: ArrivalCode
    arrives_on: date | None
    """The expected day while the parcel is not here; None when nothing can be said."""
    days_late: int = 0
    last_scan: Scan | None = None


_SETTLED = {
    OrderStatus.PENDING_PAYMENT: ArrivalCode.NOT_PAID,
    OrderStatus.LOST: ArrivalCode.LOST,
    OrderStatus.READY_FOR_PICKUP: ArrivalCode.READY_FOR_PICKUP,
    OrderStatus.DELIVERED: ArrivalCode.DELIVERED,
    OrderStatus.INSTALLATION_SCHEDULED: ArrivalCode.DELIVERED,
    OrderStatus.RETURN_IN_PROGRESS: ArrivalCode.RETURNING,
    OrderStatus.RETURNED: ArrivalCode.RETURNING,
    OrderStatus.CANCELLED: ArrivalCode.CANCELLED,
}


def arrival(order: Order, today: date) -> Arrival:
    """What may be said about the arrival of an order."""
    last_scan = order.scans[-1] if order.scans else None
    settled = _SETTLED.get(order.status)
    # a machine delivered to a flat has arrived; one whose visit is booked before delivery has not
    if settled is ArrivalCode.DELIVERED and order.delivered_on is None and order.arrives_on is not None:
        settled = None
    if settled is not None:
        return Arrival(settled, None, last_scan=last_scan)
    late = (today - order.arrives_on).days if order.arrives_on else 0
    if late > 0:
        return Arrival(ArrivalCode.OVERDUE, order.arrives_on, late, last_scan)
    if order.status is OrderStatus.DELAYED:
        code = ArrivalCode.DELAYED
    elif order.status not in MOVING:
        code = ArrivalCode.PREPARING
    else:
        code = ArrivalCode.TODAY if order.arrives_on == today else ArrivalCode.ON_THE_WAY
    return Arrival(code, order.arrives_on, 0, last_scan)


class ClaimCode(StrEnum):
    ELIGIBLE = "eligible"
    ALREADY_OPEN = "already_open"
    TOO_EARLY = "too_early"
    """Scanned not long enough ago; see `from_day`."""
    NOT_SHIPPED = "not_shipped"
    DELIVERED = "delivered"
    READY_FOR_PICKUP = "ready_for_pickup"
    RETURNING = "returning"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """Whether the shop reships or refunds a parcel that cannot be found."""

    code: ClaimCode
    days_without_scan: int | None
    """None when the parcel was never scanned."""
    needed_days: int
    from_day: date | None
    """The first day on which a claim may be opened, unless there is another scan."""
    carrier_claim: bool
    """Whether the shop has already claimed it from the carrier."""
    route: RefundRoute
    approver: Approver
    """Who may approve the refund of the whole order, should the customer want that."""

    @property
    def eligible(self) -> bool:
        return self.code is ClaimCode.ELIGIBLE


_NO_CLAIM = {
    OrderStatus.PENDING_PAYMENT: ClaimCode.NOT_SHIPPED,
    OrderStatus.PAID: ClaimCode.NOT_SHIPPED,
    OrderStatus.PACKING: ClaimCode.NOT_SHIPPED,
    OrderStatus.READY_FOR_PICKUP: ClaimCode.READY_FOR_PICKUP,
    OrderStatus.DELIVERED: ClaimCode.DELIVERED,
    OrderStatus.INSTALLATION_SCHEDULED: ClaimCode.DELIVERED,
    OrderStatus.RETURN_IN_PROGRESS: ClaimCode.RETURNING,
    OrderStatus.RETURNED: ClaimCode.RETURNING,
    OrderStatus.CANCELLED: ClaimCode.CANCELLED,
}


def judge_claim(order: Order, today: date, policies: Policies, *, timezone: str = "Asia/Shanghai") -> ClaimVerdict:
    """Whether a lost-parcel claim may be opened. Days without a scan count on the shop's clock, `timezone`.

    A parcel that was never scanned counts from the day of the order.
    """
    needed = policies.shipping.claim_if_no_scan_days
    scanned_on = local(order.scans[-1].at, timezone).date() if order.scans else None
    from_day = (scanned_on or order.placed_on) + timedelta(days=needed)
    code = _NO_CLAIM.get(order.status)
    if code is None and order.claim is not None:
        code = ClaimCode.ALREADY_OPEN
    if code is None:
        lost = order.status is OrderStatus.LOST or today >= from_day
        code = ClaimCode.ELIGIBLE if lost else ClaimCode.TOO_EARLY
    return ClaimVerdict(
        code=code,
        days_without_scan=(today - scanned_on).days if scanned_on else None,
        needed_days=needed,
        from_day=from_day if code is ClaimCode.TOO_EARLY else None,
        carrier_claim=order.carrier_claim,
        route=refund_route(order, policies),
        approver=approver(order.total, policies),
    )

"""Money: who may give it back and how long it takes, postage, instalments, price protection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Literal, cast

from bot.retail.calendar import add_working_days
from bot.retail.policies import Policies
from bot.retail.shop import Item, Order, OrderStatus

FEN = Decimal("0.01")
Region = Literal["same_city", "mainland", "remote", "hong_kong"]


class Approver(StrEnum):
    """Who may say yes to an amount going back."""

    BOT = "bot"
    AGENT = "agent"
    SUPERVISOR = "supervisor"


def approver(amount: Decimal, policies: Policies) -> Approver:
    """Limits are inclusive: at the limit the lower rank may still approve."""
    if amount <= policies.returns.self_service_limit_cny:
        return Approver.BOT
    if amount <= policies.returns.agent_limit_cny:
        return Approver.AGENT
    return Approver.SUPERVISOR


@dataclass(frozen=True, slots=True)
class RefundRoute:
    """The way money goes back: always to the payment it came from."""

    payment: str | None
    """None when nothing was paid."""
    working_days: int | None
    """None when the rules name no time for this payment."""

    def by(self, start: date) -> date | None:
        """The day by which money sent on `start` arrives."""
        return None if self.working_days is None else add_working_days(start, self.working_days)


def refund_route(order: Order, policies: Policies) -> RefundRoute:
    """Where the money of `order` goes back to, and how long that takes."""
    days = policies.returns.refund_working_days.get(order.payment) if order.payment else None
    return RefundRoute(order.payment, days)


class RefundCode(StrEnum):
    NOTHING_DUE = "nothing_due"
    """Neither returned nor cancelled, or cancelled before it was paid."""
    AWAITING_GOODS = "awaiting_goods"
    GOODS_RECEIVED = "goods_received"
    ON_ITS_WAY = "on_its_way"
    """A paid order was cancelled and the money has been sent."""
    EXCHANGE = "exchange"
    """All that comes back is exchanged."""
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class RefundVerdict:
    code: RefundCode
    route: RefundRoute
    rma: str | None
    refunded_on: date | None
    """The day it arrived; None with code `refunded` when the shop does not say."""
    due_by: date | None
    """The day by which it should arrive, where that can be told."""


def refund_progress(order: Order, policies: Policies) -> RefundVerdict:
    """How far the money of a returned or cancelled order is."""
    route = refund_route(order, policies)
    due_by = None
    if order.refunded:
        code = RefundCode.REFUNDED
    elif order.status is OrderStatus.CANCELLED:
        code = RefundCode.ON_ITS_WAY if order.payment else RefundCode.NOTHING_DUE
        due_by = route.by(order.cancelled_on) if order.cancelled_on else None
    elif order.status in (OrderStatus.RETURN_IN_PROGRESS, OrderStatus.RETURNED):
        if not any(refunding(order, item) for item in order.items):
            return RefundVerdict(RefundCode.EXCHANGE, route, order.rma, None, None)
        code = RefundCode.GOODS_RECEIVED if order.return_received else RefundCode.AWAITING_GOODS
    else:
        code = RefundCode.NOTHING_DUE
    return RefundVerdict(code, route, order.rma, order.refunded_on, due_by)


@dataclass(frozen=True, slots=True)
class Postage:
    """What sending goods to a customer costs."""

    fee: Decimal
    free_from: Decimal
    missing: Decimal
    """How much more makes it free; 0 when it is."""
    days: tuple[int, int]
    """From dispatch to delivery, at best and at worst."""
    dispatch_hours: int


def shipping_cost(amount: Decimal, region: Region, policies: Policies) -> Postage:
    """Postage for goods worth `amount`. From `free_from_cny` on it is free in every region."""
    shipping = policies.shipping
    missing = max(shipping.free_from_cny - amount, Decimal(0))
    fee = shipping.remote_fee_cny if region == "remote" else shipping.fee_cny
    return Postage(
        fee=fee if missing else Decimal(0),
        free_from=shipping.free_from_cny,
        missing=missing,
        days=shipping.delivery_days[region],
        dispatch_hours=shipping.dispatch_hours,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to pay in instalments."""

    months: int
    interest_free: bool
    monthly: tuple[Decimal, ...]
    """Whole fen, summing exactly to the price; with interest the bank adds its own on top."""


@dataclass(frozen=True, slots=True)
class Instalments:
    plans: tuple[Plan, ...]
    """Empty when the amount is below `minimum`."""
    minimum: Decimal


def instalments(amount: Decimal, policies: Policies) -> Instalments:
    """The ways to pay `amount` month by month."""
    rules = policies.payment.instalments
    if amount < rules.minimum_cny:
        return Instalments((), rules.minimum_cny)
    plans = (Plan(months, months in rules.interest, _split(amount, months)) for months in rules.months)
    return Instalments(tuple(plans), rules.minimum_cny)


def _split(amount: Decimal, months: int) -> tuple[Decimal, ...]:
    """Equal parts in whole fen; what rounding leaves over goes into the first."""
    part = (amount / months).quantize(FEN, rounding=ROUND_DOWN)
    return (amount - part * (months - 1), *[part] * (months - 1))


class PriceCode(StrEnum):
    ELIGIBLE = "eligible"
    NOT_CHEAPER = "not_cheaper"
    """Within the days, but nothing costs less today than was paid."""
    TOO_LATE = "too_late"
    NOT_PAID = "not_paid"
    CANCELLED = "cancelled"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class PriceDrop:
    item: Item
    price_now: Decimal
    difference: Decimal
    """For the whole line: per piece times quantity."""


@dataclass(frozen=True, slots=True)
class PriceVerdict:
    code: PriceCode
    days: int
    last_day: date
    drops: tuple[PriceDrop, ...]
    amount: Decimal
    route: RefundRoute
    approver: Approver


def price_protection(order: Order, prices: Mapping[str, Decimal], today: date, policies: Policies) -> PriceVerdict:
    """Whether a lower price is refunded; the days count from the order. `prices` are today's, by sku."""
    days = policies.price_protection_days
    last_day = order.placed_on + timedelta(days=days)
    code = _price_fault(order, today, last_day)
    drops: tuple[PriceDrop, ...] = ()
    if code is None:
        found = (_drop(item, prices.get(item.product.sku)) for item in order.items if not returning(order, item))
        drops = tuple(drop for drop in found if drop is not None)
        code = PriceCode.ELIGIBLE if drops else PriceCode.NOT_CHEAPER
    amount = sum((drop.difference for drop in drops), Decimal(0))
    return PriceVerdict(code, days, last_day, drops, amount, refund_route(order, policies), approver(amount, policies))


def _price_fault(order: Order, today: date, last_day: date) -> PriceCode | None:
    if order.status is OrderStatus.CANCELLED:
        return PriceCode.CANCELLED
    if order.status is OrderStatus.RETURNED or (
        order.status is OrderStatus.RETURN_IN_PROGRESS and all(returning(order, item) for item in order.items)
    ):
        return PriceCode.RETURNED
    if order.status is OrderStatus.PENDING_PAYMENT:
        return PriceCode.NOT_PAID
    return PriceCode.TOO_LATE if today > last_day else None


def _drop(item: Item, price_now: Decimal | None) -> PriceDrop | None:
    if price_now is None or price_now >= item.unit_price:
        return None
    return PriceDrop(item, price_now, (item.unit_price - price_now) * item.quantity)


def returning(order: Order, item: Item) -> bool:
    """Whether an item is in a return that is open or done."""
    if order.status not in (OrderStatus.RETURN_IN_PROGRESS, OrderStatus.RETURNED):
        return False
    return not order.returning or item.product.sku in order.returning


def refunding(order: Order, item: Item) -> bool:
    """Whether an item is in a return for money, rather than in an exchange."""
    return returning(order, item) and item.product.sku not in order.exchanging


def as_region(name: str | None) -> Region:
    """The region named, `mainland` when none is."""
    return cast(Region, name) if name in ("same_city", "mainland", "remote", "hong_kong") else "mainland"

"""Whether goods may come back or be exchanged, at whose cost, and who may approve it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.retail.money import Approver, RefundRoute, approver, refund_route, refunding, returning
from bot.retail.policies import Payer, Policies, Tier, When
from bot.retail.shop import Item, Order, OrderStatus, Product, Returnable, ReturnKind


class Reason(StrEnum):
    """Why goods go back, as the customer says it."""

    NO_REASON = "no_reason"
    QUALITY = "quality"
    WRONG_ITEM = "wrong_item"
    SIZE = "size"

    @property
    def shop_at_fault(self) -> bool:
        """A fault or the wrong goods: the longer time and the shop's postage apply, and opening is no bar."""
        return self in (Reason.QUALITY, Reason.WRONG_ITEM)


class ReturnCode(StrEnum):
    """A verdict in one word. An item has one; an order has `eligible`, `partly`, or why nothing may come back."""

    ELIGIBLE = "eligible"
    PARTLY = "partly"
    # the order
    NOT_PAID = "not_paid"
    NOT_DELIVERED = "not_delivered"
    LOST = "lost"
    CANCELLED = "cancelled"
    NOT_IN_ORDER = "not_in_order"
    # the item
    ALREADY_RETURNING = "already_returning"
    ALREADY_RETURNED = "already_returned"
    TOO_LATE = "too_late"
    VIRTUAL = "virtual"
    PERSONALISED = "personalised"
    HYGIENE = "hygiene"
    HYGIENE_OPENED = "hygiene_opened"
    FOOD_OPENED = "food_opened"
    PHONE_ACTIVATED = "phone_activated"
    NOT_RETURNABLE = "not_returnable"
    """The shop marks it so for a reason of its own."""
    SEVERAL_REASONS = "several_reasons"
    """Each item is refused, but not all for the same reason: see the items."""


class Condition(StrEnum):
    """What must hold for goods that come back."""

    COMPLETE = "complete"
    """Complete and resaleable, with accessories and gifts."""
    TAGS_ON = "tags_on"
    UNOPENED = "unopened"
    EVIDENCE = "evidence"
    """A photo of the fault, or the repair desk's word."""


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    item: Item
    code: ReturnCode
    conditions: tuple[Condition, ...] = ()

    @property
    def eligible(self) -> bool:
        return self.code is ReturnCode.ELIGIBLE


@dataclass(frozen=True, slots=True)
class ReturnVerdict:
    """The answer to "may this come back", with the rule behind it."""

    kind: ReturnKind
    reason: Reason
    code: ReturnCode
    items: tuple[ItemVerdict, ...]
    """The chosen items in the order's order."""
    days: int
    """How many days the rule gives, counted from delivery."""
    last_day: date | None
    """The last day on which it may be asked for; None before delivery."""
    postage: Payer
    route: RefundRoute
    amount: Decimal
    """What goes back for the eligible items; 0 for an exchange."""
    approver: Approver

    @property
    def eligible(self) -> bool:
        """Whether at least one chosen item may come back."""
        return self.code in (ReturnCode.ELIGIBLE, ReturnCode.PARTLY)

    @property
    def needs_person(self) -> bool:
        """Whether the bot may not approve this by itself."""
        return self.approver is not Approver.BOT

    @property
    def skus(self) -> tuple[str, ...]:
        """The eligible items, for the request to the shop."""
        return tuple(verdict.item.product.sku for verdict in self.items if verdict.eligible)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What must hold for any of the eligible items, each once."""
        found = (condition for verdict in self.items if verdict.eligible for condition in verdict.conditions)
        return tuple(dict.fromkeys(found))


def judge_return(
    order: Order,
    reason: Reason,
    today: date,
    policies: Policies,
    *,
    skus: Collection[str] | None = None,
    tier: Tier | str = "regular",
) -> ReturnVerdict:
    """Whether the items `skus` of an order (None: all of them) may go back for a refund.

    The bot's limit counts what is already on its way back from the same order, so that a large return cannot
    be made of small ones.
    """
    rules = policies.returns
    days = rules.quality_return_days if reason.shop_at_fault else rules.no_reason_days
    verdicts, code = _judge(order, reason, today, days, policies, skus)
    amount = sum((verdict.item.total for verdict in verdicts if verdict.eligible), Decimal(0))
    going_back = sum((item.total for item in order.items if refunding(order, item)), Decimal(0))
    return ReturnVerdict(
        kind=ReturnKind.REFUND,
        reason=reason,
        code=code,
        items=verdicts,
        days=days,
        last_day=_last_day(order, days),
        postage=_postage(reason, tier, policies),
        route=refund_route(order, policies),
        amount=amount,
        approver=approver(amount + going_back, policies),
    )


def judge_exchange(
    order: Order,
    reason: Reason,
    today: date,
    policies: Policies,
    *,
    skus: Collection[str] | None = None,
    tier: Tier | str = "regular",
) -> ReturnVerdict:
    """Whether the items `skus` of an order (None: all of them) may be exchanged: a fault, or another size or colour.

    No money goes back, so that the limits for refunds do not apply.
    """
    days = policies.returns.exchange_days
    verdicts, code = _judge(order, reason, today, days, policies, skus)
    return ReturnVerdict(
        kind=ReturnKind.EXCHANGE,
        reason=reason,
        code=code,
        items=verdicts,
        days=days,
        last_day=_last_day(order, days),
        postage=_postage(reason, tier, policies),
        route=refund_route(order, policies),
        amount=Decimal(0),
        approver=Approver.BOT,
    )


def _judge(
    order: Order,
    reason: Reason,
    today: date,
    days: int,
    policies: Policies,
    skus: Collection[str] | None,
) -> tuple[tuple[ItemVerdict, ...], ReturnCode]:
    chosen = [item for item in order.items if skus is None or item.product.sku in skus]
    whole = _order_fault(order)
    if whole is None and not chosen:
        whole = ReturnCode.NOT_IN_ORDER
    last_day = _last_day(order, days)
    verdicts = []
    for item in chosen:
        fault = whole or _item_fault(order, item, reason, policies)
        if fault is None and last_day is None:
            fault = ReturnCode.NOT_DELIVERED
        if fault is None and last_day is not None and today > last_day:
            fault = ReturnCode.TOO_LATE
        if fault is None:
            conditions = _conditions(item.product, reason)
            verdicts.append(ItemVerdict(item, ReturnCode.ELIGIBLE, conditions))
        else:
            verdicts.append(ItemVerdict(item, fault))
    return tuple(verdicts), whole or _summary(verdicts)


def _summary(verdicts: list[ItemVerdict]) -> ReturnCode:
    codes = {verdict.code for verdict in verdicts}
    if len(codes) == 1:
        return codes.pop()
    return ReturnCode.PARTLY if ReturnCode.ELIGIBLE in codes else ReturnCode.SEVERAL_REASONS


def _order_fault(order: Order) -> ReturnCode | None:
    """Why nothing of the order may come back, whatever the item; None when the items decide."""
    match order.status:
        case OrderStatus.CANCELLED:
            return ReturnCode.CANCELLED
        case OrderStatus.PENDING_PAYMENT:
            return ReturnCode.NOT_PAID
        case OrderStatus.LOST:
            return ReturnCode.LOST
        case OrderStatus.DELIVERED | OrderStatus.INSTALLATION_SCHEDULED if order.delivered_on:
            return None  # a machine that waits for the engineer has been delivered
        case OrderStatus.RETURN_IN_PROGRESS | OrderStatus.RETURNED:
            return None
        case _:
            return ReturnCode.NOT_DELIVERED


def _item_fault(order: Order, item: Item, reason: Reason, policies: Policies) -> ReturnCode | None:
    if returning(order, item):
        done = order.status is OrderStatus.RETURNED
        return ReturnCode.ALREADY_RETURNED if done else ReturnCode.ALREADY_RETURNING
    product = item.product
    if ReturnCode.VIRTUAL in (product.return_note, product.category):
        return ReturnCode.VIRTUAL  # a code by mail has nothing to send back and no fault to show
    if reason.shop_at_fault:
        return None
    when = policies.returns.not_returnable.get(product.return_note)
    when = when or policies.returns.not_returnable.get(product.category)
    if product.returnable is Returnable.NO or when is When.ALWAYS:
        return _barred_code(product, opened=False)
    if item.opened and (product.returnable is Returnable.UNOPENED or when is not None):
        return _barred_code(product, opened=True)
    return None


_BARRED = {
    "personalised": (ReturnCode.PERSONALISED, ReturnCode.PERSONALISED),
    "hygiene": (ReturnCode.HYGIENE, ReturnCode.HYGIENE_OPENED),
    "food": (ReturnCode.NOT_RETURNABLE, ReturnCode.FOOD_OPENED),
    "activation": (ReturnCode.NOT_RETURNABLE, ReturnCode.PHONE_ACTIVATED),
}
"""By return note: the word for goods that never come back without a fault, and for opened ones."""


def _barred_code(product: Product, *, opened: bool) -> ReturnCode:
    never, once_opened = _BARRED.get(product.return_note, (ReturnCode.NOT_RETURNABLE, ReturnCode.NOT_RETURNABLE))
    return once_opened if opened else never


def _conditions(product: Product, reason: Reason) -> tuple[Condition, ...]:
    if reason is Reason.QUALITY:
        return (Condition.EVIDENCE,)
    if reason is Reason.WRONG_ITEM:
        return (Condition.EVIDENCE, Condition.COMPLETE)
    found = [Condition.COMPLETE]
    if product.return_note == Condition.TAGS_ON:
        found.append(Condition.TAGS_ON)
    if product.returnable is Returnable.UNOPENED:
        found.append(Condition.UNOPENED)
    return tuple(found)


def _last_day(order: Order, days: int) -> date | None:
    return None if order.delivered_on is None else order.delivered_on + timedelta(days=days)


def _postage(reason: Reason, tier: Tier | str, policies: Policies) -> Payer:
    postage = policies.returns.return_postage
    if reason.shop_at_fault:
        return postage.quality
    return postage.gold_tier if tier == "gold" else postage.no_reason

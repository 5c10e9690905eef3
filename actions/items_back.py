"""Which items of an order are to come back, and what stands in the way: shared by returns and exchanges."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from actions.answers import means_all
from actions.orders import item_names
from actions.talk import Choice, Talk
from bot.errors import ShopRefused
from bot.messages import HandoffReason
from bot.retail.changes import judge_cancel
from bot.retail.money import returning
from bot.retail.returns import Condition, Reason, ReturnCode, ReturnVerdict, judge_return
from bot.retail.shop import Item, Order, OrderStatus, ReturnKind
from bot.retail.warranty import WarrantyCode, warranty

_ARRIVED = frozenset({OrderStatus.DELIVERED, OrderStatus.INSTALLATION_SCHEDULED, OrderStatus.RETURN_IN_PROGRESS})

_WISH = re.compile(r"退|换|\b(?:return|refund|exchange|swap|send\w*\s+(?:it\s+)?back|money\s+back)", re.IGNORECASE)
_CLAUSE = re.compile(r"[^，,。；;！!？?\n]+")

Judge = Callable[[Reason, Sequence[str] | None], ReturnVerdict]
"""The rules for one order: a reason and the items meant, None for all of them."""


def fits(order: Order) -> bool:
    """Whether an order can be meant: something of it is here and not yet on its way back."""
    here = order.status in _ARRIVED and order.delivered_on is not None
    return here and not all(returning(order, item) for item in order.items)


def remember(talk: Talk, *, routine: str) -> None:
    """Keep what is said of items and of the reason: other questions may come before it is needed."""
    number = talk.heard("order_number")
    if number is not None and number != talk.details.get("order_number", number):
        talk.details.clear()
    if talk.intent == "correct" and talk.heard("product") is not None:
        talk.details.pop("items", None)
    for entity in ("product", "category"):
        if heard := _wished(talk, entity):
            talk.learn(**{entity: heard, "named": entity == "product" or "named" in talk.details})
        elif "began" not in talk.details and (known := talk.known(entity, routine=routine)) is not None:
            talk.learn(**{entity: [known]})
    reason = talk.heard("reason")
    if reason is None and "began" not in talk.details:
        reason = talk.known("reason", routine=routine)
    if reason is not None:
        talk.learn(reason=reason)
    if "began" not in talk.details and means_all(talk.text):
        talk.learn(everything=True)
    talk.learn(began=True)


def _wished(talk: Talk, entity: str) -> list[Any]:
    """What was named; of several, those that stand with the wish: "the charger is fine, the fryer goes back"."""
    named = talk.heard_all(entity)
    if len(named) < 2:
        return named
    clauses = [clause.span() for clause in _CLAUSE.finditer(talk.text) if _WISH.search(clause[0])]
    close = [value for value, at in talk.heard_at(entity) if any(start <= at < end for start, end in clauses)]
    return list(dict.fromkeys(close)) or named


def forget(talk: Talk) -> None:
    """This return is settled: what was said of it says nothing about the next."""
    talk.forget("product", "category", "reason", "size")


def say_why_nothing(talk: Talk, order: Order, code: ReturnCode) -> bool:
    """Tell why nothing of the order may come back whatever the item; False when the items decide."""
    values: dict[str, Any] = {"order_number": order.number, "items": item_names(talk, order.items)}
    if code is ReturnCode.NOT_DELIVERED:
        state = _not_here_yet(talk, order)
        talk.say(f"utter_back_{state}", **values)
        if state != "not_sent":
            say_refused(talk, order, on_arrival(talk, order))
    elif code in (ReturnCode.NOT_PAID, ReturnCode.LOST, ReturnCode.CANCELLED):
        talk.say(f"utter_back_{code}", **values)
    else:
        return False
    return True


def _not_here_yet(talk: Talk, order: Order) -> str:
    if judge_cancel(order, talk.policies).eligible:
        return "not_sent"
    return "not_picked_up" if order.status is OrderStatus.READY_FOR_PICKUP else "on_the_way"


def on_arrival(talk: Talk, order: Order) -> ReturnVerdict:
    """Whether the items of an order that is still to come may go back without a reason, once they are here."""
    arrived = replace(order, status=OrderStatus.DELIVERED, delivered_on=talk.today)
    return judge_return(arrived, Reason.NO_REASON, talk.today, talk.policies)


def choose(talk: Talk, order: Order, judge: Judge, *, ask: str, assumed: Reason) -> list[str]:
    """The skus of the items meant: those named, the only ones that may come back, or those chosen when asked.

    `assumed` is the reason to judge by as long as none is known.

    Raises:
        Ask: several may come back, and none was named.
    """
    skus = [item.product.sku for item in order.items]
    if found := [sku for sku in _wished(talk, "product") if sku in skus]:
        talk.learn(items=found)
    if (chosen := talk.details.get("items")) is not None:
        return list(chosen)
    if named := _named(talk, order):
        talk.learn(items=named)
        return named
    _say_not_in_order(talk, order)
    if len(skus) == 1:
        return skus
    verdict = judge(_reason(talk) or assumed, None)
    possible = [each.item for each in verdict.items if each.eligible]
    if not possible:
        return skus
    if len(possible) < len(skus) and talk.details.get("told_items") != verdict.reason:
        say_refused(talk, order, verdict)
        if len(possible) == 1:
            talk.say("utter_back_only", items=item_names(talk, possible))
        talk.learn(told_items=verdict.reason)
    if len(possible) == 1:
        return [possible[0].product.sku]
    choices = [Choice(item.product.name.in_(talk.language), item.product.sku) for item in possible]
    everything = Choice(talk.words.text("both", talk.language), "all")
    return list(talk.ask("items", ask, kind="items", choices=[*choices, everything]))


def _named(talk: Talk, order: Order) -> list[str]:
    if talk.details.get("everything"):
        return [item.product.sku for item in order.items]
    products = set(talk.details.get("product", ()))
    if named := [item.product.sku for item in order.items if item.product.sku in products]:
        return named
    categories = set(talk.details.get("category", ()))
    return [item.product.sku for item in order.items if item.product.category in categories]


def _say_not_in_order(talk: Talk, order: Order) -> None:
    """Something was named that this order does not contain: say what it contains, once."""
    if talk.details.get("named") and not talk.details.get("told_contents"):
        talk.say("utter_back_not_in_order", order_number=order.number, items=item_names(talk, order.items))
        talk.learn(told_contents=True)


def _reason(talk: Talk) -> Reason | None:
    said = talk.details.get("reason")
    return Reason(said) if said else None


def reason_choices(talk: Talk, reasons: Iterable[Reason], *, prefix: str = "reason") -> list[Choice]:
    return [Choice(talk.words.text(f"{prefix}_{reason}", talk.language), reason) for reason in reasons]


def say_refused(talk: Talk, order: Order, verdict: ReturnVerdict) -> None:
    """Tell of each item that may not come back why, with the rule behind it."""
    refused: dict[ReturnCode, list[Item]] = {}
    for each in verdict.items:
        if not each.eligible:
            refused.setdefault(each.code, []).append(each.item)
    for code, items in refused.items():
        talk.say(_refusal(order, verdict, code), items=item_names(talk, items), **_window(talk, order, verdict))


def say_warranty(talk: Talk, order: Order, verdict: ReturnVerdict) -> None:
    """Tell which of the items refused are still repaired free of charge."""
    settled = (ReturnCode.ALREADY_RETURNING, ReturnCode.ALREADY_RETURNED)
    refused = {each.item for each in verdict.items if not each.eligible and each.code not in settled}
    for each in warranty(order, talk.today):
        if each.item in refused and each.code is WarrantyCode.COVERED and each.last_day:
            choice = Choice(talk.words.text("skill_warranty_repair", talk.language), "/warranty_repair")
            values: dict[str, Any] = {"item": item_names(talk, [each.item]), "last_day": day(talk, each.last_day)}
            talk.say("utter_back_warranty", choices=[choice], **values)


def items_of(verdict: ReturnVerdict, *, eligible: bool = False) -> list[Item]:
    """The items judged; with `eligible`, those that may come back."""
    return [each.item for each in verdict.items if each.eligible or not eligible]


def _refusal(order: Order, verdict: ReturnVerdict, code: ReturnCode) -> str:
    if code is ReturnCode.ALREADY_RETURNING and order.rma is None:
        return "utter_refused_already_returning_unnumbered"
    if code is not ReturnCode.TOO_LATE:
        return f"utter_refused_{code}"
    if verdict.kind is ReturnKind.EXCHANGE:
        return "utter_refused_too_late_exchange"
    return "utter_refused_too_late_quality" if verdict.reason.shop_at_fault else "utter_refused_too_late"


def _window(talk: Talk, order: Order, verdict: ReturnVerdict) -> dict[str, Any]:
    values: dict[str, Any] = {"days": verdict.days, "rma": order.rma or ""}
    if order.delivered_on and verdict.last_day:
        values |= {
            "delivered": talk.words.on(order.delivered_on, talk.language, today=talk.today),
            "last_day": day(talk, verdict.last_day),
            "ended": talk.words.on(verdict.last_day, talk.language, today=talk.today),
        }
    return values


def window(talk: Talk, order: Order, verdict: ReturnVerdict) -> dict[str, Any]:
    """The rule behind a yes: how many days it gives, from when, until when, and in what state."""
    named = [condition for condition in verdict.conditions if condition is not Condition.EVIDENCE]
    parts = [talk.words.text(f"condition_{condition}", talk.language) for condition in named]
    return {**_window(talk, order, verdict), "conditions": talk.words.text("comma", talk.language).join(parts)}


def day(talk: Talk, when: date) -> str:
    return talk.words.day(when, talk.language, today=talk.today)


def postage(talk: Talk, verdict: ReturnVerdict) -> str:
    """Who pays for sending it back, and why, as a short clause."""
    if verdict.postage == "customer":
        name = "postage_customer"
    else:
        name = "postage_shop" if verdict.reason.shop_at_fault else "postage_gold"
    return talk.words.text(name, talk.language)


async def tier_of(talk: Talk, order: Order) -> str:
    customer = await talk.shop.find_customer(order.customer_id)
    return customer.tier if customer else "regular"


def offer(talk: Talk, skill: str, items: Iterable[Item], reason: Reason) -> Choice:
    """A button that starts `skill` for these items, with what it would otherwise ask."""
    entities = {"reason": reason.value}
    found = [item.product.sku for item in items]
    if len(found) == 1:
        entities["product"] = found[0]
    return Choice(talk.words.text(f"offer_{skill}_{reason}", talk.language), f"/{skill}{json.dumps(entities)}")


def confirmed_fault(talk: Talk, response: str, *, last_day: str) -> bool:
    """Whether what may not come back as it is has a fault, so that it may; the reason is then known.

    Raises:
        Ask: the customer has not said yet.
    """
    choices = [Choice(talk.words.text(f"faulty_{answer}", talk.language), answer) for answer in ("yes", "no")]
    if talk.ask("faulty", response, kind="yes_no", choices=choices, last_day=last_day) != "yes":
        talk.say("utter_all_right")
        return False
    talk.learn(reason=Reason.QUALITY.value)
    return True


def say_shop_refused(talk: Talk, order: Order, verdict: ReturnVerdict, refused: ShopRefused) -> None:
    """The rules said yes and the shop said no: say so, and let a person find out unless the reason is plain."""
    if refused.code == "already_open":
        talk.say("utter_back_already_open", order_number=order.number)
        return
    talk.say("utter_shop_refused")
    talk.hand_over(
        HandoffReason.ACTION_DOWN,
        summary="utter_summary_return_refused",
        shop_answer=refused.code,
        **facts(order, verdict),
    )


def facts(order: Order, verdict: ReturnVerdict) -> dict[str, Any]:
    """What an agent must know to decide about a return, JSON-ready."""
    return {
        "order_number": order.number,
        "delivered_on": order.delivered_on.isoformat() if order.delivered_on else None,
        "items": [
            {
                "sku": each.item.product.sku,
                "name": each.item.product.name.zh,
                "quantity": each.item.quantity,
                "paid_cny": str(each.item.total),
                "opened": each.item.opened,
                "verdict": each.code.value,
            }
            for each in verdict.items
        ],
        "return_reason": verdict.reason.value,
        "verdict": verdict.code.value,
        "amount_cny": str(verdict.amount),
        "payment": verdict.route.payment,
        "postage_paid_by": verdict.postage,
        "last_day": verdict.last_day.isoformat() if verdict.last_day else None,
        "approver": verdict.approver.value,
    }

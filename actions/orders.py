"""Which order it is, and whether this caller may see it: the same for every routine about an order."""

from __future__ import annotations

from collections.abc import Callable

from actions import answers
from actions.talk import Ask, Choice, NotShown, Question, Talk
from bot.retail.proof import Granted, LockedOut, NeedCode, NeedDigits, Overheard, Refused
from bot.retail.shop import Item, Order

MAX_CHOICES = 6


async def proven_order(talk: Talk, *, action: str, fits: Callable[[Order], bool] = lambda order: True) -> Order:
    """The order this is about, opened by the proof that `action` wants (data/access.yml).

    `fits` says which of a signed-in customer's orders can be meant; when only one fits, it is not asked for.

    Raises:
        Ask: the order number, the digits or a one-time code is wanted.
        NotShown: too many wrong guesses, or others read along.
    """
    if talk.caller.in_group:
        talk.say("utter_not_in_group")
        raise NotShown
    number = await _number(talk, fits)
    digits_now = talk.heard("phone_tail") or (talk.heard("phone") or "")[-4:] or None
    digits = digits_now or talk.slot("phone_tail")
    code = talk.details.get("code")
    another = code == answers.ANOTHER_CODE
    if another:
        code = None
        del talk.details["code"]
    outcome = await talk.services.proof.check(talk.caller, number, digits, action=action, code=code, again=another)
    match outcome:
        case Granted(order):
            talk.learn(order_number=order.number)
            return order
        case NeedDigits():
            raise _ask_digits(number)
        case NeedCode(sent_to):
            again = talk.details.pop("code", None) is not None
            response = "utter_code_refused" if again else "utter_code_sent_again" if another else "utter_ask_code"
            raise Ask(Question("code", response, "code", {"phone": sent_to}))
        case LockedOut(minutes):
            talk.say("utter_codes_used_up" if another else "utter_proof_locked", minutes=minutes)
            raise NotShown
        case Overheard():
            talk.say("utter_not_in_group")
            raise NotShown
        case Refused():
            talk.forget("phone_tail")
            if digits_now is None and talk.caller.customer_id is None:
                raise _ask_digits(number)
            talk.details.pop("order_number", None)
            raise Ask(Question("order_or_digits", "utter_proof_refused"))


def _ask_digits(number: str) -> Ask:
    return Ask(Question("phone_tail", "utter_ask_phone_tail", values={"order_number": number}))


async def _number(talk: Talk, fits: Callable[[Order], bool]) -> str:
    if (heard := talk.heard("order_number")) is not None:
        if heard != talk.details.get("order_number", heard):
            talk.details.clear()
        return str(heard)
    if (known := talk.details.get("order_number")) is not None:
        return str(known)
    if talk.details.get("not_order") is None and (said := talk.slot("order_number")) is not None:
        return str(said)
    if talk.caller.customer_id is None:
        talk.ask("order_number", "utter_ask_order_number")
    own = await talk.shop.orders_of(str(talk.caller.customer_id))
    likely = [order for order in own if fits(order) and order.number != talk.details.get("not_order")]
    likely = _containing(talk, likely) or _containing(talk, list(own)) or likely
    if len(likely) == 1:
        return likely[0].number
    shown = (likely or own)[:MAX_CHOICES]
    choices = [Choice(order_title(talk, order), order.number) for order in shown]
    return str(talk.ask("order_number", "utter_ask_which_order", choices=choices))


def _containing(talk: Talk, orders: list[Order]) -> list[Order]:
    """The orders with a product that was named."""
    named = {*talk.heard_all("product"), *talk.details.get("product", ())}
    return [order for order in orders if any(item.product.sku in named for item in order.items)]


def order_title(talk: Talk, order: Order) -> str:
    """`…0042 Aria 700` and the like: an order as a short button."""
    first = order.items[0].product.name.in_(talk.language)
    more = " +" if len(order.items) > 1 else ""
    return f"{order.number} {first}{more}"


def item_names(talk: Talk, items: tuple[Item, ...] | list[Item]) -> str:
    """The items in words: `空气炸锅 A6 和 65W 氮化镓充电器`, with counts above one."""
    names = []
    for item in items:
        name = item.product.name.in_(talk.language)
        names.append(f"{name} ×{item.quantity}" if item.quantity > 1 else name)
    return talk.words.listing(names, talk.language)

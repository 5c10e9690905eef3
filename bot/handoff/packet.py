"""What a person is handed: everything the bot knows, so that nothing has to be asked again."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from bot.errors import ShopError
from bot.messages import Caller, Handoff, HandoffReason, Priority, Sentence
from bot.store.handoffs import Place
from bot.store.outbox import Said

logger = logging.getLogger(__name__)

VERSION = 1
"""Of the packet's form; grows when a field changes its meaning."""
RECENT_ORDERS = 5
THREAD_SLOTS = frozenset(
    {"skill", "details", "question", "answer", "suspended", "last_skill", "handoff", "requested_slot", "language"}
)
"""Slots that keep the thread of the talk rather than something a customer said."""
OPEN_RETURN = "return_in_progress"
MOODS = ("distressed", "legal_threat", "angry", "unhappy")
"""From the one that weighs most to the one that weighs least."""


class Words(Protocol):
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


class Goods(Protocol):
    @property
    def sku(self) -> str: ...
    @property
    def name(self) -> Words: ...


class Line(Protocol):
    @property
    def product(self) -> Goods: ...
    @property
    def quantity(self) -> int: ...


class Purchase(Protocol):
    """What the packet shows of an order."""

    @property
    def number(self) -> str: ...
    @property
    def customer_id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def placed_on(self) -> date: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def items(self) -> Sequence[Line]: ...
    @property
    def rma(self) -> str | None: ...


class Person(Protocol):
    """What the packet shows of a customer."""

    @property
    def customer_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def tags(self) -> Sequence[str]: ...


class Shop(Protocol):
    """The part of the shop's port that a packet needs."""

    async def find_order(self, number: str) -> Purchase | None: ...
    async def orders_of(self, customer_id: str) -> Sequence[Purchase]: ...
    async def find_customer(self, customer_id: str) -> Person | None: ...


@dataclass(frozen=True, slots=True)
class OrderView:
    number: str
    status: str
    placed_on: str
    total: str
    """CNY."""
    goods: tuple[str, ...]
    rma: str | None


@dataclass(frozen=True, slots=True)
class EarlierHandoff:
    number: str
    reason: str
    at: str
    state: str
    summary: str = ""
    """What the colleague noted down at its end."""
    resolved: bool | None = None


@dataclass(frozen=True, slots=True)
class CustomerView:
    """What a colleague sees of the customer."""

    known_by: str
    """signed_in, one_time_code, order_digits, or nothing for a visitor."""
    customer_id: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    tier: str | None = None
    tags: tuple[str, ...] = ()
    proven_orders: tuple[str, ...] = ()
    recent_orders: tuple[OrderView, ...] = ()
    open_returns: tuple[str, ...] = ()
    earlier_handoffs: tuple[EarlierHandoff, ...] = ()
    episode: int = 1
    """How many talks there were, this one included."""
    incomplete: bool = False
    """The shop did not answer when the view was made."""


@dataclass(frozen=True, slots=True)
class KnownSlot:
    """A fact the customer need not be asked for again."""

    name: str
    value: Any
    source: str
    """customer, button, shop, or earlier (carried over from another talk)."""
    said: str | None = None
    """The customer's own words it came from."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the bot said that a colleague must know of: a promise, or that something did not work."""

    response: str
    text: str


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    who: str
    text: str
    at: str
    channel: str = ""
    level: str | None = None
    """What the customer had proven by then: L0 to L3; None for what others said."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A handoff as it is stored, shown at the desk and exported."""

    version: int
    number: str
    created_at: str
    reason: HandoffReason
    priority: Priority
    summary: Sentence
    language: str
    channel: str
    conversation: str
    in_hours: bool
    customer: CustomerView
    wants: tuple[str, ...]
    """Intents in the order they were heard, each change once."""
    slots: tuple[KnownSlot, ...]
    looked_up: Mapping[str, Any]
    """What the routine asked the shop and what came back."""
    failed: tuple[Remark, ...]
    promised: tuple[Remark, ...]
    mood: str | None
    """One of `MOODS`; None when nothing shows any."""
    transcript: tuple[TranscriptLine, ...]
    next_steps: tuple[str, ...]
    """Suggestions as keys, such as `apologise_first`; the desk has the words."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def card(self, *, vip: bool) -> dict[str, Any]:
        """What a list shows."""
        who = {"name": self.customer.name, "tier": self.customer.tier, "known_by": self.customer.known_by}
        return {"customer": who, "channel": self.channel, "summary": self.summary, "mood": self.mood, "vip": vip}


@dataclass(frozen=True, slots=True)
class Talk:
    """What the packet is made from."""

    number: str
    now: datetime
    language: str
    channel: str
    conversation: str
    in_hours: bool
    events: Sequence[Mapping[str, Any]]
    """The episode's dialogue events, the last turn's included."""
    carried: Mapping[str, Any]
    """Slots the episode began with."""
    transcript: Sequence[Said]


def packet(wish: Handoff, talk: Talk, customer: CustomerView, *, summary: Sentence) -> Packet:
    """The packet for `wish`; `summary` is what it says of itself, in words."""
    wants = _wants(talk.events)
    slots = _slots(talk.events, talk.carried)
    mood = _mood(wish, wants, talk.events)
    return Packet(
        version=VERSION,
        number=talk.number,
        created_at=talk.now.isoformat(),
        reason=wish.reason,
        priority=wish.priority,
        summary=summary,
        language=talk.language,
        channel=talk.channel,
        conversation=talk.conversation,
        in_hours=talk.in_hours,
        customer=customer,
        wants=wants,
        slots=slots,
        looked_up=wish.facts,
        failed=_remarks(talk.events, "failure"),
        promised=_remarks(talk.events, "promise"),
        mood=mood,
        transcript=tuple(handed_line(line) for line in talk.transcript),
        next_steps=tuple(_next_steps(wish, customer, mood, in_hours=talk.in_hours)),
    )


def handed_line(line: Said) -> TranscriptLine:
    return TranscriptLine(line.who, line.text, line.at.isoformat(), line.channel, line.level)


def handed(who: str, text: str, at: datetime) -> TranscriptLine:
    """One more line of the transcript."""
    return TranscriptLine(who, text, at.isoformat())


async def view(caller: Caller, shop: Shop, earlier: Iterable[Place], *, episode: int) -> CustomerView:
    """What the shop knows of the caller; as much as can be had when the shop does not answer."""
    handoffs = tuple(
        EarlierHandoff(
            place.number,
            place.reason,
            place.created_at.isoformat(),
            place.state,
            str((place.wrap_up or {}).get("summary") or ""),
            (place.wrap_up or {}).get("resolved"),
        )
        for place in earlier
    )
    proven = tuple(sorted(caller.proven_orders))
    known_by = "signed_in" if caller.customer_id else "order_digits" if proven else "nothing"
    without_shop = CustomerView(
        known_by=known_by,
        customer_id=caller.customer_id,
        proven_orders=proven,
        earlier_handoffs=handoffs,
        episode=episode,
        incomplete=True,
    )
    try:
        customer_id = caller.customer_id or await _owner_of(proven, shop)
        person = await shop.find_customer(customer_id) if customer_id else None
        orders = await shop.orders_of(customer_id) if customer_id else ()
    except ShopError:
        logger.warning("a handoff goes without the customer's orders", extra={"conversation": caller.conversation})
        return without_shop
    return CustomerView(
        known_by=known_by,
        customer_id=customer_id,
        name=person.name if person else None,
        phone=person.phone if person else None,
        email=person.email if person else None,
        tier=person.tier if person else None,
        tags=tuple(person.tags) if person else (),
        proven_orders=proven,
        recent_orders=tuple(_order(order) for order in orders[:RECENT_ORDERS]),
        open_returns=tuple(order.rma for order in orders if order.rma and order.status == OPEN_RETURN),
        earlier_handoffs=handoffs,
        episode=episode,
    )


async def _owner_of(proven: Sequence[str], shop: Shop) -> str | None:
    order = await shop.find_order(proven[0]) if proven else None
    return order.customer_id if order else None


def _order(order: Purchase) -> OrderView:
    goods = tuple(f"{item.product.name.zh} / {item.product.name.en} ×{item.quantity}" for item in order.items)
    return OrderView(order.number, str(order.status), order.placed_on.isoformat(), str(order.total), goods, order.rma)


def _wants(events: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    trail: list[str] = []
    for event in events:
        if event.get("event") != "user":
            continue
        intent = (event.get("parse_data") or {}).get("intent") or {}
        name = str(intent.get("full_retrieval_intent_name") or intent.get("name") or "")
        if name and trail[-1:] != [name]:
            trail.append(name)
    return tuple(trail)


def _slots(events: Sequence[Mapping[str, Any]], carried: Mapping[str, Any]) -> tuple[KnownSlot, ...]:
    """The slots filled at the end, each with where its value came from."""
    known: dict[str, KnownSlot] = {}
    heard: Mapping[str, Any] = {}
    for event in events:
        kind, name = event.get("event"), str(event.get("name") or "")
        if kind == "user":
            heard = event
        elif kind == "reset_slots":
            known.clear()
        elif kind == "slot" and name not in THREAD_SLOTS:
            known.pop(name, None)
            if event.get("value") is not None:
                known[name] = _sourced(name, event["value"], heard, carried)
    return tuple(known.values())


def _sourced(name: str, value: Any, heard: Mapping[str, Any], carried: Mapping[str, Any]) -> KnownSlot:
    entities = (heard.get("parse_data") or {}).get("entities") or []
    for entity in entities:
        if entity.get("entity") == name:
            text = str(heard.get("text") or "")
            return (
                KnownSlot(name, value, "button", None)
                if text.startswith("/")
                else KnownSlot(name, value, "customer", text)
            )
    if not heard and carried.get(name) == value:
        return KnownSlot(name, value, "earlier")
    return KnownSlot(name, value, "shop")


def _remarks(events: Sequence[Mapping[str, Any]], kind: str) -> tuple[Remark, ...]:
    """What the bot said under responses marked `metadata: {says: promise}` or `{says: failure}`."""
    found: dict[str, Remark] = {}
    for event in events:
        told = event.get("metadata") or {}
        marks = told.get("metadata") or {}
        if event.get("event") == "bot" and isinstance(marks, Mapping) and marks.get("says") == kind:
            name = str(told.get("utter_action") or "")
            found[name] = Remark(name, str(event.get("text") or ""))
    return tuple(found.values())


def _mood(wish: Handoff, wants: Sequence[str], events: Sequence[Mapping[str, Any]]) -> str | None:
    """What weighs most of all that was heard in this talk."""
    heard = {(event.get("parse_data") or {}).get("mood") for event in events if event.get("event") == "user"}
    if wish.reason is HandoffReason.DISTRESS:
        heard.add("distressed")
    if wish.reason is HandoffReason.COMPLAINT or "complaint" in wants:
        heard.add("unhappy")
    return next((mood for mood in MOODS if mood in heard), None)


def _next_steps(wish: Handoff, customer: CustomerView, mood: str | None, *, in_hours: bool) -> list[str]:
    steps = []
    if mood:
        steps.append("apologise_first")
    if not in_hours:
        steps.append("write_when_open")
    if customer.known_by == "nothing":
        steps.append("ask_for_proof")
    match wish.reason:
        case HandoffReason.ABOVE_AUTHORITY:
            steps.append("decide_above_bot_limit")
        case HandoffReason.ACTION_DOWN:
            steps.append("do_what_failed")
        case HandoffReason.NOT_UNDERSTOOD:
            steps.append("read_last_messages")
        case HandoffReason.COMPLAINT:
            steps.append("give_first_reply_in_time")
        case HandoffReason.DISTRESS:
            steps.append("take_over_now")
    if customer.open_returns:
        steps.append("check_open_returns")
    return steps

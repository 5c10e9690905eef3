"""Stand-ins with a memory, shared by the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar, cast

from bot.errors import ShopDown, ShopRefused
from bot.messages import Button, Handoff, HandoffReason, Past, Reply, Turn
from bot.replies import language_of
from bot.retail.demo import DemoShop
from bot.retail.masking import mask_phone
from bot.retail.shop import (
    ClaimReceipt,
    CompensationReceipt,
    Customer,
    Order,
    OrderStatus,
    Product,
    Promotion,
    ReturnKind,
    ReturnReceipt,
    ReturnRequest,
    Stock,
    Store,
)

T = TypeVar("T")


class FakeClock:
    """A clock that is moved by hand."""

    def __init__(self, start: datetime = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass(frozen=True, slots=True)
class FakeUnderstood:
    intent: str | None
    language: str | None
    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[dict[str, Any], ...] = ()
    mood: str | None = None


@dataclass
class FakeEngine:
    """An engine that answers with what it heard. A few words make it do more: see `reply`."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    failures: int = 0
    """How many of the next turns raise."""
    gate: asyncio.Event | None = None
    """Turns wait for it."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """A turn has begun."""

    async def reply(
        self,
        text: str,
        *,
        conversation: str,
        message_id: str,
        past: Past,
        channel: str = "rest",
        intent: str | None = None,
    ) -> Turn:
        """`human` asks for a person, `choose` offers buttons, `nothing` says nothing; the rest is echoed."""
        said = {"text": text, "conversation": conversation, "message_id": message_id, "past": past, "intent": intent}
        self.heard.append(said)
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise RuntimeError(f"cannot answer {text}")
        number = len(past.events) // 2 + 1
        reply = Reply(text=f"{number}: {intent or text}")
        if text == "choose":
            reply = Reply(text="yes?", buttons=(Button("Yes", "/affirm"), Button("No", "/deny")))
        events = (
            {"event": "user", "text": text, "parse_data": {"intent": {"name": intent or "said"}, "entities": []}},
            {"event": "bot", "text": reply.text, "metadata": {}},
        )
        return Turn(
            replies=() if text == "nothing" else (reply,),
            events=events,
            handoff=Handoff(HandoffReason.ASKED, summary="wants a person") if text == "human" else None,
            slots={"language": self.understand(text).language or past.carry.get("language") or "en"},
        )

    def understand(self, text: str) -> FakeUnderstood:
        return FakeUnderstood("stop" if text in ("stop", "算了") else "said", language_of(text))

    def say(self, name: str, language: str, /, **values: object) -> Reply:
        return Reply(text=f"[{name} {language}]" + "".join(f" {key}={value}" for key, value in values.items()))


class FakeShop:
    """A shop in memory with the demo's facts: it can be down, and it remembers what it was asked to do."""

    def __init__(self, demo: DemoShop) -> None:
        self.demo = demo
        self.orders = {order.number: order for order in demo.orders}
        self.down = False
        self.reads = 0
        self.done: list[tuple[str, ...]] = []
        """Writes that had an effect: `("cancel_order", "GT2600010051")`."""
        self.codes: list[tuple[str, str]] = []
        """One-time codes sent: customer and code."""
        self._receipts: dict[str, Any] = {}

    async def find_order(self, number: str) -> Order | None:
        self._read()
        return self.orders.get(number)

    async def orders_of(self, customer_id: str) -> tuple[Order, ...]:
        self._read()
        own = [order for order in self.orders.values() if order.customer_id == customer_id]
        return tuple(sorted(own, key=lambda order: order.placed_on, reverse=True))

    async def find_customer(self, customer_id: str) -> Customer | None:
        self._read()
        return next((found for found in self.demo.customers if found.customer_id == customer_id), None)

    async def products(self) -> tuple[Product, ...]:
        self._read()
        return self.demo.products

    async def stores(self) -> tuple[Store, ...]:
        self._read()
        return self.demo.stores

    async def stock_of(self, sku: str) -> tuple[Stock, ...]:
        self._read()
        return tuple(found for found in self.demo.stock if found.sku == sku)

    async def promotions(self) -> tuple[Promotion, ...]:
        self._read()
        return self.demo.promotions

    async def open_return(self, request: ReturnRequest, *, key: str) -> ReturnReceipt:
        if (done := self._repeat(key)) is not None:
            return cast(ReturnReceipt, done)
        order = self.orders[request.order_number]
        if order.returning & set(request.skus):
            raise ShopRefused("already_open")
        items = [item for item in order.items if item.product.sku in request.skus]
        refund = request.kind is ReturnKind.REFUND
        amount = sum((item.total for item in items), Decimal(0)) if refund else Decimal(0)
        rma = f"RMA26{1001 + len(self.done):04d}"
        returning = order.returning | set(request.skus)
        self._change(order, status=OrderStatus.RETURN_IN_PROGRESS, rma=rma, returning=returning)
        receipt = ReturnReceipt(rma, f"https://shop.example/labels/{rma}", amount)
        return self._did(key, ("open_return", order.number, *request.skus, request.kind), receipt)

    async def cancel_order(self, number: str, *, key: str) -> Order:
        if self._repeat(key) is None:
            order = self._unsent(number)
            self._change(order, status=OrderStatus.CANCELLED)
            self._did(key, ("cancel_order", number), number)
        return self.orders[number]

    async def change_address(self, number: str, address: str, *, key: str) -> Order:
        if self._repeat(key) is None:
            self._change(self._unsent(number), address=address)
            self._did(key, ("change_address", number, address), number)
        return self.orders[number]

    async def open_claim(self, number: str, wish: str, *, key: str) -> ClaimReceipt:
        if (done := self._repeat(key)) is not None:
            return cast(ClaimReceipt, done)
        if self.orders[number].claim is not None:
            raise ShopRefused("already_open")
        claim = f"CLM26{1001 + len(self.done):04d}"
        self._change(self.orders[number], claim=claim)
        return self._did(key, ("open_claim", number, wish), ClaimReceipt(claim))

    async def compensate(self, number: str, amount: Decimal, reason: str, *, key: str) -> CompensationReceipt:
        if (done := self._repeat(key)) is not None:
            return cast(CompensationReceipt, done)
        if amount > self.orders[number].total:
            raise ShopRefused("too_much")
        receipt = CompensationReceipt(f"CMP26{1001 + len(self.done):04d}")
        return self._did(key, ("compensate", number, str(amount)), receipt)

    async def send_code(self, customer_id: str, code: str, *, key: str) -> str:
        self._read()
        self.codes.append((customer_id, code))
        return mask_phone(next(each.phone for each in self.demo.customers if each.customer_id == customer_id))

    async def aclose(self) -> None:
        """Nothing is open."""

    def _read(self) -> None:
        if self.down:
            raise ShopDown("the fake shop is down")
        self.reads += 1

    def _repeat(self, key: str) -> object | None:
        if self.down:
            raise ShopDown("the fake shop is down")
        return cast(object | None, self._receipts.get(key))

    def _did(self, key: str, what: tuple[str, ...], receipt: T) -> T:
        self.done.append(what)
        self._receipts[key] = receipt
        return receipt

    def _unsent(self, number: str) -> Order:
        order = self.orders[number]
        if order.status not in (OrderStatus.PENDING_PAYMENT, OrderStatus.PAID, OrderStatus.PACKING):
            raise ShopRefused("already_shipped")
        return order

    def _change(self, order: Order, **changes: Any) -> None:
        self.orders[order.number] = replace(order, **changes)


@dataclass(frozen=True, slots=True)
class MemoryTries:
    ids: tuple[int, ...]
    moments: dict[str, tuple[datetime, ...]]


@dataclass(frozen=True, slots=True)
class MemoryCode:
    customer_id: str
    code_hash: str
    expires_at: datetime
    tries: int = 0


class MemoryProofBook:
    """Guesses, proofs and codes in memory."""

    def __init__(self) -> None:
        self.tries: dict[int, tuple[str, datetime]] = {}
        self.orders: dict[tuple[str, str], datetime] = {}
        self.customers: dict[tuple[str, str], datetime] = {}
        self.codes: dict[str, MemoryCode] = {}
        self._last_id = 0

    async def add_tries(self, subjects: Sequence[str], *, at: datetime, since: datetime) -> MemoryTries:
        ids = []
        for subject in subjects:
            self._last_id += 1
            self.tries[self._last_id] = (subject, at)
            ids.append(self._last_id)
        moments = {
            subject: tuple(
                sorted(moment for whom, moment in self.tries.values() if whom == subject and moment >= since)
            )
            for subject in subjects
        }
        return MemoryTries(tuple(ids), moments)

    async def drop_tries(self, ids: Sequence[int]) -> None:
        for each in ids:
            self.tries.pop(each, None)

    async def add_order_proof(self, conversation: str, number: str, *, at: datetime) -> None:
        self.orders[conversation, number] = at

    async def add_customer_proof(self, conversation: str, customer_id: str, *, at: datetime) -> None:
        self.customers[conversation, customer_id] = at

    async def save_code(self, conversation: str, *, customer_id: str, code_hash: str, expires_at: datetime) -> None:
        self.codes[conversation] = MemoryCode(customer_id, code_hash, expires_at)

    async def find_code(self, conversation: str) -> MemoryCode | None:
        return self.codes.get(conversation)

    async def try_code(self, conversation: str, *, at: datetime, max_tries: int) -> MemoryCode | None:
        code = self.codes.get(conversation)
        if code is None or code.expires_at <= at or code.tries >= max_tries:
            return None
        self.codes[conversation] = replace(code, tries=code.tries + 1)
        return code

    async def consume_code(self, conversation: str, code_hash: str) -> bool:
        code = self.codes.get(conversation)
        if code is None or code.code_hash != code_hash:
            return False
        del self.codes[conversation]
        return True


class FakeShopView:
    """A shop that knows one customer with no orders; `down` makes it fail."""

    def __init__(self, *, down: bool = False) -> None:
        self.down = down

    async def find_order(self, number: str) -> None:
        self._answer()

    async def orders_of(self, customer_id: str) -> tuple[()]:
        self._answer()
        return ()

    async def find_customer(self, customer_id: str) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.down:
            raise ShopDown("no answer")

"""The port to a shop's systems: what an order, a store, a return is, and what a shop must be able to do.

Two adapters stand behind it: `bot.retail.sql` (the demo shop) and `bot.retail.http` (docs/shop-api.yml).
Amounts are `Decimal` CNY unless a currency is named, dates are the shop's own, moments are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class OrderStatus(StrEnum):
    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    PACKING = "packing"
    SHIPPED = "shipped"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELAYED = "delayed"
    LOST = "lost"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    INSTALLATION_SCHEDULED = "installation_scheduled"
    RETURN_IN_PROGRESS = "return_in_progress"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Returnable(StrEnum):
    YES = "yes"
    NO = "no"
    UNOPENED = "unopened"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages."""

    zh: str
    en: str

    def in_(self, language: str) -> str:
        """The words in `language`, English for anything but `zh`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Product:
    sku: str
    name: Text
    category: str
    price: Decimal
    warranty_months: int
    returnable: Returnable
    return_note: str
    """Why it is not, or not always, returnable: hygiene, activation, tags_on, food, personalised, virtual, …"""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order."""

    product: Product
    quantity: int
    unit_price: Decimal
    opened: bool

    @property
    def total(self) -> Decimal:
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class Scan:
    """One event of a shipment."""

    at: datetime
    text: Text


@dataclass(frozen=True, slots=True)
class Order:
    number: str
    customer_id: str
    status: OrderStatus
    placed_on: date
    delivered_on: date | None
    payment: str | None
    """wechat_pay, alipay, unionpay, visa, mastercard, gift_card; None while unpaid."""
    carrier: Text | None
    tracking_number: str | None
    arrives_on: date | None
    """The day the parcel should arrive; None when there is nothing to expect."""
    note: str
    items: tuple[Item, ...]
    scans: tuple[Scan, ...]
    """Shipment events, oldest first."""
    pickup: Pickup | None = None
    visit: Visit | None = None
    refunded_on: date | None = None
    """When the money of a returned or cancelled order went back."""
    rma: str | None = None
    """The return's number while one is open or done."""
    returning: frozenset[str] = frozenset()
    """Skus in an open or finished return; empty with status `return_in_progress` means all of them."""
    exchanging: frozenset[str] = frozenset()
    """Those of `returning` that come back for another piece: no money is due for them."""
    return_received: bool = False
    """Whether the returned goods have reached the warehouse."""
    refunded: bool = False
    """Whether the money went back; also true when the shop does not say on which day."""
    cancelled_on: date | None = None
    carrier_claim: bool = False
    """Whether the shop has a lost-parcel claim open with the carrier."""
    claim: str | None = None
    """The number under which the customer's wish (reship or refund) is recorded."""
    address: str = ""
    """Where the parcel goes, when the shop says so; shown masked only."""
    gift_wrap: bool = False

    @property
    def total(self) -> Decimal:
        return sum((item.total for item in self.items), Decimal(0))


@dataclass(frozen=True, slots=True)
class Pickup:
    store_id: str
    code: str
    keep_until: date


@dataclass(frozen=True, slots=True)
class Visit:
    """An engineer's visit to install."""

    day: date
    window: str
    """Such as `14:00-16:00`, the shop's time."""


@dataclass(frozen=True, slots=True)
class Customer:
    customer_id: str
    name: str
    name_latin: str
    phone: str
    email: str
    language: str
    tier: str
    """regular, silver or gold."""
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours of one day; both None when closed."""

    opens: time | None
    closes: time | None

    @property
    def closed(self) -> bool:
        return self.opens is None


@dataclass(frozen=True, slots=True)
class Holiday:
    first_day: date
    last_day: date
    name: Text
    hours: Hours


@dataclass(frozen=True, slots=True)
class Store:
    store_id: str
    name: Text
    city: Text
    address: Text
    phone: str
    timezone: str
    services: frozenset[str]
    """parking, repair_desk, pickup."""
    week: tuple[Hours, ...]
    """Seven days, Monday first."""
    holidays: tuple[Holiday, ...]


@dataclass(frozen=True, slots=True)
class Stock:
    store_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Promotion:
    promo_id: str
    name: Text
    when: Text
    scope: tuple[str, ...]
    """Tiers, categories, `all` or `new customers`."""
    terms: str
    first_day: date | None
    last_day: date | None
    monthly_day: int | None
    """Day of the month on which it runs, for monthly ones."""


class ReturnKind(StrEnum):
    REFUND = "refund"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """What a customer wants back, after the rules said yes."""

    order_number: str
    skus: tuple[str, ...]
    kind: ReturnKind
    reason: str
    """no_reason, quality, wrong_item or size."""
    wanted: str = ""
    """For an exchange: the size or colour wanted, in the customer's words."""


@dataclass(frozen=True, slots=True)
class ReturnReceipt:
    rma: str
    label_url: str
    amount: Decimal
    """What goes back; 0 for an exchange."""


@dataclass(frozen=True, slots=True)
class ClaimReceipt:
    claim: str


@dataclass(frozen=True, slots=True)
class CompensationReceipt:
    number: str


class ShopBackend(Protocol):
    """What a shop's systems must offer. Reads may be repeated; writes carry an idempotency `key`.

    Every method raises `ShopDown` when the shop gives no usable answer within the time limit.
    """

    async def find_order(self, number: str) -> Order | None:
        """The order with exactly this number. Who may see it is decided by `bot.retail.proof`, not here."""

    async def orders_of(self, customer_id: str) -> tuple[Order, ...]:
        """The customer's orders, newest first."""

    async def find_customer(self, customer_id: str) -> Customer | None: ...

    async def products(self) -> tuple[Product, ...]:
        """The whole catalogue; small or cached by the adapter."""

    async def stores(self) -> tuple[Store, ...]: ...

    async def stock_of(self, sku: str) -> tuple[Stock, ...]:
        """How many lie in each store, stores with none included."""

    async def promotions(self) -> tuple[Promotion, ...]: ...

    async def open_return(self, request: ReturnRequest, *, key: str) -> ReturnReceipt:
        """Open a return or an exchange.

        Raises:
            ShopRefused: `already_open` when one is open for an item.
        """

    async def cancel_order(self, number: str, *, key: str) -> Order:
        """Cancel an order and give the money back.

        Raises:
            ShopRefused: `already_shipped` when the parcel has left.
        """

    async def change_address(self, number: str, address: str, *, key: str) -> Order:
        """Send the parcel elsewhere.

        Raises:
            ShopRefused: `already_shipped` when the parcel has left.
        """

    async def open_claim(self, number: str, wish: str, *, key: str) -> ClaimReceipt:
        """Open a lost-parcel claim; `wish` is `reship` or `refund`."""

    async def compensate(self, number: str, amount: Decimal, reason: str, *, key: str) -> CompensationReceipt:
        """Give the customer money for the trouble with an order, by the way it was paid.

        Raises:
            ShopRefused: `not_paid`, or `too_much` when it is more than the order cost.
        """

    async def send_code(self, customer_id: str, code: str, *, key: str) -> str:
        """Send a one-time code to the phone on file; returns the masked number it went to."""

    async def aclose(self) -> None:
        """Give connections back."""

"""What a shop sends, checked field by field (docs/shop-api.yml), and turned into the port's values."""

from __future__ import annotations

import re
from datetime import UTC, date, time
from decimal import Decimal
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from bot.errors import ShopDown
from bot.retail import shop
from bot.retail.promotions import parse_term

Name = Annotated[str, Field(min_length=1, max_length=1000)]
Count = Annotated[int, Field(ge=0)]


def _amount(value: object) -> Decimal:
    """Money as text: a JSON number may have gone through a binary fraction."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,2})?", value):
        raise ValueError("an amount is a string such as 399.00")
    return Decimal(value)


def _clock(value: object) -> time | None:
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{2}:[0-9]{2}", value):
        raise ValueError("a time is a string such as 10:00")
    return time.fromisoformat(value)


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone") from error


Amount = Annotated[Decimal, BeforeValidator(_amount)]
Clock = Annotated[time | None, BeforeValidator(_clock)]


class Wire(BaseModel):
    """Nothing is converted that was not meant: `"1"` is no number and 1 is no truth. Unknown properties are ignored."""

    model_config = ConfigDict(strict=True, frozen=True)


W = TypeVar("W", bound=Wire)


def parse(model: type[W], body: bytes) -> W:
    """A checked answer.

    Raises:
        ShopDown: it is no JSON, or not what docs/shop-api.yml says; the text names fields and shows no values.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))} ({fault['type']})" for fault in error.errors()[:5])
        raise ShopDown(f"the shop's answer is no {model.__name__}: {', '.join(faults)}") from error


class Text(Wire):
    zh: Name
    en: Name

    def value(self) -> shop.Text:
        return shop.Text(self.zh, self.en)


class Product(Wire):
    sku: Name
    name: Text
    category: Name
    price: Amount
    warranty_months: Count
    returnable: shop.Returnable
    return_note: str = ""

    def value(self) -> shop.Product:
        return shop.Product(
            sku=self.sku,
            name=self.name.value(),
            category=self.category,
            price=self.price,
            warranty_months=self.warranty_months,
            returnable=self.returnable,
            return_note=self.return_note,
        )


class Products(Wire):
    products: tuple[Product, ...]


class Item(Wire):
    product: Product
    quantity: Annotated[int, Field(ge=1)]
    unit_price: Amount
    opened: bool

    def value(self) -> shop.Item:
        return shop.Item(self.product.value(), self.quantity, self.unit_price, self.opened)


class Scan(Wire):
    at: AwareDatetime
    text: Text

    def value(self) -> shop.Scan:
        return shop.Scan(self.at.astimezone(UTC), self.text.value())


class Pickup(Wire):
    store_id: Name
    code: Name
    keep_until: date


class Visit(Wire):
    day: date
    window: Annotated[str, Field(pattern=r"^\d\d:\d\d-\d\d:\d\d$")]


class Order(Wire):
    number: Name
    customer_id: Name
    status: shop.OrderStatus
    placed_on: date
    delivered_on: date | None = None
    payment: Name | None = None
    carrier: Text | None = None
    tracking_number: Name | None = None
    arrives_on: date | None = None
    note: str = ""
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    scans: tuple[Scan, ...] = ()
    pickup: Pickup | None = None
    visit: Visit | None = None
    refunded: bool = False
    refunded_on: date | None = None
    rma: Name | None = None
    returning: frozenset[str] = frozenset()
    exchanging: frozenset[str] = frozenset()
    return_received: bool = False
    cancelled_on: date | None = None
    carrier_claim: bool = False
    claim: Name | None = None
    address: str = ""
    gift_wrap: bool = False

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Order:
        if self.status is shop.OrderStatus.DELIVERED and self.delivered_on is None:
            raise ValueError("delivered without delivered_on")
        skus = [item.product.sku for item in self.items]
        if len(set(skus)) != len(skus):
            raise ValueError("a product stands in two items")
        if not self.returning <= set(skus):
            raise ValueError("returning names a product that is not in the order")
        if not self.exchanging <= self.returning:
            raise ValueError("exchanging names a product that is not coming back")
        return self

    def value(self) -> shop.Order:
        return shop.Order(
            number=self.number,
            customer_id=self.customer_id,
            status=self.status,
            placed_on=self.placed_on,
            delivered_on=self.delivered_on,
            payment=self.payment,
            carrier=self.carrier.value() if self.carrier else None,
            tracking_number=self.tracking_number,
            arrives_on=self.arrives_on,
            note=self.note,
            items=tuple(item.value() for item in self.items),
            scans=tuple(sorted((scan.value() for scan in self.scans), key=lambda scan: scan.at)),
            pickup=shop.Pickup(self.pickup.store_id, self.pickup.code, self.pickup.keep_until) if self.pickup else None,
            visit=shop.Visit(self.visit.day, self.visit.window) if self.visit else None,
            refunded_on=self.refunded_on,
            rma=self.rma,
            returning=self.returning,
            exchanging=self.exchanging,
            return_received=self.return_received,
            refunded=self.refunded,
            cancelled_on=self.cancelled_on,
            carrier_claim=self.carrier_claim,
            claim=self.claim,
            address=self.address,
            gift_wrap=self.gift_wrap,
        )


class Orders(Wire):
    orders: tuple[Order, ...]


class Customer(Wire):
    customer_id: Name
    name: str
    name_latin: str = ""
    phone: Annotated[str, Field(pattern=r"^[0-9]{4,20}$")]
    email: str = ""
    language: Literal["zh", "en"] = "zh"
    tier: Name = "regular"
    tags: tuple[str, ...] = ()

    def value(self) -> shop.Customer:
        return shop.Customer(
            customer_id=self.customer_id,
            name=self.name,
            name_latin=self.name_latin,
            phone=self.phone,
            email=self.email,
            language=self.language,
            tier=self.tier,
            tags=self.tags,
        )


class Stock(Wire):
    store_id: Name
    sku: Name
    quantity: Count

    def value(self) -> shop.Stock:
        return shop.Stock(self.store_id, self.sku, self.quantity)


class StockList(Wire):
    stock: tuple[Stock, ...]


class Hours(Wire):
    opens: Clock
    closes: Clock

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Hours:
        if (self.opens is None) != (self.closes is None):
            raise ValueError("opens and closes are both null or both times")
        if self.opens is not None and self.closes is not None and self.opens >= self.closes:
            raise ValueError("opens is not before closes")
        return self

    def value(self) -> shop.Hours:
        return shop.Hours(self.opens, self.closes)


class Holiday(Wire):
    first_day: date
    last_day: date
    name: Text
    hours: Hours

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Holiday:
        if self.last_day < self.first_day:
            raise ValueError("last_day is before first_day")
        return self

    def value(self) -> shop.Holiday:
        return shop.Holiday(self.first_day, self.last_day, self.name.value(), self.hours.value())


class Store(Wire):
    store_id: Name
    name: Text
    city: Text
    address: Text
    phone: str = ""
    timezone: Annotated[str, BeforeValidator(lambda name: _zone(name) if isinstance(name, str) else name)]
    services: frozenset[str] = frozenset()
    week: Annotated[tuple[Hours, ...], Field(min_length=7, max_length=7)]
    holidays: tuple[Holiday, ...] = ()

    def value(self) -> shop.Store:
        return shop.Store(
            store_id=self.store_id,
            name=self.name.value(),
            city=self.city.value(),
            address=self.address.value(),
            phone=self.phone,
            timezone=self.timezone,
            services=self.services,
            week=tuple(hours.value() for hours in self.week),
            holidays=tuple(sorted((day.value() for day in self.holidays), key=lambda day: day.first_day)),
        )


class Stores(Wire):
    stores: tuple[Store, ...]


def _term(terms: object) -> object:
    if isinstance(terms, str):
        try:
            parse_term(terms)
        except Exception as error:
            raise ValueError("terms nobody can say in both languages") from error
    return terms


class Promotion(Wire):
    promo_id: Name
    name: Text
    when: Text
    scope: Annotated[tuple[Name, ...], Field(min_length=1)]
    terms: Annotated[str, BeforeValidator(_term)] = ""
    first_day: date | None = None
    last_day: date | None = None
    monthly_day: Annotated[int, Field(ge=1, le=31)] | None = None

    def value(self) -> shop.Promotion:
        return shop.Promotion(
            promo_id=self.promo_id,
            name=self.name.value(),
            when=self.when.value(),
            scope=self.scope,
            terms=self.terms,
            first_day=self.first_day,
            last_day=self.last_day,
            monthly_day=self.monthly_day,
        )


class Promotions(Wire):
    promotions: tuple[Promotion, ...]


class ReturnReceipt(Wire):
    rma: Name
    label_url: Annotated[str, Field(pattern=r"^https://", max_length=2000)]
    amount: Amount


class ClaimReceipt(Wire):
    claim: Name


class CompensationReceipt(Wire):
    number: Name


class CodeReceipt(Wire):
    sent_to: Annotated[str, Field(pattern=r"^[^*]*\*{3,}[^*]*$", max_length=40)]
    """Masked: a shop that sends the whole number back must not have it shown."""


class Fault(Wire):
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    message: str = ""


class Error(Wire):
    error: Fault

"""The demo shop's facts, read from `data/demo`: days that count from loading become dates, notes become facts."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.errors import ContentError
from bot.retail.promotions import parse_term, parse_when
from bot.retail.shop import (
    Customer,
    Holiday,
    Hours,
    Item,
    Order,
    OrderStatus,
    Pickup,
    Product,
    Promotion,
    Returnable,
    Scan,
    Stock,
    Store,
    Text,
    Visit,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FILES = (
    "customers.csv",
    "holiday_hours.csv",
    "order_items.csv",
    "orders.csv",
    "products.csv",
    "promotions.csv",
    "shipment_events.csv",
    "stock.csv",
    "store_hours.csv",
    "stores.csv",
)

Row = dict[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DemoShop:
    """Everything the demo shop knows on the day of loading."""

    customers: tuple[Customer, ...]
    products: tuple[Product, ...]
    stores: tuple[Store, ...]
    stock: tuple[Stock, ...]
    promotions: tuple[Promotion, ...]
    orders: tuple[Order, ...]


def read_demo(folder: Path, today: date, *, timezone: str = "Asia/Shanghai") -> DemoShop:
    """The demo shop as it is on `today`.

    Raises:
        ContentError: a file is missing or a row cannot be used; the text names file and line.
    """
    products = _parse(folder, "products.csv", _product)
    by_sku = {product.sku: product for product in products}
    items: dict[str, list[Item]] = defaultdict(list)
    for number, item in _parse(folder, "order_items.csv", lambda row: _item(row, by_sku)):
        items[number].append(item)
    scans: dict[str, list[Scan]] = defaultdict(list)
    for number, scan in _parse(folder, "shipment_events.csv", lambda row: _scan(row, today, ZoneInfo(timezone))):
        scans[number].append(scan)

    def order(row: Row) -> Order:
        number = row["order_id"]
        seen = tuple(sorted(scans.pop(number, ()), key=lambda scan: scan.at))
        return _order(row, today, ZoneInfo(timezone), tuple(items.pop(number, ())), seen)

    orders = _parse(folder, "orders.csv", order)
    if left := sorted({*items, *scans}):
        raise ContentError(f"{folder}: items or shipment events of unknown orders: {', '.join(left)}")
    return DemoShop(
        customers=_parse(folder, "customers.csv", _customer),
        products=products,
        stores=_stores(folder),
        stock=_parse(folder, "stock.csv", _stock),
        promotions=_parse(folder, "promotions.csv", _promotion),
        orders=orders,
    )


def _parse(folder: Path, name: str, parse: Callable[[Row], T]) -> tuple[T, ...]:
    """Each row of a file, parsed. A fault names file and line."""
    return tuple(_parsed(folder, name, parse))


def _parsed(folder: Path, name: str, parse: Callable[[Row], T]) -> Iterator[T]:
    path = folder / name
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise ContentError(f"{path}: {error.strerror}") from error
    reader = csv.DictReader(lines, strict=True)
    for row in reader:
        try:
            if None in row or None in row.values():
                raise ValueError("the row has more or fewer fields than the header")
            yield parse(row)
        except (KeyError, ValueError, TypeError, ArithmeticError, ContentError) as error:
            raise ContentError(f"{path}:{reader.line_num}: {error}") from error


def _product(row: Row) -> Product:
    return Product(
        sku=row["sku"],
        name=Text(row["name_zh"], row["name_en"]),
        category=row["category"],
        price=Decimal(row["price_cny"]),
        warranty_months=int(row["warranty_months"]),
        returnable=Returnable(row["returnable"]),
        return_note=row["return_note"],
    )


def _customer(row: Row) -> Customer:
    return Customer(
        customer_id=row["customer_id"],
        name=row["name"],
        name_latin=row["name_latin"],
        phone=row["phone"],
        email=row["email"],
        language=row["language"],
        tier=row["tier"],
        tags=_list(row["tags"]),
    )


def _stock(row: Row) -> Stock:
    return Stock(row["store_id"], row["sku"], int(row["quantity"]))


def _promotion(row: Row) -> Promotion:
    first_day, last_day, monthly_day = parse_when(row["when_en"])
    parse_term(row["terms"])  # unknown terms are refused here rather than in front of a customer
    return Promotion(
        promo_id=row["promo_id"],
        name=Text(row["name_zh"], row["name_en"]),
        when=Text(row["when_zh"], row["when_en"]),
        scope=_list(row["scope"]),
        terms=row["terms"],
        first_day=first_day,
        last_day=last_day,
        monthly_day=monthly_day,
    )


def _stores(folder: Path) -> tuple[Store, ...]:
    weeks: dict[str, dict[str, Hours]] = defaultdict(dict)
    for store_id, weekday, hours in _parse(
        folder, "store_hours.csv", lambda row: (row["store_id"], row["weekday"], _hours(row))
    ):
        weeks[store_id][weekday] = hours
    holidays: dict[str, list[Holiday]] = defaultdict(list)
    for store_id, holiday in _parse(folder, "holiday_hours.csv", lambda row: (row["store_id"], _holiday(row))):
        holidays[store_id].append(holiday)

    def store(row: Row) -> Store:
        week = weeks.get(row["store_id"], {})
        if missing := [day for day in WEEKDAYS if day not in week]:
            raise ContentError(f"store_hours.csv has no row of {row['store_id']} for {', '.join(missing)}")
        return Store(
            store_id=row["store_id"],
            name=Text(row["name_zh"], row["name_en"]),
            city=Text(row["city_zh"], row["city_en"]),
            address=Text(row["address_zh"], row["address_en"]),
            phone=row["phone"],
            timezone=ZoneInfo(row["timezone"]).key,
            services=frozenset(_list(row["services"])),
            week=tuple(week[day] for day in WEEKDAYS),
            holidays=tuple(sorted(holidays[row["store_id"]], key=lambda holiday: holiday.first_day)),
        )

    return _parse(folder, "stores.csv", store)


def _hours(row: Row) -> Hours:
    if row["opens"] == row["closes"] == "closed":
        return Hours(None, None)
    opens, closes = time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"])
    if opens >= closes:
        raise ValueError(f"opens {opens} is not before {closes}; hours past midnight are not supported")
    return Hours(opens, closes)


def _holiday(row: Row) -> Holiday:
    first_day, last_day = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
    if last_day < first_day:
        raise ValueError(f"last_day {last_day} is before {first_day}")
    return Holiday(first_day, last_day, Text(row["holiday_zh"], row["holiday_en"]), _hours(row))


def _item(row: Row, products: dict[str, Product]) -> tuple[str, Item]:
    item = Item(
        product=products[row["sku"]],
        quantity=int(row["quantity"]),
        unit_price=Decimal(row["unit_price_cny"]),
        opened={"yes": True, "no": False}[row["opened"]],
    )
    return row["order_id"], item


def _scan(row: Row, today: date, timezone: ZoneInfo) -> tuple[str, Scan]:
    day = today - timedelta(days=int(row["days_ago"]))
    at = datetime.combine(day, time.fromisoformat(row["time"]), tzinfo=timezone).astimezone(UTC)
    return row["order_id"], Scan(at, Text(row["text_zh"], row["text_en"]))


def _order(row: Row, today: date, timezone: ZoneInfo, items: tuple[Item, ...], scans: tuple[Scan, ...]) -> Order:
    if not items:
        raise ValueError(f"order_items.csv has no item of {row['order_id']}")
    order = Order(
        number=row["order_id"],
        customer_id=row["customer_id"],
        status=OrderStatus(row["status"]),
        placed_on=today - timedelta(days=int(row["placed_days_ago"])),
        delivered_on=_ago(row["delivered_days_ago"], today),
        payment=row["payment"] or None,
        carrier=_carrier(row["carrier"]),
        tracking_number=row["tracking_number"] or None,
        arrives_on=today + timedelta(days=int(row["eta_in_days"])) if row["eta_in_days"] else None,
        note="",
        items=items,
        scans=scans,
    )
    return _with_note(order, row["note"], today, timezone)


def _ago(days: str, today: date) -> date | None:
    return today - timedelta(days=int(days)) if days else None


def _carrier(name: str) -> Text | None:
    """`SF Express 顺丰` in both languages."""
    if not name:
        return None
    match = re.fullmatch(r"([\x20-\x7e]+) ([^\x00-\x7f]+)", name)
    if match is None:
        raise ValueError(f"carrier {name!r} is not an English name followed by a Chinese one")
    return Text(zh=match[2], en=match[1])


def _with_note(order: Order, note: str, today: date, timezone: ZoneInfo) -> Order:
    """The order with its note's facts in fields. A note of relative days is not kept: tomorrow it would be wrong."""
    if not note:
        return order
    for pattern, apply in _NOTES.items():
        if match := re.fullmatch(pattern, note):
            return apply(order, match, today, timezone)
    raise ValueError(f"the note {note!r} is unknown; teach bot/retail/demo.py its meaning")


def _visit(order: Order, note: re.Match[str], today: date, _: ZoneInfo) -> Order:
    return replace(order, visit=Visit(today + timedelta(days=int(note["days"])), note["window"]))


def _pickup(order: Order, note: re.Match[str], today: date, _: ZoneInfo) -> Order:
    keep_until = today + timedelta(days=int(note["days"]))
    return replace(order, pickup=Pickup(note["store"], note["code"], keep_until))


def _return_received(order: Order, note: re.Match[str], _today: date, _: ZoneInfo) -> Order:
    skus = frozenset(item.product.sku for item in order.items)
    return replace(order, rma=note["rma"], returning=skus, return_received=True)


def _refunded_ago(order: Order, note: re.Match[str], today: date, _: ZoneInfo) -> Order:
    if note["route"].lower().replace(" ", "_") != order.payment:
        raise ValueError(f"refunded to {note['route']}, but paid with {order.payment}")
    skus = frozenset(item.product.sku for item in order.items)
    refunded_on = today - timedelta(days=int(note["days"]))
    return replace(order, refunded=True, refunded_on=refunded_on, return_received=True, returning=skus)


def _refunded(order: Order, note: re.Match[str], _today: date, _: ZoneInfo) -> Order:
    return replace(order, refunded=True, note=note[0])


def _no_scan(order: Order, note: re.Match[str], today: date, timezone: ZoneInfo) -> Order:
    last = order.scans[-1].at.astimezone(timezone).date() if order.scans else None
    if last != today - timedelta(days=int(note["days"])):
        raise ValueError(f"{note[0]!r} disagrees with shipment_events.csv")
    return replace(order, carrier_claim=True)


def _gift_wrap(order: Order, note: re.Match[str], _today: date, _: ZoneInfo) -> Order:
    return replace(order, gift_wrap=True, note=note[0])


def _words(order: Order, note: re.Match[str], _today: date, _: ZoneInfo) -> Order:
    return replace(order, note=note[0])


_NOTES: dict[str, Callable[[Order, re.Match[str], date, ZoneInfo], Order]] = {
    r"engineer visit in (?P<days>\d+) days?, (?P<window>\d\d:\d\d-\d\d:\d\d)": _visit,
    r"pick up at (?P<store>S\d\d) within (?P<days>\d+) days?, code (?P<code>\d{4})": _pickup,
    r"return (?P<rma>RMA\d{6}) received at the warehouse": _return_received,
    r"refunded (?P<days>\d+) days? ago to (?P<route>[A-Za-z ]+)": _refunded_ago,
    r"cancelled by the customer; refunded": _refunded,
    r"no scan for (?P<days>\d+) days?; carrier claim open": _no_scan,
    r"held at the [A-Z]\w+ hub: [a-z ]+": _words,
    r"unpaid orders close after \d+ hours": _words,
    r"gift wrap": _gift_wrap,
}


def _list(text: str) -> tuple[str, ...]:
    """`a;b` as its parts; empty text has none."""
    return tuple(part.strip() for part in text.split(";") if part.strip())

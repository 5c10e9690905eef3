"""Rows of the demo shop's tables as the port's values, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, insert
from sqlalchemy.schema import CreateTable

from bot.retail import tables
from bot.retail.demo import FILES, DemoShop
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
    ReturnKind,
    Scan,
    Store,
    Text,
    Visit,
)

Rows = Iterable[Row[Any]]


def split(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()


def to_product(row: Row[Any]) -> Product:
    return Product(
        sku=row.sku,
        name=Text(row.name_zh, row.name_en),
        category=row.category,
        price=row.price,
        warranty_months=row.warranty_months,
        returnable=Returnable(row.returnable),
        return_note=row.return_note,
    )


def to_customer(row: Row[Any]) -> Customer:
    return Customer(
        customer_id=row.customer_id,
        name=row.name,
        name_latin=row.name_latin,
        phone=row.phone,
        email=row.email,
        language=row.language,
        tier=row.tier,
        tags=split(row.tags),
    )


def to_promotion(row: Row[Any]) -> Promotion:
    return Promotion(
        promo_id=row.promo_id,
        name=Text(row.name_zh, row.name_en),
        when=Text(row.when_zh, row.when_en),
        scope=split(row.scope),
        terms=row.terms,
        first_day=row.first_day,
        last_day=row.last_day,
        monthly_day=row.monthly_day,
    )


def to_store(row: Row[Any], hours: Rows, holidays: Rows) -> Store:
    """A store with its week (rows ordered by weekday) and its holidays (by first day)."""
    return Store(
        store_id=row.store_id,
        name=Text(row.name_zh, row.name_en),
        city=Text(row.city_zh, row.city_en),
        address=Text(row.address_zh, row.address_en),
        phone=row.phone,
        timezone=row.timezone,
        services=frozenset(split(row.services)),
        week=tuple(Hours(day.opens, day.closes) for day in hours),
        holidays=tuple(
            Holiday(
                found.first_day, found.last_day, Text(found.name_zh, found.name_en), Hours(found.opens, found.closes)
            )
            for found in holidays
        ),
    )


def to_order(row: Row[Any], items: Rows, scans: Rows, returned: Rows, products: Mapping[str, Product]) -> Order:
    """An order with its items (rows in their order), scans (oldest first) and returned items."""
    return Order(
        number=row.number,
        customer_id=row.customer_id,
        status=OrderStatus(row.status),
        placed_on=row.placed_on,
        delivered_on=row.delivered_on,
        payment=row.payment,
        carrier=Text(row.carrier_zh, row.carrier_en) if row.carrier_en else None,
        tracking_number=row.tracking_number,
        arrives_on=row.arrives_on,
        note=row.note,
        items=tuple(Item(products[item.sku], item.quantity, item.unit_price, item.opened) for item in items),
        scans=tuple(Scan(scan.at, Text(scan.text_zh, scan.text_en)) for scan in scans),
        pickup=Pickup(row.pickup_store, row.pickup_code, row.pickup_until) if row.pickup_code else None,
        visit=Visit(row.visit_day, row.visit_window) if row.visit_day else None,
        refunded_on=row.refunded_on,
        rma=row.rma,
        returning=frozenset(item.sku for item in returned),
        exchanging=frozenset(item.sku for item in returned if item.kind == ReturnKind.EXCHANGE),
        return_received=row.return_received,
        refunded=row.refunded,
        cancelled_on=row.cancelled_on,
        carrier_claim=row.carrier_claim,
        claim=row.claim,
        address=row.address,
        gift_wrap=row.gift_wrap,
    )


def fingerprint(folder: Path) -> str:
    """A hash that changes with the demo's files and with the tables they go into."""
    seen = hashlib.sha256()
    for table in tables.metadata.sorted_tables:
        seen.update(str(CreateTable(table)).encode())
    for name in FILES:
        seen.update((folder / name).read_bytes())
    return seen.hexdigest()


def write_demo(connection: Connection, shop: DemoShop, *, day: date, mark: str) -> None:
    """Put a whole demo shop into empty tables; `mark` is the fingerprint of what it was read from."""
    rows: dict[Any, list[dict[str, Any]]] = {
        tables.customers: [_from_customer(customer) for customer in shop.customers],
        tables.products: [_from_product(product) for product in shop.products],
        tables.stores: [_from_store(store) for store in shop.stores],
        tables.store_hours: [
            {"store_id": store.store_id, "weekday": weekday, "opens": hours.opens, "closes": hours.closes}
            for store in shop.stores
            for weekday, hours in enumerate(store.week)
        ],
        tables.holidays: [_from_holiday(store, holiday) for store in shop.stores for holiday in store.holidays],
        tables.stock: [
            {"sku": found.sku, "store_id": found.store_id, "quantity": found.quantity} for found in shop.stock
        ],
        tables.promotions: [_from_promotion(promotion) for promotion in shop.promotions],
        tables.orders: [_from_order(order) for order in shop.orders],
        tables.order_items: [
            {
                "number": order.number,
                "sku": item.product.sku,
                "position": position,
                "quantity": item.quantity,
                "unit_price": item.unit_price,
                "opened": item.opened,
            }
            for order in shop.orders
            for position, item in enumerate(order.items)
        ],
        tables.returned_items: [
            {"number": order.number, "sku": sku, "rma": order.rma, "kind": "refund", "reason": "", "wanted": ""}
            for order in shop.orders
            for sku in sorted(order.returning)
        ],
        tables.scans: [
            {"number": order.number, "at": scan.at, "text_zh": scan.text.zh, "text_en": scan.text.en}
            for order in shop.orders
            for scan in order.scans
        ],
        # numbers of the demo's own stay below these, so that new ones never meet them
        tables.counters: [{"name": "rma", "value": 1000}, {"name": "claim", "value": 1000}],
        tables.loaded: [{"day": day, "fingerprint": mark}],
    }
    for table, values in rows.items():
        if values:
            connection.execute(insert(table), values)


def _from_customer(customer: Customer) -> dict[str, Any]:
    return {
        "customer_id": customer.customer_id,
        "name": customer.name,
        "name_latin": customer.name_latin,
        "phone": customer.phone,
        "email": customer.email,
        "language": customer.language,
        "tier": customer.tier,
        "tags": ";".join(customer.tags),
    }


def _from_product(product: Product) -> dict[str, Any]:
    return {
        "sku": product.sku,
        "name_zh": product.name.zh,
        "name_en": product.name.en,
        "category": product.category,
        "price": product.price,
        "warranty_months": product.warranty_months,
        "returnable": product.returnable,
        "return_note": product.return_note,
    }


def _from_store(store: Store) -> dict[str, Any]:
    return {
        "store_id": store.store_id,
        "name_zh": store.name.zh,
        "name_en": store.name.en,
        "city_zh": store.city.zh,
        "city_en": store.city.en,
        "address_zh": store.address.zh,
        "address_en": store.address.en,
        "phone": store.phone,
        "timezone": store.timezone,
        "services": ";".join(sorted(store.services)),
    }


def _from_holiday(store: Store, holiday: Holiday) -> dict[str, Any]:
    return {
        "store_id": store.store_id,
        "first_day": holiday.first_day,
        "last_day": holiday.last_day,
        "name_zh": holiday.name.zh,
        "name_en": holiday.name.en,
        "opens": holiday.hours.opens,
        "closes": holiday.hours.closes,
    }


def _from_promotion(promotion: Promotion) -> dict[str, Any]:
    return {
        "promo_id": promotion.promo_id,
        "name_zh": promotion.name.zh,
        "name_en": promotion.name.en,
        "when_zh": promotion.when.zh,
        "when_en": promotion.when.en,
        "scope": ";".join(promotion.scope),
        "terms": promotion.terms,
        "first_day": promotion.first_day,
        "last_day": promotion.last_day,
        "monthly_day": promotion.monthly_day,
    }


def _from_order(order: Order) -> dict[str, Any]:
    return {
        "number": order.number,
        "customer_id": order.customer_id,
        "status": order.status,
        "placed_on": order.placed_on,
        "delivered_on": order.delivered_on,
        "payment": order.payment,
        "carrier_zh": order.carrier.zh if order.carrier else None,
        "carrier_en": order.carrier.en if order.carrier else None,
        "tracking_number": order.tracking_number,
        "arrives_on": order.arrives_on,
        "note": order.note,
        "pickup_store": order.pickup.store_id if order.pickup else None,
        "pickup_code": order.pickup.code if order.pickup else None,
        "pickup_until": order.pickup.keep_until if order.pickup else None,
        "visit_day": order.visit.day if order.visit else None,
        "visit_window": order.visit.window if order.visit else None,
        "refunded": order.refunded,
        "refunded_on": order.refunded_on,
        "rma": order.rma,
        "return_received": order.return_received,
        "cancelled_on": order.cancelled_on,
        "carrier_claim": order.carrier_claim,
        "claim": order.claim,
        "address": order.address,
        "gift_wrap": order.gift_wrap,
    }

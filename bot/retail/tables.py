"""The demo shop's tables: one SQLite file that can be thrown away and loaded anew at any time."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Time,
    TypeDecorator,
)


class Fen(TypeDecorator[Decimal]):
    """CNY kept as whole fen: SQLite knows no decimals."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value * 100)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-2)


class Utc(TypeDecorator[datetime]):
    """An aware UTC moment: SQLite forgets the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

loaded = Table(
    "loaded",
    metadata,
    Column("day", Date, primary_key=True),
    Column("fingerprint", String, nullable=False),
)
"""One row: the shop's day on which the facts were loaded, and a hash of files and tables."""

customers = Table(
    "customers",
    metadata,
    Column("customer_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("name_latin", String, nullable=False),
    Column("phone", String, nullable=False),
    Column("email", String, nullable=False),
    Column("language", String, nullable=False),
    Column("tier", String, nullable=False),
    Column("tags", String, nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("sku", String, primary_key=True),
    Column("name_zh", String, nullable=False),
    Column("name_en", String, nullable=False),
    Column("category", String, nullable=False),
    Column("price", Fen, nullable=False),
    Column("warranty_months", Integer, nullable=False),
    Column("returnable", String, nullable=False),
    Column("return_note", String, nullable=False),
)

stores = Table(
    "stores",
    metadata,
    Column("store_id", String, primary_key=True),
    Column("name_zh", String, nullable=False),
    Column("name_en", String, nullable=False),
    Column("city_zh", String, nullable=False),
    Column("city_en", String, nullable=False),
    Column("address_zh", String, nullable=False),
    Column("address_en", String, nullable=False),
    Column("phone", String, nullable=False),
    Column("timezone", String, nullable=False),
    Column("services", String, nullable=False),
)

store_hours = Table(
    "store_hours",
    metadata,
    Column("store_id", ForeignKey("stores.store_id"), primary_key=True),
    Column("weekday", Integer, primary_key=True),  # Monday is 0
    Column("opens", Time),
    Column("closes", Time),
)

holidays = Table(
    "holidays",
    metadata,
    Column("store_id", ForeignKey("stores.store_id"), primary_key=True),
    Column("first_day", Date, primary_key=True),
    Column("last_day", Date, primary_key=True),
    Column("name_zh", String, nullable=False),
    Column("name_en", String, nullable=False),
    Column("opens", Time),
    Column("closes", Time),
)

stock = Table(
    "stock",
    metadata,
    Column("sku", ForeignKey("products.sku"), primary_key=True),
    Column("store_id", ForeignKey("stores.store_id"), primary_key=True),
    Column("quantity", Integer, nullable=False),
)

promotions = Table(
    "promotions",
    metadata,
    Column("promo_id", String, primary_key=True),
    Column("name_zh", String, nullable=False),
    Column("name_en", String, nullable=False),
    Column("when_zh", String, nullable=False),
    Column("when_en", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("terms", String, nullable=False),
    Column("first_day", Date),
    Column("last_day", Date),
    Column("monthly_day", Integer),
)

orders = Table(
    "orders",
    metadata,
    Column("number", String, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False, index=True),
    Column("status", String, nullable=False),
    Column("placed_on", Date, nullable=False),
    Column("delivered_on", Date),
    Column("payment", String),
    Column("carrier_zh", String),
    Column("carrier_en", String),
    Column("tracking_number", String),
    Column("arrives_on", Date),
    Column("note", String, nullable=False),
    Column("pickup_store", String),
    Column("pickup_code", String),
    Column("pickup_until", Date),
    Column("visit_day", Date),
    Column("visit_window", String),
    Column("refunded", Boolean, nullable=False),
    Column("refunded_on", Date),
    Column("rma", String),
    Column("return_received", Boolean, nullable=False),
    Column("cancelled_on", Date),
    Column("carrier_claim", Boolean, nullable=False),
    Column("claim", String, unique=True),
    Column("address", String, nullable=False),
    Column("gift_wrap", Boolean, nullable=False),
)

order_items = Table(
    "order_items",
    metadata,
    Column("number", ForeignKey("orders.number"), primary_key=True),
    Column("sku", ForeignKey("products.sku"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_price", Fen, nullable=False),
    Column("opened", Boolean, nullable=False),
)

returned_items = Table(
    "returned_items",
    metadata,
    Column("number", ForeignKey("orders.number"), primary_key=True),
    Column("sku", ForeignKey("products.sku"), primary_key=True),  # an item is in one return at most
    Column("rma", String),
    Column("kind", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("wanted", String, nullable=False),
)

scans = Table(
    "scans",
    metadata,
    Column("number", ForeignKey("orders.number"), primary_key=True),
    Column("at", Utc, primary_key=True),
    Column("text_zh", String, nullable=False),
    Column("text_en", String, nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("claim", String, primary_key=True),
    Column("number", ForeignKey("orders.number"), nullable=False),
    Column("wish", String, nullable=False),
)

phone_inbox = Table(
    "phone_inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("phone", String, nullable=False),
    Column("code", String, nullable=False),
    Column("sent_at", Utc, nullable=False),
)
"""One-time codes that a real shop would send by text message; the demo pages show them."""

writes = Table(
    "writes",
    metadata,
    Column("key", String, primary_key=True),
    Column("request", String, nullable=False),
    Column("answer", String, nullable=False),
    Column("at", Utc, nullable=False),
)
"""Each write by its idempotency key: the same key is answered from here and has no second effect."""

counters = Table(
    "counters",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Integer, nullable=False),
)

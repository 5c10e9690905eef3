"""The demo shop behind the port: SQLite, with writes that change later reads like a real shop's."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import (
    BindParameter,
    Connection,
    Select,
    Table,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import ShopDown, ShopRefused
from bot.retail import rows, tables
from bot.retail.calendar import local
from bot.retail.delivery import MOVING
from bot.retail.loading import ensure_demo, load_demo, open_database, writing
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

__all__ = ["SentCode", "SqlShop", "ensure_demo", "load_demo"]

UNSENT = frozenset({OrderStatus.PENDING_PAYMENT, OrderStatus.PAID, OrderStatus.PACKING})
RETURNABLE = frozenset({OrderStatus.DELIVERED, OrderStatus.INSTALLATION_SCHEDULED, OrderStatus.RETURN_IN_PROGRESS})
WISHES = frozenset({"reship", "refund"})
MAX_ADDRESS = 300
"""Characters."""


def _of_orders(table: Table, sort: str) -> Select[Any]:
    numbers: BindParameter[Any] = bindparam("numbers", expanding=True)
    return select(table).where(table.c.number.in_(numbers)).order_by(table.c.number, table.c[sort])


# Built once: building a statement costs more than running it
_o = tables.orders
ORDER = select(_o).where(_o.c.number == bindparam("number"))
ORDERS_OF = (
    select(_o).where(_o.c.customer_id == bindparam("customer_id")).order_by(_o.c.placed_on.desc(), _o.c.number.desc())
)
ITEMS = _of_orders(tables.order_items, "position")
SCANS = _of_orders(tables.scans, "at")
RETURNED = _of_orders(tables.returned_items, "sku")
CUSTOMER = select(tables.customers).where(tables.customers.c.customer_id == bindparam("customer_id"))
STOCK_OF = select(tables.stock).where(tables.stock.c.sku == bindparam("sku")).order_by(tables.stock.c.store_id)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SentCode:
    """A one-time code on the demo's pretended phone."""

    customer_id: str
    phone: str
    code: str
    sent_at: datetime


class SqlShop:
    """The demo shop. `load_demo` must have filled the database.

    Catalogue, stores and promotions are read once: they change only by loading.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        timezone: str = "Asia/Shanghai",
        label_base: str = "https://shop.example/labels",
    ) -> None:
        self._engine = open_database(url)
        self._clock = clock
        self._timezone = timezone
        self._label_base = label_base
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="demo-shop")
        self._products: dict[str, Product] | None = None
        self._stores: tuple[Store, ...] | None = None
        self._promotions: tuple[Promotion, ...] | None = None

    async def find_order(self, number: str) -> Order | None:
        return await self._run(self._find_order, number)

    async def orders_of(self, customer_id: str) -> tuple[Order, ...]:
        return await self._run(self._orders_of, customer_id)

    async def find_customer(self, customer_id: str) -> Customer | None:
        return await self._run(self._find_customer, customer_id)

    async def products(self) -> tuple[Product, ...]:
        return tuple((await self._run(self._catalogue)).values())

    async def stores(self) -> tuple[Store, ...]:
        return await self._run(self._read_stores)

    async def stock_of(self, sku: str) -> tuple[Stock, ...]:
        return await self._run(self._stock_of, sku)

    async def promotions(self) -> tuple[Promotion, ...]:
        return await self._run(self._read_promotions)

    async def open_return(self, request: ReturnRequest, *, key: str) -> ReturnReceipt:
        asked = {
            "do": "open_return",
            "number": request.order_number,
            "skus": sorted(request.skus),
            "kind": request.kind,
            "reason": request.reason,
            "wanted": request.wanted,
        }
        answer = await self._once(key, asked, partial(self._open_return, request=request))
        return ReturnReceipt(answer["rma"], answer["label_url"], Decimal(answer["amount"]))

    async def cancel_order(self, number: str, *, key: str) -> Order:
        asked = {"do": "cancel_order", "number": number}
        await self._once(key, asked, partial(self._cancel, number=number))
        return await self._get_order(number)

    async def change_address(self, number: str, address: str, *, key: str) -> Order:
        asked = {"do": "change_address", "number": number, "address": address}
        await self._once(key, asked, partial(self._change_address, number=number, address=address))
        return await self._get_order(number)

    async def open_claim(self, number: str, wish: str, *, key: str) -> ClaimReceipt:
        asked = {"do": "open_claim", "number": number, "wish": wish}
        answer = await self._once(key, asked, partial(self._open_claim, number=number, wish=wish))
        return ClaimReceipt(answer["claim"])

    async def compensate(self, number: str, amount: Decimal, reason: str, *, key: str) -> CompensationReceipt:
        asked = {"do": "compensate", "number": number, "amount": str(amount), "reason": reason}
        answer = await self._once(key, asked, partial(self._compensate, number=number, amount=amount, key=key))
        return CompensationReceipt(answer["number"])

    async def send_code(self, customer_id: str, code: str, *, key: str) -> str:
        asked = {"do": "send_code", "customer_id": customer_id, "code": code}
        answer = await self._once(key, asked, partial(self._send_code, customer_id=customer_id, code=code))
        return str(answer["masked"])

    async def inbox(self, *, limit: int = 20) -> tuple[SentCode, ...]:
        """The one-time codes sent last, newest first: the demo's phone."""
        return await self._run(self._inbox, limit)

    async def aclose(self) -> None:
        self._threads.shutdown(wait=True)
        self._engine.dispose()

    async def _get_order(self, number: str) -> Order:
        order = await self.find_order(number)
        if order is None:
            raise ShopDown(f"order {number} is gone after a write: was the demo loaded anew meanwhile?")
        return order

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do blocking work on a thread."""
        call = partial(work, *args, **kwargs)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except SQLAlchemyError as error:
            raise ShopDown(f"the demo shop's database: {type(error).__name__}") from error

    async def _once(self, key: str, asked: dict[str, Any], effect: Callable[[Connection], dict[str, Any]]) -> Any:
        """Have an effect once per key; a repeat is answered as the first time."""
        return await self._run(self._write_once, key, json.dumps(asked, sort_keys=True), effect)

    def _write_once(self, key: str, asked: str, effect: Callable[[Connection], dict[str, Any]]) -> Any:
        with writing(self._engine) as connection:
            done = connection.execute(select(tables.writes).where(tables.writes.c.key == key)).first()
            if done is not None:
                if done.request != asked:
                    raise ShopRefused("key_reused", "the idempotency key belongs to another request")
                return json.loads(done.answer)
            answer = effect(connection)
            values = {"key": key, "request": asked, "answer": json.dumps(answer), "at": self._clock()}
            connection.execute(insert(tables.writes).values(values))
            return answer

    # Reads

    def _find_order(self, number: str) -> Order | None:
        with self._engine.connect() as connection:
            return next(iter(self._orders(connection, ORDER, {"number": number})), None)

    def _orders_of(self, customer_id: str) -> tuple[Order, ...]:
        with self._engine.connect() as connection:
            return self._orders(connection, ORDERS_OF, {"customer_id": customer_id})

    def _orders(self, connection: Connection, query: Select[Any], values: dict[str, str]) -> tuple[Order, ...]:
        found = connection.execute(query, values).all()
        if not found:
            return ()
        numbers = [row.number for row in found]
        items, scans, returned = (_by_order(connection, query, numbers) for query in (ITEMS, SCANS, RETURNED))
        products = self._catalogue()
        return tuple(
            rows.to_order(row, items[row.number], scans[row.number], returned[row.number], products) for row in found
        )

    def _find_customer(self, customer_id: str) -> Customer | None:
        with self._engine.connect() as connection:
            row = connection.execute(CUSTOMER, {"customer_id": customer_id}).first()
        return None if row is None else rows.to_customer(row)

    def _catalogue(self) -> dict[str, Product]:
        if self._products is None:
            with self._engine.connect() as connection:
                found = connection.execute(select(tables.products).order_by(tables.products.c.sku)).all()
            self._products = {row.sku: rows.to_product(row) for row in found}
        return self._products

    def _read_stores(self) -> tuple[Store, ...]:
        if self._stores is None:
            with self._engine.connect() as connection:
                found = connection.execute(select(tables.stores).order_by(tables.stores.c.store_id)).all()
                hours = connection.execute(select(tables.store_hours).order_by(tables.store_hours.c.weekday)).all()
                days = connection.execute(select(tables.holidays).order_by(tables.holidays.c.first_day)).all()
            self._stores = tuple(
                rows.to_store(
                    row,
                    [hour for hour in hours if hour.store_id == row.store_id],
                    [day for day in days if day.store_id == row.store_id],
                )
                for row in found
            )
        return self._stores

    def _read_promotions(self) -> tuple[Promotion, ...]:
        if self._promotions is None:
            with self._engine.connect() as connection:
                found = connection.execute(select(tables.promotions).order_by(tables.promotions.c.promo_id)).all()
            self._promotions = tuple(rows.to_promotion(row) for row in found)
        return self._promotions

    def _stock_of(self, sku: str) -> tuple[Stock, ...]:
        with self._engine.connect() as connection:
            found = connection.execute(STOCK_OF, {"sku": sku}).all()
        return tuple(Stock(row.store_id, row.sku, row.quantity) for row in found)

    def _inbox(self, limit: int) -> tuple[SentCode, ...]:
        inbox = tables.phone_inbox
        with self._engine.connect() as connection:
            found = connection.execute(select(inbox).order_by(inbox.c.id.desc()).limit(limit)).all()
        return tuple(SentCode(row.customer_id, row.phone, row.code, row.sent_at) for row in found)

    # Writes: each runs inside the transaction that also remembers its key

    def _open_return(self, connection: Connection, request: ReturnRequest) -> dict[str, Any]:
        order = self._to_change(connection, request.order_number)
        if order.status not in RETURNABLE or order.delivered_on is None:
            raise ShopRefused("not_delivered" if order.status is not OrderStatus.CANCELLED else "cancelled")
        items = [item for item in order.items if item.product.sku in request.skus]
        if not items or len(items) != len(set(request.skus)):
            raise ShopRefused("not_in_order")
        if order.returning & set(request.skus):
            raise ShopRefused("already_open")
        rma = f"RMA{self._today():%y}{_next_number(connection, 'rma'):04d}"
        wanted = [
            {
                "number": order.number,
                "sku": item.product.sku,
                "rma": rma,
                "kind": request.kind,
                "reason": request.reason,
                "wanted": request.wanted,
            }
            for item in items
        ]
        connection.execute(insert(tables.returned_items), wanted)
        change: dict[str, Any] = {"status": OrderStatus.RETURN_IN_PROGRESS, "rma": rma, "return_received": False}
        if len(order.returning) + len(items) == len(order.items):
            change |= {"visit_day": None, "visit_window": None}  # nothing is left to install
        _change(connection, order.number, change)
        refund = request.kind is ReturnKind.REFUND
        amount = sum((item.total for item in items), Decimal(0)) if refund else Decimal(0)
        return {"rma": rma, "label_url": f"{self._label_base}/{rma}", "amount": str(amount)}

    def _cancel(self, connection: Connection, *, number: str) -> dict[str, Any]:
        order = self._to_change(connection, number)
        _refuse_unless_unsent(order)
        change = {"status": OrderStatus.CANCELLED, "cancelled_on": self._today(), "arrives_on": None}
        _change(connection, number, change)
        return {}

    def _change_address(self, connection: Connection, *, number: str, address: str) -> dict[str, Any]:
        order = self._to_change(connection, number)
        _refuse_unless_unsent(order)
        address = " ".join(address.split())
        if not address or len(address) > MAX_ADDRESS:
            raise ShopRefused("bad_address")
        _change(connection, number, {"address": address})
        return {}

    def _open_claim(self, connection: Connection, *, number: str, wish: str) -> dict[str, Any]:
        if wish not in WISHES:
            raise ShopRefused("bad_wish")
        order = self._to_change(connection, number)
        if order.claim is not None:
            raise ShopRefused("already_open")
        if order.status is not OrderStatus.LOST and order.status not in MOVING:
            raise ShopRefused("not_on_the_way")
        claim = f"CLM{self._today():%y}{_next_number(connection, 'claim'):04d}"
        connection.execute(insert(tables.claims).values(claim=claim, number=number, wish=wish))
        _change(connection, number, {"claim": claim})
        return {"claim": claim}

    def _compensate(self, connection: Connection, *, number: str, amount: Decimal, key: str) -> dict[str, Any]:
        order = self._to_change(connection, number)
        if order.payment is None:
            raise ShopRefused("not_paid")
        if amount > order.total:
            raise ShopRefused("too_much")
        mark = hashlib.sha256(key.encode()).hexdigest()[:8].upper()
        return {"number": f"CMP{self._today():%y}{mark}"}

    def _send_code(self, connection: Connection, *, customer_id: str, code: str) -> dict[str, Any]:
        row = connection.execute(CUSTOMER, {"customer_id": customer_id}).first()
        if row is None:
            raise ShopRefused("not_found")
        values = {"customer_id": customer_id, "phone": row.phone, "code": code, "sent_at": self._clock()}
        connection.execute(insert(tables.phone_inbox).values(values))
        return {"masked": mask_phone(row.phone)}

    def _to_change(self, connection: Connection, number: str) -> Order:
        found = self._orders(connection, ORDER, {"number": number})
        if not found:
            raise ShopRefused("not_found")
        return found[0]

    def _today(self) -> date:
        return local(self._clock(), self._timezone).date()


def _refuse_unless_unsent(order: Order) -> None:
    if order.status is OrderStatus.CANCELLED:
        raise ShopRefused("already_cancelled")
    if order.status not in UNSENT:
        raise ShopRefused("already_shipped")


def _by_order(connection: Connection, query: Select[Any], numbers: Sequence[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query, {"numbers": numbers}):
        found[row.number].append(row)
    return found


def _change(connection: Connection, number: str, values: dict[str, Any]) -> None:
    connection.execute(update(tables.orders).where(tables.orders.c.number == number).values(values))


def _next_number(connection: Connection, name: str) -> int:
    counters = tables.counters
    statement = update(counters).where(counters.c.name == name).values(value=counters.c.value + 1)
    return int(connection.execute(statement.returning(counters.c.value)).scalar_one())

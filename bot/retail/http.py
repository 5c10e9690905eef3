"""A real shop behind the port, over HTTP (docs/shop-api.yml): a whole, checked answer in time, or `ShopDown`."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bot.errors import ShopDown, ShopRefused
from bot.retail import wire
from bot.retail.breaker import Breaker
from bot.retail.shop import (
    ClaimReceipt,
    CompensationReceipt,
    Customer,
    Order,
    Product,
    Promotion,
    ReturnReceipt,
    ReturnRequest,
    Stock,
    Store,
)
from bot.retail.wire import W

MAX_BYTES = 4 * 1024 * 1024
"""Of one answer."""
ATTEMPTS = 3
"""Of a read; a write is sent once."""
FRESH_SECONDS = 60.0
"""How long catalogue, stores and promotions are kept."""

NOT_FOUND = "not_found"

T = TypeVar("T")


class _Unwell(ShopDown):
    """A failure that may be gone a moment later: no connection, a broken one, or a 5xx."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes


class HttpShop:
    """A shop's systems by URL.

    Redirects are not followed and compressed answers are not taken: no answer is larger than what was counted.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str,
        connect_seconds: float = 1.0,
        total_seconds: float = 3.0,
        breaker: Breaker | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`total_seconds` bounds a call with all its attempts."""
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(total_seconds, connect=connect_seconds),
            follow_redirects=False,
            verify=_tls(),
        )
        self._total_seconds = total_seconds
        self._breaker = breaker or Breaker()
        self._products = _Kept(self._read_products, clock)
        self._stores = _Kept(self._read_stores, clock)
        self._promotions = _Kept(self._read_promotions, clock)

    async def find_order(self, number: str) -> Order | None:
        found = await self._find(wire.Order, _path("orders", number))
        return None if found is None else _same(found.value(), "number", number)

    async def orders_of(self, customer_id: str) -> tuple[Order, ...]:
        found = await self._get(wire.Orders, _path("customers", customer_id, "orders"))
        orders = tuple(_same(order.value(), "customer_id", customer_id) for order in found.orders)
        return tuple(sorted(orders, key=lambda order: (order.placed_on, order.number), reverse=True))

    async def find_customer(self, customer_id: str) -> Customer | None:
        found = await self._find(wire.Customer, _path("customers", customer_id))
        return None if found is None else _same(found.value(), "customer_id", customer_id)

    async def products(self) -> tuple[Product, ...]:
        return await self._products.get()

    async def stores(self) -> tuple[Store, ...]:
        return await self._stores.get()

    async def promotions(self) -> tuple[Promotion, ...]:
        return await self._promotions.get()

    async def stock_of(self, sku: str) -> tuple[Stock, ...]:
        found = await self._get(wire.StockList, _path("products", sku, "stock"))
        return tuple(_same(each.value(), "sku", sku) for each in found.stock)

    async def open_return(self, request: ReturnRequest, *, key: str) -> ReturnReceipt:
        body = {"skus": list(request.skus), "kind": request.kind, "reason": request.reason, "wanted": request.wanted}
        path = _path("orders", request.order_number, "returns")
        receipt = await self._write(wire.ReturnReceipt, "POST", path, body, key)
        return ReturnReceipt(receipt.rma, receipt.label_url, receipt.amount)

    async def cancel_order(self, number: str, *, key: str) -> Order:
        path = _path("orders", number, "cancellation")
        return _same((await self._write(wire.Order, "POST", path, None, key)).value(), "number", number)

    async def change_address(self, number: str, address: str, *, key: str) -> Order:
        path = _path("orders", number, "address")
        order = await self._write(wire.Order, "PUT", path, {"address": address}, key)
        return _same(order.value(), "number", number)

    async def open_claim(self, number: str, wish: str, *, key: str) -> ClaimReceipt:
        path = _path("orders", number, "claims")
        return ClaimReceipt((await self._write(wire.ClaimReceipt, "POST", path, {"wish": wish}, key)).claim)

    async def compensate(self, number: str, amount: Decimal, reason: str, *, key: str) -> CompensationReceipt:
        path, body = _path("orders", number, "compensations"), {"amount": str(amount), "reason": reason}
        return CompensationReceipt((await self._write(wire.CompensationReceipt, "POST", path, body, key)).number)

    async def send_code(self, customer_id: str, code: str, *, key: str) -> str:
        path = _path("customers", customer_id, "codes")
        return (await self._write(wire.CodeReceipt, "POST", path, {"code": code}, key)).sent_to

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _read_products(self) -> tuple[Product, ...]:
        return tuple(product.value() for product in (await self._get(wire.Products, "products")).products)

    async def _read_stores(self) -> tuple[Store, ...]:
        return tuple(store.value() for store in (await self._get(wire.Stores, "stores")).stores)

    async def _read_promotions(self) -> tuple[Promotion, ...]:
        return tuple(found.value() for found in (await self._get(wire.Promotions, "promotions")).promotions)

    async def _get(self, model: type[W], path: str) -> W:
        """What is always there, if only as an empty list."""
        found = await self._find(model, path)
        if found is None:
            raise ShopDown(f"the shop does not know {path}")
        return found

    async def _find(self, model: type[W], path: str) -> W | None:
        """One thing; None only when the shop itself says that there is none."""
        return await self._guarded(partial(self._read, model, path))

    async def _read(self, model: type[W], path: str) -> W | None:
        attempts = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.05, max=0.5),
            retry=retry_if_exception_type(_Unwell),
            reraise=True,
        )
        answer: _Answer = await attempts(self._send, "GET", path)
        if _says_not_found(answer):
            return None
        return _parse(model, answer)

    async def _write(self, model: type[W], method: str, path: str, body: dict[str, Any] | None, key: str) -> W:
        """A write is sent once: when its answer is lost, asking again with the same key is the caller's decision."""

        async def once() -> W:
            answer = await self._send(method, path, body, {"Idempotency-Key": key})
            if answer.status == httpx.codes.CONFLICT or _says_not_found(answer):
                raise ShopRefused(_code(answer))
            return _parse(model, answer)

        return await self._guarded(once)

    async def _guarded(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` within the time limit, unless the shop has failed too often lately."""

        async def in_time() -> T:
            try:
                async with asyncio.timeout(self._total_seconds):
                    return await work()
            except TimeoutError as error:
                raise ShopDown(f"no whole answer within {self._total_seconds:g} s") from error

        return await self._breaker.call(in_time)

    async def _send(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> _Answer:
        """One exchange, read to its end.

        Raises:
            ShopDown: no answer that can be used; `_Unwell` when another attempt may bring one.
        """
        read = bytearray()
        try:
            async with self._client.stream(method, path, json=body, headers=headers) as response:
                if response.is_server_error:
                    raise _Unwell(f"the shop answered {response.status_code} to {method} {path}")
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise ShopDown("the shop's answer is compressed, which was not asked for")
                if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
                    raise ShopDown(f"the shop answered {response.status_code} to {method} {path}, but not in JSON")
                async for chunk in response.aiter_raw():
                    read += chunk
                    if len(read) > MAX_BYTES:
                        raise ShopDown(f"the shop's answer to {method} {path} is larger than {MAX_BYTES} bytes")
                return _Answer(response.status_code, bytes(read))
        except httpx.HTTPError as error:
            raise _Unwell(f"no answer to {method} {path}: {type(error).__name__}") from error


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the authorities' certificates takes a fifth of a second."""
    return httpx.create_ssl_context()


class _Kept(Generic[T]):
    """What changes rarely, read anew when it is older than `FRESH_SECONDS`."""

    def __init__(self, read: Callable[[], Awaitable[T]], clock: Callable[[], float]) -> None:
        self._read = read
        self._clock = clock
        self._found: tuple[float, T] | None = None

    async def get(self) -> T:
        now = self._clock()
        if self._found is None or now - self._found[0] >= FRESH_SECONDS:
            self._found = now, await self._read()
        return self._found[1]


def _path(*segments: str) -> str:
    """Segments as a path; what would climb out of its place goes nowhere."""
    if any(segment in ("", ".", "..") for segment in segments):
        raise ShopDown("an empty name or dots cannot be looked up")
    return "/".join(quote(segment, safe="", errors="replace") for segment in segments)


def _parse(model: type[W], answer: _Answer) -> W:
    if answer.status != httpx.codes.OK:
        raise ShopDown(f"the shop answered {answer.status}")
    return wire.parse(model, answer.body)


def _says_not_found(answer: _Answer) -> bool:
    """Whether the shop says so itself; a 404 of anything in between is a fault."""
    return answer.status == httpx.codes.NOT_FOUND and _code(answer) == NOT_FOUND


def _code(answer: _Answer) -> str:
    """The reason in a refusal; one without is no refusal but a fault."""
    return wire.parse(wire.Error, answer.body).error.code


def _same(value: T, field: str, expected: str) -> T:
    """`value`, when it is the one that was asked for: an answer to another question is worse than none."""
    if getattr(value, field) != expected:
        raise ShopDown(f"the shop answered with another {field}")
    return value

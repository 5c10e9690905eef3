"""The HTTP adapter against a real server: the port's contract, and everything a network or a broken shop may do."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from bot.errors import ShopDown, ShopRefused
from bot.retail.breaker import Breaker
from bot.retail.demo import DemoShop
from bot.retail.http import FRESH_SECONDS, MAX_BYTES, HttpShop
from bot.retail.shop import ReturnKind, ReturnRequest, Store
from bot.retail.sql import SqlShop
from tests.bot.retail.shop_contract import NOW, ShopContract
from tests.shop_server import Misbehaviour, ShopServer, encode

TOKEN = "a-token"
Read = Callable[[HttpShop], Awaitable[object]]


@pytest.fixture
async def server(url: str) -> AsyncIterator[ShopServer]:
    backend = SqlShop(url, clock=lambda: NOW)
    async with ShopServer(backend, token=TOKEN) as server:
        yield server
    await backend.aclose()
    assert server.faults == []


@pytest.fixture
async def shop(server: ShopServer) -> AsyncIterator[HttpShop]:
    shop = HttpShop(server.url, token=TOKEN, connect_seconds=2, total_seconds=2)
    yield shop
    await shop.aclose()


class TestHttpShop(ShopContract):
    """The port's contract over HTTP, and with it the document: the server checks each exchange against it."""


def answer(
    body: bytes | str, *, status: str = "200 OK", kind: str = "application/json", more: str = ""
) -> Misbehaviour:
    """A whole answer with these bytes."""
    raw = body.encode() if isinstance(body, str) else body

    async def write(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(raw)}\r\n{more}\r\n"
        writer.write(head.encode() + raw)
        await writer.drain()

    return write


async def stalls(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def stalls_in_the_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{")
    await asyncio.sleep(30)


async def trickles(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n")
    for _ in range(300):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)


async def resets(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def breaks_off(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{}")
    await writer.drain()


async def talks_nonsense(writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
    await writer.drain()


async def never_ends(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
        await writer.drain()


def gzip_bomb() -> Misbehaviour:
    return answer(gzip.compress(b" " * 50_000_000), more="Content-Encoding: gzip\r\n")


def order_json(demo: DemoShop, **changes: Any) -> dict[str, Any]:
    return {**encode(demo.orders[1]), **changes}


MISBEHAVIOURS: dict[str, Misbehaviour] = {
    "500": answer('{"error": {"code": "oops"}}', status="500 Internal Server Error"),
    "503 in html": answer("<h1>busy</h1>", status="503 Service Unavailable", kind="text/html"),
    "404 of a proxy": answer("<h1>not found</h1>", status="404 Not Found", kind="text/html"),
    "404 of another api": answer('{"detail": "Not Found"}', status="404 Not Found"),
    "404 with another code": answer('{"error": {"code": "no_such_endpoint"}}', status="404 Not Found"),
    "401": answer('{"error": {"code": "unauthorised"}}', status="401 Unauthorized"),
    "429": answer('{"error": {"code": "slow_down"}}', status="429 Too Many Requests"),
    "a redirect": answer("{}", status="302 Found", more="Location: /orders/GT2600010042\r\n"),
    "202": answer("{}", status="202 Accepted"),
    "html with 200": answer("<html>login</html>", kind="text/html"),
    "html that calls itself json": answer("<html>login</html>"),
    "no json": answer("{"),
    "an empty object": answer("{}"),
    "null": answer("null"),
    "a list": answer("[]"),
    "deep json": answer("[" * 100_000),
    "ten megabytes": answer(b" " * 10_000_000 + b"{}"),
    "a gzip bomb": gzip_bomb(),
    "no end": never_ends,
    "a stall": stalls,
    "a stall in the body": stalls_in_the_body,
    "a trickle": trickles,
    "a reset": resets,
    "half an answer": breaks_off,
    "nonsense": talks_nonsense,
}

READS: dict[str, Read] = {
    "an order": lambda shop: shop.find_order("GT2600010043"),
    "a customer": lambda shop: shop.find_customer("C001"),
    "the orders": lambda shop: shop.orders_of("C001"),
    "the products": lambda shop: shop.products(),
    "the stock": lambda shop: shop.stock_of("P1001"),
}


@pytest.mark.parametrize("name", MISBEHAVIOURS)
async def test_whatever_a_shop_sends_a_bad_answer_is_down_in_time(
    server: ShopServer, shop: HttpShop, name: str
) -> None:
    server.misbehave = MISBEHAVIOURS[name]
    started = time.monotonic()
    with pytest.raises(ShopDown):
        await shop.find_order("GT2600010043")
    assert time.monotonic() - started < 8, "not as long as it trickles"
    with pytest.raises(ShopDown):
        await shop.cancel_order("GT2600010051", key="t1")
    server.misbehave = None
    assert await shop.find_order("GT2600010043") is not None


@pytest.mark.parametrize("read", READS)
async def test_no_read_makes_something_of_an_empty_answer(server: ShopServer, shop: HttpShop, read: str) -> None:
    server.misbehave = answer("{}")
    with pytest.raises(ShopDown):
        await READS[read](shop)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "GT2600010042"},
        {"number": None},
        {"status": "somewhere"},
        {"status": 3},
        {"placed_on": "yesterday"},
        {"placed_on": 1700000000},
        {"placed_on": "2026-11-22T10:00:00"},
        {"delivered_on": None},
        {"items": []},
        {"items": None},
        {"refunded": "no"},
        {"refunded": 0},
        {"scans": [{"at": "2026-11-22T10:00:00", "text": {"zh": "到", "en": "here"}}]},
        {"scans": [{"at": "2026-11-22T10:00:00Z", "text": {"zh": "到"}}]},
        {"pickup": {"store_id": "S07", "code": "", "keep_until": "2026-11-29"}},
        {"visit": {"day": "2026-11-29", "window": "afternoon"}},
        {"returning": ["P9999"]},
        {"exchanging": ["P9999"]},
        {"carrier": "SF"},
    ],
    ids=lambda changes: json.dumps(changes)[:40],
)
async def test_an_order_that_is_wrong_in_one_place_is_not_read_at_all(
    server: ShopServer, shop: HttpShop, demo: DemoShop, changes: dict[str, Any]
) -> None:
    server.misbehave = answer(json.dumps(order_json(demo)))
    assert await shop.find_order("GT2600010043") == demo.orders[1]
    server.misbehave = answer(json.dumps(order_json(demo, **changes)))
    with pytest.raises(ShopDown):
        await shop.find_order("GT2600010043")


@pytest.mark.parametrize("price", [399.0, "399.001", "-1", "NaN", "1e3000", "", "many"], ids=repr)
async def test_money_is_taken_only_as_it_is_agreed(
    server: ShopServer, shop: HttpShop, demo: DemoShop, price: object
) -> None:
    items = encode(demo.orders[1].items)
    items[0]["unit_price"] = price
    server.misbehave = answer(json.dumps(order_json(demo, items=items)))
    with pytest.raises(ShopDown):
        await shop.find_order("GT2600010043")


async def test_the_same_product_in_two_items_is_refused(server: ShopServer, shop: HttpShop, demo: DemoShop) -> None:
    items = encode(demo.orders[1].items)
    server.misbehave = answer(json.dumps(order_json(demo, items=[items[0], items[0]])))
    with pytest.raises(ShopDown):
        await shop.find_order("GT2600010043")


async def test_properties_of_tomorrow_are_ignored(server: ShopServer, shop: HttpShop, demo: DemoShop) -> None:
    server.misbehave = answer(json.dumps(order_json(demo, loyalty={"points": 3})))
    assert await shop.find_order("GT2600010043") == demo.orders[1]


async def test_answers_about_others_are_refused(server: ShopServer, shop: HttpShop, demo: DemoShop) -> None:
    server.misbehave = answer(json.dumps({"orders": [order_json(demo)]}))
    with pytest.raises(ShopDown, match="another customer_id"):
        await shop.orders_of("C002")
    server.misbehave = answer(json.dumps(encode(demo.customers[0])))
    with pytest.raises(ShopDown, match="another customer_id"):
        await shop.find_customer("C002")
    server.misbehave = answer(json.dumps({"stock": [encode(demo.stock[0])]}))
    with pytest.raises(ShopDown, match="another sku"):
        await shop.stock_of("P1002")
    server.misbehave = answer(json.dumps(order_json(demo)))
    with pytest.raises(ShopDown, match="another number"):
        await shop.cancel_order("GT2600010051", key="t1")


def store_json(store: Store, **changes: Any) -> Misbehaviour:
    return answer(json.dumps({"stores": [{**encode(store), **changes}]}))


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"timezone": 8},
        {"week": [{"opens": "10:00", "closes": "22:00"}] * 6},
        {"week": [{"opens": "22:00", "closes": "10:00"}] * 7},
        {"week": [{"opens": "10:00", "closes": None}] * 7},
        {"week": [{"opens": 600, "closes": 1320}] * 7},
        {"holidays": [{"first_day": "2027-02-07", "last_day": "2027-02-06"}]},
    ],
    ids=lambda changes: json.dumps(changes)[:40],
)
async def test_impossible_hours_are_not_told(
    server: ShopServer, shop: HttpShop, demo: DemoShop, changes: dict[str, Any]
) -> None:
    server.misbehave = store_json(demo.stores[0])
    assert await shop.stores() == demo.stores[:1]
    other = HttpShop(server.url, token=TOKEN)
    server.misbehave = store_json(demo.stores[0], **changes)
    with pytest.raises(ShopDown):
        await other.stores()
    await other.aclose()


async def test_a_whole_phone_number_in_place_of_a_masked_one_is_not_passed_on(
    server: ShopServer, shop: HttpShop
) -> None:
    server.misbehave = answer('{"sent_to": "13800138812"}')
    with pytest.raises(ShopDown):
        await shop.send_code("C001", "123456", key="t1")


async def test_a_fault_is_described_without_values(server: ShopServer, shop: HttpShop, demo: DemoShop) -> None:
    server.misbehave = answer(json.dumps({**encode(demo.customers[0]), "phone": "secret-phone"}))
    with pytest.raises(ShopDown, match="phone") as fault:
        await shop.find_customer("C001")
    assert "secret" not in str(fault.value)


async def test_the_token_is_needed(server: ShopServer) -> None:
    shop = HttpShop(server.url, token="wrong")
    with pytest.raises(ShopDown, match="401"):
        await shop.find_order("GT2600010042")
    await shop.aclose()


async def test_nobody_listening_is_down_at_once() -> None:
    shop = HttpShop("http://127.0.0.1:9", token=TOKEN)
    with pytest.raises(ShopDown):
        await shop.find_order("GT2600010042")
    await shop.aclose()


async def test_names_cannot_leave_their_place(server: ShopServer, shop: HttpShop) -> None:
    assert await shop.find_order("../customers/C001") is None
    assert await shop.find_order("GT26?x=1#y") is None
    assert [request.path for request in server.requests] == [
        "/orders/..%2Fcustomers%2FC001",
        "/orders/GT26%3Fx%3D1%23y",
    ]
    for name in ("", ".", ".."):
        with pytest.raises(ShopDown):
            await shop.find_order(name)


def fails(times: int) -> Misbehaviour:
    """Breaks the connection so many times."""
    left = times

    async def write(writer: asyncio.StreamWriter) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            writer.transport.abort()
            return
        await answer('{"error": {"code": "not_found"}}', status="404 Not Found")(writer)

    return write


async def test_a_read_is_tried_three_times(server: ShopServer, shop: HttpShop) -> None:
    server.misbehave = fails(2)
    assert await shop.find_order("GT2600010042") is None
    assert len(server.requests) == 3
    server.misbehave = fails(3)
    with pytest.raises(ShopDown):
        await shop.find_order("GT2600010042")
    assert len(server.requests) == 6


async def test_a_wrong_answer_is_not_asked_for_again(server: ShopServer, shop: HttpShop) -> None:
    server.misbehave = answer("{}")
    with pytest.raises(ShopDown):
        await shop.find_order("GT2600010042")
    assert len(server.requests) == 1


async def test_a_write_is_sent_once_with_its_key(server: ShopServer, shop: HttpShop) -> None:
    server.misbehave = resets
    request = ReturnRequest("GT2600010043", ("P1206",), ReturnKind.REFUND, "no_reason")
    with pytest.raises(ShopDown):
        await shop.open_return(request, key="turn-7")
    assert [sent.headers["idempotency-key"] for sent in server.requests] == ["turn-7"]


async def test_a_write_whose_answer_was_lost_can_be_asked_for_again(server: ShopServer, shop: HttpShop) -> None:
    request = ReturnRequest("GT2600010043", ("P1206",), ReturnKind.REFUND, "no_reason")
    receipt = await shop.open_return(request, key="turn-7")
    assert receipt.amount == Decimal(399)
    assert await shop.open_return(request, key="turn-7") == receipt


@pytest.mark.parametrize("code", ["supplier_is_closed", "already_open"])
async def test_a_refusal_carries_the_shops_code(server: ShopServer, shop: HttpShop, code: str) -> None:
    server.misbehave = answer(json.dumps({"error": {"code": code}}), status="409 Conflict")
    with pytest.raises(ShopRefused) as refused:
        await shop.cancel_order("GT2600010051", key="t1")
    assert refused.value.code == code


@pytest.mark.parametrize("body", ["{}", '{"error": {"code": "Not A Code"}}', '{"error": "no"}'])
async def test_a_refusal_without_a_proper_code_is_a_fault(server: ShopServer, shop: HttpShop, body: str) -> None:
    server.misbehave = answer(body, status="409 Conflict")
    with pytest.raises(ShopDown):
        await shop.cancel_order("GT2600010051", key="t1")


async def test_the_catalogue_is_kept_for_a_minute(server: ShopServer) -> None:
    now = 0.0
    shop = HttpShop(server.url, token=TOKEN, clock=lambda: now)
    for _ in range(3):
        await shop.products()
        await shop.stores()
        await shop.promotions()
    assert len(server.requests) == 3
    now += FRESH_SECONDS
    await shop.products()
    assert len(server.requests) == 4
    server.misbehave = resets
    now += FRESH_SECONDS
    with pytest.raises(ShopDown):
        await shop.products()
    await shop.aclose()


async def test_after_five_failures_nobody_is_asked(server: ShopServer) -> None:
    shop = HttpShop(server.url, token=TOKEN, breaker=Breaker(clock=lambda: 0.0))
    server.misbehave = answer("{}")
    for _ in range(5):
        with pytest.raises(ShopDown):
            await shop.find_order("GT2600010042")
    server.misbehave = None
    with pytest.raises(ShopDown, match="breaker is open"):
        await shop.find_order("GT2600010042")
    assert len(server.requests) == 5
    await shop.aclose()


async def test_refusals_and_unknown_orders_do_not_open_the_breaker(server: ShopServer, shop: HttpShop) -> None:
    for number in range(7):
        assert await shop.find_order("GT2600019999") is None
        with pytest.raises(ShopRefused):
            await shop.cancel_order("GT2600010042", key=f"t{number}")
    assert await shop.find_order("GT2600010042") is not None


def test_the_limit_of_an_answer_is_what_the_document_says() -> None:
    assert MAX_BYTES == 4 * 2**20

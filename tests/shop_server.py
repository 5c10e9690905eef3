"""A shop's side of docs/shop-api.yml: a small server over any `ShopBackend`, which also reads as an example.

Each request and each answer is checked against the document. `misbehave` replaces answers by something a real network
or a broken shop might send.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote

import h11
import yaml
from jsonschema import Draft202012Validator

from bot.errors import ShopRefused
from bot.retail.shop import ReturnKind, ReturnRequest, ShopBackend

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "shop-api.yml"

Misbehaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    """Parsed JSON; None without a body."""


@cache
def document() -> dict[str, Any]:
    """docs/shop-api.yml, parsed once."""
    parsed: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return parsed


class ShopServer:
    """Serves a shop on a free port while the context is open."""

    def __init__(self, shop: ShopBackend, *, token: str) -> None:
        self._shop = shop
        self._token = token
        self._contract = Contract(document())
        self.requests: list[Request] = []
        self.misbehave: Misbehaviour | None = None
        """Writes bytes in place of an answer; the connection is closed afterwards."""
        self.faults: list[str] = []
        """Where requests or answers were not as the document says."""

    async def __aenter__(self) -> ShopServer:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        try:
            while (request := await _read_request(connection, reader)) is not None:
                self.requests.append(request)
                if self.misbehave is not None:
                    await self.misbehave(writer)
                    return
                status, answer = await self._answer(request)
                _write_answer(connection, writer, status, json.dumps(answer, ensure_ascii=False).encode())
                await writer.drain()
                connection.start_next_cycle()
        except (ConnectionError, h11.ProtocolError):
            pass  # the client went away
        finally:
            writer.close()

    async def _answer(self, request: Request) -> tuple[int, Any]:
        if request.headers.get("authorization") != f"Bearer {self._token}":
            return 401, {"error": {"code": "unauthorised"}}
        operation, names = self._contract.find(request)
        if operation is None:
            return 404, {"error": {"code": "no_such_endpoint"}}
        self.faults += self._contract.request_faults(operation, request)
        try:
            found = await self._do(operation["operationId"], names, request)
            status, answer = (404, {"error": {"code": "not_found"}}) if found is None else (200, encode(found))
        except ShopRefused as refusal:
            status = 404 if refusal.code == "not_found" else 409
            answer = {"error": {"code": refusal.code, "message": str(refusal)}}
        self.faults += self._contract.answer_faults(operation, status, answer)
        return status, answer

    async def _do(self, operation: str, names: dict[str, str], request: Request) -> Any:
        shop, body, key = self._shop, request.body, request.headers.get("idempotency-key", "")
        match operation:
            case "find_order":
                return await shop.find_order(names["number"])
            case "orders_of":
                return {"orders": await shop.orders_of(names["customer_id"])}
            case "find_customer":
                return await shop.find_customer(names["customer_id"])
            case "products":
                return {"products": await shop.products()}
            case "stock_of":
                return {"stock": await shop.stock_of(names["sku"])}
            case "stores":
                return {"stores": await shop.stores()}
            case "promotions":
                return {"promotions": await shop.promotions()}
            case "open_return":
                wanted = ReturnRequest(
                    names["number"], tuple(body["skus"]), ReturnKind(body["kind"]), body["reason"], body["wanted"]
                )
                return await shop.open_return(wanted, key=key)
            case "cancel_order":
                return await shop.cancel_order(names["number"], key=key)
            case "change_address":
                return await shop.change_address(names["number"], body["address"], key=key)
            case "open_claim":
                return await shop.open_claim(names["number"], body["wish"], key=key)
            case "compensate":
                return await shop.compensate(names["number"], Decimal(body["amount"]), body["reason"], key=key)
            case "send_code":
                return {"sent_to": await shop.send_code(names["customer_id"], body["code"], key=key)}
            case other:
                raise AssertionError(f"nothing does {other}")


class Contract:
    """docs/shop-api.yml, read as a machine reads it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def find(self, request: Request) -> tuple[dict[str, Any] | None, dict[str, str]]:
        """The operation of a request with its parameters and the names in its path; None when there is none."""
        for template, path in self.document["paths"].items():
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
            match = re.fullmatch(pattern, request.path)
            operation = path.get(request.method.lower())
            if match and operation:
                names = {name: unquote(value) for name, value in match.groupdict().items()}
                return {**operation, "parameters": path.get("parameters", [])}, names
        return None, {}

    def request_faults(self, operation: dict[str, Any], request: Request) -> list[str]:
        faults = []
        for parameter in map(self.resolve, operation["parameters"]):
            if parameter["in"] == "header" and not request.headers.get(parameter["name"].lower()):
                faults.append(f"{operation['operationId']}: header {parameter['name']} is missing")
        if request.headers.get("accept-encoding") != "identity":
            faults.append(f"{operation['operationId']}: compressed answers were not declined")
        if "requestBody" in operation:
            faults += self._faults(operation, operation["requestBody"], request.body)
        elif request.body is not None:
            faults.append(f"{operation['operationId']}: an unexpected body")
        return faults

    def answer_faults(self, operation: dict[str, Any], status: int, answer: Any) -> list[str]:
        response = operation["responses"].get(str(status))
        if response is None:
            return [f"{operation['operationId']}: status {status} is not foreseen"]
        return self._faults(operation, self.resolve(response), answer)

    def _faults(self, operation: dict[str, Any], holder: dict[str, Any], value: Any) -> list[str]:
        schema = holder["content"]["application/json"]["schema"]
        validator = Draft202012Validator(
            {**schema, "components": self.document["components"]},
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        return [
            f"{operation['operationId']}: {error.json_path}: {error.message}" for error in validator.iter_errors(value)
        ]

    def resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in node:
            return node
        found: dict[str, Any] = self.document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found


def encode(value: Any) -> Any:
    """A value of the port as JSON; its fields bear the names that the document gives them."""
    if is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {name: encode(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [encode(each) for each in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return f"{value:%H:%M}" if isinstance(value, time) else value


async def _read_request(connection: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    """The next request; None when the client has closed."""
    head: h11.Request | None = None
    body = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = {name.decode().lower(): value.decode() for name, value in head.headers}
            path = head.target.decode()
            return Request(head.method.decode(), path, headers, json.loads(body) if body else None)
        else:
            return None


def _write_answer(connection: h11.Connection, writer: asyncio.StreamWriter, status: int, body: bytes) -> None:
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    for event in (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
        writer.write(connection.send(event) or b"")

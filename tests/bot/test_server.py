"""The server around the channels: health, figures, documents, faults without traces, a stop that answers first."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sanic import Blueprint, Request

from bot import logs, server
from bot.errors import SettingsError, StoreDown
from bot.retail.sql import SentCode, SqlShop
from bot.store.database import Database
from channels.rest import Rest
from tests.bot.served import Served, served
from tests.house import House

PATH = "/webhooks/rest/webhook"


class DemoShop(SqlShop):
    """A demo shop whose phone has received one code."""

    def __init__(self) -> None:
        """No database is opened."""

    async def find_customer(self, customer_id: str) -> Any:
        return SimpleNamespace(customer_id="C001", name="Wang") if customer_id == "C001" else None

    async def inbox(self, *, limit: int = 20) -> tuple[SentCode, ...]:
        return (SentCode("C001", "<b>138****8812</b>", "271828", datetime(2026, 11, 22, tzinfo=UTC)),)


class Broken(Rest):
    """A channel with a route that fails, saying what a customer wrote."""

    def blueprint(self, inside: Any) -> Blueprint:
        routes = Blueprint("broken")

        @routes.get("/broken")
        async def broken(_: Request) -> None:
            raise ValueError("my card is 6222020000000000")

        @routes.get("/away")
        async def away(_: Request) -> None:
            raise StoreDown("disk full")

        return routes


def _rest() -> Rest:
    return Rest(token="", wait_seconds=20, messages_per_minute=0)


@pytest.fixture
async def house(sqlite_database: Database) -> AsyncIterator[House]:
    made = House(sqlite_database)
    yield made
    await made.router.drain(within_seconds=5)


@pytest.fixture
async def running(house: House) -> AsyncIterator[Served]:
    async with served(house, [_rest()], shop=DemoShop()) as made:
        yield made


async def _get(served: Served, path: str) -> httpx.Response:
    return await served.client.get(path)


async def test_the_first_page_says_what_is_where_in_both_languages(running: Served) -> None:
    page = (await _get(running, "/")).text
    assert all(words in page for words in ("机器人正在运行", "service bot is running", PATH, "/docs", "/demo/phone"))


async def test_health_and_readiness(running: Served) -> None:
    assert (await _get(running, "/healthz")).json() == {"status": "ok"}
    assert (await _get(running, "/readyz")).json() == {"status": "ok"}
    running.ready = False
    assert (await _get(running, "/readyz")).status_code == 503
    assert (await _get(running, "/healthz")).status_code == 200


async def test_without_a_database_it_is_alive_and_not_ready(
    running: Served, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise StoreDown("away")

    monkeypatch.setattr(house.database, "ping", away)
    assert (await _get(running, "/readyz")).status_code == 503
    assert (await _get(running, "/healthz")).status_code == 200


async def test_figures_count_messages_and_hold_no_words_of_customers(running: Served) -> None:
    await running.client.post(PATH, json={"sender": "secret-sender", "message": "secret words"})
    figures = (await _get(running, "/metrics")).text
    assert 'guitai_messages_total{channel="rest",repeat="false"}' in figures
    assert "secret" not in figures


async def test_the_documents_describe_the_rest_channel(running: Served) -> None:
    assert (await _get(running, "/docs")).status_code == 200
    contract = (await _get(running, "/docs/openapi.json")).json()
    assert set(contract["paths"][PATH]["post"]["responses"]) == {"200", "400", "503"}


async def test_the_demos_phone_shows_codes_as_text(running: Served) -> None:
    page = (await _get(running, "/demo/phone")).text
    assert "271828" in page
    assert "&lt;b&gt;138" in page


async def test_the_demo_signs_its_customers_in_as_a_shop_would(house: House, running: Served) -> None:
    answer = await running.client.post("/demo/sign-in", json={"customer_id": "C001"})
    assert answer.json()["name"] == "Wang"
    house.clock.moment = datetime.now(UTC)
    sign_in = house.customers.signed_in(answer.json()["token"])
    assert sign_in is not None
    assert sign_in.customer_id == "C001"
    for body in ({"customer_id": "C999"}, {"customer_id": ["C001"]}, [], None):
        assert (await running.client.post("/demo/sign-in", json=body)).status_code == 404


async def test_outside_the_demo_there_is_no_phone_and_nobody_signs_customers_in(house: House) -> None:
    house.settings = house.settings.model_copy(update={"demo": False})
    async with served(house, [_rest()], shop=DemoShop()) as made:
        assert (await _get(made, "/demo/phone")).status_code == 404
        assert (await made.client.post("/demo/sign-in", json={"customer_id": "C001"})).status_code == 404
        assert "hidden" in (await _get(made, "/")).text


async def test_an_unknown_path_is_a_404_in_json(running: Served) -> None:
    answer = await _get(running, "/webhooks/nowhere")
    assert (answer.status_code, list(answer.json())) == (404, ["error"])


async def test_a_fault_of_ours_is_a_number_and_tells_nothing_else(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(house, [Broken(token="", wait_seconds=1, messages_per_minute=0)]) as made:
        answer = await _get(made, "/broken")
    assert answer.status_code == 500
    assert "6222" not in answer.text
    (record,) = [record for record in caplog.records if record.getMessage() == "a request failed"]
    assert record.number in answer.text


async def test_a_message_that_was_not_stored_is_asked_for_again(house: House) -> None:
    async with served(house, [Broken(token="", wait_seconds=1, messages_per_minute=0)]) as made:
        answer = await _get(made, "/away")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_stop_lets_a_running_turn_be_answered(house: House) -> None:
    house.engine.gate = asyncio.Event()
    async with httpx.AsyncClient(timeout=20) as client:
        async with served(house, [_rest()]) as made:
            body = {"sender": "ann", "message": "hello"}
            asking = asyncio.ensure_future(client.post(made.address + PATH, json=body))
            await house.engine.asked.wait()
            asyncio.get_running_loop().call_later(0.2, house.engine.gate.set)
        answer = await asking
    assert answer.json() == [{"recipient_id": "ann", "text": "1: hello"}]


def test_a_taken_port_is_named() -> None:
    first = server.bound("127.0.0.1", 0)
    first.listen()
    port = first.getsockname()[1]
    with pytest.raises(SettingsError, match=f"127.0.0.1:{port} cannot be served"):
        server.bound("127.0.0.1", port)
    first.close()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("info", stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def test_a_log_line_is_json_with_its_ids(log: io.StringIO) -> None:
    logging.getLogger("bot.router").info("reply sent", extra={"conversation": "c-1", "tries": 2})
    line = json.loads(log.getvalue())
    assert (line["event"], line["conversation"], line["tries"], line["level"]) == ("reply sent", "c-1", 2, "info")


def test_an_error_is_logged_with_its_place_and_without_its_text(log: io.StringIO) -> None:
    try:
        raise ValueError("my card is 6222020000000000")
    except ValueError:
        logging.getLogger("bot.router").exception("a turn failed")
    assert "6222" not in log.getvalue()
    line = json.loads(log.getvalue())
    assert line["error"] == "builtins.ValueError"
    assert "test_server.py" in line["where"][0]


async def test_the_documentation_loads_nothing_from_elsewhere(running: str) -> None:
    page = (await _get(running, "/docs")).text
    assert "/web/static/swagger-ui.js" in page
    assert "//" not in page.replace("<!doctype html>", "")

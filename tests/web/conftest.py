"""A real served shop, a real browser, and people who open the widget in it."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.web.visit import Shop, Visit, Visits

ROOT = Path(__file__).parents[2]
READY_SECONDS = 300  # the bot may have to be trained first
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One of pytest's workers drives the browser, so that there is one shop and one browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.timeout(READY_SECONDS + 120))


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The demo as `guitai serve --demo` serves it, with a database of its own."""
    folder = tmp_path_factory.mktemp("shop")
    database = folder / "guitai.db"
    settings = {
        "GUITAI_DATABASE_URL": f"sqlite:///{database}",
        "GUITAI_DEMO_DATABASE_URL": f"sqlite:///{folder / 'shop.db'}",
        "GUITAI_FILES": str(folder / "files"),
        "GUITAI_REDIS_URL": "",
        "GUITAI_WORKERS": "1",
        "RASA_TELEMETRY_ENABLED": "false",
    }
    port = _free_port()
    log = folder / "server.log"
    with (tmp_path_factory.getbasetemp().parent / "training.lock").open("w") as lock, log.open("w") as out:
        fcntl.flock(lock, fcntl.LOCK_EX)  # others may be training just now
        server = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", "from bot.cli import main; main()", "serve", "--demo", "--port", str(port)],
            cwd=ROOT,
            env=os.environ | settings,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        address = f"http://localhost:{port}"
        _until(lambda: _is_ready(address) or server.poll() is not None, within_seconds=READY_SECONDS)
        assert server.poll() is None, log.read_text()
    yield Shop(address, port, database)
    server.terminate()
    server.wait(timeout=30)
    assert _faults_in(log) == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of the machine; Playwright brings none."""
    path = os.environ.get("GUITAI_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium, or set GUITAI_TEST_CHROMIUM to one")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def visits(browser: Browser, shop: Shop) -> Iterator[Visits]:
    """Opens the shop for people; whatever went wrong in their pages fails the test."""
    made = Visits(browser, shop)
    yield made
    made.close()
    assert made.faults == []


@pytest.fixture
def visit(visits: Visits) -> Visit:
    """Somebody in the Chinese shop, with the widget open."""
    return visits.open()


def _faults_in(log: Path) -> list[str]:
    """What the server had to complain of. Of a socket that is cut while it speaks, Sanic drops a waiting task."""
    lines = [line for line in log.read_text().splitlines() if '"level": "error"' in line]
    return [line for line in lines if "WebsocketImplProtocol.async_data_received" not in line]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _is_ready(address: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{address}/readyz", timeout=2).status_code == 200
    return False


def _until(is_so: Callable[[], bool], *, within_seconds: float) -> None:
    ends = time.monotonic() + within_seconds
    while not is_so() and time.monotonic() < ends:
        time.sleep(0.2)

"""A real served shop, a real browser, and people who open the widget in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.web.serving import READY_SECONDS, serving
from tests.web.visit import Shop, Visit, Visits

expect.set_options(timeout=15_000)  # Playwright's own 5 s are short on a machine that does much else

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
    with serving(tmp_path_factory) as shop:
        yield shop


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

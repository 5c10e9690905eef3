"""The demo shop on a Sunday, as every test of the rules sees it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.retail import policies
from bot.retail.demo import DemoShop, read_demo
from bot.retail.policies import Policies
from bot.retail.shop import Order, Store
from bot.retail.sql import load_demo

DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def demo() -> DemoShop:
    return read_demo(DEMO, TODAY)


@pytest.fixture(scope="session")
def rules() -> Policies:
    return policies.read(DEMO / "policies.yml")


@pytest.fixture(scope="session")
def order(demo: DemoShop) -> Callable[[int], Order]:
    """An order by its last four digits."""
    return lambda tail: next(order for order in demo.orders if order.number == f"GT260001{tail:04d}")


@pytest.fixture(scope="session")
def store(demo: DemoShop) -> Callable[[str], Store]:
    return lambda store_id: next(store for store in demo.stores if store.store_id == store_id)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly loaded demo; tests work on copies, which are quicker than loading."""
    path = tmp_path_factory.mktemp("shop") / "new" / "shop.db"
    load_demo(DEMO, f"sqlite:///{path}", TODAY)
    return path


@pytest.fixture
def url(loaded: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(loaded, tmp_path)}"

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.errors import SettingsError, ShopDown, ShopRefused
from bot.retail.shop import OrderStatus, ReturnKind, ReturnRequest
from bot.retail.sql import SqlShop, ensure_demo, load_demo
from tests.bot.retail.conftest import DEMO, TODAY
from tests.bot.retail.shop_contract import NOW, ShopContract


@pytest.fixture
async def shop(url: str) -> AsyncIterator[SqlShop]:
    shop = SqlShop(url, clock=lambda: NOW)
    yield shop
    await shop.aclose()


class TestSqlShop(ShopContract):
    """The port's contract on SQLite."""


async def test_the_demo_phone_shows_the_codes_sent(shop: SqlShop) -> None:
    await shop.send_code("C001", "123456", key="t1")
    await shop.send_code("C001", "123456", key="t1")
    await shop.send_code("C004", "654321", key="t2")
    inbox = await shop.inbox()
    assert [(sent.customer_id, sent.code) for sent in inbox] == [("C004", "654321"), ("C001", "123456")]
    assert inbox[0].sent_at == NOW
    assert len(await shop.inbox(limit=1)) == 1


async def test_returning_everything_calls_off_the_engineer(shop: SqlShop) -> None:
    await shop.open_return(ReturnRequest("GT2600010111", ("P1201",), ReturnKind.REFUND, "no_reason"), key="t1")
    order = await shop.find_order("GT2600010111")
    assert order is not None
    assert order.visit is None


async def test_a_write_that_is_refused_leaves_nothing_behind(shop: SqlShop) -> None:
    before = await shop.find_order("GT2600010072")
    request = ReturnRequest("GT2600010072", ("P1401", "P9999"), ReturnKind.REFUND, "no_reason")
    with pytest.raises(ShopRefused, match="not_in_order"):
        await shop.open_return(request, key="t1")
    assert await shop.find_order("GT2600010072") == before
    receipt = await shop.open_return(ReturnRequest("GT2600010072", ("P1401",), ReturnKind.REFUND, "size"), key="t1")
    assert receipt.rma == "RMA261001"


async def test_a_demo_of_an_earlier_day_is_loaded_anew(url: str, shop: SqlShop) -> None:
    await shop.cancel_order("GT2600010051", key="t1")
    assert ensure_demo(DEMO, url, TODAY) is False
    kept = await shop.find_order("GT2600010051")
    assert kept is not None
    assert kept.status is OrderStatus.CANCELLED
    assert ensure_demo(DEMO, url, TODAY + timedelta(days=1), keep=True) is False
    assert ensure_demo(DEMO, url, TODAY + timedelta(days=1)) is True
    fresh = await shop.find_order("GT2600010051")
    assert fresh is not None
    assert fresh.status is OrderStatus.PACKING
    assert fresh.placed_on == TODAY
    await shop.cancel_order("GT2600010051", key="t1")  # keys of the old shop are forgotten with it


def test_changed_files_are_loaded_even_on_the_same_day_and_with_keep(tmp_path: Path, url: str) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    for file in DEMO.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    assert ensure_demo(folder, url, TODAY, keep=True) is False
    products = folder / "products.csv"
    products.write_text(products.read_text(encoding="utf-8").replace(",1299,", ",1199,"), encoding="utf-8")
    assert ensure_demo(folder, url, TODAY, keep=True) is True


def test_workers_that_start_together_load_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    loaded: list[bool] = []
    workers = [threading.Thread(target=lambda: loaded.append(ensure_demo(DEMO, url, TODAY))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(loaded) == [False, False, True]


async def test_a_database_that_was_never_loaded_is_down_not_empty(tmp_path: Path) -> None:
    shop = SqlShop(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(ShopDown):
        await shop.find_order("GT2600010042")
    await shop.aclose()


@pytest.mark.parametrize("url", ["postgresql://host/shop", "sqlite://", "sqlite:///:memory:"])
def test_only_an_sqlite_file_holds_the_demo(url: str) -> None:
    with pytest.raises(SettingsError, match="SQLite file"):
        load_demo(DEMO, url, date(2026, 11, 22))

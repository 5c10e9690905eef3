from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.retail.demo import DemoShop, read_demo
from bot.retail.shop import Order, OrderStatus, Pickup, Text, Visit
from tests.bot.retail.conftest import DEMO, TODAY

Find = Callable[[int], Order]


def test_everything_is_read(demo: DemoShop) -> None:
    counts = (demo.customers, demo.products, demo.stores, demo.stock, demo.promotions, demo.orders)
    assert [len(rows) for rows in counts] == [12, 24, 8, 176, 4, 26]


def test_days_count_from_the_day_of_loading(demo: DemoShop, order: Find) -> None:
    assert order(42).placed_on == TODAY - timedelta(days=3)
    assert order(42).arrives_on == TODAY + timedelta(days=1)
    tomorrow = read_demo(DEMO, TODAY + timedelta(days=1))
    assert tomorrow.orders[0].arrives_on == TODAY + timedelta(days=2)


def test_times_are_the_shops(order: Find) -> None:
    assert order(42).scans[0].at == datetime(2026, 11, 19, 1, 12, tzinfo=UTC)  # 09:12 in Shanghai
    assert [scan.at for scan in order(91).scans] == sorted(scan.at for scan in order(91).scans)


def test_facts_in_notes_become_fields(order: Find) -> None:
    assert order(111).visit == Visit(TODAY + timedelta(days=1), "14:00-16:00")
    assert order(151).pickup == Pickup("S07", "4471", TODAY + timedelta(days=7))
    assert order(92).rma == "RMA260092"
    assert order(92).return_received
    assert not order(92).refunded
    assert order(122).refunded_on == TODAY - timedelta(days=12)
    assert order(62).refunded
    assert order(142).carrier_claim
    assert order(72).gift_wrap
    assert order(81).note == "held at the Zhengzhou hub: heavy snow"


def test_no_note_of_relative_days_is_kept(demo: DemoShop) -> None:
    notes = {order.note for order in demo.orders}
    assert not [note for note in notes if " day" in note]


def test_names_are_kept_in_both_languages(order: Find) -> None:
    assert order(42).carrier == Text(zh="顺丰", en="SF Express")
    assert order(51).carrier is None
    assert order(142).status is OrderStatus.LOST


@pytest.fixture
def broken(tmp_path: Path) -> Callable[[str, str, str], Path]:
    def change(name: str, old: str, new: str) -> Path:
        folder = tmp_path / "demo"
        shutil.copytree(DEMO, folder)
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return change


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("orders.csv", "gift wrap", "wrap it nicely", r"orders\.csv:10: the note 'wrap it nicely' is unknown"),
        ("orders.csv", "no scan for 9 days", "no scan for 8 days", r"orders\.csv:25: .* disagrees"),
        ("orders.csv", "ago to WeChat Pay", "ago to Alipay", r"orders\.csv:21: refunded to Alipay"),
        ("orders.csv", "SF Express 顺丰,SF1380013880042", "SF,SF1380013880042", r"orders\.csv:2: carrier 'SF'"),
        ("orders.csv", "GT2600010152,C012,delivered", "GT2600010152,C012,gone", r"orders\.csv:27: 'gone'"),
        ("orders.csv", "GT2600010152,", "GT2600010153,", r"orders\.csv:27: order_items\.csv has no item"),
        ("order_items.csv", "GT2600010042,P1001", "GT2600010042,P9999", r"order_items\.csv:2: 'P9999'"),
        ("order_items.csv", "GT2600010042,P1001,1,1299,no", "GT2600010042,P1001", r"order_items\.csv:2: the row has"),
        ("shipment_events.csv", "GT2600010042,3", "GT2600010099,3", r"unknown orders: GT2600010099"),
        ("store_hours.csv", "S01,mon,10:00", "S01,mon,23:00", r"store_hours\.csv:2: opens 23:00"),
        ("store_hours.csv", "S01,mon,10:00,22:00\n", "", r"stores\.csv:2: .* no row of S01 for mon"),
        ("promotions.csv", "18th of each month", "often", r"promotions\.csv:2: .*'often'"),
        ("products.csv", "yes,\nP1002", "maybe,\nP1002", r"products\.csv:2: 'maybe'"),
    ],
)
def test_a_row_nobody_understands_stops_loading_and_is_named(
    broken: Callable[[str, str, str], Path], name: str, old: str, new: str, fault: str
) -> None:
    with pytest.raises(ContentError, match=fault):
        read_demo(broken(name, old, new), date(2026, 11, 22))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="No such file"):
        read_demo(tmp_path, TODAY)

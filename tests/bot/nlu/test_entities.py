"""Values in messages: the annotated set as a whole, and what must never go wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from bot.nlu.evaluate import evaluate_entities, load_entities

if TYPE_CHECKING:
    from bot.nlu.pipeline import Pipeline

ROOT = Path(__file__).resolve().parents[3]
ANNOTATED = ROOT / "tests" / "nlu" / "entities.yml"


@pytest.fixture(autouse=True)
def sunday_noon() -> Iterator[None]:
    with time_machine.travel("2026-11-22T12:00:00+08:00", tick=False):
        yield


def found(bot: Pipeline, text: str) -> list[tuple[str, Any]]:
    return [(one["entity"], one["value"]) for one in bot.parse(text)["entities"] if one["entity"] != "language"]


def test_the_annotated_messages_give_their_values_and_no_others(small_bot: Pipeline) -> None:
    examples = load_entities(ANNOTATED)
    scores = evaluate_entities(small_bot, examples)
    assert len(examples) >= 300
    assert scores.invented == []
    assert scores.f1 >= 0.95


def test_a_value_points_at_what_the_customer_typed(small_bot: Pipeline) -> None:
    text = "請查 ＧＴ２６ ００ ０１００４２ 後天到"
    entities = {one["entity"]: one for one in small_bot.parse(text)["entities"]}
    order, day = entities["order_number"], entities["date"]
    assert text[order["start"] : order["end"]] == "ＧＴ２６ ００ ０１００４２"
    assert order["value"] == "GT2600010042"
    assert text[day["start"] : day["end"]] == "後天"
    assert day["value"] == "2026-11-24"


def test_a_word_for_several_products_is_their_category_and_names_them(small_bot: Pipeline) -> None:
    (entity,) = [one for one in small_bot.parse("耳机多少钱")["entities"] if one["entity"] != "language"]
    assert (entity["entity"], entity["value"]) == ("category", "audio")
    assert entity["candidates"] == ["P1001", "P1002"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("能不能用顺丰", "reason"),
        ("不是质量问题", "reason"),
        ("it's not broken", "reason"),
        ("几千块", "amount"),
        ("一块退", "amount"),
        ("记错了", "reason"),
        ("wo xiang tuihuo", "city"),
        ("how long before somebody picks up", "product"),
        ("washed the tee once", "size"),
        ("the cat sat on the mat", "date"),
        ("人民路20号", "date"),
        ("七日鉴赏期", "date"),
        ("换细一号", "date"),
        ("a small scratch", "size"),
        ("有一点小问题", "time"),
        ("伤害", "city"),
    ],
)
def test_what_only_looks_like_a_value_is_none(small_bot: Pipeline, text: str, wrong: str) -> None:
    assert wrong not in dict(found(small_bot, text))


@pytest.mark.parametrize("day", ["今天", "today", "周日", "Sunday"])
def test_days_are_the_shops_own_even_when_the_server_is_a_day_behind(small_bot: Pipeline, day: str) -> None:
    with time_machine.travel("2026-11-21T17:00:00+00:00", tick=False):  # 01:00 on Sunday in Shanghai
        assert found(small_bot, day) == [("date", "2026-11-22")]


def test_the_lunar_new_year_of_the_running_lunar_year_may_lie_in_january(small_bot: Pipeline) -> None:
    with time_machine.travel("2028-01-10T12:00:00+08:00", tick=False):
        assert found(small_bot, "除夕开门吗") == [("date", "2028-01-25")]
        assert found(small_bot, "腊月二十八") == [("date", "2028-01-24")]


def test_the_day_after_a_holiday_its_next_turn_is_meant(small_bot: Pipeline) -> None:
    with time_machine.travel("2026-12-26T12:00:00+08:00", tick=False):
        assert found(small_bot, "Christmas hours") == [("date", "2027-12-25")]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("12月24号到26号", ["2026-12-24", "2026-12-26"]),
        ("12月24-26号营业吗", ["2026-12-24", "2026-12-26"]),
        ("from December 24 to 26", ["2026-12-24", "2026-12-26"]),
        ("24 to 26 December", ["2026-12-24", "2026-12-26"]),
        ("12月30号到1月2号", ["2026-12-30", "2027-01-02"]),
        ("聽日", ["2026-11-23"]),
        ("尋晚", ["2026-11-21"]),
        ("以后日子还长", []),
    ],
)
def test_spans_and_cantonese_days(small_bot: Pipeline, text: str, days: list[str]) -> None:
    assert [value for entity, value in found(small_bot, text) if entity == "date"] == days


def test_an_hour_without_its_half_of_the_day_may_be_either(small_bot: Pipeline) -> None:
    (bare,) = [one for one in small_bot.parse("那十点半呢")["entities"] if one["entity"] == "time"]
    assert (bare["value"], bare["candidates"]) == ("10:30", ["10:30", "22:30"])
    (evening,) = [one for one in small_bot.parse("晚上十点半呢")["entities"] if one["entity"] == "time"]
    assert "candidates" not in evening


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "😀" * 50, "?" * 500])
def test_texts_without_words_hold_nothing(small_bot: Pipeline, text: str) -> None:
    assert found(small_bot, text) == []


def test_ten_thousand_characters_are_read_without_haste(small_bot: Pipeline) -> None:
    assert ("order_number", "GT2600010042") in found(small_bot, "GT2600010042 " + "我要退货 refund " * 1000)


def _rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "data" / "demo" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_product_of_the_demo_shop_is_known_by_its_name(small_bot: Pipeline, language: str) -> None:
    missing = [
        row["sku"]
        for row in _rows("products.csv")
        if ("product", row["sku"]) not in found(small_bot, row[f"name_{language}"])
    ]
    assert missing == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_store_and_city_of_the_demo_shop_is_known_by_its_name(small_bot: Pipeline, language: str) -> None:
    for row in _rows("stores.csv"):
        assert ("store", row["store_id"]) in found(small_bot, row[f"name_{language}"])
        assert ("city", row["city_en"]) in found(small_bot, row[f"city_{language}"])

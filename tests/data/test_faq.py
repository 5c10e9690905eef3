"""The demo shop's FAQ: broad in both languages, and true to the shop's facts to the number."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml
from rapidfuzz import fuzz, process

from bot.content import validate
from bot.content.examples import languages_of, normalised

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data" / "demo"
HELDOUT = ROOT / "tests" / "nlu" / "heldout" / "faq.yml"

WARRANTIES = {
    "warranty_length_tv": ("P1101", "P1102"),
    "warranty_length_aircon": ("P1201",),
    "warranty_length_fridge_washer": ("P1202", "P1203"),
    "warranty_length_phone": ("P1301", "P1302"),
    "warranty_length_audio": ("P1001", "P1002", "P1003"),
    "warranty_length_watch": ("P1305",),
    "warranty_length_robot_vacuum": ("P1204",),
    "warranty_length_small_appliance": ("P1205", "P1206"),
    "warranty_length_phone_accessories": ("P1303", "P1304"),
    "warranty_length_clothing": ("P1403",),
}
PROMOTIONS = {"members_day": "PR01", "trade_in": "PR02", "double12": "PR03", "new_customer_discount": "PR04"}
BESIDES = {
    "order_number_format": {"10", "4"},  # digits of an order number, checked below
    "points_value": {"1"},  # what the quoted points are worth
    "points_earning": {"1"},
    "tiers_how_to_reach": {"12"},  # months over which spending counts: a note in policies.yml, not a value
    "tier_counting_period": {"12"},
    "coupon_stacking": {"300", "40"},  # the name of PR01
}
"""Numbers in answers that are no value of policies.yml."""


@cache
def rows(name: str) -> dict[str, dict[str, str]]:
    """A table of the demo shop by its first column."""
    with (DEMO / name).open(encoding="utf-8", newline="") as file:
        return {next(iter(row.values())): row for row in csv.DictReader(file)}


def topics() -> dict[str, dict[str, Any]]:
    """By key: the examples, the metadata, and the answer in each language."""
    gathered: dict[str, dict[str, Any]] = {}
    for file in sorted((ROOT / "data" / "faq").glob("*.yml")):
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
        for item in found["nlu"]:
            key = item["intent"].removeprefix("faq/")
            variations = found["responses"][f"utter_faq/{key}"]
            gathered[key] = {
                "examples": [line.removeprefix("- ") for line in item["examples"].splitlines()],
                "metadata": item.get("metadata", {}),
                "answers": {"zh" if "condition" in one else "en": one["text"] for one in variations},
            }
    return gathered


TOPICS = topics()
HELD = yaml.safe_load(HELDOUT.read_text(encoding="utf-8"))


def numbers(text: str) -> set[str]:
    """The numbers in a text, without those in names such as V55, Aria 700, 65W or Double-12."""
    plain = re.sub(r"Aria 700|[A-Za-z]+-?\d+|\d+W|\d+K", "", text)
    return set(re.findall(r"\d+(?::\d+)?", plain))


def test_there_are_seventy_topics_or_more() -> None:
    assert len(TOPICS) >= 70


@pytest.mark.parametrize("key", TOPICS)
def test_a_topic_is_asked_in_a_dozen_ways_in_each_language(key: str) -> None:
    count = Counter(language for text in TOPICS[key]["examples"] for language in languages_of(text))
    assert min(count["zh"], count["en"]) >= 12


@pytest.mark.parametrize("key", TOPICS)
def test_an_answer_is_short(key: str) -> None:
    for text in TOPICS[key]["answers"].values():
        assert len(re.findall(r"[。！？](?!”)|[.!?](?=\s|$)", text)) <= 3


def test_nothing_is_wrong_with_the_faq() -> None:
    assert [str(fault) for fault in validate(ROOT) if fault.path.parts[:2] == ("data", "faq")] == []


def test_a_policy_that_changes_turns_every_answer_red_that_quotes_it(tmp_path: Path) -> None:
    copytree(ROOT / "data" / "faq", tmp_path / "data" / "faq")
    (tmp_path / "data" / "demo").mkdir()
    text = (DEMO / "policies.yml").read_text(encoding="utf-8")
    changed = re.sub(r"(?<![\w.])\d+", lambda match: str(int(match[0]) + 1).zfill(len(match[0])), text)
    (tmp_path / "data" / "demo" / "policies.yml").write_text(changed, encoding="utf-8")
    red = " ".join(fault.message for fault in validate(tmp_path) if "should say" in fault.message)
    quoting = {key for key, topic in TOPICS.items() if "quotes" in topic["metadata"]}
    assert len(quoting) > 30
    assert {key for key in quoting if f"'faq/{key}'" not in red} == set()


@cache
def _policies() -> Any:
    """The rules with every value as it is written."""
    return yaml.load((DEMO / "policies.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506


def _policy(path: str) -> Any:
    found = _policies()
    for name in path.split("."):
        found = found[name]
    return found


def _known(key: str) -> set[str]:
    """The numbers an answer may hold, from what it says it depends on."""
    known = set(BESIDES.get(key, ()))
    for path in (*TOPICS[key]["metadata"].get("quotes", ()), *TOPICS[key]["metadata"].get("relies_on", ())):
        known |= set(re.findall(r"\d+(?::\d+)?", str(_policy(path))))
    if key in PROMOTIONS:
        known |= set(re.findall(r"\d+", " ".join(rows("promotions.csv")[PROMOTIONS[key]].values())))
    for sku in WARRANTIES.get(key, ()):
        known.add(rows("products.csv")[sku]["warranty_months"])
    return known


@pytest.mark.parametrize("key", TOPICS)
def test_every_number_in_an_answer_is_one_of_the_shops(key: str) -> None:
    for text in TOPICS[key]["answers"].values():
        assert numbers(text) - _known(key) == set()


@pytest.mark.parametrize("key", WARRANTIES)
def test_warranties_are_those_of_the_products(key: str) -> None:
    products = rows("products.csv")
    for sku in WARRANTIES[key]:
        months = products[sku]["warranty_months"]
        assert f"{months} 个月" in TOPICS[key]["answers"]["zh"]
        assert re.search(rf"\b{months}[ -]month", TOPICS[key]["answers"]["en"])


def test_every_product_with_a_warranty_has_its_length_answered_and_clothes_have_none() -> None:
    told = {sku for skus in WARRANTIES.values() for sku in skus}
    with_one = {sku for sku, product in rows("products.csv").items() if product["warranty_months"] != "0"}
    assert with_one - told == {"P1503"}  # the engraved thermos has no topic of its own
    assert "没有保修" in TOPICS["warranty_length_clothing"]["answers"]["zh"]
    assert "have none" in TOPICS["warranty_length_clothing"]["answers"]["en"]


@pytest.mark.parametrize(("key", "promo"), PROMOTIONS.items())
def test_a_promotions_answer_holds_the_numbers_of_its_name(key: str, promo: str) -> None:
    row = rows("promotions.csv")[promo]
    for language in ("zh", "en"):
        held = numbers(TOPICS[key]["answers"][language])
        assert numbers(re.sub("Double-12", "", row[f"name_{language}"])) <= held
        assert {str(int(number)) for number in re.findall(r"\d+", row[f"when_{language}"])} <= held
    assert set(re.findall(r"\d+", row["terms"])) <= numbers(TOPICS[key]["answers"]["en"])


@pytest.mark.parametrize(
    ("key", "returnable", "note"),
    [
        ("return_opened_earbuds", "unopened", "hygiene"),
        ("return_underwear", "no", "hygiene"),
        ("return_food", "unopened", "food"),
        ("return_personalised", "no", "personalised"),
        ("return_gift_card", "no", "virtual"),
        ("return_phone_activated", "unopened", "activation"),
        ("return_clothing_tags", "yes", "tags_on"),
    ],
)
def test_what_may_not_come_back_is_what_the_products_say(key: str, returnable: str, note: str) -> None:
    assert any((row["returnable"], row["return_note"]) == (returnable, note) for row in rows("products.csv").values())
    says_unopened = (
        "unopened" in TOPICS[key]["answers"]["en"].lower() or "sealed" in TOPICS[key]["answers"]["en"].lower()
    )
    assert says_unopened == (returnable == "unopened")


def test_the_stores_with_a_repair_desk_are_all_named() -> None:
    for store in rows("stores.csv").values():
        has_desk = "repair_desk" in store["services"]
        for language in ("zh", "en"):
            assert (store[f"name_{language}"] in TOPICS["repair_channels"]["answers"][language]) == has_desk


def test_order_numbers_look_as_the_answer_says() -> None:
    assert all(re.fullmatch(r"GT\d{10}", number) for number in rows("orders.csv"))
    assert "GT2600000000" not in rows("orders.csv")  # the example is nobody's


def test_the_couriers_named_are_those_that_deliver() -> None:
    used = {order["carrier"].rsplit(" ", 1)[1] for order in rows("orders.csv").values() if order["carrier"]}
    assert used == {"顺丰", "京东物流", "圆通", "中通"}
    assert all(carrier in TOPICS["carriers"]["answers"]["zh"] for carrier in used)


def test_held_out_questions_cover_every_topic_three_times_in_each_language() -> None:
    count = Counter((item["intent"], item["language"]) for item in HELD)
    assert count == {(f"faq/{key}", language): 3 for key in TOPICS for language in ("zh", "en")}


def test_held_out_questions_are_not_near_copies_of_training_examples() -> None:
    trained = [normalised(text) for topic in TOPICS.values() for text in topic["examples"]]
    near = {
        item["text"]: score
        for item in HELD
        if (score := process.extractOne(normalised(item["text"]), trained, scorer=fuzz.ratio)[1]) >= 85
    }
    assert near == {}

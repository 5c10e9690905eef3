"""Slips of the finger and pinyin, read as what the examples make of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.spelling import Spelling

ENGLISH = ["where is my refund", "refund my package please", "is it open on sunday", "want to return it"]
CHINESE = ["我想退货", "我要退货", "快递到哪了", "查一下快递", "几点关门", "店里几点关门"]


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling.of([*ENGLISH, *CHINESE] * 12)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wheres my refnud", "wheres my refund"),
        ("retrn my pacakge", "return my package"),
        ("is it opn", "is it open"),
        ("我的快第到哪了", "我的快递到哪了"),
        ("我想腿货", "我想退货"),
        ("店里几点管门", "店里几点关门"),
        ("wo xiang tuihuo", "我想退货"),
        ("查一下kuaidi", "查一下快递"),
    ],
)
def test_a_slip_is_read_as_what_was_meant(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.mend(typed)[0] == meant


@pytest.mark.parametrize(
    "text",
    [
        "where is my refund",
        "a recipe for dumplings",
        "refunds and packages",  # forms of known words
        "乌龟吃什么",
        "股票涨了吗",
        "",
    ],
)
def test_what_is_merely_unknown_stays(spelling: Spelling, text: str) -> None:
    assert spelling.mend(text)[0] == text


def test_entities_stay_as_written_and_move_along(spelling: Spelling) -> None:
    text = "retrn refnud GT2600010042"
    name = text.index("refnud"), text.index("refnud") + 6, "product"
    order = text.index("GT"), len(text), "order_number"
    mended, spans = spelling.mend(text, [name, order])
    assert mended == "return refnud GT2600010042"
    assert [mended[start:end] for start, end, _ in spans] == ["refnud", "GT2600010042"]


def test_it_is_the_same_after_a_restart(spelling: Spelling, tmp_path: Path) -> None:
    spelling.save(tmp_path)
    again = Spelling.load(tmp_path)
    assert again.mend("wo xiang tuihuo, refnud") == spelling.mend("wo xiang tuihuo, refnud")


def test_without_chinese_examples_nothing_chinese_is_made_up() -> None:
    assert Spelling.of(ENGLISH * 12).mend("tuihuo 快第")[0] == "tuihuo 快第"

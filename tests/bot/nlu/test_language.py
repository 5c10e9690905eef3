"""Which language a customer writes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.nlu.language import detect

if TYPE_CHECKING:
    from bot.nlu.pipeline import Pipeline


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的快递到哪了", "zh"),
        ("退貨", "zh"),
        ("我的order什么时候到", "zh"),
        ("return policy 是什么", "zh"),
        ("请问 free shipping 门槛是多少", "zh"),
        ("OK谢谢", "zh"),
        ("wo de kuaidi dao na le", "zh"),
        ("tuihuo", "zh"),
        ("where is my parcel", "en"),
        ("where is 南京路店", "en"),
        ("Do you have 降噪耳机 in stock?", "en"),
        ("my 快递 where is it", "en"),
        ("hello", "en"),
        ("can you change the size", "en"),
        ("long time no see", "en"),
        ("GT2600010042", None),
        ("8812", None),
        ("😀👍", None),
        ("ok", None),
        ("https://shop.example/order?id=5", None),
        ("配達はいつですか", None),
        ("", None),
        ("   ", None),
    ],
)
def test_the_language_of_a_message(text: str, language: str | None) -> None:
    assert detect(text) == language


def test_a_brand_name_belongs_to_no_language() -> None:
    assert detect("Taikoo", names={"taikoo"}) is None
    assert detect("Taikoo 有货吗", names={"taikoo"}) == "zh"


def test_the_language_is_an_entity_so_that_stock_slot_mappings_see_it(small_bot: Pipeline) -> None:
    entities = small_bot.parse("我的快递到哪了")["entities"]
    assert [(one["entity"], one["value"]) for one in entities] == [("language", "zh")]


def test_names_of_the_vocabulary_count_for_no_language(small_bot: Pipeline) -> None:
    entities = small_bot.parse("Aria")["entities"]
    assert {one["entity"] for one in entities} == {"product"}


def test_detecting_needs_no_rasa() -> None:
    code = "import sys, bot.nlu.language as l, bot.nlu.clauses; l.detect('hi'); assert 'rasa' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603

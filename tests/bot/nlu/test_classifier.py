"""Intents and FAQ entries, and what Rasa needs beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.nlu.evaluate import Example, evaluate
from tests.bot.nlu.conftest import train

if TYPE_CHECKING:
    from bot.nlu.pipeline import Pipeline


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我的包裹走到哪里了呀", "track_order"),
        ("我的包裹走到哪裡了呀", "track_order"),
        ("ｗｈｅｒｅ　ｉｓ　ｍｙ　ｐａｒｃｅｌ", "track_order"),
        ("whree is my parcle", "track_order"),
        ("我的快递到哪了😭😭", "track_order"),
        ("我的parcel到哪了", "track_order"),
        ("这个买了不想要，退掉", "return_item"),
        ("give my money back, I am sending this back", "return_item"),
        ("不要退货，换货", "exchange_item"),
        ("周六徐家汇店开到几点", "store_hours"),
        ("is Hubin open on National Day", "store_hours"),
        ("9901", "inform"),
        ("GT2600010111", "inform"),
        ("三里屯店", "inform"),
    ],
)
def test_other_words_and_spellings_mean_the_same(small_bot: Pipeline, text: str, intent: str) -> None:
    assert small_bot.parse(text)["intent"]["name"] == intent


def test_an_faq_entry_comes_as_rasas_response_selector_would_write_it(small_bot: Pipeline) -> None:
    parsed = small_bot.parse("退货的运费由谁来承担")
    assert parsed["intent"]["name"] == "faq"
    selected = parsed["response_selector"]["faq"]["response"]
    assert selected["intent_response_key"] == "faq/return_postage"
    assert selected["utter_action"] == "utter_faq/return_postage"
    ranking = parsed["response_selector"]["faq"]["ranking"]
    assert ranking[0]["intent_response_key"] == "faq/return_postage"
    assert parsed["label_ranking"][0]["name"] == "faq/return_postage"


def test_rankings_are_probabilities_with_the_best_first(small_bot: Pipeline) -> None:
    parsed = small_bot.parse("I want to return my order")
    confidences = [entry["confidence"] for entry in parsed["label_ranking"]]
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) == pytest.approx(1.0, abs=1e-3)
    assert parsed["intent"] == parsed["intent_ranking"][0]


def test_each_intent_stands_once_in_the_ranking(small_bot: Pipeline) -> None:
    names = [entry["name"] for entry in small_bot.parse("发票什么时候开")["intent_ranking"]]
    assert len(names) == len(set(names))
    assert "faq" in names
    assert not any("/" in name for name in names)


def test_nonsense_is_not_taken_for_an_order(small_bot: Pipeline) -> None:
    for text in ("qwzx vbnk plmj", "齉龘靐", "recommend a telescope for saturn"):
        assert small_bot.parse(text)["intent"]["name"] in ("out_of_scope", "nlu_fallback")


def test_two_labels_too_close_to_choose_silently_are_flagged(small_bot: Pipeline) -> None:
    assert small_bot.parse("qwzx vbnk plmj")["ambiguous"]
    assert not small_bot.parse("我的快递到哪了")["ambiguous"]


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_text_has_no_intent(small_bot: Pipeline, text: str) -> None:
    assert small_bot.parse(text)["intent"]["name"] is None


def test_training_twice_gives_the_same_model(small_bot: Pipeline, tmp_path: Path) -> None:
    again = train(tmp_path)
    for text in ("我的快递到哪了", "who pays for postage", "8812", "tell me something"):
        assert again.parse(text) == small_bot.parse(text)


def test_evaluation_counts_what_was_right_and_what_was_mixed_up(small_bot: Pipeline) -> None:
    examples = [
        Example("我的快递到哪了", "track_order", "zh"),
        Example("who pays for return shipping", "faq/return_postage", "en"),
        Example("where is my parcel", "greet", "en"),
        Example("讲个笑话", "out_of_scope", "zh"),
    ]
    done: list[int] = []
    report = evaluate(small_bot, examples, progress=done.append)
    assert report.overall.accuracy == 0.75
    assert report.by_language["zh"].accuracy == 1.0
    assert report.by_language["en"].out_of_scope_recall is None
    assert report.overall.out_of_scope_recall == 1.0
    assert report.most_confused() == [("greet", "track_order", 1)]
    assert done == [1, 2, 3, 4]

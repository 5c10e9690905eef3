"""What the classifier writes for FAQ entries is what Rasa looks for."""

from __future__ import annotations

from rasa.core.processor import MessageProcessor

from bot.nlu.classifier import _response_selector


def test_rasa_finds_the_whole_name_of_an_faq_intent() -> None:
    ranking = [{"name": "faq/return_window", "confidence": 0.9}, {"name": "greet", "confidence": 0.1}]
    parsed = {"intent": {"name": "faq", "confidence": 0.9}, "response_selector": _response_selector(ranking)}
    MessageProcessor._update_full_retrieval_intent(None, parsed)  # it uses no part of itself
    assert parsed["intent"]["full_retrieval_intent_name"] == "faq/return_window"


def test_without_an_faq_entry_there_is_nothing_to_select() -> None:
    assert _response_selector([{"name": "greet", "confidence": 1.0}]) == {}

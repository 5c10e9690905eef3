"""Which clauses of a message get an answer of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from bot.engine.clauses import intent_of, questions
from bot.engine.engine import Engine
from tests.bot.engine.conftest import Customer


def cut(text: str) -> Sequence[str]:
    """Sentences, as a stand-in for the clause splitter of bot.nlu."""
    return [part.strip() for part in re.findall(r"[^.?!。？！]+[.?!。？！]*", text)] or [text]


MEANINGS = {
    "where is it": ("track_order", 0.9),
    "and the other one": ("track_order", 0.9),
    "when are you open": ("store_hours", 0.9),
    "perhaps the price": ("product_price", 0.4),
    "hello": ("greet", 0.9),
    "thanks": ("thanks", 0.9),
    "gt42": ("inform", 0.9),
    "yes": ("affirm", 0.9),
    "mumble": ("nlu_fallback", 0.3),
    "it is broken": ("warranty_repair", 0.9),
    "i want to return it": ("return_item", 0.95),
    "what about wrapping": ("faq/gift_wrap", 0.9),
    "and delivery": ("faq/delivery_cost", 0.9),
}


def parse(text: str) -> dict[str, Any]:
    """The surest meaning among the sentences of a text."""
    bare = [part.strip(" .?!").lower() for part in cut(text)]
    found = [MEANINGS.get(part, ("nlu_fallback", 0.3)) for part in bare]
    found = [one for one in found if one[0] not in {"greet", "thanks", "inform"}] or found
    name, confidence = max(found, key=lambda one: one[1])
    intent = {"name": name.partition("/")[0], "confidence": confidence}
    if "/" in name:
        intent["full_retrieval_intent_name"] = name
    entities = [{"entity": "order_number", "value": "GT42"}] if "gt42" in bare else []
    return {"text": text, "intent": intent, "entities": entities}


def asked(text: str, *, waiting: bool = False) -> list[tuple[str, str | None]]:
    return [(one["text"], intent_of(one)) for one in questions(text, cut(text), parse, asked=waiting)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is it?", ["track_order"]),
        ("Where is it? When are you open?", ["track_order", "store_hours"]),
        ("What about wrapping? And delivery?", ["faq/gift_wrap", "faq/delivery_cost"]),
        ("Where is it? And the other one?", ["track_order"]),
        ("Where is it? Mumble.", ["track_order"]),
        ("Where is it? Perhaps the price?", ["track_order"]),
        ("It is broken. I want to return it.", ["return_item"]),
        ("I want to return it! It is broken.", ["return_item"]),
        ("It is broken. I want to return it. When are you open?", ["return_item", "store_hours"]),
        ("Hello. Thanks.", ["greet"]),
        ("Mumble. Mumble.", ["nlu_fallback"]),
    ],
)
def test_only_sure_and_different_matters_are_answered_apart(text: str, expected: list[str]) -> None:
    assert [intent for _, intent in asked(text)] == expected


def test_what_only_colours_stays_with_its_neighbour() -> None:
    text = "Hello! Where is it? GT42. When are you open? Thanks."
    assert asked(text) == [("Hello! Where is it? GT42.", "track_order"), ("When are you open? Thanks.", "store_hours")]


def test_one_matter_with_courtesies_is_the_whole_text() -> None:
    text = "Hello! Where is it? Thanks."
    assert asked(text) == [(text, "track_order")]


def test_one_matter_among_much_data_is_what_the_whole_text_is_about() -> None:
    def swamped(text: str) -> dict[str, Any]:
        """Data outweighs everything, as it may in a long text."""
        bare = [part.strip(" .?!").lower() for part in cut(text)]
        return parse("gt42") | {"text": text} if "gt42" in bare else parse(text)

    for text in ("Where is it? GT42. Thanks.", "Hello. GT42. Where is it?"):
        (one,) = questions(text, cut(text), swamped, asked=False)
        assert (one["text"], intent_of(one), one["entities"][0]["value"]) == (text, "track_order", "GT42")


def test_a_clause_that_points_back_is_understood_with_what_it_points_at() -> None:
    meanings = {"do you ship abroad.": "faq/delivery_overseas", "what does it cost.": "product_price"}

    def understand(text: str) -> dict[str, Any]:
        entities = [{"entity": "language", "value": "en"}]
        intent = {"name": meanings.get(text, "shipping_cost"), "confidence": 0.9}
        return {"text": text, "intent": intent, "entities": entities}

    text = "do you ship abroad. what does it cost."
    assert [intent_of(one) for one in questions(text, cut(text), understand, asked=False)] == ["shipping_cost"]


def test_an_answer_comes_first_when_the_bot_has_asked() -> None:
    assert asked("GT42. When are you open?", waiting=True) == [
        ("GT42.", "inform"),
        ("When are you open?", "store_hours"),
    ]
    assert asked("GT42. When are you open?") == [("GT42. When are you open?", "store_hours")]
    assert asked("Yes. And delivery?", waiting=True) == [("Yes.", "affirm"), ("And delivery?", "faq/delivery_cost")]


def test_an_answer_behind_what_is_merely_told_stands_alone() -> None:
    assert asked("And delivery? GT42.", waiting=True) == [("And delivery?", "faq/delivery_cost"), ("GT42.", "inform")]
    assert asked("And delivery? GT42.") == [("And delivery? GT42.", "faq/delivery_cost")]
    assert asked("When are you open? GT42.", waiting=True) == [("When are you open? GT42.", "store_hours")]
    assert asked("And delivery? Yes.", waiting=True) == [("And delivery? Yes.", "faq/delivery_cost")], "no bare yes"


def test_an_answer_alone_is_the_whole_text() -> None:
    assert asked("GT42. Thanks.", waiting=True) == [("GT42. Thanks.", "inform")]


@pytest.fixture
def customer(load: Callable[..., Engine]) -> Customer:
    return Customer(load(split=cut))


async def test_two_questions_get_two_answers_in_order(customer: Customer) -> None:
    turn = await customer.turn("What does delivery cost? Do you wrap gifts?")
    assert [reply.text for reply in turn.replies] == ["Free above 99.", "Yes, for 15."]
    assert turn.intents == ("faq/delivery_cost", "faq/gift_wrap")
    assert [event["text"] for event in turn.events if event["event"] == "user"] == [
        "What does delivery cost?",
        "Do you wrap gifts?",
    ]


async def test_an_answer_and_a_question_get_both(customer: Customer) -> None:
    await customer.says("where is my order GT2600010042")
    assert await customer.says("8812. What does delivery cost?") == ["Order GT2600010042 is sent.", "Free above 99."]


async def test_a_form_opened_by_the_first_question_asks_once_and_last(customer: Customer) -> None:
    assert await customer.says("Where is my order? What does delivery cost?") == [
        "Free above 99.",
        "What is the order number?",
    ]
    assert await customer.says("GT2600010042") == ["What are the last four digits of your phone?"]


async def test_a_question_and_a_wish_for_a_person(customer: Customer) -> None:
    turn = await customer.turn("What does delivery cost? A person please.")
    assert [reply.text for reply in turn.replies] == ["Free above 99.", "I am getting a person for you."]
    assert turn.handoff is not None

"""Which variation is said, and what may stand in its `{names}`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from bot.engine.engine import Engine
from bot.engine.episode import Episode
from bot.engine.texts import Texts
from bot.errors import ContentError
from tests.bot.engine.conftest import CORNER, Customer

from rasa.core.actions.action import create_bot_utterance  # isort: skip - bot.engine comes first
from rasa.shared.core.slots import AnySlot  # isort: skip

ZH = [{"type": "slot", "name": "language", "value": "zh"}]


def tracker(conversation: str = "c", **slots: Any) -> Episode:
    return Episode(conversation, [AnySlot(name, [], initial_value=value) for name, value in slots.items()])


def said(texts: Texts, *, channel: str = "rest", given: dict[str, Any] | None = None, **slots: Any) -> Any:
    message = texts.say("utter_x", tracker(**slots), channel, given or {})
    return message["text"] if message else None


def one(text: str) -> Texts:
    return Texts({"utter_x": [{"text": text}]})


BOTH = Texts({"utter_x": [{"condition": ZH, "text": "中文"}, {"text": "English"}]})


@pytest.mark.parametrize(
    ("language", "text"), [("zh", "中文"), ("ZH", "中文"), ("en", "English"), (None, "English"), ("fr", "English")]
)
def test_the_language_picks_the_variation(language: str | None, text: str) -> None:
    assert said(BOTH, language=language) == text


def test_a_variation_for_the_channel_comes_before_one_for_all() -> None:
    texts = Texts(
        {
            "utter_x": [
                {"text": "all"},
                {"text": "zh", "condition": ZH},
                {"text": "web", "channel": "web"},
                {"text": "zh web", "channel": "web", "condition": ZH},
            ]
        }
    )
    places = [("web", "zh"), ("web", "en"), ("rest", "zh"), ("rest", "en")]
    heard = [said(texts, channel=channel, language=tongue) for channel, tongue in places]
    assert heard == ["zh web", "web", "zh", "all"]


def test_a_response_without_a_fitting_variation_is_none() -> None:
    assert said(Texts({"utter_x": [{"condition": ZH, "text": "中文"}]}), language="en") is None
    assert said(Texts({})) is None


def test_several_variations_take_turns_and_never_repeat_at_once() -> None:
    texts = Texts({"utter_x": [{"text": name} for name in "abc"]})
    here = tracker("a conversation")
    heard = []
    for _ in range(6):
        message = texts.say("utter_x", here, "rest", {})
        assert message is not None
        heard.append(message["text"])
        here.update(create_bot_utterance({**message, "utter_action": "utter_x"}))
    assert sorted(heard[:3]) == ["a", "b", "c"]
    assert heard[:3] == heard[3:]


def test_conversations_begin_with_different_variations() -> None:
    texts = Texts({"utter_x": [{"text": name} for name in "abc"]})
    first = {texts.say("utter_x", tracker(str(number)), "rest", {})["text"] for number in range(30)}  # type: ignore[index]
    assert first == {"a", "b", "c"}


def test_names_are_filled_from_what_is_given_and_then_from_slots() -> None:
    assert said(one("{status}: {order}"), given={"status": "sent"}, status="old", order="GT1") == "sent: GT1"
    assert said(one("{amount} {flag}"), given={"amount": 0, "flag": False}) == "0 False"


def test_a_name_without_a_value_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert said(one("Hello {name}!"), name=None) == "Hello !"
    assert said(one("Hello {stranger}!")) == "Hello !"
    assert [record.slot for record in caplog.records] == ["name", "stranger"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "满{300减50",
        "a } and a {",
        "{0}",
        "{}",
        "{{order}",
        "{order.__class__}",
        "{order!r}",
        "{order:>99999999}",
        "{0[order]:{order}}",
        "{order].__class__.__init__.__globals__}",
        "%(order)s %s",
        "{{7*7}}",
        "{% raw %}",
        "{0:{order}}",
    ],
)
def test_a_brace_that_is_no_name_is_a_brace(text: str) -> None:
    found = said(one(text), order="GT1", phone="13800138000")
    assert "13800138000" not in found
    assert len(found) <= len(text) + 3
    assert found == text.replace("{order}", "GT1")


def test_what_a_customer_wrote_is_not_read_as_a_text() -> None:
    assert said(one("You said {note}."), note="{secret} ${HOME}", secret="s") == "You said {secret} ${HOME}."


def test_a_value_cannot_break_out_of_a_buttons_payload() -> None:
    button = {"title": "{note}", "payload": '/inform{"note": "{note}"}'}
    message = Texts({"utter_x": [{"text": "?", "buttons": [button]}]}).say(
        "utter_x", tracker(note='x", "sure": "true'), "rest", {}
    )
    assert message is not None
    assert message["buttons"] == [
        {"title": 'x", "sure": "true', "payload": '/inform{"note": "x\\", \\"sure\\": \\"true"}'}
    ]


def test_images_and_cards_are_filled_too() -> None:
    texts = Texts({"utter_x": [{"image": "https://x/{sku}.png", "custom": {"rows": [{"t": "{sku}", "n": 3}]}}]})
    message = texts.say("utter_x", tracker(sku="P1"), "rest", {})
    assert message == {"image": "https://x/P1.png", "custom": {"rows": [{"t": "P1", "n": 3}]}}


def test_filling_leaves_the_response_as_it_was() -> None:
    texts = Texts({"utter_x": [{"text": "{a}", "buttons": [{"title": "{a}", "payload": "/x"}]}]})
    assert said(texts, a="1") == "1"
    assert said(texts, a="2") == "2"


def test_a_text_that_asks_for_the_environment_is_refused() -> None:
    with pytest.raises(ContentError, match="utter_x"):
        one("${DB_PASSWORD}")


async def test_texts_change_without_training(load: Callable[..., Engine]) -> None:
    customer = Customer(load())
    assert await customer.says("what does delivery cost") == ["Free above 99."]
    responses = {**Texts.read(CORNER)._responses, "utter_faq/delivery_cost": [{"text": "Always free."}]}
    customer.engine.use(Texts(responses))
    assert await customer.says("what does delivery cost") == ["Always free."]


async def test_texts_given_at_loading_stay_through_a_swap(load: Callable[..., Engine], corner_model: Any) -> None:
    engine = load(texts=Texts({"utter_greet": [{"text": "Howdy."}]}))
    await engine.swap(corner_model)
    assert await Customer(engine).says("hello") == ["Howdy."]


async def test_a_channel_may_have_its_own_words(load: Callable[..., Engine]) -> None:
    engine = load(texts=Texts({"utter_greet": [{"text": "Hi"}, {"text": "微信您好", "channel": "wechat"}]}))
    assert await Customer(engine, "1").says("hello", channel="wechat") == ["微信您好"]
    assert await Customer(engine, "2").says("hello", channel="web") == ["Hi"]


async def test_a_missing_text_is_an_operators_line_and_a_sentence_for_the_customer(
    load: Callable[..., Engine], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    engine = load(texts=Texts({"utter_action_failed": [{"text": "Sorry."}]}))
    assert await Customer(engine).says("hello") == ["Sorry."]
    assert "a turn had no reply" in caplog.messages


@pytest.mark.parametrize(
    ("text", "value", "spoken"),
    [
        ("已于{day}签收", "11 月 17 日", "已于 11 月 17 日签收"),
        ("退回{day}，请查收", "Visa", "退回 Visa，请查收"),
        ("订单 {day}（空气炸锅）", "GT2600010043", "订单 GT2600010043（空气炸锅）"),
        ("{day}包邮", "99", "99 包邮"),
        ("共{day}元", "3", "共 3 元"),
        ("it is {day}", "明天", "it is 明天"),
        ("买{day}件", "", "买件"),
    ],
)
def test_a_space_stands_where_chinese_meets_latin(text: str, value: str, spoken: str) -> None:
    assert said(one(text), given={"day": value}) == spoken

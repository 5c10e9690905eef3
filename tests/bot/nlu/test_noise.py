"""Noise made on purpose, and what it costs."""

from __future__ import annotations

import pytest

from bot.nlu.evaluate import Example
from bot.nlu.noise import KINDS, Loss, disturbed, losses, overall
from tests.fakes import FakeUnderstood


@pytest.mark.parametrize(
    ("kind", "text", "noisy"),
    [
        ("all pinyin", "我要退货", "wo yao tui huo"),
        ("traditional", "我要退货", "我要退貨"),
        ("full width", "N9 price?", "Ｎ９ ｐｒｉｃｅ？"),
        ("upper case", "where is it", "WHERE IS IT"),
        ("mixed", "我的订单呢", "我的 order 呢"),
        ("mixed", "cancel it", "取消 it"),
    ],
)
def test_each_kind_is_what_it_says(kind: str, text: str, noisy: str) -> None:
    assert disturbed(text, kind) == noisy


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_text_is_always_disturbed_in_the_same_way(kind: str) -> None:
    for text in ("我想查一下快递到哪了", "could you tell me where my parcel is"):
        assert disturbed(text, kind) == disturbed(text, kind)
        assert disturbed(text, kind) != text


@pytest.mark.parametrize(("kind", "text"), [("homophone", "hello"), ("typo", "你好"), ("traditional", "你好")])
def test_what_has_nothing_to_disturb_is_left_out(kind: str, text: str) -> None:
    assert disturbed(text, kind) is None


class Literal:
    """Understands one sentence, exactly as written."""

    def understand(self, text: str) -> FakeUnderstood:
        return FakeUnderstood("greet" if text == "good morning" else None, "en")


def test_the_loss_is_counted_in_points_of_the_messages_that_can_be_disturbed() -> None:
    found = losses(Literal(), [Example("good morning", "greet", "en"), Example("早上好", "greet", "zh")])
    by_kind = {loss.kind: loss for loss in found}
    assert by_kind["upper case"] == Loss("upper case", 1, 1.0, 0.0)
    assert by_kind["upper case"].points == 100
    assert by_kind["emoji"].messages == 2
    assert overall(found).noisy == 0.0

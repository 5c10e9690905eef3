"""Wordings that are like others, found without a model."""

from __future__ import annotations

from bot.nlu.likeness import Likeness, groups

KNOWN = [
    ("下单后多久发货", "faq/dispatch"),
    ("付款之后几天能发出", "faq/dispatch"),
    ("怎么开发票", "faq/invoice"),
    ("how soon do you ship after payment", "faq/dispatch"),
    ("can I have an invoice", "faq/invoice"),
]


def test_the_nearest_wording_comes_first_and_the_same_one_scores_one() -> None:
    likeness = Likeness(KNOWN)
    found = likeness.nearest("請問多久發貨", most=2)
    assert found[0].label == "faq/dispatch"
    assert likeness.nearest("怎么开发票？")[0].score == 1.0
    assert found[0].score < 1.0


def test_a_label_can_be_left_out() -> None:
    found = Likeness(KNOWN).nearest("多久开发票", apart_from=["faq/invoice"])
    assert {each.label for each in found} == {"faq/dispatch"}


def test_what_is_like_nothing_finds_nothing() -> None:
    assert Likeness(KNOWN).nearest("xylophone") == []
    assert Likeness([]).nearest("xylophone") == []


def test_texts_are_grouped_by_what_they_say_in_either_language() -> None:
    texts = ["有电动车充电桩吗", "do you repair bicycles", "有充电桩吗", "do you repair bicycles here", "招聘吗"]
    assert groups(texts) == [[0, 2], [1, 3], [4]]

"""Several questions in one message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.clauses import split


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("我的快递到哪了？还有南京路店几点关门", ["我的快递到哪了？", "还有南京路店几点关门"]),
        ("运费多少，另外支持花呗吗", ["运费多少", "另外支持花呗吗"]),
        ("GT2600010042到哪了 顺便问下发票", ["GT2600010042到哪了", "顺便问下发票"]),
        ("能退吗\n运费谁出", ["能退吗", "运费谁出"]),
        (
            "Where is my order and what time does the Nanjing store close?",
            ["Where is my order", "and what time does the Nanjing store close?"],
        ),
        ("Is it in stock? By the way, do you ship to Tibet?", ["Is it in stock?", "By the way, do you ship to Tibet?"]),
        ("Can I return it; also, who pays the postage", ["Can I return it;", "also, who pays the postage"]),
    ],
)
def test_each_question_becomes_a_clause(text: str, clauses: list[str]) -> None:
    assert split(text) == clauses


@pytest.mark.parametrize(
    "text",
    [
        "还有货吗",
        "你好！！！",
        "I want to return this and get a refund",
        "it cost 3.50 yuan",
        "see https://shop.example/a?b=1;c=2",
        "black and white",
        "",
        "???",
    ],
)
def test_one_question_stays_whole(text: str) -> None:
    assert split(text) == [text]


@given(st.text(st.sampled_from("我要退货还有另外a b.?？。;\n,1")))
def test_splitting_loses_no_letter_and_gives_few_clauses(text: str) -> None:
    clauses = split(text)
    assert 1 <= len(clauses) <= 6
    letters = [character for character in text if character.isalnum()]
    assert [character for clause in clauses for character in clause if character.isalnum()] == letters

"""Long texts are cut where a reader would pause, by whatever the platform counts in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.splitting import Size, split, utf8_bytes, utf16_units

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇨🇳"


def test_a_short_text_stays_whole() -> None:
    assert split("您好。\n\n在吗？", most=100) == ["您好。\n\n在吗？"]


def test_a_text_without_letters_has_no_parts() -> None:
    assert split(" \n\t ", most=10) == []
    assert split("", most=10) == []


@pytest.mark.parametrize(
    ("text", "most", "parts"),
    [
        ("one two.\n\nthree four. five", 20, ["one two.", "three four. five"]),
        ("第一句话。第二句话。第三句", 11, ["第一句话。第二句话。", "第三句"]),
        ("他说：“好的。”然后走了", 9, ["他说：“好的。”", "然后走了"]),
        ("It costs 3.50 today. Fine", 22, ["It costs 3.50 today.", "Fine"]),
        ("alpha beta gamma", 11, ["alpha beta", "gamma"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
    ],
)
def test_parts_end_where_a_reader_pauses(text: str, most: int, parts: list[str]) -> None:
    assert split(text, most=most) == parts


def test_an_address_is_never_cut() -> None:
    url = "https://shop.example/orders?number=GT2600010042&k=abc"
    parts = split(f"请点这里查看您的订单：{url}。谢谢", most=60)
    assert sum(url in part for part in parts) == 1
    assert "".join(parts) == f"请点这里查看您的订单：{url}。谢谢"


@pytest.mark.parametrize("letter", [FAMILY, FLAG, "👍🏽", "é", "😀"])
@pytest.mark.parametrize("size", [utf8_bytes, utf16_units])
def test_what_looks_like_one_letter_is_never_cut(letter: str, size: Size) -> None:
    parts = split(letter * 40, most=size(letter) * 3 + 1, size=size)
    assert "".join(parts) == letter * 40
    assert {len(part) % len(letter) for part in parts} == {0}


def test_one_letter_longer_than_a_part_falls_into_characters() -> None:
    monster = "e" + "\u0301" * 50
    parts = split(monster, most=10, size=utf8_bytes)
    assert "".join(parts) == monster
    assert max(map(utf8_bytes, parts)) <= 10


@pytest.mark.parametrize(("length", "count"), [(4095, 1), (4096, 1), (4097, 2)])
def test_telegram_counts_emoji_twice(length: int, count: int) -> None:
    assert len(split("a" * (length - 2) + "😀", most=4096, size=utf16_units)) == count


def test_a_hundred_thousand_letters_take_no_time() -> None:
    parts = split("很长的一段话，没有尽头。" * 8000, most=2048, size=utf8_bytes)
    assert sum(map(len, parts)) == 12 * 8000


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([*"ab 。，.\n", "好", "😀", FAMILY, FLAG, "http://x.y/z "]), max_size=60).map("".join),
    st.integers(4, 60),
    st.sampled_from([len, utf8_bytes, utf16_units]),
)
def test_nothing_is_lost_and_no_part_is_too_long(text: str, most: int, size: Size) -> None:
    parts = split(text, most=most, size=size)
    assert all(size(part) <= most and part.strip() for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())

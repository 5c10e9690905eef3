"""One spelling, and the way back to the original."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.normalise import align, normalise

MIXED = st.text(
    st.sampled_from("aZ9９ＧＴ退貨货後麵，。！?  \t\n\u200b\u202eé\u0301½①㎏🎧👩\ufe0f\u200d👧ß㐂𠮷\ud800"), max_size=40
)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("ＧＴ２６０００１００４２", "gt2600010042"),
        ("退貨運費", "退货运费"),
        ("什麼時候發貨？", "什么时候发货?"),
        ("头发", "头发"),
        ("Hello   World\n", "hello world "),
        ("快\u200b递", "快递"),
        ("don’t", "don't"),
        ("￥300", "¥300"),
        ("", ""),
    ],
)
def test_what_keyboards_write_differently_becomes_one(typed: str, wanted: str) -> None:
    assert normalise(typed) == wanted


def test_a_number_typed_in_full_width_is_found_in_the_original() -> None:
    aligned = align("订单 ＧＴ２６ ok")
    start = aligned.text.index("gt26")
    assert aligned.original[slice(*aligned.span(start, start + 4))] == "ＧＴ２６"


@given(MIXED | st.text(max_size=60))
def test_each_character_points_into_the_original_in_order(text: str) -> None:
    aligned = align(text)
    assert len(aligned.starts) == len(aligned.ends) == len(aligned.text)
    assert all(0 <= start < end <= len(text) for start, end in zip(aligned.starts, aligned.ends, strict=True))
    assert list(aligned.starts) == sorted(aligned.starts)
    assert list(aligned.ends) == sorted(aligned.ends)


@given(MIXED | st.text(max_size=60), st.data())
def test_any_piece_has_its_place_in_the_original(text: str, data: st.DataObject) -> None:
    aligned = align(text)
    start = data.draw(st.integers(0, len(aligned.text)))
    end = data.draw(st.integers(start, len(aligned.text)))
    begin, finish = aligned.span(start, end)
    assert 0 <= begin <= finish <= len(text)
    assert (begin == finish) == (start == end)


@given(st.text(max_size=60))
def test_normalising_twice_changes_no_letter(text: str) -> None:
    once = normalise(text)
    assert "\u200b" not in once
    assert not any("Ａ" <= character <= "ｚ" for character in once)
    assert once == once.lower() or any(character.lower() != character for character in once)

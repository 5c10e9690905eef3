from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from actions.words import Words

SUNDAY = date(2026, 11, 22)
WORDS = Words.read(Path(__file__).parents[2] / "data" / "words.yml")


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        (date(2026, 11, 23), "明天，11 月 23 日（周一）", "tomorrow, Monday 23 November"),
        (date(2026, 11, 25), "11 月 25 日（周三）", "on Wednesday 25 November"),
        (date(2027, 2, 6), "2027 年 2 月 6 日（周六）", "on Saturday 6 February 2027"),
    ],
)
def test_a_day_reads_well_inside_a_sentence(day: date, zh: str, en: str) -> None:
    assert WORDS.on(day, "zh", today=SUNDAY) == zh
    assert WORDS.on(day, "en", today=SUNDAY) == en


@pytest.mark.parametrize(
    ("first", "last", "zh", "en"),
    [
        (date(2026, 12, 10), date(2026, 12, 12), "12 月 10 日至 12 日", "10 to 12 December"),
        (date(2026, 12, 25), date(2026, 12, 25), "12 月 25 日", "25 December"),
        (date(2027, 1, 30), date(2027, 2, 2), "2027 年 1 月 30 日至 2 月 2 日", "30 January to 2 February 2027"),
        (
            date(2026, 12, 30),
            date(2027, 1, 2),
            "2026 年 12 月 30 日至 2027 年 1 月 2 日",
            "30 December 2026 to 2 January 2027",
        ),
    ],
)
def test_days_in_a_row_name_months_and_years_once_where_they_are_the_same(
    first: date, last: date, zh: str, en: str
) -> None:
    assert WORDS.days(first, last, "zh", today=SUNDAY) == zh
    assert WORDS.days(first, last, "en", today=SUNDAY) == en

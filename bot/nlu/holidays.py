"""Days with names, on the solar and the lunar calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from lunar_python import LunarYear, Solar

Rule = Callable[[int], date]
"""The day on which it falls in a year; for lunar days, the lunar year that begins in that year."""


def _solar(month: int, day: int) -> Rule:
    return lambda year: date(year, month, day)


def lunar(month: int, day: int) -> Rule:
    """A day of the lunar calendar; day 30 of a short month is its last."""

    def rule(year: int) -> date:
        first, days = _months(year)[month]
        return first + timedelta(days=min(day, days) - 1)

    return rule


@lru_cache(maxsize=32)
def _months(year: int) -> dict[int, tuple[date, int]]:
    """The first day and the length of each month of a lunar year; a leap month has its number below zero."""
    months = {}
    for month in LunarYear.fromYear(year).getMonthsInYear():
        first = Solar.fromJulianDay(month.getFirstJulianDay())
        start = date(first.getYear(), first.getMonth(), first.getDay())
        months[month.getMonth()] = start, month.getDayCount()
    return months


def _new_years_eve(year: int) -> date:
    return lunar(1, 1)(year) - timedelta(days=1)


@lru_cache(maxsize=32)
def _clear_and_bright(year: int) -> date:
    term = Solar.fromYmd(year, 4, 1).getLunar().getJieQiTable()["清明"]
    return date(term.getYear(), term.getMonth(), term.getDay())


@lru_cache(maxsize=32)
def _winter_solstice(year: int) -> date:
    term = Solar.fromYmd(year, 12, 1).getLunar().getJieQiTable()["冬至"]
    return date(term.getYear(), term.getMonth(), term.getDay())


def _weekday_of_month(month: int, weekday: int, nth: int) -> Rule:
    """The nth such weekday (Monday is 0) of a month."""

    def rule(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))

    return rule


def _black_friday(year: int) -> date:
    return _weekday_of_month(11, 3, 4)(year) + timedelta(days=1)


def _easter(year: int) -> date:
    """Anonymous Gregorian computus."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


HOLIDAYS: tuple[tuple[str, Rule], ...] = (
    ("元旦节?|新年第一天|new\\s+year(?:'?s)?(?:\\s+day)?", _solar(1, 1)),
    ("跨年(?:夜|那天)?|new\\s+year(?:'?s)?\\s+eve", _solar(12, 31)),
    (
        "(?:大)?年三十|除夕(?:夜|当天)?|大年夜|年夜饭那天|(?:chinese|lunar)\\s+new\\s+year(?:'?s)?\\s+eve",
        _new_years_eve,
    ),
    (
        "春节(?:当天|期间|假期)?|过年(?:期间)?|农历新年|大年初一|年初一|正月初一|spring\\s+festival|"
        "(?:chinese|lunar)\\s+new\\s+year(?:'?s)?(?:\\s+day)?|cny(?=\\s+(?:holiday|day|hours))",
        lunar(1, 1),
    ),
    ("元宵节?|正月十五|lantern\\s+festival", lunar(1, 15)),
    ("清明节?|qing\\s?ming(?:\\s+festival)?|tomb[\\s-]sweeping(?:\\s+(?:day|festival))?", _clear_and_bright),
    ("五一(?:节|劳动节|假期|期间|黄金周)?|劳动节|lab(?:o|ou)r\\s+day|may\\s+day", _solar(5, 1)),
    ("端午节?|dragon\\s+boat(?:\\s+(?:festival|day))?|duanwu", lunar(5, 5)),
    ("七夕节?|qixi(?:\\s+festival)?", lunar(7, 7)),
    ("中秋节?|mid[\\s-]autumn(?:\\s+(?:festival|day))?|moon\\s+festival", lunar(8, 15)),
    ("重阳节?|double\\s+ninth(?:\\s+festival)?", lunar(9, 9)),
    (
        "十一(?:国庆|长假|假期|期间|黄金周)|国庆(?:节|长假|假期|期间|当天)?|national\\s+day|golden\\s+week",
        _solar(10, 1),
    ),
    ("情人节|valentine'?s?(?:\\s+day)?", _solar(2, 14)),
    ("妇女节|女神节|三八节|women'?s\\s+day", _solar(3, 8)),
    ("儿童节|六一(?:儿童节)?|children'?s\\s+day", _solar(6, 1)),
    ("母亲节|mother'?s\\s+day", _weekday_of_month(5, 6, 2)),
    ("父亲节|father'?s\\s+day", _weekday_of_month(6, 6, 3)),
    ("教师节|teachers?'?s?\\s+day", _solar(9, 10)),
    ("万圣节|halloween", _solar(10, 31)),
    ("光棍节|双十一|双11|double[\\s-]?(?:11|eleven)|singles'?\\s+day", _solar(11, 11)),
    ("感恩节|thanksgiving(?:\\s+day)?", _weekday_of_month(11, 3, 4)),
    ("黑色星期五|黑五|black\\s+friday", _black_friday),
    ("双十二|双12|double[\\s-]?(?:12|twelve)", _solar(12, 12)),
    ("冬至", _winter_solstice),
    ("平安夜|圣诞(?:节)?前夜|christmas\\s+eve|xmas\\s+eve", _solar(12, 24)),
    ("圣诞节?(?:当天)?|christmas(?:\\s+day)?|x-?mas(?:\\s+day)?", _solar(12, 25)),
    ("boxing\\s+day", _solar(12, 26)),
    ("复活节|easter(?:\\s+sunday)?", _easter),
)


def upcoming(rule: Rule, today: date) -> date:
    """The first time the day falls on today or later."""
    # A lunar day of last year's lunar calendar may still lie ahead, in January.
    return min(day for day in (rule(today.year + offset) for offset in (-1, 0, 1)) if day >= today)

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.retail.hours import holiday_week, hours_on, on_duty, open_now
from bot.retail.policies import Policies
from bot.retail.shop import Store

Find = Callable[[str], Store]
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("store_id", "day", "opens", "closes"),
    [
        ("S01", date(2026, 11, 26), time(10), time(22)),
        ("S01", date(2026, 11, 27), time(10), time(22, 30)),
        ("S01", date(2026, 11, 28), time(10), time(22, 30)),
        ("S01", date(2026, 11, 29), time(10), time(21, 30)),
        ("S02", date(2026, 11, 27), time(10), time(21, 30)),
        ("S02", date(2026, 11, 28), time(10), time(22)),
        ("S04", date(2026, 11, 27), time(10, 30), time(22, 30)),
        ("S04", date(2026, 11, 29), time(10, 30), time(21)),
        ("S05", date(2026, 11, 28), time(9, 30), time(22, 30)),
        ("S08", date(2026, 11, 27), time(11), time(22)),
        ("S08", date(2026, 11, 28), time(11), time(23)),
    ],
)
def test_each_weekday_has_its_hours(store: Find, store_id: str, day: date, opens: time, closes: time) -> None:
    found = hours_on(store(store_id), day)
    assert (found.hours.opens, found.hours.closes) == (opens, closes)
    assert found.holiday is None


@pytest.mark.parametrize(
    ("store_id", "day", "closed"),
    [
        ("S01", date(2027, 2, 5), True),
        ("S01", date(2027, 2, 7), True),
        ("S01", date(2027, 2, 8), False),
        ("S08", date(2027, 2, 5), False),
        ("S08", date(2027, 2, 6), True),
        ("S08", date(2027, 2, 7), True),
        ("S08", date(2027, 2, 8), False),
    ],
)
def test_a_holiday_wins_over_the_weekday(store: Find, store_id: str, day: date, closed: bool) -> None:
    assert hours_on(store(store_id), day).closed is closed


def test_hong_kong_keeps_its_own_holidays(store: Find) -> None:
    hong_kong, nanjing_road = store("S08"), store("S01")
    ordinary = hours_on(hong_kong, date(2027, 2, 8))
    assert ordinary.holiday is None
    assert ordinary.hours.opens == time(11)
    short = hours_on(nanjing_road, date(2027, 2, 8))
    assert short.holiday is not None
    assert short.holiday.name.zh == "春节"
    assert short.hours.closes == time(18)
    assert hours_on(hong_kong, date(2027, 10, 1)).holiday is None
    assert hours_on(hong_kong, date(2026, 12, 25)).hours.opens == time(12)


def test_a_festival_is_told_with_its_closed_and_its_short_days(store: Find) -> None:
    week = holiday_week(store("S01"), date(2027, 2, 6))
    assert [found.closed for found in week] == [True, True, True, False, False, False, False]
    assert (week[0].day, week[-1].day) == (date(2027, 2, 5), date(2027, 2, 11))
    assert len(holiday_week(store("S08"), date(2027, 2, 6))) == 2
    assert holiday_week(store("S01"), date(2026, 11, 22)) == ()


def test_open_now_until_closing(store: Find) -> None:
    friday_night = datetime(2026, 11, 27, 22, 15, tzinfo=SHANGHAI)
    now = open_now(store("S01"), friday_night)
    assert now.open
    assert now.until == time(22, 30)
    assert now.opens_at is None
    assert not open_now(store("S03"), friday_night).open


def test_at_the_closing_minute_it_is_closed_until_tomorrow(store: Find) -> None:
    now = open_now(store("S01"), datetime(2026, 11, 27, 22, 30, tzinfo=SHANGHAI))
    assert not now.open
    assert now.opens_at == datetime(2026, 11, 28, 10, 0, tzinfo=SHANGHAI)
    assert not now.opens_today


def test_before_opening_it_opens_later_today(store: Find) -> None:
    now = open_now(store("S04"), datetime(2026, 11, 27, 9, 0, tzinfo=SHANGHAI))
    assert not now.open
    assert now.opens_today
    assert now.opens_at == datetime(2026, 11, 27, 10, 30, tzinfo=SHANGHAI)


def test_closed_over_a_holiday_it_opens_on_the_first_open_day(store: Find) -> None:
    now = open_now(store("S01"), datetime(2027, 2, 5, 12, 0, tzinfo=SHANGHAI))
    assert now.today.holiday is not None
    assert now.opens_at == datetime(2027, 2, 8, 11, 0, tzinfo=SHANGHAI)


def test_a_moment_in_utc_is_read_on_the_stores_clock(store: Find) -> None:
    assert open_now(store("S08"), datetime(2026, 11, 22, 3, 0, tzinfo=UTC)).open  # 11:00 in Hong Kong
    assert not open_now(store("S08"), datetime(2026, 11, 22, 2, 59, tzinfo=UTC)).open


@pytest.mark.parametrize(
    ("clock", "on", "starts"),
    [
        ((8, 59), False, datetime(2026, 11, 22, 9, 0, tzinfo=SHANGHAI)),
        ((9, 0), True, None),
        ((21, 59), True, None),
        ((22, 0), False, datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)),
    ],
)
def test_people_answer_in_their_hours(
    rules: Policies, clock: tuple[int, int], on: bool, starts: datetime | None
) -> None:
    duty = on_duty(datetime(2026, 11, 22, *clock, tzinfo=SHANGHAI), rules)
    assert duty.on is on
    assert duty.starts_at == starts

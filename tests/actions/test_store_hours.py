from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from actions.find_store import FindStore
from actions.store_hours import StoreHours
from actions.talk import Services
from tests.actions.stage import SHANGHAI, Stage
from tests.fakes import FakeClock


async def test_an_ordinary_day_has_the_hours_of_its_weekday(stage_zh: Stage) -> None:
    await stage_zh.hears(StoreHours, "静安店周日开门吗", store="S02", date="2026-11-29")
    assert stage_zh.text == "11 月 29 日（周日），静安店的营业时间是 10:00-22:00。"


async def test_a_holiday_wins_over_the_weekday_and_is_named(stage: Stage) -> None:
    await stage.hears(StoreHours, "Jing'an on Christmas?", store="S02", date="2026-12-25")
    assert stage.text == "Jing'an's Christmas Day hours on Friday 25 December: 10:00-23:00."


async def test_a_closed_day_says_why_and_when_it_opens_again(stage_zh: Stage) -> None:
    await stage_zh.hears(StoreHours, "南京路店大年初一开吗", store="S01", date="2027-02-06")
    assert stage_zh.responses == ["utter_hours_closed_holiday", "utter_hours_opens_again", "utter_hours_festival"]
    assert "是春节，南京路店不营业" in stage_zh.text
    assert "2027 年 2 月 8 日（周一）11:00，南京路店恢复营业" in stage_zh.text
    assert "2 月 5 日至 7 日 不营业" in stage_zh.text
    assert "8 日至 11 日 11:00-18:00" in stage_zh.text


async def test_hong_kong_has_holidays_of_its_own(stage: Stage) -> None:
    await stage.hears(StoreHours, "Causeway Bay at Chinese New Year?", store="S08", date="2027-02-06")
    assert "Because of Lunar New Year, Causeway Bay is closed" in stage.text
    assert "opens again at 11:00 on Monday 8 February 2027" in stage.text


async def test_a_day_in_every_store_puts_stores_with_the_same_hours_together(stage: Stage) -> None:
    await stage.hears(StoreHours, "Christmas hours", date="2026-12-25")
    lines = stage.text.splitlines()
    assert lines[0] == "Opening hours on Friday 25 December:"
    assert "Hubin: 10:00-23:00 (Christmas Day)" in lines[1]
    assert lines[2] == "Causeway Bay: 12:00-23:00 (Christmas Day)"


async def test_when_all_stores_agree_they_are_not_listed(stage_zh: Stage) -> None:
    await stage_zh.hears(StoreHours, "大年初一营业吗", date="2027-02-06")
    assert "所有门店：不营业（春节）" in stage_zh.text
    assert "铜锣湾店：2027 年 2 月 6 日至 7 日 不营业" in stage_zh.text


async def test_without_a_place_or_a_day_the_place_is_asked_and_remembered(stage: Stage) -> None:
    await stage.hears(StoreHours, "when do you open")
    assert stage.responses == ["utter_ask_hours_where"]
    assert "09:30" in stage.text
    assert '/inform{"choice": "Shanghai"}' in stage.said[0].choices
    assert await stage.answers("", choice="Hangzhou")
    assert "Hubin opening hours: every day 09:30-21:30" in stage.text
    await stage.hears(StoreHours, "and tomorrow?", intent="inform", date="2026-11-23")
    assert stage.text == "Hubin's hours tomorrow, Monday 23 November: 09:30-21:30."


async def test_a_day_said_before_the_place_is_not_asked_for_again(stage_zh: Stage) -> None:
    await stage_zh.hears(StoreHours, "周末营业时间", date="2026-11-28")
    assert stage_zh.responses == ["utter_ask_days_where"]
    assert await stage_zh.answers("三里屯店", store="S04")
    assert "11 月 28 日（周六）" in stage_zh.text
    assert "10:30-22:30" in stage_zh.text


async def test_a_weekend_is_both_days(stage: Stage) -> None:
    await stage.hears(StoreHours, "Sanlitun weekend hours", store="S04", date="2026-11-28")
    assert "Saturday 28 November: 10:30-22:30" in stage.text
    assert "Sunday 29 November: 10:30-21:00" in stage.text


async def test_a_span_is_all_its_days(stage_zh: Stage) -> None:
    await stage_zh.hears(StoreHours, "南京路店24号到26号几点开", store="S01", date=["2026-12-24", "2026-12-26"])
    assert "12 月 25 日（周五）：10:00-23:00（圣诞节）" in stage_zh.text


async def test_the_end_of_a_span_is_in_the_month_of_its_beginning(stage_zh: Stage) -> None:
    await stage_zh.hears(StoreHours, "三里屯店12月24号到26号", store="S04", date=["2026-12-24", "2026-11-26"])
    assert [line.partition("：")[0] for line in stage_zh.text.splitlines()[1:]] == [
        "12 月 24 日（周四）",
        "12 月 25 日（周五）",
        "12 月 26 日（周六）",
    ]


async def test_a_time_on_a_weekend_is_answered_for_both_days(stage: Stage) -> None:
    await stage.hears(
        StoreHours, "is Sanlitun open at 21:30 at the weekend", store="S04", date="2026-11-28", time="21:30"
    )
    assert stage.responses == ["utter_at_open", "utter_at_closed"]


async def test_days_without_a_span_between_them_are_only_themselves(stage: Stage) -> None:
    await stage.hears(StoreHours, "open on the 24th and the 26th?", store="S01", date=["2026-12-24", "2026-12-26"])
    assert "24 December" in stage.text
    assert "25 December" not in stage.text


async def test_a_city_tells_all_its_stores(stage_zh: Stage) -> None:
    await stage_zh.hears(StoreHours, "上海的店营业时间", city="Shanghai")
    assert "静安店：周一至周五 10:00-21:30，周六至周日 10:00-22:00" in stage_zh.text
    assert "徐家汇店：每天 10:00-22:00" in stage_zh.text


async def test_a_city_without_a_store_is_said_to_have_none(stage_zh: Stage) -> None:
    await stage_zh.hears(StoreHours, "广州店几点开门", city="Guangzhou")
    assert stage_zh.responses == ["utter_no_store_there"]


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 22, 9, 0, tzinfo=SHANGHAI), "Nanjing Road isn't open yet. It opens at 10:00 today."),
        (datetime(2026, 11, 22, 21, 29, tzinfo=SHANGHAI), "Nanjing Road is open now, until 21:30 today."),
        (
            datetime(2026, 11, 22, 21, 30, tzinfo=SHANGHAI),
            "Nanjing Road is closed now. It opens at 10:00 tomorrow, Monday 23 November.",
        ),
        (
            datetime(2026, 12, 25, 22, 40, tzinfo=SHANGHAI),
            "Nanjing Road is open now. Its Christmas Day hours run until 23:00 today.",
        ),
        (
            datetime(2027, 2, 6, 12, 0, tzinfo=SHANGHAI),
            "Nanjing Road is closed today for Spring Festival. It opens again at 11:00 on Monday 8 February.",
        ),
    ],
)
async def test_now_says_until_when_or_from_when(stage: Stage, clock: FakeClock, moment: datetime, said: str) -> None:
    clock.moment = moment
    await stage.hears(StoreHours, "is Nanjing Road open now", store="S01", time="now")
    assert stage.text == said


async def test_now_without_a_place_tells_which_stores_are_open(stage_zh: Stage, clock: FakeClock) -> None:
    clock.moment = datetime(2026, 11, 22, 22, 10, tzinfo=SHANGHAI)
    await stage_zh.hears(StoreHours, "现在还有哪家店开着", time="now")
    assert stage_zh.responses == ["utter_now_list_open", "utter_now_list_closed"]
    assert "太古里店" in stage_zh.said[0].text
    assert "南京路店" in stage_zh.said[1].text


async def test_now_is_read_on_the_clock_of_the_store(services: Services, clock: FakeClock) -> None:
    """At noon in Shanghai it is four in the morning in London."""

    class Abroad:
        async def stores(self) -> tuple[object, ...]:
            hubin = next(store for store in await services.shop.stores() if store.store_id == "S07")
            return (replace(hubin, timezone="Europe/London"),)

    abroad = Stage(replace(services, shop=Abroad()), language="en")  # type: ignore[arg-type]
    await abroad.hears(StoreHours, "open now?", time="now")
    assert abroad.text == "Hubin isn't open yet. It opens at 09:30 today."
    assert clock().astimezone(ZoneInfo("Europe/London")).hour == 4


@pytest.mark.parametrize(
    ("clock_said", "response"),
    [
        ("21:00", "utter_at_open"),
        ("21:30", "utter_at_closed"),
        ("09:59", "utter_at_closed"),
        ("10:00", "utter_at_open"),
    ],
)
async def test_a_time_is_answered_with_yes_or_no(stage_zh: Stage, clock_said: str, response: str) -> None:
    await stage_zh.hears(StoreHours, "晚上9点还开吗", store="S01", time=clock_said)
    assert stage_zh.responses == [response]
    assert "10:00-21:30" in stage_zh.text


async def test_a_time_on_a_holiday_names_the_holiday(stage: Stage) -> None:
    await stage.hears(StoreHours, "22:30 on Christmas at Nanjing Road?", store="S01", date="2026-12-25", time="22:30")
    assert (
        stage.text == "Yes, Nanjing Road is open at 22:30 on Friday 25 December. Its Christmas Day hours: 10:00-23:00."
    )


async def test_a_time_on_a_closed_day_says_that_it_is_closed_all_day(stage: Stage) -> None:
    await stage.hears(StoreHours, "noon at Spring Festival", store="S01", date="2027-02-06", time="12:00")
    assert stage.responses == ["utter_hours_closed_holiday", "utter_hours_opens_again"]


async def test_another_store_keeps_the_day_and_another_day_keeps_the_store(stage_zh: Stage) -> None:
    await stage_zh.hears(StoreHours, "南京路店圣诞节开吗", store="S01", date="2026-12-25")
    await stage_zh.hears(StoreHours, "那香港呢", intent="inform", city="Hong Kong")
    assert "12 月 25 日（周五）是圣诞节，铜锣湾店的营业时间是 12:00-23:00" in stage_zh.text
    await stage_zh.hears(StoreHours, "元旦呢", intent="inform", date="2027-01-01")
    assert "元旦，铜锣湾店" in stage_zh.text


async def test_now_of_an_earlier_question_does_not_outlive_a_day_named_since(stage: Stage) -> None:
    await stage.hears(StoreHours, "is Nanjing Road open now", store="S01", time="now")
    await stage.hears(StoreHours, "and on Tuesday?", intent="inform", date="2026-11-24")
    assert stage.text == "Nanjing Road's hours on Tuesday 24 November: 10:00-22:00."


async def test_a_day_that_is_over_is_forgotten(stage: Stage, clock: FakeClock) -> None:
    await stage.hears(StoreHours, "Nanjing Road tomorrow", store="S01", date="2026-11-23")
    clock.forward(days=7)
    await stage.hears(StoreHours, "Nanjing Road opening hours", store="S01")
    assert stage.responses == ["utter_hours_week_holidays", "utter_now_open"]


async def test_the_week_comes_with_the_holidays_ahead(stage_zh: Stage) -> None:
    await stage_zh.hears(StoreHours, "南京路店营业时间", store="S01")
    assert "周一至周四 10:00-22:00，周五至周六 10:00-22:30，周日 10:00-21:30" in stage_zh.text
    assert "圣诞节：12 月 25 日 10:00-23:00" in stage_zh.text
    assert "021-5550-0101" in stage_zh.text


async def test_a_store_found_before_is_the_one_whose_hours_are_asked(stage: Stage) -> None:
    await stage.hears(FindStore, "where is Hubin", store="S07")
    await stage.hears(StoreHours, "what time do you close")
    assert "Hubin opening hours" in stage.text


async def test_all_stores_are_meant_when_the_words_say_so(stage: Stage) -> None:
    await stage.hears(FindStore, "where is Hubin", store="S07")
    await stage.hears(StoreHours, "which stores are open on Christmas", date="2026-12-25")
    assert stage.responses == ["utter_hours_day_list"]


async def test_a_store_and_another_city_are_both_meant(stage: Stage) -> None:
    await stage.hears(StoreHours, "Causeway Bay and Shanghai", store="S08", city="Shanghai", date="2026-12-25")
    assert "Causeway Bay: 12:00-23:00" in stage.text
    assert "Nanjing Road, Jing'an and Xujiahui: 10:00-23:00" in stage.text


async def test_a_store_with_its_own_city_is_that_store(stage: Stage) -> None:
    await stage.hears(StoreHours, "Nanjing Road in Shanghai", store="S01", city="Shanghai", date="2026-12-25")
    assert "Jing'an" not in stage.text

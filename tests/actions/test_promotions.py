from __future__ import annotations

from datetime import datetime

from actions.dialogue import Inform
from actions.promotions import Promotions
from tests.actions.conftest import SessionCallers
from tests.actions.stage import SHANGHAI, Stage
from tests.fakes import FakeClock


async def test_today_tells_what_runs_and_what_comes(stage_zh: Stage) -> None:
    await stage_zh.hears(Promotions, "有什么优惠")
    assert stage_zh.responses == ["utter_offers", "utter_offers_coming"]
    assert "以旧换新最高补贴 600 元（全年，电视和家电，每台家电限用一次）" in stage_zh.said[0].text
    assert stage_zh.said[1].text.splitlines()[1:] == [
        "12 月 10 日至 12 日：双十二全场 9 折（礼品卡除外）",
        "12 月 18 日：会员日满 300 减 40（全体会员，不与其他优惠券同用）",
    ]


async def test_members_day_runs_on_the_18th(stage: Stage, clock: FakeClock) -> None:
    clock.moment = datetime(2026, 12, 18, 12, 0, tzinfo=SHANGHAI)
    await stage.hears(Promotions, "any offers today")
    assert (
        "Members' day: 40 off 300 (18th of each month; for all members; not with other coupons)" in stage.said[0].text
    )
    assert stage.responses == ["utter_offers"], "Double-12 is over, and nothing else is announced"


async def test_a_day_tells_what_runs_then(stage: Stage) -> None:
    await stage.hears(Promotions, "any offers on 11 December", date="2026-12-11")
    assert stage.responses == ["utter_offers_on"]
    assert "on Friday 11 December" in stage.text
    assert "Double-12: 10% off" in stage.text
    assert "Members' day" not in stage.text


async def test_gift_cards_are_no_part_of_double_12(stage_zh: Stage) -> None:
    await stage_zh.hears(Promotions, "双十二礼品卡打折吗", product="P1504", date="2026-12-12")
    assert stage_zh.responses == ["utter_offers_for_on"]
    assert "双十二" not in stage_zh.text
    await stage_zh.hears(Promotions, "双十二电视打折吗", category="tv", date="2026-12-12")
    assert "双十二全场 9 折" in stage_zh.text
    assert "12 月 12 日（周六），电视可以参加" in stage_zh.text


async def test_a_product_with_no_offer_hears_so(stage: Stage) -> None:
    await stage.hears(Promotions, "phone case deals in January?", product="P1303", date="2027-01-05")
    assert stage.text == "No offers announced so far apply to N9 phone case on Tuesday 5 January 2027."


async def test_a_day_that_is_over_is_said_to_be(stage: Stage) -> None:
    await stage.hears(Promotions, "what was on yesterday", date="2026-11-21")
    assert stage.responses == ["utter_offers_day_over", "utter_offers", "utter_offers_coming"]


async def test_who_has_ordered_before_hears_of_no_first_order(stage_zh: Stage, callers: SessionCallers) -> None:
    callers.signed_in = "C002"
    await stage_zh.hears(Promotions, "有什么优惠")
    assert "新客" not in stage_zh.text
    assert "以旧换新" in stage_zh.text


async def test_another_day_said_alone_is_looked_up(stage: Stage) -> None:
    await stage.hears(Promotions, "any offers")
    await stage.hears(Inform, "and on the 18th?", intent="inform", date="2026-12-18")
    assert "Members' day" in stage.text
    await stage.hears(Promotions, "what's on sale")
    assert stage.responses == ["utter_offers", "utter_offers_coming"]

from __future__ import annotations

from actions.installation_visit import InstallationVisit
from tests.actions.stage import Stage


async def test_the_visit_is_told_and_can_stay(stage: Stage) -> None:
    await stage.hears(InstallationVisit, order_number="GT2600010111", phone_tail="6655")
    assert "tomorrow, Monday 23 November, 14:00-16:00" in stage.text
    assert "09:00-12:00, 14:00-16:00 and 16:00-19:00" in stage.text
    assert await stage.answers("no, that is fine", intent="deny")
    assert stage.responses == ["utter_visit_stays"]
    assert stage.handoff is None


async def test_moving_it_is_a_persons_work(stage_zh: Stage) -> None:
    await stage_zh.hears(InstallationVisit, order_number="GT2600010111", phone_tail="6655")
    assert await stage_zh.answers("要改", intent="affirm")
    assert stage_zh.handoff is not None
    assert stage_zh.handoff["facts"]["visit_window"] == "14:00-16:00"


async def test_goods_that_nobody_installs_have_no_visit(stage: Stage) -> None:
    await stage.hears(InstallationVisit, order_number="GT2600010043", phone_tail="8812")
    assert stage.responses == ["utter_visit_not_needed"]


async def test_a_set_without_a_booked_visit_gets_the_windows(stage: Stage) -> None:
    await stage.hears(InstallationVisit, order_number="GT2600010112", phone_tail="6655")
    assert stage.responses[0] == "utter_visit_not_booked"
    assert "16:00-19:00" in stage.text


async def test_saying_that_one_is_out_moves_the_visit(stage_zh: Stage) -> None:
    await stage_zh.hears(InstallationVisit, order_number="GT2600010111", phone_tail="6655")
    await stage_zh.hears(InstallationVisit, "那天不在家，想改个时间")
    assert stage_zh.handoff is not None


async def test_no_change_wanted_is_not_taken_for_a_change(stage_zh: Stage) -> None:
    await stage_zh.hears(InstallationVisit, order_number="GT2600010111", phone_tail="6655")
    await stage_zh.hears(InstallationVisit, "不用改")
    assert "utter_visit_stays" in stage_zh.responses
    assert stage_zh.handoff is None

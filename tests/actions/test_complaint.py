"""What a complaint is promised, by day and by night."""

from __future__ import annotations

from actions.complaint import Complaint
from tests.actions.stage import Stage
from tests.fakes import FakeClock


async def test_by_day_the_first_reply_counts_from_now(stage: Stage) -> None:
    await stage.hears(Complaint, "your service is terrible")
    assert stage.responses == ["utter_complaint_sorry"]
    assert "4 hours" in stage.text
    assert stage.handoff is not None


async def test_by_night_it_counts_from_when_people_are_back(stage: Stage, clock: FakeClock) -> None:
    clock.forward(hours=11)
    await stage.hears(Complaint, "your service is terrible")
    assert stage.responses == ["utter_complaint_sorry_closed"]
    assert "09:00" in stage.text
    assert stage.handoff is not None

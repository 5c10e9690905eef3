"""The customer complains: sorry first, then a person."""

from __future__ import annotations

from actions.base import Routine
from actions.talk import Talk
from bot.messages import HandoffReason, Priority


class Complaint(Routine):
    async def act(self, talk: Talk) -> None:
        hours = talk.policies.complaint_first_reply_hours
        opens, closes = talk.policies.human_service_hours
        if opens <= talk.now.time() < closes:
            talk.say("utter_complaint_sorry", hours=hours)
        else:  # nobody is there to keep a promise that counts from now
            talk.say("utter_complaint_sorry_closed", hours=hours, opens=talk.words.clock(opens))
        distressed = talk.mood == "distressed"
        talk.hand_over(
            HandoffReason.DISTRESS if distressed else HandoffReason.COMPLAINT,
            priority=Priority.URGENT if distressed or talk.mood == "legal_threat" else Priority.HIGH,
            summary="utter_summary_complaint",
            complaint=talk.text,
        )

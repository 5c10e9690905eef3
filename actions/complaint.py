"""The customer complains: sorry first, then a person."""

from __future__ import annotations

from actions.base import Routine
from actions.talk import Talk
from bot.messages import HandoffReason, Priority


class Complaint(Routine):
    async def act(self, talk: Talk) -> None:
        talk.say("utter_complaint_sorry", hours=talk.policies.complaint_first_reply_hours)
        talk.hand_over(
            HandoffReason.COMPLAINT,
            priority=Priority.HIGH,
            summary="The customer complains; see the last messages.",
            complaint=talk.text,
        )

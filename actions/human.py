"""The customer asks for a person."""

from __future__ import annotations

from actions.base import Routine
from actions.talk import Talk
from bot.messages import HandoffReason


class Human(Routine):
    async def act(self, talk: Talk) -> None:
        talk.hand_over(HandoffReason.ASKED, summary="utter_summary_asked")

"""Gift wrap: what it costs; orders already placed are changed by people."""

from __future__ import annotations

from typing import ClassVar

from actions.base import Routine
from actions.talk import Talk
from bot.messages import HandoffReason


class GiftWrap(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number"})

    async def act(self, talk: Talk) -> None:
        fee = talk.words.money(talk.policies.gift_wrap_fee_cny, talk.language)
        number = talk.heard("order_number") or talk.details.get("order_number")
        if number is None:
            talk.say("utter_gift_wrap", fee=fee)
            return
        talk.learn(order_number=number)
        # the same words for every number: whose order it is, and whether it has left, is not shown here
        if talk.confirmed("person", "utter_gift_wrap_order", kind="person", order_number=number, fee=fee):
            talk.hand_over(
                HandoffReason.ABOVE_AUTHORITY,
                summary="utter_summary_gift_wrap",
                order_number=number,
            )
        else:
            talk.say("utter_all_right")

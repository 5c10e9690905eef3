"""When an engineer comes to install."""

from __future__ import annotations

import re
from typing import ClassVar

from actions.base import Routine
from actions.orders import item_names, proven_order
from actions.talk import Talk
from actions.track_order import say_status
from bot.messages import HandoffReason
from bot.retail.installation import needs_installation, windows

_MOVE = re.compile(
    r"改|换个?(?:时间|时段|日子|天)|不在家|没人在|没空|推迟|提前|延后|另约|重新约"
    r"|\b(?:resched\w*|move|another\s+(?:day|time)|different\s+(?:day|time)|change\s+(?:it|the)|not\s+(?:be\s+)?(?:at\s+)?home"
    r"|postpone|earlier|later)\b",
    re.IGNORECASE,
)
_KEEP = re.compile(r"不(?:用|必|需要?|想|要)?改|别改|\b(?:don'?t|no\s+need)\b", re.IGNORECASE)


class InstallationVisit(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number"})

    async def act(self, talk: Talk) -> None:
        order = await proven_order(talk, action="installation_visit", fits=lambda order: order.visit is not None)
        language, words = talk.language, talk.words
        spans = words.listing(windows(talk.policies), language)
        if order.visit is not None:
            if not talk.details.get("told_visit"):
                talk.say(
                    "utter_visit",
                    order_number=order.number,
                    items=item_names(talk, order.items),
                    day=words.day(order.visit.day, language, today=talk.today),
                    window=order.visit.window,
                )
                talk.learn(told_visit=True)
            if _KEEP.search(talk.text):
                talk.learn(stays=True)
            elif _MOVE.search(talk.text):
                talk.learn(moves=True)
            if "stays" in talk.details or (
                "moves" not in talk.details
                and not talk.confirmed("move", "utter_visit_move", kind="person", windows=spans)
            ):
                talk.say("utter_visit_stays")
                return
            talk.say("utter_visit_moving")
            talk.hand_over(
                HandoffReason.ABOVE_AUTHORITY,
                summary="utter_summary_visit",
                order_number=order.number,
                visit_day=order.visit.day.isoformat(),
                visit_window=order.visit.window,
            )
            return
        if not any(needs_installation(item.product, talk.policies) for item in order.items):
            talk.say("utter_visit_not_needed", order_number=order.number, items=item_names(talk, order.items))
            return
        talk.say("utter_visit_not_booked", order_number=order.number, windows=spans)
        await say_status(talk, order)

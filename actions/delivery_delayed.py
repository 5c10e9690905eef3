"""A parcel that takes longer than it should."""

from __future__ import annotations

from typing import Any, ClassVar

from actions.base import Routine
from actions.orders import item_names, proven_order
from actions.talk import Choice, Talk
from actions.track_order import say_last_scan, say_status
from bot.messages import HandoffReason, Priority
from bot.retail.delivery import ArrivalCode, arrival, judge_claim
from bot.retail.shop import Order


class DeliveryDelayed(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number"})

    async def act(self, talk: Talk) -> None:
        order = await proven_order(
            talk, action="delivery_delayed", fits=lambda order: arrival(order, talk.today).arrives_on is not None
        )
        found = arrival(order, talk.today)
        if found.code in (ArrivalCode.DELAYED, ArrivalCode.OVERDUE):
            await self._late(talk, order)
            return
        if found.code is ArrivalCode.LOST or judge_claim(order, talk.today, talk.policies).eligible:
            await say_status(talk, order)
            talk.say("utter_delay_may_be_lost", choices=[_report_lost(talk)])
            return
        await say_status(talk, order)
        if found.code in (ArrivalCode.ON_THE_WAY, ArrivalCode.TODAY, ArrivalCode.PREPARING) and found.arrives_on:
            talk.say("utter_delay_still_in_time")

    async def _late(self, talk: Talk, order: Order) -> None:
        found = arrival(order, talk.today)
        values: dict[str, Any] = {
            "order_number": order.number,
            "items": item_names(talk, order.items),
            "carrier": order.carrier.in_(talk.language) if order.carrier else "",
            "arrives": talk.words.day(found.arrives_on, talk.language, today=talk.today) if found.arrives_on else "",
            "days_late": found.days_late,
        }
        if not talk.details.get("told_late"):
            talk.say("utter_delay_overdue" if found.code is ArrivalCode.OVERDUE else "utter_delay_new_day", **values)
            if order.scans:
                say_last_scan(talk, order)
            talk.learn(told_late=True)
        if not talk.confirmed("chase", "utter_delay_chase", kind="person", order_number=order.number):
            talk.say("utter_delay_wait")
            return
        talk.say("utter_delay_chasing")
        talk.hand_over(
            HandoffReason.ABOVE_AUTHORITY,
            priority=Priority.HIGH,
            summary="utter_summary_delayed",
            order_number=order.number,
            carrier=order.carrier.en if order.carrier else None,
            tracking_number=order.tracking_number,
            expected_on=found.arrives_on.isoformat() if found.arrives_on else None,
            last_scan=order.scans[-1].text.en if order.scans else None,
        )


def _report_lost(talk: Talk) -> Choice:
    return Choice(talk.words.text("skill_parcel_lost", talk.language), "/parcel_lost")

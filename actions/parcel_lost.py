"""A parcel that does not come: a claim, and then another parcel or the money."""

from __future__ import annotations

from typing import Any, ClassVar

from actions.base import Routine
from actions.orders import item_names, proven_order
from actions.talk import Choice, Talk
from actions.track_order import say_last_scan, say_status
from bot.errors import ShopRefused
from bot.messages import HandoffReason, Priority
from bot.retail.delivery import ClaimCode, ClaimVerdict, judge_claim
from bot.retail.money import Approver
from bot.retail.shop import Order


class ParcelLost(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number"})

    async def act(self, talk: Talk) -> None:
        order = await proven_order(
            talk,
            action="parcel_lost",
            fits=lambda order: (
                judge_claim(order, talk.today, talk.policies).code in (ClaimCode.ELIGIBLE, ClaimCode.TOO_EARLY)
            ),
        )
        verdict = judge_claim(order, talk.today, talk.policies)
        if verdict.eligible:
            await self._claim(talk, order, verdict)
            return
        if verdict.code is ClaimCode.DELIVERED:
            await self._not_received(talk, order)
            return
        await say_status(talk, order)
        if verdict.code is ClaimCode.TOO_EARLY and verdict.from_day:
            day = talk.words.day(verdict.from_day, talk.language, today=talk.today)
            talk.say("utter_claim_too_early", days=verdict.needed_days, from_day=day)
        elif verdict.code is ClaimCode.ALREADY_OPEN:
            talk.say("utter_claim_already_open", claim=order.claim)

    async def _claim(self, talk: Talk, order: Order, verdict: ClaimVerdict) -> None:
        if not talk.details.get("told_lost"):
            talk.say(
                "utter_claim_possible_carrier" if verdict.carrier_claim else "utter_claim_possible",
                order_number=order.number,
                items=item_names(talk, order.items),
            )
            if order.scans:
                say_last_scan(talk, order)
            talk.learn(told_lost=True)
        words, language = talk.words, talk.language
        choices = [Choice(words.text(f"wish_{wish}", language), wish) for wish in ("reship", "refund")]
        wish = talk.ask("wish", "utter_claim_ask_wish", choices=choices)
        if wish == "refund" and verdict.approver is not Approver.BOT:
            talk.say("utter_claim_refund_needs_person", total=words.money(order.total, language))
            talk.hand_over(
                HandoffReason.ABOVE_AUTHORITY,
                priority=Priority.HIGH,
                summary="utter_summary_parcel_lost",
                order_number=order.number,
                amount_cny=str(order.total),
                approver=verdict.approver,
                days_without_scan=verdict.days_without_scan,
                carrier_claim_open=verdict.carrier_claim,
            )
            return
        if not talk.confirmed("agreed", f"utter_claim_confirm_{wish}", order_number=order.number):
            talk.say("utter_claim_left")
            return
        try:
            receipt = await talk.shop.open_claim(order.number, wish, key=talk.key("claim"))
        except ShopRefused:
            talk.say("utter_claim_already_open", claim=order.claim or order.number)
            return
        route = verdict.route
        values: dict[str, Any] = {
            "claim": receipt.claim,
            "total": words.money(order.total, language),
            "payment": words.text(f"payment_{route.payment}", language) if route.payment else "",
            "days": route.working_days,
        }
        talk.say(f"utter_claim_opened_{wish}", **values)

    async def _not_received(self, talk: Talk, order: Order) -> None:
        """The shop says delivered, the customer says no: the bot cannot know, a person finds out."""
        if "look" not in talk.details:
            await say_status(talk, order)
        if not talk.confirmed("look", "utter_claim_marked_delivered", kind="still_missing", order_number=order.number):
            talk.say("utter_claim_left")
            return
        talk.hand_over(
            HandoffReason.ABOVE_AUTHORITY,
            priority=Priority.HIGH,
            summary="utter_summary_not_received",
            order_number=order.number,
            delivered_on=order.delivered_on.isoformat() if order.delivered_on else None,
        )

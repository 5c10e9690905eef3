"""An item goes back for money: whether it may, what comes of it, and the return's number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from actions import items_back, refunds
from actions.base import Routine
from actions.items_back import day, items_of, offer, window
from actions.orders import item_names, proven_order
from actions.talk import Choice, GoOn, Talk
from bot.errors import ShopRefused
from bot.messages import HandoffReason
from bot.retail.returns import Reason, ReturnCode, ReturnVerdict, judge_exchange, judge_return
from bot.retail.shop import Order, ReturnKind, ReturnRequest

EXCHANGE = "action_exchange_item"
_SIZED = frozenset({"clothing"})
"""Categories in which "the size is wrong" is a reason worth offering."""


class ReturnItem(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number", "product", "reason"})
    replaces: ClassVar[frozenset[str]] = frozenset({EXCHANGE})

    async def act(self, talk: Talk) -> None:
        if talk.slot("skill") == EXCHANGE:
            talk.learn(instead="no")  # "no exchange, a return": what was declined is not offered again
        items_back.remember(talk, routine=self.name())
        order = await proven_order(talk, action="return_item", fits=items_back.fits)
        tier = await items_back.tier_of(talk, order)

        def judge(reason: Reason, skus: Sequence[str] | None) -> ReturnVerdict:
            return judge_return(order, reason, talk.today, talk.policies, skus=skus, tier=tier)

        if items_back.say_why_nothing(talk, order, judge(Reason.NO_REASON, None).code):
            return
        if not any(judge(reason, None).eligible for reason in Reason):
            self._say_nothing_returnable(talk, order, judge(Reason.NO_REASON, None), judge(Reason.QUALITY, None))
            return
        skus = items_back.choose(talk, order, judge, ask="utter_ask_return_items", assumed=Reason.NO_REASON)
        if not any(judge(reason, skus).eligible for reason in Reason):
            self._say_nothing_returnable(talk, order, judge(Reason.NO_REASON, skus), judge(Reason.QUALITY, skus))
            return
        reason = self._reason(talk, order, skus)
        verdict = judge(reason, skus)
        if reason is Reason.SIZE:
            self._offer_exchange(talk, order, verdict)
        if not verdict.eligible:
            if "faulty" not in talk.details:
                items_back.say_refused(talk, order, verdict)
            if self._goes_on_as_fault(talk, order, verdict):
                await self.act(talk)
            return
        if not self._confirmed(talk, order, verdict):
            talk.say("utter_stopped")
            return
        await self._settle(talk, order, verdict)

    def _reason(self, talk: Talk, order: Order, skus: Sequence[str]) -> Reason:
        sized = any(item.product.category in _SIZED for item in order.items if item.product.sku in skus)
        reasons = [reason for reason in Reason if reason is not Reason.SIZE or sized]
        choices = items_back.reason_choices(talk, reasons)
        said = Reason(talk.ask("reason", "utter_ask_return_reason", choices=choices))
        # a loudspeaker that is "too big" comes in no other size
        return said if said in reasons else Reason.NO_REASON

    def _offer_exchange(self, talk: Talk, order: Order, verdict: ReturnVerdict) -> None:
        """Another size is often what is really wanted."""
        skus = [each.item.product.sku for each in verdict.items]
        exchange = judge_exchange(order, Reason.SIZE, talk.today, talk.policies, skus=skus)
        if exchange.code is not ReturnCode.ELIGIBLE:
            return
        titles = {answer: talk.words.text(f"instead_{answer}", talk.language) for answer in ("yes", "no")}
        choices = [Choice(title, answer) for answer, title in titles.items()]
        values: dict[str, Any] = {
            "items": item_names(talk, items_of(verdict)),
            "last_day": window(talk, order, exchange)["last_day"],
        }
        response = "utter_ask_exchange_instead" if verdict.eligible else "utter_ask_exchange_only"
        if talk.ask("instead", response, kind="instead", choices=choices, intent="return_item", **values) == "yes":
            talk.learn(items=skus)
            raise GoOn(EXCHANGE)

    def _confirmed(self, talk: Talk, order: Order, verdict: ReturnVerdict) -> bool:
        possible = items_of(verdict, eligible=True)
        if "agreed" not in talk.details:
            if verdict.code is ReturnCode.PARTLY:
                items_back.say_refused(talk, order, verdict)
            response = f"utter_return_allowed_{verdict.reason}"
            talk.say(response, items=item_names(talk, possible), **window(talk, order, verdict))
        route = verdict.route
        response = "utter_return_confirm_approval" if verdict.needs_person else "utter_return_confirm"
        return talk.confirmed(
            "agreed",
            refunds.timed(response, route),
            kind="person" if verdict.needs_person else "yes_no",
            items=item_names(talk, possible),
            amount=talk.words.money(verdict.amount, talk.language),
            limit=talk.words.money(talk.policies.returns.self_service_limit_cny, talk.language),
            payment=refunds.payment(talk, route),
            days=route.working_days,
            postage=items_back.postage(talk, verdict),
        )

    async def _settle(self, talk: Talk, order: Order, verdict: ReturnVerdict) -> None:
        if verdict.needs_person:
            talk.say("utter_return_for_approval", order_number=order.number)
            self._hand_over(talk, order, verdict)
            items_back.forget(talk)
            return
        request = ReturnRequest(order.number, verdict.skus, ReturnKind.REFUND, verdict.reason)
        try:
            receipt = await talk.shop.open_return(request, key=talk.key("open_return"))
        except ShopRefused as refused:
            items_back.say_shop_refused(talk, order, verdict, refused)
            return
        response = "utter_return_opened_evidence" if verdict.reason.shop_at_fault else "utter_return_opened"
        talk.say(response, rma=receipt.rma, label=receipt.label_url)
        items_back.forget(talk)

    def _hand_over(self, talk: Talk, order: Order, verdict: ReturnVerdict) -> None:
        talk.hand_over(
            HandoffReason.ABOVE_AUTHORITY,
            summary="utter_summary_return",
            limit_cny=str(talk.policies.returns.self_service_limit_cny),
            **items_back.facts(order, verdict),
        )

    def _say_nothing_returnable(self, talk: Talk, order: Order, plain: ReturnVerdict, fault: ReturnVerdict) -> None:
        """Neither for a change of mind nor for a fault: no need to ask for a reason."""
        if fault.code is ReturnCode.TOO_LATE and plain.last_day and fault.last_day:
            talk.say(
                "utter_return_all_too_late",
                items=item_names(talk, items_of(fault)),
                days=plain.days,
                last_day=day(talk, plain.last_day),
                fault_days=fault.days,
                fault_last_day=day(talk, fault.last_day),
                delivered=window(talk, order, plain)["delivered"],
            )
        else:
            items_back.say_refused(talk, order, fault)
        items_back.say_warranty(talk, order, fault)

    def _goes_on_as_fault(self, talk: Talk, order: Order, verdict: ReturnVerdict) -> bool:
        """After a no: a claim for a fault, an exchange, or the warranty, where the rules allow one.

        True when there is a fault after all.
        """
        skus = [each.item.product.sku for each in verdict.items]
        fault = judge_return(order, Reason.QUALITY, talk.today, talk.policies, skus=skus)
        exchange = judge_exchange(order, Reason.SIZE, talk.today, talk.policies, skus=skus)
        if verdict.reason.shop_at_fault or not fault.eligible:
            items_back.say_warranty(talk, order, verdict)
            return False
        last_day = window(talk, order, fault)["last_day"]
        if not exchange.eligible:
            return items_back.confirmed_fault(talk, "utter_return_if_faulty", last_day=last_day)
        choices = [
            offer(talk, "return_item", items_of(fault, eligible=True), Reason.QUALITY),
            offer(talk, "exchange_item", items_of(exchange, eligible=True), Reason.SIZE),
        ]
        exchange_last_day = window(talk, order, exchange)["last_day"]
        response = "utter_return_if_faulty_or_exchange"
        talk.say(response, choices=choices, last_day=last_day, exchange_last_day=exchange_last_day)
        return False

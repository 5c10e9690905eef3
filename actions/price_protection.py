"""The price fell after the order: whether the difference goes back."""

from __future__ import annotations

from typing import ClassVar

from actions import refunds
from actions.base import Routine
from actions.orders import item_names, proven_order
from actions.talk import Talk
from bot.messages import HandoffReason
from bot.retail.money import PriceCode, PriceVerdict, price_protection
from bot.retail.shop import Order


class PriceProtection(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number"})

    async def act(self, talk: Talk) -> None:
        order_named = talk.heard("order_number") or talk.slot("order_number") or talk.details.get("order_number")
        if not order_named and "told_rule" not in talk.details:
            talk.say("utter_price_rule", days=talk.policies.price_protection_days)
            talk.learn(told_rule=True)
        prices = {product.sku: product.price for product in await talk.shop.products()}

        def judge(order: Order) -> PriceVerdict:
            return price_protection(order, prices, talk.today, talk.policies)

        order = await proven_order(
            talk, action="price_protection", fits=lambda order: judge(order).code is PriceCode.ELIGIBLE
        )
        verdict = judge(order)
        if verdict.code is not PriceCode.ELIGIBLE:
            self._say_why_not(talk, order, verdict)
            return
        if not self._confirmed(talk, order, verdict):
            talk.say("utter_stopped")
            return
        talk.say("utter_price_claimed", amount=talk.words.money(verdict.amount, talk.language))
        self._hand_over(talk, order, verdict)

    def _say_why_not(self, talk: Talk, order: Order, verdict: PriceVerdict) -> None:
        talk.say(
            f"utter_price_{verdict.code}",
            order_number=order.number,
            items=item_names(talk, order.items),
            days=verdict.days,
            last_day=talk.words.day(verdict.last_day, talk.language, today=talk.today),
            ended=talk.words.on(verdict.last_day, talk.language, today=talk.today),
        )

    def _confirmed(self, talk: Talk, order: Order, verdict: PriceVerdict) -> bool:
        if "agreed" not in talk.details:
            for drop in verdict.drops:
                talk.say(
                    "utter_price_drop",
                    item=item_names(talk, [drop.item]),
                    paid=talk.words.money(drop.item.unit_price, talk.language),
                    now=talk.words.money(drop.price_now, talk.language),
                )
        return talk.confirmed(
            "agreed",
            refunds.timed("utter_price_confirm", verdict.route),
            kind="person",
            amount=talk.words.money(verdict.amount, talk.language),
            payment=refunds.payment(talk, verdict.route),
            days=verdict.route.working_days,
        )

    def _hand_over(self, talk: Talk, order: Order, verdict: PriceVerdict) -> None:
        """A difference is not something the bot can pay out: a person does."""
        talk.hand_over(
            HandoffReason.ABOVE_AUTHORITY,
            summary="utter_summary_price_protection",
            order_number=order.number,
            placed_on=order.placed_on.isoformat(),
            last_day=verdict.last_day.isoformat(),
            drops=[
                {
                    "sku": drop.item.product.sku,
                    "quantity": drop.item.quantity,
                    "paid_cny": str(drop.item.unit_price),
                    "price_now_cny": str(drop.price_now),
                    "difference_cny": str(drop.difference),
                }
                for drop in verdict.drops
            ],
            amount_cny=str(verdict.amount),
            payment=verdict.route.payment,
            approver=verdict.approver.value,
        )

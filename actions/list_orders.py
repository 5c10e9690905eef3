"""A signed-in customer's orders."""

from __future__ import annotations

from actions.base import Routine
from actions.cards import orders_cards
from actions.orders import MAX_CHOICES, item_names
from actions.talk import Choice, Talk


class ListOrders(Routine):
    async def act(self, talk: Talk) -> None:
        if talk.caller.customer_id is None or not talk.services.proof.knows(talk.caller, action="list_orders"):
            talk.say("utter_orders_sign_in")
            return
        orders = await talk.shop.orders_of(talk.caller.customer_id)
        if not orders:
            talk.say("utter_orders_none")
            return
        language, words = talk.language, talk.words
        lines = [
            f"{order.number} · {item_names(talk, order.items)} · {words.text(f'status_{order.status}', language)}"
            for order in orders[:MAX_CHOICES]
        ]
        choices = [
            Choice(order.number, f'/track_order{{"order_number": "{order.number}"}}') for order in orders[:MAX_CHOICES]
        ]
        card = orders_cards(talk, orders[:MAX_CHOICES])
        talk.say("utter_orders", orders="\n".join(lines), count=len(orders), choices=choices, card=card)

"""The code with which an order is fetched from a store."""

from __future__ import annotations

from typing import ClassVar

from rasa_sdk.events import SlotSet

from actions.base import Routine
from actions.orders import item_names, proven_order
from actions.talk import Talk
from actions.track_order import say_status


class PickupCode(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number"})

    async def act(self, talk: Talk) -> None:
        order = await proven_order(talk, action="pickup_code", fits=lambda order: order.pickup is not None)
        if order.pickup is None:
            talk.say("utter_pickup_none", order_number=order.number)
            await say_status(talk, order)
            return
        language = talk.language
        store = next(store for store in await talk.shop.stores() if store.store_id == order.pickup.store_id)
        talk.events += [SlotSet("store", [store.store_id]), SlotSet("city", None)]  # "when does that store close?"
        past = order.pickup.keep_until < talk.today
        talk.say(
            "utter_pickup_expired" if past else "utter_pickup_code",
            order_number=order.number,
            items=item_names(talk, order.items),
            code=order.pickup.code,
            store=store.name.in_(language),
            address=store.address.in_(language),
            phone=store.phone,
            keep_until=talk.words.day(order.pickup.keep_until, language, today=talk.today),
        )

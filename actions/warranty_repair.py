"""A broken thing: is it still under warranty, and where is it repaired."""

from __future__ import annotations

from typing import ClassVar

from actions.base import Routine
from actions.orders import proven_order
from actions.talk import Choice, Talk
from bot.retail.installation import needs_installation
from bot.retail.shop import Order, OrderStatus, Product
from bot.retail.warranty import ItemWarranty, WarrantyCode, warranty

_HAS_ARRIVED = frozenset({OrderStatus.DELIVERED, OrderStatus.INSTALLATION_SCHEDULED})


class WarrantyRepair(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"order_number", "product"})

    async def act(self, talk: Talk) -> None:
        named = talk.known("product", routine=self.name())
        if self._whose(talk) is None:
            await self._rule(talk, named)
            return
        order = await proven_order(
            talk, action="warranty_repair", fits=lambda order: order.status in _HAS_ARRIVED and _holds(order, named)
        )
        item = self._item(talk, warranty(order, talk.today), named)
        self._say(talk, item)
        await self._say_repair(talk, item.item.product, covered=item.code is WarrantyCode.COVERED)

    def _whose(self, talk: Talk) -> str | None:
        """Something that leads to one bought thing: an order named, or somebody signed in."""
        order: str | None = talk.details.get("order_number") or talk.slot("order_number") or talk.caller.customer_id
        return order

    async def _rule(self, talk: Talk, sku: str | None) -> None:
        """Without an order: how long the warranty of the product is, and that the order tells the rest."""
        catalogue = await talk.shop.products()
        product = next((each for each in catalogue if each.sku == sku), None)
        category = str(talk.known("category", routine=self.name()) or "")
        alike = [each for each in catalogue if each.category == category]
        if product is None and len({each.warranty_months for each in alike}) == 1 and alike[0].warranty_months:
            product = alike[0]
            name = talk.words.text(f"category_{category}", talk.language)
            talk.say("utter_warranty_length_of_all", category=name, months=product.warranty_months)
        elif product is None:
            talk.say("utter_warranty_which")
        elif product.warranty_months:
            talk.say("utter_warranty_length", product=product.name.in_(talk.language), months=product.warranty_months)
        else:
            talk.say("utter_warranty_none", product=product.name.in_(talk.language))
        await self._say_repair(talk, product, covered=bool(product and product.warranty_months))
        talk.learn(ruled=True)
        talk.ask("order_number", "utter_warranty_ask_order", kind="order_number")

    def _item(self, talk: Talk, found: tuple[ItemWarranty, ...], sku: str | None) -> ItemWarranty:
        of_name = [each for each in found if each.item.product.sku in (sku, talk.details.get("item"))]
        if of_name:
            return of_name[0]
        if len(found) == 1:
            return found[0]
        choices = [Choice(each.item.product.name.in_(talk.language), each.item.product.sku) for each in found]
        wanted = talk.ask("item", "utter_warranty_which_item", kind="choice", choices=choices)
        return next(each for each in found if each.item.product.sku == wanted)

    def _say(self, talk: Talk, found: ItemWarranty) -> None:
        last_day = talk.words.day(found.last_day, talk.language, today=talk.today) if found.last_day else ""
        talk.say(
            f"utter_warranty_{found.code}",
            product=found.item.product.name.in_(talk.language),
            months=found.months,
            last_day=last_day,
        )

    async def _say_repair(self, talk: Talk, product: Product | None, *, covered: bool) -> None:
        desks = talk.policies.warranty.repair_desks
        stores = [store.name.in_(talk.language) for store in await talk.shop.stores() if store.store_id in desks]
        response = "utter_repair_where"
        if product is not None and not covered:
            response = "utter_repair_uncovered"
        elif product is not None and needs_installation(product, talk.policies):
            response = "utter_repair_home"
        talk.say(
            response,
            stores=talk.words.listing(stores, talk.language),
            days=talk.policies.warranty.repair_working_days,
        )


def _holds(order: Order, sku: str | None) -> bool:
    return sku is None or any(item.product.sku == sku for item in order.items)

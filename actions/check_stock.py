"""How many of a product lie in which store; said as of now, with no promise for later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from actions.base import Routine
from actions.cards import product_card
from actions.goods import Goods, ask_product, category_names, goods_meant, has_size, size_marks
from actions.places import Place, place_meant, say_no_store, store_names
from actions.talk import Talk
from bot.retail.shop import Product, Store

FEW = 3
"""At most so many left is said as "only"."""
MAX_PRODUCTS = 3
MAX_ELSEWHERE = 5


class CheckStock(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"product", "category", "store", "city", "size"})

    async def act(self, talk: Talk) -> None:
        place, goods = await place_meant(talk), await goods_meant(talk)
        if not goods.products or not goods.named:
            await _ask(talk, goods)
        if not place.stores:
            await say_no_store(talk)
            place = Place(await talk.shop.stores(), anywhere=True)
        for product in goods.products[:MAX_PRODUCTS]:
            _say_size(talk, product)
            await _say_stock(talk, place, product)


async def _ask(talk: Talk, goods: Goods) -> None:
    if goods.products:
        ask_product(talk, goods.products, "utter_ask_stock_which")
    talk.ask("product", "utter_ask_stock_product", kind="product", categories=await category_names(talk))


def _say_size(talk: Talk, product: Product) -> None:
    """The shop keeps one size of each; another one is not to be had, whatever the stock."""
    sizes = [str(size) for size in talk.heard_all("size")]
    if size_marks(" ".join(sizes)) and not has_size(product, sizes):
        talk.say("utter_stock_no_size", product=product.name.in_(talk.language), size=sizes[0])


async def _say_stock(talk: Talk, place: Place, product: Product) -> None:
    stock = {each.store_id: each.quantity for each in await talk.shop.stock_of(product.sku)}
    name = product.name.in_(talk.language)
    if not stock:
        talk.say("utter_stock_not_kept", product=name)
    elif not any(stock.values()):
        talk.say("utter_stock_nowhere", product=name, card=product_card(talk, product, in_stock=False))
    elif len(place.stores) == 1:
        await _say_one(talk, place.stores[0], product, stock)
    else:
        await _say_several(talk, place, product, stock)


async def _say_one(talk: Talk, store: Store, product: Product, stock: dict[str, int]) -> None:
    name, at = product.name.in_(talk.language), store.name.in_(talk.language)
    quantity = stock.get(store.store_id, 0)
    if not quantity:
        talk.say("utter_stock_none_at", product=name, stores=at)
        await _say_elsewhere(talk, store, stock)
        return
    response = "utter_stock_few" if quantity <= FEW else "utter_stock_some"
    card = product_card(talk, product, in_stock=True, note=at)
    talk.say(response, product=name, store=at, quantity=quantity, phone=store.phone, card=card)


async def _say_several(talk: Talk, place: Place, product: Product, stock: dict[str, int]) -> None:
    name = product.name.in_(talk.language)
    having = [store for store in place.stores if stock.get(store.store_id, 0)]
    lacking = [store for store in place.stores if not stock.get(store.store_id, 0)]
    if not having:
        talk.say("utter_stock_none_at", product=name, stores=store_names(talk, lacking))
        await _say_elsewhere(talk, lacking[0], stock)
        return
    values: dict[str, Any] = {"product": name, "stores": _counts(talk, having, stock)}
    card = product_card(talk, product, in_stock=True, note=values["stores"])
    if lacking:
        talk.say("utter_stock_stores_some", lacking=store_names(talk, lacking), card=card, **values)
    else:
        talk.say("utter_stock_stores", card=card, **values)


async def _say_elsewhere(talk: Talk, store: Store, stock: dict[str, int]) -> None:
    """Other stores that have it, those of the same city first."""
    having = [each for each in await talk.shop.stores() if stock.get(each.store_id, 0)]
    near = [each for each in having if each.city == store.city] or having
    talk.say("utter_stock_elsewhere", stores=_counts(talk, near[:MAX_ELSEWHERE], stock))


def _counts(talk: Talk, stores: Sequence[Store], stock: dict[str, int]) -> str:
    """`静安店（13）、徐家汇店（2）`."""
    names = [
        store.name.in_(talk.language) + talk.words.aside(str(stock[store.store_id]), talk.language) for store in stores
    ]
    return talk.words.listing(names, talk.language)

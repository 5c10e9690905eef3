"""What things cost, and the offers of the day that fit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from actions.base import Routine
from actions.cards import product_card
from actions.goods import category_names, goods_meant
from actions.offers import offer_text, offers_on
from actions.talk import Talk
from bot.retail.shop import Product

MAX_LISTED = 8


class ProductPrice(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"product", "category", "amount", "size"})

    async def act(self, talk: Talk) -> None:
        goods = await goods_meant(talk)
        if not goods.products:
            talk.ask("product", "utter_ask_price_product", kind="product", categories=await category_names(talk))
        budget = talk.heard("amount")
        if goods.one is not None:
            await _say_price(talk, goods.one)
        elif goods.named or budget is None:
            _say_list(talk, goods.products)
        else:
            _say_within(talk, goods.products, Decimal(budget))


async def _say_price(talk: Talk, product: Product) -> None:
    price = talk.words.money(product.price, talk.language)
    card = product_card(talk, product, price=price)
    talk.say("utter_price", product=product.name.in_(talk.language), price=price, card=card)
    offers = await offers_on(talk, talk.today, category=product.category, price=product.price)
    if offers:
        talk.say("utter_price_offers", offers="\n".join(offer_text(talk, offer) for offer in offers))


def _say_list(talk: Talk, products: Sequence[Product]) -> None:
    cheapest_first = sorted(products, key=lambda product: product.price)
    lines = _lines(talk, cheapest_first[:MAX_LISTED])
    if len(products) > MAX_LISTED:
        talk.say("utter_prices_some", lines=lines, shown=MAX_LISTED, count=len(products))
    else:
        talk.say("utter_prices", lines=lines)


def _say_within(talk: Talk, products: Sequence[Product], budget: Decimal) -> None:
    """What may be had for an amount, the best of it first."""
    spoken = talk.words.money(budget, talk.language)
    fitting = sorted((each for each in products if each.price <= budget), key=lambda each: each.price, reverse=True)
    if fitting:
        talk.say("utter_prices_within", budget=spoken, lines=_lines(talk, fitting[:MAX_LISTED]))
        return
    cheapest = min(products, key=lambda each: each.price)
    price = talk.words.money(cheapest.price, talk.language)
    talk.say("utter_prices_none_within", budget=spoken, product=cheapest.name.in_(talk.language), price=price)


def _lines(talk: Talk, products: Sequence[Product]) -> str:
    colon = talk.words.text("colon", talk.language)
    return "\n".join(
        f"{product.name.in_(talk.language)}{colon}{talk.words.money(product.price, talk.language)}"
        for product in products
    )

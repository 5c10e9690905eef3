"""Which products a question is about: those named, those an unclear name may mean, those of a category."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rasa_sdk.events import SlotSet

from actions.talk import Choice, Talk
from bot.retail.shop import Product

MAX_CHOICES = 8
_ABOUT_GOODS = frozenset({"action_check_stock", "action_product_price", "action_payment_options"})


@dataclass(frozen=True, slots=True)
class Goods:
    """The products a question is about; none when the customer named none that the shop knows."""

    products: tuple[Product, ...] = ()
    named: bool = False
    """Whether each was named; otherwise one of them is meant, or all of a category."""
    category: str | None = None

    @property
    def one(self) -> Product | None:
        return self.products[0] if len(self.products) == 1 else None


async def goods_meant(talk: Talk, *, heard_only: bool = False) -> Goods:
    """The products meant: said now, answered to a question (detail `product`), or said while goods were the subject."""
    catalogue = await talk.shop.products()
    if named := _of(catalogue, talk.heard_all("product")):
        _keep(talk, "product", "category")
        return Goods(named, named=True)
    if (category := talk.heard("category")) is not None:
        _keep(talk, "category", "product")
        return _sized(talk, _in_category(catalogue, str(category), talk.candidates("category")))
    if heard_only:
        return Goods()
    if (answered := talk.details.get("product")) is not None:
        named = _of(catalogue, [answered])
        if named:
            talk.events.append(SlotSet("product", answered))
        return Goods(named, named=True) if named else _sized(talk, _in_category(catalogue, str(answered), []))
    if not _ABOUT_GOODS & {talk.slot("skill"), talk.slot("last_skill")}:
        return Goods()
    if named := _of(catalogue, _listed(talk.slot("product"))):
        return Goods(named, named=True)
    kept = _listed(talk.slot("category"))
    return _sized(talk, _in_category(catalogue, kept[0], [])) if kept else Goods()


def _of(catalogue: Sequence[Product], skus: Sequence[str]) -> tuple[Product, ...]:
    return tuple(product for product in catalogue if product.sku in skus)


def _in_category(catalogue: Sequence[Product], category: str, candidates: Sequence[str]) -> Goods:
    """What an unclear name may mean, or else the whole category."""
    found = _of(catalogue, candidates) or tuple(each for each in catalogue if each.category == category)
    return Goods(found, named=len(found) == 1, category=category)


def _sized(talk: Talk, goods: Goods) -> Goods:
    """Only the products of the size that was said, where there are some."""
    fitting = tuple(each for each in goods.products if has_size(each, talk.heard_all("size")))
    return Goods(fitting, named=len(fitting) == 1, category=goods.category) if fitting else goods


def has_size(product: Product, sizes: Sequence[str]) -> bool:
    """Whether one of `sizes` stands in the product's name, where this shop writes them."""
    return not size_marks(" ".join(sizes)).isdisjoint(size_marks(f"{product.name.zh} {product.name.en}"))


def size_marks(text: str) -> set[str]:
    """What may be a size in a text: `l`, `42`, `75b`, `512gb`."""
    return set(re.findall(r"\d+[a-z]*|(?<![a-z])[a-z]{1,3}(?![a-z])", text.casefold()))


def _listed(kept: object) -> list[str]:
    if isinstance(kept, list):
        return [str(each) for each in kept]
    return [] if kept is None else [str(kept)]


def _keep(talk: Talk, slot: str, other: str) -> None:
    """What was named last is what "and how much is it?" is about."""
    talk.events += [SlotSet(slot, talk.heard_all(slot)), SlotSet(other, None)]


def ask_product(talk: Talk, products: Sequence[Product], response: str) -> None:
    """Ask which of the products is meant.

    Raises:
        Ask: always; an answer that named another category is asked about anew.
    """
    talk.details.pop("product", None)
    choices = [Choice(product.name.in_(talk.language), product.sku) for product in products[:MAX_CHOICES]]
    talk.ask("product", response, kind="product", choices=choices)


async def category_names(talk: Talk) -> str:
    """What the shop sells, in words."""
    kinds = dict.fromkeys(product.category for product in await talk.shop.products())
    known = [kind for kind in kinds if talk.words.has(f"category_{kind}")]
    return talk.words.listing([talk.words.text(f"category_{kind}", talk.language) for kind in known], talk.language)

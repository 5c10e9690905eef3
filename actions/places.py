"""Which stores a question is about: those named, those of a city, or all; and stores in lists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rasa_sdk.events import SlotSet

from actions.talk import Choice, Talk
from bot.retail.shop import Store

_ABOUT_PLACES = frozenset({"action_store_hours", "action_find_store", "action_check_stock", "action_pickup_code"})
# Words that look beyond the store talked about so far.
_WIDER = re.compile(
    r"附近|最近|几家|哪[些家个]|所有|全部|其[他它]|别的"
    r"|\b(?:near\w*|closest|all|list|how many|other|others|another|elsewhere|which (?:stores?|shops?|branch\w*))\b",
    re.IGNORECASE,
)
_ALL_FROM = 3
"""From this many stores on, "all stores" is shorter than their names."""


@dataclass(frozen=True, slots=True)
class Place:
    """The stores a question is about."""

    stores: tuple[Store, ...]
    """All of the shop's when `anywhere`; none when there is no store in the city named."""
    anywhere: bool
    """Whether neither store nor city is known."""
    named: bool = False
    """Whether the stores were called by their names."""


async def place_meant(talk: Talk) -> Place:
    """The stores meant: said now, answered to a question (detail `place`), or said while places were the subject."""
    stores = await talk.shop.stores()
    names = _said(talk)
    if not names:
        return Place(stores, anywhere=True)
    named = tuple(store for store in stores if store.store_id in names)
    meant = {name for name in names if name not in {store.city.en for store in named}}  # "Nanjing Road in Shanghai"
    found = tuple(store for store in stores if store in named or store.city.en in meant)
    _keep(talk, found if named else (), found)
    return Place(found, anywhere=False, named=bool(named))


def _said(talk: Talk) -> list[str]:
    """Store ids or cities."""
    if heard := [*talk.heard_all("store"), *talk.heard_all("city")]:
        return [str(name) for name in heard]
    if (answered := talk.details.get("place")) is not None:
        return [str(answered)]
    subject_stays = _ABOUT_PLACES & {talk.slot("skill"), talk.slot("last_skill")}
    if not subject_stays or _WIDER.search(talk.text):
        return []
    kept = talk.slot("store") or talk.slot("city") or []
    return list(kept) if isinstance(kept, list) else [kept]


def _keep(talk: Talk, named: tuple[Store, ...], found: tuple[Store, ...]) -> None:
    """Store and city of the talk agree, so that "and tomorrow?" is about the place named last."""
    ids = [store.store_id for store in named] or None
    talk.events += [SlotSet("store", ids), SlotSet("city", None if named or not found else found[0].city.en)]


def cities(stores: Iterable[Store]) -> list[Store]:
    """One store of each city, in the shop's order."""
    found: dict[str, Store] = {}
    for store in stores:
        found.setdefault(store.city.en, store)
    return list(found.values())


def city_names(talk: Talk, stores: Iterable[Store]) -> str:
    return talk.words.listing([store.city.in_(talk.language) for store in cities(stores)], talk.language)


def city_choices(talk: Talk, stores: Iterable[Store]) -> list[Choice]:
    return [Choice(store.city.in_(talk.language), store.city.en) for store in cities(stores)]


async def say_no_store(talk: Talk) -> None:
    """There is none in the city named; where there are some."""
    talk.say("utter_no_store_there", cities=city_names(talk, await talk.shop.stores()))


def store_names(talk: Talk, stores: Iterable[Store]) -> str:
    return talk.words.listing([store.name.in_(talk.language) for store in stores], talk.language)


def grouped(talk: Talk, place: Place, texts: Iterable[str]) -> str:
    """One line for each text, with the stores it is true of; `texts` go with `place.stores`."""
    groups: dict[str, list[Store]] = {}
    for store, text in zip(place.stores, texts, strict=True):
        groups.setdefault(text, []).append(store)
    colon = talk.words.text("colon", talk.language)
    everybody = place.anywhere and len(groups) == 1 and len(place.stores) >= _ALL_FROM
    return "\n".join(
        (talk.words.text("all_stores", talk.language) if everybody else store_names(talk, stores)) + colon + text
        for text, stores in groups.items()
    )

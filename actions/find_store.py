"""Where the stores are, how to reach them, and what they offer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from actions.base import Routine
from actions.cards import store_card, stores_cards
from actions.places import (
    Place,
    cities,
    city_choices,
    city_names,
    place_meant,
    say_no_store,
    store_names,
)
from actions.talk import Choice, Talk
from bot.retail.shop import Store

MAX_LISTED = 10
# The customer means a place that we cannot see.
_NEAR = re.compile(r"附近|最近|离我|\b(?:near(?:est|by)?|closest|close to me|close by)\b", re.IGNORECASE)


class FindStore(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"store", "city", "service"})

    async def act(self, talk: Talk) -> None:
        place = await place_meant(talk)
        services = [str(service) for service in talk.heard_all("service")]
        if not services and (kept := talk.adding_to("service", routine=self.name())):
            services = [str(kept)]
        if not place.stores:
            await say_no_store(talk)
        elif place.anywhere and not services:
            _say_overview(talk, place.stores)
        elif services:
            await _say_services(talk, place, services)
        elif len(place.stores) == 1:
            _say_card(talk, place.stores[0])
        elif place.named:
            _say_lines(talk, "utter_stores_listed", place.stores)
        else:
            city = place.stores[0].city.in_(talk.language)
            _say_lines(talk, "utter_stores_in_city", place.stores, city=city, count=len(place.stores))


def _say_overview(talk: Talk, stores: Sequence[Store]) -> None:
    """All cities; asks for one when the customer wants the nearest, as we do not see where they are."""
    if _NEAR.search(talk.text):
        talk.ask(
            "place",
            "utter_ask_store_city",
            kind="store",
            choices=city_choices(talk, stores),
            cities=city_names(talk, stores),
        )
    counts = []
    for first in cities(stores):
        count = sum(store.city == first.city for store in stores)
        counts.append(first.city.in_(talk.language) + talk.words.aside(str(count), talk.language))
    buttons = [Choice(city.title, f'/find_store{{"city": "{city.value}"}}') for city in city_choices(talk, stores)]
    listed = talk.words.listing(counts, talk.language)
    talk.say("utter_stores_overview", choices=buttons, count=len(stores), cities=listed)


def _say_card(talk: Talk, store: Store) -> None:
    """One store with all that is known of it."""
    values = _values(talk, store)
    hours = Choice(talk.words.text("skill_store_hours", talk.language), f'/store_hours{{"store": "{store.store_id}"}}')
    if store.services:
        names = sorted(store.services)
        offered = [service_names(talk, [name]) for name in names]
        card = store_card(talk, store, address=values["address"], services=offered)
        talk.say("utter_store_card", choices=[hours], services=service_names(talk, names), card=card, **values)
    else:
        card = store_card(talk, store, address=values["address"])
        talk.say("utter_store_card_plain", choices=[hours], card=card, **values)


async def _say_services(talk: Talk, place: Place, services: list[str]) -> None:
    """Whether the stores meant offer what was asked for; if not, which do."""
    asked = service_names(talk, services)
    offering = [store for store in place.stores if store.services.issuperset(services)]
    if len(place.stores) == 1 and offering:
        card = stores_cards(talk, offering)
        talk.say("utter_store_has", service=asked, card=card, **_values(talk, offering[0]))
        return
    if offering:
        _say_lines(talk, "utter_stores_with", offering, service=asked)
        return
    if not place.anywhere:
        talk.say("utter_store_has_not", service=asked, stores=store_names(talk, place.stores))
    elsewhere = [store for store in await talk.shop.stores() if store.services.issuperset(services)]
    city = place.stores[0].city
    nearest = [store for store in elsewhere if store.city == city] or elsewhere
    if nearest:
        _say_lines(talk, "utter_stores_with", nearest, service=asked)
    else:
        talk.say("utter_no_store_with", service=asked)


def service_names(talk: Talk, services: Sequence[str]) -> str:
    return talk.words.listing([talk.words.text(f"service_{name}", talk.language) for name in services], talk.language)


def _values(talk: Talk, store: Store) -> dict[str, Any]:
    return {
        "store": store.name.in_(talk.language),
        "address": store.address.in_(talk.language),
        "phone": store.phone,
    }


def _say_lines(talk: Talk, response: str, stores: Sequence[Store], **values: Any) -> None:
    """Say `response` with name, address and phone of each, a line each."""
    colon, between = (talk.words.text(name, talk.language) for name in ("colon", "between"))
    listed = stores[:MAX_LISTED]
    lines = "\n".join(
        f"{store.name.in_(talk.language)}{colon}{store.address.in_(talk.language)}{between}{store.phone}"
        for store in listed
    )
    talk.say(response, lines=lines, card=stores_cards(talk, listed), **values)

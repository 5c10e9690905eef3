"""Which offers run today or on a day, and which come next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from actions.base import Routine
from actions.goods import goods_meant
from actions.offers import audience, offer_lines, offer_text, offers_on
from actions.talk import Talk
from bot.retail.promotions import applies_to, next_run, runs_on
from bot.retail.shop import Promotion


class Promotions(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"date", "product", "category"})

    async def act(self, talk: Talk) -> None:
        goods = await goods_meant(talk, heard_only=True)
        category = goods.products[0].category if goods.products else goods.category
        said = talk.adding_to("date", routine=self.name())
        day = date.fromisoformat(said) if said else talk.today
        if day < talk.today:
            talk.say("utter_offers_day_over", day=talk.words.day(day, talk.language, today=talk.today))
            day = talk.today
        offers = await offers_on(talk, day, category=category, price=goods.one.price if goods.one else None)
        about = goods.one.name.in_(talk.language) if goods.one else _category_name(talk, category)
        _say_running(talk, day, offers, about)
        if day == talk.today:
            await _say_coming(talk, category)


def _category_name(talk: Talk, category: str | None) -> str:
    name = f"category_{category}"
    return talk.words.text(name, talk.language) if talk.words.has(name) else ""


def _say_running(talk: Talk, day: date, offers: Sequence[Promotion], about: str) -> None:
    said: dict[str, Any] = {"day": talk.words.on(day, talk.language, today=talk.today), "about": about}
    response = "utter_offers" if offers else "utter_no_offers"
    response += "_for" if about else ""
    response += "" if day == talk.today else "_on"
    talk.say(response, lines=offer_lines(talk, offers), **said)


async def _say_coming(talk: Talk, category: str | None) -> None:
    """Those announced but not running today, the next first."""
    who = await audience(talk)
    tomorrow = talk.today + timedelta(days=1)
    coming = [
        (starts, promotion)
        for promotion in await talk.shop.promotions()
        if not runs_on(promotion, talk.today)
        and applies_to(promotion, category=category, tier=who.tier, first_order=who.first_order)
        and (starts := next_run(promotion, tomorrow)) is not None
    ]
    if coming:
        coming.sort(key=lambda pair: pair[0])
        talk.say("utter_offers_coming", lines="\n".join(_coming_line(talk, *pair) for pair in coming))


def _coming_line(talk: Talk, starts: date, promotion: Promotion) -> str:
    last = promotion.last_day or starts
    days = talk.words.days(starts, last, talk.language, today=talk.today)
    return days + talk.words.text("colon", talk.language) + offer_text(talk, promotion)

"""What postage comes to, and how long a parcel takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from actions.base import Routine
from actions.goods import goods_meant
from actions.talk import Talk
from bot.retail.money import as_region, shipping_cost

_REMOTE = "remote"
# Places the rules have no region for; mainland cities and Hong Kong they do cover.
_NOT_COVERED = frozenset({"Macau", "Taipei", "Elsewhere"})


class ShippingCost(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"amount", "product", "region", "city"})

    async def act(self, talk: Talk) -> None:
        region = talk.adding_to("region", routine=self.name())
        if region is None and talk.heard("city") in _NOT_COVERED:
            talk.say("utter_shipping_not_covered")
            return
        amount, about = await self._amount(talk)
        if region == _REMOTE:
            _say_remote(talk, amount, about)
        elif amount is None:
            talk.say("utter_shipping_rule", **_rule(talk))
        else:
            _say_fee(talk, amount, about, region)
        _say_days(talk, region)

    async def _amount(self, talk: Talk) -> tuple[Decimal | None, str]:
        """What the order is worth and what to call it; None when that is not known, or a name was unclear."""
        if (heard := talk.heard("amount")) is not None:
            return Decimal(heard), talk.words.money(Decimal(heard), talk.language)
        goods = await goods_meant(talk)
        if goods.named:
            total = sum((product.price for product in goods.products), Decimal(0))
            names = talk.words.listing([product.name.in_(talk.language) for product in goods.products], talk.language)
            return total, names + talk.words.aside(talk.words.money(total, talk.language), talk.language)
        kept = talk.adding_to("amount", routine=self.name())
        return (Decimal(kept), talk.words.money(Decimal(kept), talk.language)) if kept else (None, "")


def _rule(talk: Talk) -> dict[str, Any]:
    shipping = talk.policies.shipping
    return {
        "free_from": talk.words.money(shipping.free_from_cny, talk.language),
        "fee": talk.words.money(shipping.fee_cny, talk.language),
        "remote_fee": talk.words.money(shipping.remote_fee_cny, talk.language),
    }


def _say_fee(talk: Talk, amount: Decimal, about: str, region: str | None) -> None:
    found = shipping_cost(amount, as_region(region), talk.policies)
    values = _rule(talk) | {"about": about, "missing": talk.words.money(found.missing, talk.language)}
    response = "utter_shipping_fee" if found.fee else "utter_shipping_free"
    talk.say(response if region else f"{response}_anywhere", **values)


def _say_remote(talk: Talk, amount: Decimal | None, about: str) -> None:
    """Free from an amount, and dearer for remote areas: the rules do not say which of the two wins."""
    if amount is not None and amount < talk.policies.shipping.free_from_cny:
        talk.say("utter_shipping_remote_fee", about=about, **_rule(talk))
    else:
        talk.say("utter_shipping_remote_unsure", **_rule(talk))


def _say_days(talk: Talk, region: str | None) -> None:
    """From dispatch to delivery: to the region named, or to each."""
    shipping, words, language = talk.policies.shipping, talk.words, talk.language
    if region is not None:
        days = _days(talk, shipping.delivery_days[as_region(region)])
        place = words.text(f"region_{as_region(region)}", language)
        talk.say("utter_shipping_days", region=place, days=days, hours=shipping.dispatch_hours)
        return
    each = [
        f"{words.text(f'region_{name}', language)} {_days(talk, days)}" for name, days in shipping.delivery_days.items()
    ]
    talk.say("utter_shipping_days_all", days=words.listing(each, language), hours=shipping.dispatch_hours)


def _days(talk: Talk, days: tuple[int, int]) -> str:
    """`1 day`, `2-4 days`."""
    least, most = days
    number = str(least) if least == most else f"{least}-{most}"
    return number + talk.words.text("day_one" if most == 1 else "day_many", talk.language)

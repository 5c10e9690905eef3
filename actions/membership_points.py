"""Tiers and points: the caller's own tier when signed in, and the rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from actions.base import Routine
from actions.talk import Talk
from bot.retail.membership import Level, level, levels, next_level, points_for


class MembershipPoints(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"amount"})

    async def act(self, talk: Talk) -> None:
        if (amount := talk.heard("amount")) is not None:
            _say_points_of(talk, Decimal(amount))
            return
        customer = await talk.shop.find_customer(talk.caller.customer_id) if talk.caller.customer_id else None
        own = level(customer.tier, talk.policies) if customer else None
        if own is None:
            _say_rules(talk)
        else:
            _say_own(talk, own)


def _say_points_of(talk: Talk, amount: Decimal) -> None:
    points = points_for(amount, talk.policies)
    talk.say("utter_points_of", amount=talk.words.money(amount, talk.language), points=f"{points:,}", **_worth(talk))


def _say_rules(talk: Talk) -> None:
    """What holds for everybody, and how to see one's own tier."""
    words, language = talk.words, talk.language
    tiers = [
        _name(talk, each)
        + words.aside(words.around("from", words.money(each.spent_from, language), language), language)
        for each in levels(talk.policies)
    ]
    talk.say("utter_tiers", tiers=words.listing(tiers, language))
    talk.say("utter_tier_benefits", benefits=_all_benefits(talk), **_worth(talk))
    talk.say("utter_tier_sign_in")


def _say_own(talk: Talk, own: Level) -> None:
    tier = _name(talk, own)
    if benefits := _benefits(talk, own):
        talk.say("utter_own_tier_benefits", tier=tier, benefits=talk.words.listing(benefits, talk.language))
    else:
        talk.say("utter_own_tier", tier=tier)
    if (above := next_level(own.tier, talk.policies)) is not None:
        spending = talk.words.money(above.spent_from, talk.language)
        gains = talk.words.listing(_benefits(talk, above), talk.language)
        talk.say("utter_next_tier", tier=_name(talk, above), spending=spending, benefits=gains)
    talk.say("utter_points_unseen", **_worth(talk))


def _name(talk: Talk, one: Level) -> str:
    return talk.words.text(f"tier_{one.tier}", talk.language)


def _benefits(talk: Talk, one: Level) -> list[str]:
    """What a tier brings."""
    found = []
    if one.birthday_coupon:
        coupon = talk.words.money(one.birthday_coupon, talk.language)
        found.append(talk.words.around("birthday_coupon", coupon, talk.language))
    if one.free_return_postage:
        found.append(talk.words.text("free_return_postage", talk.language))
    return found


def _all_benefits(talk: Talk) -> str:
    """`银卡会员（20 元生日券）、…`; tiers that bring nothing are left out."""
    words, language = talk.words, talk.language
    return words.text("comma", language).join(
        _name(talk, each) + words.aside(words.listing(benefits, language), language)
        for each in levels(talk.policies)
        if (benefits := _benefits(talk, each))
    )


def _worth(talk: Talk) -> dict[str, Any]:
    """How points come and what they are worth."""
    rules = talk.policies.membership
    return {
        "per_cny": rules.points_per_cny,
        "for_one": rules.points_per_cny_discount,
        "one": talk.words.money(Decimal(1), talk.language),
    }

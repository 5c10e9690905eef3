"""Promotions in words, and which of them concern the caller."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from actions.talk import Talk
from bot.retail.promotions import NEW_CUSTOMERS, TIERS, TermCode, parse_term, running
from bot.retail.shop import Promotion


@dataclass(frozen=True, slots=True)
class Audience:
    """What is known of the caller; None is not known, so nothing is ruled out."""

    tier: str | None = None
    first_order: bool | None = None


async def audience(talk: Talk) -> Audience:
    """The caller, when signed in."""
    if talk.caller.customer_id is None:
        return Audience()
    customer = await talk.shop.find_customer(talk.caller.customer_id)
    orders = await talk.shop.orders_of(talk.caller.customer_id)
    return Audience(customer.tier if customer else None, first_order=not orders)


async def offers_on(
    talk: Talk, day: date, *, category: str | None = None, price: Decimal | None = None
) -> tuple[Promotion, ...]:
    """The promotions that run on `day` and may concern this caller, this category, an order of this price."""
    who = await audience(talk)
    found = running(await talk.shop.promotions(), day, category=category, tier=who.tier, first_order=who.first_order)
    return tuple(each for each in found if price is None or _reached(each, price))


def _reached(promotion: Promotion, price: Decimal) -> bool:
    term = parse_term(promotion.terms)
    return term is None or term.code is not TermCode.MINIMUM_ORDER or term.amount is None or price >= term.amount


def offer_text(talk: Talk, promotion: Promotion, *, when: str = "") -> str:
    """A promotion with when it runs, for whom or what, and its terms: `会员日满 300 减 40（…）`."""
    details = [part for part in (when, _scope(talk, promotion), _terms(talk, promotion)) if part]
    name = promotion.name.in_(talk.language)
    return (
        name + talk.words.aside(talk.words.text("between", talk.language).join(details), talk.language)
        if details
        else name
    )


def offer_lines(talk: Talk, promotions: Iterable[Promotion]) -> str:
    """A promotion a line, with the days it runs."""
    return "\n".join(offer_text(talk, each, when=when_text(talk, each)) for each in promotions)


def when_text(talk: Talk, promotion: Promotion) -> str:
    """`12 月 10 日至 12 日` for dated ones, else as the shop puts it: `每月 18 日`."""
    if promotion.first_day is not None and promotion.last_day is not None:
        return talk.words.days(promotion.first_day, promotion.last_day, talk.language, today=talk.today)
    return promotion.when.in_(talk.language)


def _scope(talk: Talk, promotion: Promotion) -> str:
    words, language = talk.words, talk.language
    tiers = [scope for scope in promotion.scope if scope in TIERS]
    if set(tiers) == TIERS:
        return words.text("all_members", language)
    if tiers:
        return words.listing([words.text(f"tier_{tier}", language) for tier in tiers], language)
    if NEW_CUSTOMERS in promotion.scope:
        return words.text("new_customers", language)
    kinds = [words.text(f"category_{scope}", language) for scope in promotion.scope if words.has(f"category_{scope}")]
    return words.listing(kinds, language)


def _terms(talk: Talk, promotion: Promotion) -> str:
    term = parse_term(promotion.terms)
    if term is None:
        return ""
    said = talk.words.text(f"term_{term.code}", talk.language)
    return said if term.amount is None else said + talk.words.money(term.amount, talk.language)

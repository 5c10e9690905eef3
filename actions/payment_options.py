"""How to pay, and what instalments come to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from actions.base import Routine
from actions.goods import MAX_CHOICES, goods_meant
from actions.talk import Choice, Talk
from bot.retail.money import Plan, instalments


class PaymentOptions(Routine):
    uses: ClassVar[frozenset[str]] = frozenset({"amount", "product", "category", "payment_method"})

    async def act(self, talk: Talk) -> None:
        if methods := talk.heard_all("payment_method"):
            _say_methods_named(talk, [str(method) for method in methods])
            return
        if (amount := talk.heard("amount")) is not None:
            _say_instalments(talk, Decimal(amount))
            return
        goods = await goods_meant(talk)
        if goods.one is not None:
            _say_instalments(talk, goods.one.price, product=goods.one.name.in_(talk.language))
            return
        _say_methods(talk)
        choices = [
            Choice(product.name.in_(talk.language), f'/payment_options{{"product": "{product.sku}"}}')
            for product in goods.products[:MAX_CHOICES]
        ]
        _say_rule(talk, choices)


def _methods(talk: Talk) -> list[str]:
    """The names that the rules give payments, as slots and words have them."""
    return [method.replace(" ", "_") for method in talk.policies.payment.methods]


def _names(talk: Talk, methods: Sequence[str]) -> str:
    known = {each: f"payment_{each}" for each in methods}
    names = [talk.words.text(word, talk.language) if talk.words.has(word) else each for each, word in known.items()]
    return talk.words.listing(names, talk.language)


def _say_methods_named(talk: Talk, named: Sequence[str]) -> None:
    """Whether the shop takes what was named; the rules do not say whether one order takes several."""
    accepted = _methods(talk)
    refused = [method for method in named if method not in accepted]
    if refused:
        talk.say("utter_payment_not_accepted", method=_names(talk, refused), methods=_names(talk, accepted))
    elif len(named) > 1:
        talk.say("utter_payment_several", methods=_names(talk, named))
    else:
        talk.say("utter_payment_accepted", method=_names(talk, named), methods=_names(talk, accepted))


def _say_methods(talk: Talk) -> None:
    talk.say("utter_payment_methods", methods=_names(talk, _methods(talk)))


def _say_rule(talk: Talk, choices: list[Choice]) -> None:
    """From which amount, in how many months, and what costs no interest."""
    rules = talk.policies.payment.instalments
    response = "utter_instalments_rule_which" if choices else "utter_instalments_rule"
    talk.say(
        response,
        choices=choices,
        minimum=talk.words.money(rules.minimum_cny, talk.language),
        months=_numbers(talk, rules.months),
        free=_numbers(talk, sorted(rules.interest)),
    )


def _say_instalments(talk: Talk, amount: Decimal, *, product: str = "") -> None:
    spoken = talk.words.money(amount, talk.language)
    about = f"{product}{talk.words.aside(spoken, talk.language)}" if product else spoken
    found = instalments(amount, talk.policies)
    if not found.plans:
        talk.say("utter_instalments_too_little", about=about, minimum=talk.words.money(found.minimum, talk.language))
        return
    talk.say("utter_instalments", about=about, lines="\n".join(_plan(talk, plan) for plan in found.plans))
    if not all(plan.interest_free for plan in found.plans):
        talk.say("utter_instalments_interest")


def _plan(talk: Talk, plan: Plan) -> str:
    """`3 期：每期 433 元（免息）`; the first part apart where it differs by fen."""
    words, language = talk.words, talk.language
    first, rest = words.money(plan.monthly[0], language), words.money(plan.monthly[-1], language)
    monthly = words.around("each_month", rest, language)
    if first != rest:
        monthly = (
            words.around("first_month", first, language)
            + words.text("between", language)
            + words.around("then_monthly", rest, language)
        )
    months = words.around("months", str(plan.months), language)
    interest = words.text("interest_free" if plan.interest_free else "interest_extra", language)
    return months + words.text("colon", language) + monthly + words.aside(interest, language)


def _numbers(talk: Talk, numbers: Sequence[int]) -> str:
    """`3、6、12`, `3, 6 and 12`."""
    written = [str(number) for number in numbers]
    if talk.language == "zh":
        return talk.words.text("comma", talk.language).join(written)
    return talk.words.listing(written, talk.language)

"""Where money goes back to, in words."""

from __future__ import annotations

from actions.talk import Talk
from bot.retail.money import RefundRoute


def payment(talk: Talk, route: RefundRoute) -> str:
    """The way the money takes: the payment's name, never a card's or an account's number."""
    name = f"payment_{route.payment}"
    return talk.words.text(name if talk.words.has(name) else "payment_original", talk.language)


def timed(response: str, route: RefundRoute) -> str:
    """The response, or its twin that names no days where the rules name none."""
    return response if route.working_days is not None else f"{response}_undated"

"""Proof before disclosure: whether a caller may see or change an order, decided without regard to what they claim.

A visitor shows an order number and the last four digits of its phone; for more, they are signed in or enter a
one-time code sent to the phone on file. An unknown order, wrong digits and somebody else's order are refused alike:
same words, same work, same time. Guesses are limited per visitor, per order and per address.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest

from bot.errors import ShopError
from bot.messages import Caller
from bot.retail.access import Access, Level
from bot.retail.codes import Codes
from bot.retail.proofbook import Full, Limit, ProofBook, count
from bot.retail.shop import Customer, Order, ShopBackend

logger = logging.getLogger(__name__)

TAIL = 4
MAINLAND_DIGITS = 11
NOBODY = "-"
"""A customer id that no shop has: looked up for unknown orders, so that they take the same calls as known ones."""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Granted:
    order: Order


@dataclass(frozen=True, slots=True)
class NeedDigits:
    """The last four digits of the order's phone are wanted; says nothing about whether the order exists."""


@dataclass(frozen=True, slots=True)
class NeedCode:
    """A one-time code is under way; also the answer to a wrong one."""

    sent_to: str
    """The masked phone number."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Unknown order, wrong digits, or somebody else's order: which of them is not said."""


@dataclass(frozen=True, slots=True)
class LockedOut:
    """Too many guesses."""

    minutes: int
    """Until the next guess is taken."""


@dataclass(frozen=True, slots=True)
class Overheard:
    """Others read along: no order is shown there, whoever asks."""


Outcome = Granted | NeedDigits | NeedCode | Refused | LockedOut | Overheard


class Proof:
    """Checks callers. `Caller` comes from the session, so that no text and no slot can raise a level."""

    def __init__(
        self,
        *,
        shop: ShopBackend,
        book: ProofBook,
        access: Access,
        tries: int,
        window_minutes: int,
        now: Callable[[], datetime],
        refusal_seconds: float = 0.25,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`refusal_seconds` is how long every refusal takes; it has to exceed what the shop needs for two reads."""
        self._shop = shop
        self._book = book
        self._access = access
        self._tries = tries
        self._window = timedelta(minutes=window_minutes)
        self._now = now
        self._refusal_seconds = refusal_seconds
        self._sleep = sleep
        self._codes = Codes(shop=shop, book=book, now=now)

    async def check(
        self,
        caller: Caller,
        order_number: str,
        phone_tail: str | None = None,
        *,
        action: str,
        code: str | None = None,
        again: bool = False,
    ) -> Outcome:
        """Whether `caller` may do `action` (a routine named in access.yml) with an order.

        Where a one-time code is wanted, it is sent by this call; the next one brings it as `code`. `again` sends
        another code to a customer who has not received the first.

        Raises:
            ShopDown: the shop does not answer.
            ContentError: the action is not in access.yml.
        """
        level = self._access.level(action)
        if caller.in_group:
            return Overheard()
        started = time.monotonic()
        if caller.customer_id is None and caller.phone is not None:
            caller = await self._known_by_phone(caller, order_number, *caller.phone)
        outcome = await self._order(caller, order_number, phone_tail)
        if isinstance(outcome, Granted) and not self._reached(caller, level):
            outcome = await self._code(caller, outcome.order.customer_id, code, again) or outcome
        if isinstance(outcome, Refused):
            await self._sleep(max(0.0, self._refusal_seconds - (time.monotonic() - started)))
        return outcome

    def knows(self, caller: Caller, *, action: str) -> bool:
        """Whether `caller` may see their own things that belong to no single order, such as the list of orders.

        Raises:
            ContentError: the action is not in access.yml.
        """
        level = self._access.level(action)
        return not caller.in_group and self._reached(caller, Level.CUSTOMER if level is Level.ORDER else level)

    async def own(
        self, caller: Caller, *, action: str, code: str | None = None, again: bool = False
    ) -> NeedCode | LockedOut | None:
        """What a known customer has to show before `action`, which is about no single order; None for nothing.

        Where a one-time code is wanted, it is sent by this call; the next one brings it as `code`.

        Raises:
            ShopDown: the shop does not answer.
            ContentError: the action is not in access.yml.
            ValueError: nobody knows the caller.
        """
        if caller.customer_id is None or caller.in_group:
            raise ValueError("only a known customer has things of their own")
        if self.knows(caller, action=action):
            return None
        return await self._code(caller, caller.customer_id, code, again)

    def _reached(self, caller: Caller, level: Level) -> bool:
        """Whether a caller who has shown digits, or is signed in, needs no code."""
        match level:
            case Level.ORDER:
                return True
            case Level.CUSTOMER:
                return caller.customer_id is not None
            case Level.RECENT:
                oldest = self._now() - timedelta(minutes=self._access.recent_minutes)
                return caller.customer_id is not None and (caller.verified_at or oldest) > oldest

    async def _order(self, caller: Caller, number: str, tail: str | None) -> Outcome:
        if caller.customer_id is None and number not in caller.proven_orders:
            return NeedDigits() if tail is None else await self._guess(caller, number, tail)
        order = await self._shop.find_order(number)
        if order is None:
            return Refused()
        if caller.customer_id is not None and order.customer_id != caller.customer_id:
            logger.warning("order of another customer asked for", extra={"conversation": caller.conversation})
            return Refused()
        return Granted(order)

    async def _known_by_phone(self, caller: Caller, number: str, phone: str, shown_at: datetime) -> Caller:
        """The caller as the order's owner, when the number that the platform vouches for is the one on it.

        Looking is limited as guessing is, and what follows when it is another number says nothing about the order.
        """
        counted = await count(self._book, self._limits(caller, number), now=self._now())
        if isinstance(counted, Full):
            return caller
        order = await self._shop.find_order(number)
        customer = await self._shop.find_customer(order.customer_id if order else NOBODY)
        if customer is None or not compare_digest(_digits(customer.phone), _digits(phone)):
            return caller
        await self._book.drop_tries(counted)
        await self._book.add_customer_proof(caller.proof_key, customer.customer_id, at=shown_at)
        return replace(caller, customer_id=customer.customer_id, verified_at=shown_at)

    async def _guess(self, caller: Caller, number: str, tail: str) -> Outcome:
        now = self._now()
        counted = await count(self._book, self._limits(caller, number), now=now)
        if isinstance(counted, Full):
            logger.warning("proof locked", extra={"conversation": caller.conversation, "channel": caller.channel})
            return LockedOut(counted.minutes)
        try:
            order = await self._shop.find_order(number)
            customer = await self._shop.find_customer(order.customer_id if order else NOBODY)
        except ShopError:
            await self._book.drop_tries(counted)
            raise
        if not _same_tail(customer, tail) or order is None:
            logger.info("proof refused", extra={"conversation": caller.conversation, "channel": caller.channel})
            return Refused()
        await self._book.drop_tries(counted)
        await self._book.add_order_proof(caller.proof_key, number, at=now)
        return Granted(order)

    def _limits(self, caller: Caller, number: str) -> list[Limit]:
        """With four digits each guess hits one time in ten thousand: the day's limit per order bounds the luck."""
        visitor, order = f"visitor:{caller.channel}:{caller.sender}", f"order:{number}"
        limits = [
            Limit(visitor, self._tries, self._window),
            Limit(order, self._tries, self._window),
            Limit(order, 2 * self._tries, DAY),
        ]
        if caller.remote_address:
            limits.append(Limit(f"address:{caller.remote_address}", 4 * self._tries, HOUR))
        return limits

    async def _code(
        self, caller: Caller, customer_id: str, code: str | None, again: bool
    ) -> NeedCode | LockedOut | None:
        """A customer is asked for a code, or has entered one: None when it is right."""
        if code is None:
            outcome = await self._codes.send(caller.proof_key, customer_id, again=again)
        else:
            entered = await self._codes.redeem(caller.proof_key, customer_id, code)
            if entered is None:
                await self._book.add_customer_proof(caller.proof_key, customer_id, at=self._now())
                return None
            outcome = entered
        return LockedOut(outcome.minutes) if isinstance(outcome, Full) else NeedCode(outcome.sent_to)


def _digits(phone: str) -> bytes:
    """A mainland number without country code and spaces, as platforms and shops both may write it."""
    digits = "".join(letter for letter in phone if letter.isdecimal())
    return digits.removeprefix("86").encode() if len(digits) > MAINLAND_DIGITS else digits.encode()


def _same_tail(customer: Customer | None, tail: str) -> bool:
    """Whether `tail` ends the customer's phone; takes the same time whether there is a customer or not."""
    digits = customer.phone[-TAIL:] if customer else "\0" * TAIL
    return compare_digest(digits.encode(), tail.encode(errors="replace")) and customer is not None

"""One-time codes: six digits to the phone on file, kept as a slow hash, good for ten minutes and one use."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from bot.errors import ShopError
from bot.retail.masking import mask_phone
from bot.retail.proofbook import Full, Limit, ProofBook, count, minutes_until
from bot.retail.shop import ShopBackend

DIGITS = 6
LASTS = timedelta(minutes=10)
TRIES = 5
"""Entries that one code bears; twice as many in an hour for one customer, over however many codes."""
SENDS = 3
SEND_WINDOW = timedelta(minutes=15)
"""At most `SENDS` codes to one customer in this time: nobody's phone is to be flooded."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A code is under way, or the one entered was wrong and another try is left."""

    sent_to: str
    """The masked phone number."""


class Codes:
    """Sends codes and takes them back."""

    def __init__(self, *, shop: ShopBackend, book: ProofBook, now: Callable[[], datetime]) -> None:
        self._shop = shop
        self._book = book
        self._now = now

    async def send(self, key: str, customer_id: str, *, again: bool = False) -> Waiting | Full:
        """Send a code, unless one that still counts is under way; `again` sends another in its place.

        Raises:
            ShopError: the shop could not send it.
        """
        now = self._now()
        waiting = await self._book.find_code(key)
        if waiting is not None and waiting.customer_id == customer_id and waiting.expires_at > now and not again:
            return Waiting(await self._masked(customer_id))
        counted = await count(self._book, [Limit(f"sent:{customer_id}", SENDS, SEND_WINDOW)], now=now)
        if isinstance(counted, Full):
            return counted
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        code_hash = await asyncio.to_thread(hash_code, key, code)
        await self._book.save_code(key, customer_id=customer_id, code_hash=code_hash, expires_at=now + LASTS)
        try:
            sent_to = await self._shop.send_code(customer_id, code, key=f"code:{secrets.token_hex(16)}")
        except ShopError:
            await self._book.consume_code(key, code_hash)
            await self._book.drop_tries(counted)
            raise
        return Waiting(sent_to)

    async def redeem(self, key: str, customer_id: str, code: str) -> Waiting | Full | None:
        """None when the code is right, which uses it up. An expired one is replaced by a new one.

        Raises:
            ShopError: the shop does not answer.
        """
        now = self._now()
        counted = await count(self._book, [Limit(f"code:{customer_id}", 2 * TRIES, timedelta(hours=1))], now=now)
        if isinstance(counted, Full):
            return counted
        stored = await self._book.try_code(key, at=now, max_tries=TRIES)
        if stored is None or stored.customer_id != customer_id:
            await self._book.drop_tries(counted)  # nothing was there to be guessed
            used_up = await self._book.find_code(key)
            if used_up is not None and used_up.customer_id == customer_id and used_up.expires_at > now:
                return minutes_until(used_up.expires_at, now)
            return await self.send(key, customer_id)
        entered = await asyncio.to_thread(hash_code, key, code)
        right = compare_digest(entered, stored.code_hash)
        if right and await self._book.consume_code(key, stored.code_hash):
            await self._book.drop_tries(counted)
            return None
        return Waiting(await self._masked(customer_id))

    async def _masked(self, customer_id: str) -> str:
        customer = await self._shop.find_customer(customer_id)
        return mask_phone(customer.phone) if customer else ""


def hash_code(key: str, code: str) -> str:
    """A slow hash, 64 hexadecimal digits: trying a million codes takes hours, and a code lasts ten minutes."""
    return hashlib.scrypt(code.encode(errors="replace"), salt=key.encode(), n=2**14, r=8, p=1, dklen=32).hex()

"""One customer on several channels: the code that a signed-in customer sees here and types there, and its end.

The code goes from the known side to the unknown one and never the other way round: whoever types it asks for their own
chat to be linked, is told to which account, and agrees. It proves what its owner had proven when it was shown, no more.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Protocol

from bot.customers import Asking
from bot.messages import Address, Caller
from bot.store import link_codes, linking, parting
from bot.store.database import Database
from bot.store.link_codes import LinkCode
from bot.store.linking import Held, Link, Way, Wish
from bot.store.parting import Parted
from bot.store.proofs import StoredProofs

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""None that looks like another."""
LENGTH = 8
LASTS = timedelta(minutes=10)
TRIES = 5
"""Wrong codes that one address, or four times as many that one network address, may type in `WINDOW`."""
WINDOW = timedelta(minutes=15)
ROUTINE = "action_link_account"
SHOWS_HISTORY = frozenset({"web"})
"""Channels that show what was said before: there one signs in, and a code opens nothing."""
NOT_CHATS = frozenset({"shop", "web"})
"""Ways in that nobody unlinks: one signs out there."""
_GROUP = f"[{LETTERS}]{{4}}"
_WITH_DASH = re.compile(rf"(?<![A-Za-z0-9])({_GROUP})[-‐–—]({_GROUP})(?![A-Za-z0-9])", re.IGNORECASE)
_ALONE = re.compile(rf"\s*(?:/start\s+)?({_GROUP})[\s-]?({_GROUP})\s*[.。!！]?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Locked:
    """Too many wrong codes."""

    minutes: int


def code_in(text: str) -> str | None:
    """The link code in a message, or in what a link into the chat brings along; None when there is none."""
    found = _WITH_DASH.search(text) or _ALONE.fullmatch(text)
    if found is None:
        return None
    code = (found[1] + found[2]).upper()
    return code if any(letter.isdigit() for letter in code) and not code.isdigit() else None


def family(channel: str) -> str:
    """`wechat` for `wechat_kf`: what customers call by one name."""
    return channel.partition("_")[0]


def beside_code(text: str) -> str:
    """What else a message says that has a code in it."""
    return "" if _ALONE.fullmatch(text) else _WITH_DASH.sub("", text)


def typed(code: str, language: str | None) -> str:
    """What typing a code means to the engine; `language` is that of the words around it, None without any."""
    return f"/link_account{json.dumps({'link_code': code} | ({'language': language} if language else {}))}"


def done(payload: str | None) -> Mapping[str, Any] | None:
    """What a message has led to that is answered anew: `done` is `linked` or `unlinked`; None for any other."""
    if payload is None or not payload.startswith(("/link_account{", "/unlink_account{")):
        return None
    facts: dict[str, Any] = json.loads(payload[payload.index("{") :])
    return facts if "done" in facts else None


class Running(Protocol):
    """Knows the turns that run: `bot.customers.Customers`."""

    def turn(self, conversation: str) -> Asking: ...


class Links:
    """Links and unlinks, for routines and for staff."""

    def __init__(self, *, customers: Running, database: Database, secret: str, now: Callable[[], datetime]) -> None:
        self._customers = customers
        self._database = database
        self._book = StoredProofs(database)
        self._key = hmac.new(secret.encode(), b"guitai link code", hashlib.sha256).digest()
        self._now = now

    async def issue(self, caller: Caller, channel: str | None) -> str:
        """A code for the caller's account, good for ten minutes, one use, and on `channel` alone where one is named.

        Raises:
            ValueError: nobody knows the caller, or others read along.
        """
        if caller.customer_id is None or caller.in_group:
            raise ValueError("only a known customer has an account to link to")
        code = _made()
        now = self._now()
        await self._database.run(
            link_codes.issue,
            caller.customer_id,
            self._hash(code),
            channel=channel,
            issued_to=caller.proof_key,
            now=now,
            expires_at=now + LASTS,
        )
        return f"{code[:4]}-{code[4:]}"

    async def take(self, caller: Caller, code: str) -> LinkCode | Locked | None:
        """What a typed code stands for; None when it opens nothing here, whatever the reason."""
        if caller.in_group or caller.channel in SHOWS_HISTORY:
            return None
        now = self._now()
        limits = {f"link:{caller.proof_key}": TRIES}
        if caller.remote_address:
            limits[f"link-from:{caller.remote_address}"] = 4 * TRIES
        tries = await self._book.add_tries(list(limits), at=now, since=now - WINDOW)
        full = [tries.moments[subject] for subject, most in limits.items() if len(tries.moments[subject]) > most]
        if full:
            await self._book.drop_tries(tries.ids)  # hammering does not prolong the lock
            free_at = max(moments[0] for moments in full) + WINDOW
            return Locked(max(1, ceil((free_at - now) / timedelta(minutes=1))))
        found = await self._database.run(
            link_codes.take, self._hash(code), channel=family(caller.channel), key=caller.proof_key, now=now
        )
        if found is not None:
            await self._book.drop_tries(tries.ids)
        return found

    async def taken(self, caller: Caller) -> LinkCode | None:
        """The code that was typed here and waits for a yes."""
        return await self._database.read(link_codes.taken, caller.proof_key, now=self._now())

    async def drop(self, caller: Caller) -> None:
        """No after all: the code that was typed here is void."""
        await self._database.run(link_codes.drop, caller.proof_key)

    async def account_of(self, caller: Caller) -> str | None:
        """The shop customer to whom the caller's address is linked."""
        return await self._database.read(linking.shop_customer_of, caller.address)

    async def ways(self, caller: Caller) -> list[Way]:
        """Where else the caller's customer writes from, this address included."""
        return await self._database.read(linking.ways_of, caller.conversation)

    async def use(self, caller: Caller) -> bool:
        """Link by the code that was typed here. The message is then answered anew; what is said now is not heard.

        False when the code is no good any more.

        Raises:
            LeaseLost: another worker answers the message.
        """
        return await self._in_turn(_use, caller)

    async def link_proven(self, caller: Caller) -> bool:
        """Link to the account of which the caller has just proven possession."""
        if caller.customer_id is None or caller.channel in SHOWS_HISTORY or caller.in_group:
            return False
        return await self._in_turn(_link_proven, caller)

    async def unlink(self, caller: Caller, address: Address) -> bool:
        """End the link of one of the caller's addresses; the message is then answered anew. False when it has none."""
        return await self._in_turn(_unlink, caller, address)

    async def part(self, address: Address, *, by: str, why: str) -> Parted:
        """A colleague ends a link.

        Raises:
            LookupError: the address is not linked.
        """
        return await self._database.run(parting.part, address, how="unlinked", by=by, why=why, now=self._now())

    async def undo(self, number: int, *, by: str, why: str) -> Parted:
        """A colleague takes a link back, with what it had brought along.

        Raises:
            LookupError: there is nothing to take back.
        """
        return await self._database.run(parting.undo, number, by=by, why=why, now=self._now())

    async def listed(self, shop_customer: str | None = None) -> list[Link]:
        return await self._database.read(linking.listed, shop_customer=shop_customer)

    async def _in_turn(self, work: Callable[..., str | None], caller: Caller, *more: Any) -> bool:
        try:
            turn = self._customers.turn(caller.conversation)
        except KeyError:
            return False  # a stock action server answers
        claim = turn.claim
        message = claim.message
        held = Held(claim.conversation, claim.fence, claim.holder, message.number, message.key, message.text)
        home = await self._database.run(work, caller, held, *more, now=self._now())
        if home is None:
            return False
        turn.moved_to = home
        return True

    def _hash(self, code: str) -> str:
        return hmac.new(self._key, code.encode(), hashlib.sha256).hexdigest()


def _use(connection: Any, caller: Caller, held: Held, *, now: datetime) -> str | None:
    code = link_codes.use(connection, caller.proof_key, now=now)
    if code is None:
        return None
    wish = Wish(caller.address, code.shop_customer, linking.CODE, code.issued_at)
    return _linked(connection, wish, held, now)


def _link_proven(connection: Any, caller: Caller, held: Held, *, now: datetime) -> str | None:
    if caller.customer_id is None:
        return None
    return _linked(
        connection, Wish(caller.address, caller.customer_id, linking.PHONE, caller.verified_at or now), held, now
    )


def _linked(connection: Any, wish: Wish, held: Held, now: datetime) -> str:
    payload = '/link_account{"done": "linked"}'
    return linking.link_in_turn(connection, wish, held, payload=payload, beside=ROUTINE, now=now)


def _unlink(connection: Any, caller: Caller, held: Held, address: Address, *, now: datetime) -> str | None:
    mine = [way.address for way in linking.ways_of(connection, caller.conversation)]
    if address not in mine or linking.shop_customer_of(connection, address) is None:
        return None
    other = None if address == caller.address else [address.channel, address.account, address.sender]
    payload = f"/unlink_account{json.dumps({'done': 'unlinked', 'to': other})}"
    return linking.part_in_turn(connection, address, held, by="customer", why="asked for it", payload=payload, now=now)


def _made() -> str:
    """A code with letters and digits, so that it looks like no word and like no number."""
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        if any(letter.isdigit() for letter in code) and not code.isdigit():
            return code

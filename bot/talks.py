"""What a customer's own screen shows of their talk, and what they say beside it: read, liked, rated, signed out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot import visitors as tokens
from bot.customers import Customers, SignIn
from bot.errors import BadMessage, ShopError, TokenRefused
from bot.handoff import queue
from bot.live import Live, talk
from bot.messages import Address, Inbound
from bot.replies import clean
from bot.router import Router
from bot.store import inbox, lines, linking, merging
from bot.store import talks as store
from bot.store.database import Database
from bot.store.inbox import Receipt
from bot.store.lines import Line
from bot.store.linking import Wish
from bot.store.talks import State, StoredFile
from bot.switchboard import Tempo
from bot.visitors import Visitor, Visitors

logger = logging.getLogger(__name__)

CHANNEL, ACCOUNT = "web", "default"
PAGE = 50
RESUMED = 200
"""Lines that somebody gets who comes back; older ones by the page."""
DEFAULT_MINUTES = 15
"""Until somebody answers, where the rules name no other aim."""
MOST_LINES = 20_000
"""Of a transcript."""


class Person(Protocol):
    @property
    def name(self) -> str: ...


class Shop(Protocol):
    async def find_customer(self, customer_id: str) -> Person | None: ...


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody at the other end: a browser, and perhaps a customer who is signed in there."""

    visitor: Visitor
    sign_in: SignIn | None = None
    token: str | None = None
    """The shop's token that says so."""

    @property
    def sender(self) -> str:
        """Their address on the channel. A customer's is the same on all devices, and opens only while signed in."""
        return f"visitor:{self.visitor.id}" if self.sign_in is None else f"customer:{self.sign_in.customer_id}"

    def external_id(self, number: str) -> str:
        """A message's id: the browser's own, so that it stays the same when they sign in before it is sent again."""
        return f"{self.visitor.id}:{number}"


@dataclass(frozen=True, slots=True)
class Opened:
    """A talk as somebody finds it who comes in."""

    state: State | None
    """None for one that has not begun."""
    lines: Sequence[Line]
    is_whole: bool
    """No line that they have not seen is left out before the first of `lines`."""


class Talks:
    """Talks as their customers see them."""

    def __init__(
        self,
        *,
        database: Database,
        live: Live,
        router: Router,
        customers: Customers,
        visitors: Visitors,
        shop: Shop,
        answer_minutes: Mapping[str, int],
        line: Tempo,
        now: Callable[[], datetime],
    ) -> None:
        """`answer_minutes` are people's aims by priority, `line` is how quickly they get through it now."""
        self._database = database
        self._live = live
        self._router = router
        self._customers = customers
        self._shop = shop
        self._answer_minutes = answer_minutes
        self._line = line
        self.visitors = visitors
        self.now = now

    async def admit(self, visitor: str | None, customer: str | None) -> tuple[Guest, str | None]:
        """Who shows these tokens, and their conversation. What a visitor said goes with them when they sign in.

        A customer's token that is too old, or not the shop's, leaves them a visitor.

        Raises:
            TokenRefused: the visitor's token opens nothing.
            StoreDown: the database did not answer.
        """
        known = self.visitors.read(visitor) if visitor else self.visitors.welcome()
        if known is None:
            raise TokenRefused("the visitor's token is not ours or too old")
        sign_in = self._customers.signed_in(customer)
        guest = Guest(known, sign_in, customer) if sign_in else Guest(known)
        found = await self._enter(guest)
        if known.id in found.revoked:
            raise TokenRefused("they signed out")
        if found.revoked:
            guest = Guest(known)
            return guest, found.anonymous
        if sign_in is None:
            return guest, found.anonymous
        if found.anonymous is None and found.known is not None:
            return guest, found.known
        return guest, await self._join(guest)  # perhaps they have a talk on another channel

    async def sign_out(self, guest: Guest) -> None:
        """From now on neither token opens anything, in any window."""
        now = self.now()
        await self._database.run(store.revoke, [guest.visitor.id], until=now + tokens.LASTS, now=now)
        if guest.sign_in is not None and guest.token is not None:
            await self._database.run(store.revoke, [tokens.digest(guest.token)], until=guest.sign_in.until, now=now)
        await self._live.wake(f"visitor:{guest.visitor.id}")

    async def signed_out(self, visitors: Sequence[str]) -> set[str]:
        """Those of the visitors who signed out."""
        return await self._database.read(store.revoked_of, visitors)

    async def name_of(self, guest: Guest) -> str:
        """What the shop calls the customer; empty when it does not answer."""
        if guest.sign_in is None:
            return ""
        try:
            person = await self._shop.find_customer(guest.sign_in.customer_id)
        except ShopError:
            return ""
        return person.name if person else ""

    async def open(self, conversation: str | None, *, since: int) -> Opened:
        """How the talk stands, with the lines after `since`: the newest ones when there are many."""
        if conversation is None:
            return Opened(None, (), is_whole=True)
        return await self._database.read(_opened, conversation, since)

    async def look(self, seen: Mapping[str, int]) -> dict[str, tuple[State, list[Line]]]:
        """How the talks stand, each with the lines that follow the one seen last."""
        return await self._database.read(store.look, seen)

    async def homes(self, senders: Iterable[str]) -> dict[str, str]:
        """The conversations of those senders who have one."""
        return await self._database.read(store.homes, list(senders), channel=CHANNEL, account=ACCOUNT)

    async def older(self, conversation: str, before: int) -> list[Line]:
        return await self._database.read(lines.before, conversation, before, limit=PAGE)

    async def said(self, conversation: str) -> list[Line]:
        """The whole talk."""
        return await self._database.read(lines.after, conversation, 0, limit=MOST_LINES)

    async def receive(self, message: Inbound) -> Receipt:
        """As the router does; a message that was sent before its sender signed in is known again.

        Raises:
            BadMessage: another message has this id.
            StoreDown: it was not stored.
        """
        if message.files:
            await self._database.run(store.mark_sent, [str(file["id"]) for file in message.files], now=self.now())
        try:
            return await self._router.receive(message)
        except BadMessage:
            same = Inbound(
                message.channel,
                message.account,
                message.external_id,
                message.sender,
                text=clean(message.text),
                button=message.button,
            )
            stored = await self._database.read(inbox.find, same)
            if stored is None:
                raise
            return stored

    async def mark_read(self, read: Mapping[str, int]) -> None:
        """Customers have read up to these lines of their talks."""
        await self._database.run(store.mark_read, read)
        for conversation in read:
            await self._live.wake(talk(conversation))

    async def thumb(self, conversation: str, seq: int, *, up: bool | None) -> bool:
        """False when there is no such line to judge."""
        return await self._database.run(store.thumb, conversation, seq, up=up, now=self.now())

    async def rate(self, conversation: str, *, stars: int, text: str) -> None:
        await self._database.run(store.rate, conversation, stars=stars, text=clean(text), now=self.now())

    async def add_phone(self, address: Address, phone: str) -> None:
        """The platform itself says that this number belongs to whoever writes from there.

        Only for what a platform vouches for: a contact card must be the sender's own.
        """
        await self._customers.add_phone(address, phone)

    async def add_file(self, file: StoredFile) -> None:
        await self._database.run(store.add_file, file, now=self.now())

    async def files(self, ids: Sequence[str]) -> list[StoredFile]:
        """Those of the files that there are."""
        return await self._database.read(store.find_files, ids)

    def status(self, state: State | None) -> dict[str, Any]:
        """Who has the talk, as customers are told."""
        if state is None:
            return {"owner": "bot"}
        shown: dict[str, Any] = {"owner": str(state.owner)}
        if state.agent:
            shown["agent"] = state.agent
        if state.waiting is not None:
            shown["place"] = state.waiting.place
            aim = timedelta(minutes=self._answer_minutes.get(state.waiting.priority, DEFAULT_MINUTES))
            if state.waiting.in_hours:
                span = queue.wait(state.waiting.place, self._line.pace, aim=aim)
                left = aim - (self.now() - state.waiting.since) if span is None else span
                shown["wait_minutes"] = queue.minutes(max(left, queue.SHORTEST))
        return shown

    async def _enter(self, guest: Guest) -> store.Entrance:
        keys = [guest.visitor.id]
        if guest.token is not None:
            keys.append(tokens.digest(guest.token))
        anonymous = Guest(guest.visitor).sender
        customer = guest.sender if guest.sign_in else None
        return await self._database.read(store.enter, keys, anonymous, customer, channel=CHANNEL, account=ACCOUNT)

    async def _join(self, guest: Guest) -> str | None:
        anonymous = Guest(guest.visitor).sender
        home = await self._database.run(_joined, anonymous, guest, now=self.now())
        await self._live.wake(f"visitor:{guest.visitor.id}")  # other windows of theirs show a talk that is no more
        if home is not None:
            self._router.nudge(home)  # a turn that ran was overtaken
            await self._live.wake(talk(home))
        return home


def _joined(connection: Any, anonymous: str, guest: Guest, *, now: datetime) -> str | None:
    """The talk of a guest who is signed in: with what was said as a visitor, and with their other channels'."""
    was_visitor = bool(store.homes(connection, [anonymous], channel=CHANNEL, account=ACCOUNT))
    home = merging.join(connection, anonymous, guest.sender, channel=CHANNEL, account=ACCOUNT)
    if guest.sign_in is None:
        return home
    address = Address(CHANNEL, ACCOUNT, guest.sender)
    wish = Wish(address, guest.sign_in.customer_id, linking.SIGN_IN, guest.sign_in.at)
    linking.sign_in(connection, wish, now=now)
    if home is not None and was_visitor:
        linking.note_visitor(connection, Address(CHANNEL, ACCOUNT, anonymous), wish, home, now=now)
    return store.homes(connection, [guest.sender], channel=CHANNEL, account=ACCOUNT).get(guest.sender, home)


def _opened(connection: Any, conversation: str, since: int) -> Opened:
    state = next((state for state, _ in store.look(connection, {conversation: MANY}).values()), None)
    if state is None:
        return Opened(None, (), is_whole=True)
    if since > state.last_line:  # they cannot have seen that: begin anew
        return _opened(connection, conversation, -1)
    first = max(since, state.last_line - RESUMED, 0)
    found = lines.after(connection, conversation, first, limit=RESUMED) if first < state.last_line else []
    return Opened(state, found, is_whole=first == since)


MANY = 2**31 - 1
"""After every line."""

"""The words that travel between modules: what a customer sent, what goes back, and what a person is handed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

Language = str
"""`zh` (Simplified Chinese) or `en`."""

LANGUAGES: tuple[Language, ...] = ("zh", "en")
Sentence = str | Mapping[str, str]
"""Plain words, or the same in each language."""


def in_words(said: Sentence, language: str) -> str:
    """A sentence in a language, or as it is."""
    return said if isinstance(said, str) else said[language]


UNREADABLE = "\ufffc"
"""How the text of a message begins that has no words, such as a voice note: what it is follows, for colleagues."""


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered with a reply. `payload` is an intent (`/affirm`) inside and an opaque id outside."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Address:
    """One way in: where a customer writes from and is answered."""

    channel: str
    account: str
    sender: str

    @property
    def key(self) -> str:
        """Names the address in few letters: what is proven there is kept under it."""
        return hashlib.sha256(json.dumps([self.channel, self.account, self.sender]).encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from a customer, as its channel parsed it.

    `(channel, account, external_id)` is unique: a platform that delivers twice delivers the same three.
    """

    channel: str
    account: str
    external_id: str
    sender: str
    """The customer's address on the channel: a visitor id, an openid, a chat id."""
    text: str = ""
    button: str | None = None
    """The opaque id of a pressed button; its meaning is looked up on the server."""
    choice: Button | None = None
    """Pressed on the platform itself, such as an entry of its menu: the channel knows its meaning, nobody sent it."""
    files: tuple[Mapping[str, Any], ...] = ()
    """What came with it and is kept: `id`, `name`, `type`, `bytes`, and of images `width` and `height`."""
    customer_token: str | None = None
    """A JWT signed by the shop that says who is signed in; None for an anonymous visitor."""
    remote_address: str | None = None
    language: Language | None = None
    """What the customer's screen speaks: the language of a new talk that begins without words."""
    received_at: datetime | None = None
    """UTC; the store fills it in when the channel does not know."""
    in_group: bool = False
    """Others read along: nothing about a customer is said there."""
    hint: str | None = None
    """What the platform calls this person in other apps, such as a UnionID. It proves nothing."""

    @property
    def address(self) -> Address:
        return Address(self.channel, self.account, self.sender)


@dataclass(frozen=True, slots=True)
class Reply:
    """One bubble to a customer. At least one of text, image and custom is set."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    """An absolute URL."""
    custom: dict[str, Any] | None = None
    """A card that a capable channel draws; `text` always says the same in words."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as channel and store know it: never taken from the text or from slots."""

    conversation: str
    channel: str
    sender: str
    remote_address: str | None = None
    customer_id: str | None = None
    """The shop's customer, when signed in or proven by a one-time code; None for a visitor."""
    verified_at: datetime | None = None
    """When possession was last proven (UTC): sign-in or one-time code."""
    proven_orders: frozenset[str] = frozenset()
    """Order numbers for which the right phone digits were shown here."""
    account: str = ""
    """Of the channel; empty under a stock action server, which knows no addresses."""
    phone: tuple[str, datetime] | None = None
    """The number that the platform says is theirs, and when it said so (UTC)."""
    in_group: bool = False
    """Others read along: nobody is known there, whatever they have proven."""

    @property
    def address(self) -> Address:
        return Address(self.channel, self.account, self.sender)

    @property
    def proof_key(self) -> str:
        """Under which proofs are kept: the address, so that what is proven on one channel counts on no other."""
        return self.address.key if self.account else self.conversation


class HandoffReason(StrEnum):
    ASKED = "asked"
    COMPLAINT = "complaint"
    NOT_UNDERSTOOD = "not_understood"
    ABOVE_AUTHORITY = "above_authority"
    ACTION_DOWN = "action_down"
    DISTRESS = "distress"
    VIP = "vip"


class Priority(StrEnum):
    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Handoff:
    """A wish for a person, as a routine states it; `bot.handoff` makes the packet of it."""

    reason: HandoffReason
    priority: Priority = Priority.NORMAL
    summary: str = ""
    """One sentence for the agent: what is wanted and what stands in the way.

    The name of a response, said with `facts` in the agent's language, or plain words.
    """
    facts: dict[str, Any] = field(default_factory=dict)
    """What was looked up and what the shop answered, JSON-ready."""


@dataclass(frozen=True, slots=True)
class Past:
    """What happened so far in a conversation's current episode."""

    events: Sequence[Mapping[str, Any]] = ()
    """The stored events in Rasa's JSON form, oldest first; none begins an episode."""
    carry: Mapping[str, Any] = field(default_factory=dict)
    """Slots to begin a new episode with, such as the language; looked at only when there are no events."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the engine made of one message; the router commits all of it at once."""

    replies: tuple[Reply, ...]
    events: tuple[dict[str, Any], ...]
    """New dialogue events in Rasa's JSON form, oldest first."""
    handoff: Handoff | None = None
    intents: tuple[str, ...] = ()
    """The intents understood, `faq/<key>` in full; empty when a button or nothing was understood."""
    confidence: float = 0.0
    slots: dict[str, Any] = field(default_factory=dict)
    """Filled slots after the turn."""


class Understood(Protocol):
    @property
    def intent(self) -> str | None: ...


class Engine(Protocol):
    """The part of `bot.engine` that a turn needs."""

    async def reply(
        self,
        text: str,
        *,
        conversation: str,
        message_id: str,
        past: Past,
        channel: str = "rest",
        intent: str | None = None,
    ) -> Turn: ...

    def understand(self, text: str) -> Understood: ...

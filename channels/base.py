"""What a channel is: it verifies a request, parses it into `Inbound` messages, and knows its platform's limits.

A channel is one file here, or a folder of them, found by being there: its module has `make(settings)`. It keeps its
platform's oddities to itself, opens nothing until it is served, and knows nothing of Rasa or SQL. A whole one is in
tests/channels/carrier.py; tests/channels/test_contract.py is what each must keep.
"""

from __future__ import annotations

import hmac
import importlib
import json
import logging
import pkgutil
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, cast

from sanic import Blueprint, HTTPResponse, Request
from sanic.blueprint_group import BlueprintGroup

from bot.deliveries import Sender
from bot.errors import BadMessage
from bot.live import Live
from bot.messages import Inbound
from bot.replies import BUTTON, clean
from bot.router import Router
from bot.settings import Settings
from bot.store.database import Database
from bot.talks import Talks

logger = logging.getLogger(__name__)

ACCOUNT = "default"
MAX_TOKEN = 4096
"""Characters of a customer token."""
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """What the platform takes."""

    body_bytes: int
    """Of a request; longer ones are refused before they are read."""
    sender_characters: int = 255
    id_characters: int = 255


@dataclass(frozen=True, slots=True)
class Inside:
    """What channels may use of the house."""

    router: Router
    live: Live
    talks: Talks
    database: Database
    """For what a platform makes its channel remember; the SQL of it is in `bot.store`."""


class Channel(Protocol):
    """A way in."""

    name: ClassVar[str]
    limits: ClassVar[Limits]
    answered_in_response: ClassVar[bool]
    """The webhook's response carries the replies; otherwise they are sent."""

    def blueprint(self, inside: Inside) -> Blueprint | BlueprintGroup:
        """The channel's routes, under /webhooks/<name>."""


class Pushed(Protocol):
    """What `webhook` needs of a channel whose platform posts messages and wants nothing but an acknowledgement."""

    name: ClassVar[str]

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Let a request in by its very bytes.

        Raises:
            BadMessage: it is not the platform's; status 401 or 403.
        """

    def parse(self, body: bytes) -> Iterable[Inbound]:
        """Customer messages in a verified request; none for anything we do not handle.

        What the platform would only send again must not raise: it is logged and left out.
        """


class SendingChannel(Channel, Sender, Protocol):
    """A channel that is sent to."""

    async def aclose(self) -> None:
        """Give connections back."""


def senders(channels: Iterable[Channel]) -> dict[str, SendingChannel]:
    """Those that are sent to, by name."""
    return {each.name: cast("SendingChannel", each) for each in channels if not each.answered_in_response}


def joining(channels: Iterable[Channel]) -> frozenset[str]:
    """Channels on which a turn's replies are one message, since each would be a letter of its own."""
    return frozenset(each.name for each in channels if getattr(each, "joins_replies", False))


def held(channels: Iterable[Channel]) -> dict[str, float]:
    """Channels whose webhook may yet carry a turn's replies, and for how many seconds they are kept for it."""
    return {
        each.name: float(getattr(each, "holds_seconds", 0.0)) for each in channels if hasattr(each, "holds_seconds")
    }


def discover(settings: Settings) -> list[Channel]:
    """Every channel in this package that the settings want: `make` gives None otherwise.

    Modules without `make` are tools that channels share.
    """
    import channels

    modules = [importlib.import_module(f"channels.{module.name}") for module in pkgutil.iter_modules(channels.__path__)]
    made = [module.make(settings) for module in modules if hasattr(module, "make")]
    return [channel for channel in made if channel is not None]


def webhook(channel: Pushed, inside: Inside, *, acknowledgement: str = "") -> Blueprint:
    """POST /webhooks/<name>/webhook: verified, parsed, stored, and only then acknowledged.

    A database that is away becomes a 503, which a platform repeats.
    """
    routes = Blueprint(channel.name, url_prefix=f"/webhooks/{channel.name}")

    @routes.post("/webhook")
    async def take(request: Request) -> HTTPResponse:
        channel.verify(request.headers, request.body)
        for message in channel.parse(request.body):
            try:
                await inside.talks.receive(message)
            except BadMessage:  # to refuse it would have it sent again for ever
                ids = {"channel": channel.name, "external_id": message.external_id}
                logger.warning("another message has this id", extra=ids)
        return HTTPResponse(acknowledgement, content_type="text/plain; charset=utf-8")

    return routes


def check_bearer(headers: Mapping[str, str], token: str, *, called: str) -> None:
    """Let a caller in who shows `token`; an empty one is an open door.

    Raises:
        BadMessage: the token is missing or wrong.
    """
    shown = headers.get("authorization", "").encode("utf-8", "surrogateescape")
    if token and not hmac.compare_digest(shown, f"Bearer {token}".encode()):
        raise BadMessage(f"the Authorization header needs `Bearer` and the {called} token", status=401)


def check_is_json(headers: Mapping[str, str]) -> None:
    """Raises BadMessage when the body is not announced as JSON."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BadMessage("send application/json", status=415)


async def check_pace(live: Live, channel: str, sender: str, *, most: int) -> None:
    """Raises BadMessage when a sender wrote more than `most` messages in a minute; 0 is no limit."""
    if most and not await live.allow(f"{channel}:{sender}", limit=most, window_seconds=MINUTE):
        raise BadMessage(f"more than {most} messages in a minute from one sender; slow down", status=429)


def plain_message(body: bytes, *, channel: str, limits: Limits, remote_address: str | None) -> Inbound:
    """The message in `{"sender", "message", "message_id", "metadata"}`, the form of REST and callback.

    Raises:
        BadMessage: the body has another form; the text says what to change.
    """
    data = decoded(body)
    sender = text_of(data, "sender", most=limits.sender_characters)
    message_id = data.get("message_id")
    if message_id is not None:
        message_id = text_of(data, "message_id", most=limits.id_characters)
    message = data.get("message")
    if not isinstance(message, str):
        raise BadMessage("`message` must be a text")
    pressed = message if message.startswith(BUTTON) else None
    return Inbound(
        channel=channel,
        account=ACCOUNT,
        # an id is the sender's own: two senders may use the same
        external_id=f"{len(sender)}:{sender}:{message_id or uuid.uuid4().hex}",
        sender=sender,
        text="" if pressed else message,
        button=clean(pressed)[:255] if pressed else None,
        customer_token=customer_token(data),
        remote_address=remote_address,
    )


def decoded(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessage("the body is not JSON that can be read") from error
    if not isinstance(data, dict):
        raise BadMessage('the body must be an object such as {"sender": "…", "message": "…"}')
    return data


def text_of(data: Mapping[str, Any], name: str, *, most: int) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadMessage(f"`{name}` must be a text that is not empty")
    if len(value) > most:
        raise BadMessage(f"`{name}` must have {most} characters at most")
    if value != clean(value):
        raise BadMessage(f"`{name}` must not have control characters or half surrogates")
    return value


def customer_token(data: Mapping[str, Any]) -> str | None:
    metadata = data.get("metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise BadMessage("`metadata` must be an object")
    token = metadata.get("customer_token")
    if token is not None and (not isinstance(token, str) or len(token) > MAX_TOKEN):
        raise BadMessage(f"`metadata.customer_token` must be a text of {MAX_TOKEN} characters at most")
    return token

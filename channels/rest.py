"""REST: `{"sender", "message"}` in, a list of bubbles out, as Rasa's own REST channel has it.

Beyond Rasa's form a request may carry `message_id`, the caller's own id: whoever repeats it gets the very same answer
and nothing happens twice. `metadata.customer_token` says who is signed in (see `bot.customers`). A button is pressed
by sending its payload as the message.
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from bot.errors import BadMessage, TryLater
from bot.live import Live
from bot.messages import Inbound
from bot.replies import BUTTON, clean
from bot.router import Answer, Router
from bot.settings import Settings
from channels.base import Limits

ACCOUNT = "default"
MAX_TOKEN = 4096
"""Characters of a customer token."""
PATIENCE_SECONDS = 20.0
"""How long beyond one turn's budget a request waits for the conversation's earlier messages."""
MINUTE = 60


class Rest:
    """The REST channel."""

    name: ClassVar[str] = "rest"
    limits: ClassVar[Limits] = Limits(body_bytes=65536)
    answered_in_response: ClassVar[bool] = True

    def __init__(self, *, token: str, wait_seconds: float, messages_per_minute: int) -> None:
        """`token` is the bearer token that callers show; empty for an open door."""
        self._token = token
        self._wait_seconds = wait_seconds
        self._messages_per_minute = messages_per_minute

    def verify(self, headers: Mapping[str, str]) -> None:
        """Let the caller in.

        Raises:
            BadMessage: the token is missing or wrong, or the body is not announced as JSON.
        """
        if self._token:
            shown = headers.get("authorization", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(shown, f"Bearer {self._token}".encode()):
                raise BadMessage("the Authorization header needs `Bearer` and the REST token", status=401)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise BadMessage("send application/json", status=415)

    def parse(self, body: bytes, *, remote_address: str | None = None) -> Inbound:
        """The message in a request.

        Raises:
            BadMessage: the body is not what this module's docstring says; the text says what to change.
        """
        data = _decoded(body)
        sender = _text(data, "sender", most=self.limits.sender_characters)
        message_id = data.get("message_id")
        if message_id is not None:
            message_id = _text(data, "message_id", most=self.limits.id_characters)
        message = data.get("message")
        if not isinstance(message, str):
            raise BadMessage("`message` must be a text")
        pressed = message if message.startswith(BUTTON) else None
        return Inbound(
            channel=self.name,
            account=ACCOUNT,
            # an id is the sender's own: two senders may use the same
            external_id=f"{len(sender)}:{sender}:{message_id or uuid.uuid4().hex}",
            sender=sender,
            text="" if pressed else message,
            button=clean(pressed)[:255] if pressed else None,
            customer_token=_customer_token(data),
            remote_address=remote_address,
        )

    def render(self, sender: str, answer: Answer) -> bytes:
        """The response's body: the same bytes for the same answer."""
        bubbles = [{"recipient_id": sender, **bubble} for bubble in answer]
        return json.dumps(bubbles, ensure_ascii=False, separators=(",", ":")).encode()

    def blueprint(self, router: Router, live: Live) -> Blueprint:
        routes = Blueprint("rest", url_prefix="/webhooks/rest")

        @routes.post("/webhook")
        @openapi.definition(  # type: ignore[untyped-decorator]  # sanic_ext has no types
            summary="Say something to the bot",
            description="Answered when the turn is done. Repeat a request with the same `message_id` to get the very "
            "same answer. Press a button by sending its payload as the message.",
            tag="channels",
            body={"application/json": _REQUEST},
            response=[
                openapi.definitions.Response(
                    {"application/json": _RESPONSE}, status=200, description="The bot's bubbles"
                ),
                openapi.definitions.Response({"application/json": _ERROR}, status=400, description="Say it otherwise"),
                openapi.definitions.Response({"application/json": _ERROR}, status=503, description="Repeat it later"),
            ],
        )
        async def webhook(request: Request) -> HTTPResponse:
            self.verify(request.headers)
            message = self.parse(request.body, remote_address=request.client_ip or None)
            await self._check_pace(message.sender, live)
            receipt = await router.receive(message)
            answer = await router.answer_to(receipt, within_seconds=self._wait_seconds)
            if answer is None:
                raise TryLater(1)
            return HTTPResponse(self.render(message.sender, answer), content_type="application/json")

        return routes

    async def _check_pace(self, sender: str, live: Live) -> None:
        most = self._messages_per_minute
        if most and not await live.allow(f"rest:{sender}", limit=most, window_seconds=MINUTE):
            raise BadMessage(f"more than {most} messages in a minute from one sender; slow down", status=429)


def make(settings: Settings) -> Rest:
    return Rest(
        token=settings.rest_token,
        wait_seconds=settings.turn_seconds + PATIENCE_SECONDS,
        messages_per_minute=settings.messages_per_minute,
    )


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessage("the body is not JSON that can be read") from error
    if not isinstance(data, dict):
        raise BadMessage('the body must be an object such as {"sender": "…", "message": "…"}')
    return data


def _text(data: Mapping[str, Any], name: str, *, most: int) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadMessage(f"`{name}` must be a text that is not empty")
    if len(value) > most:
        raise BadMessage(f"`{name}` must have {most} characters at most")
    if value != clean(value):
        raise BadMessage(f"`{name}` must not have control characters or half surrogates")
    return value


def _customer_token(data: Mapping[str, Any]) -> str | None:
    metadata = data.get("metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise BadMessage("`metadata` must be an object")
    token = metadata.get("customer_token")
    if token is not None and (not isinstance(token, str) or len(token) > MAX_TOKEN):
        raise BadMessage(f"`metadata.customer_token` must be a text of {MAX_TOKEN} characters at most")
    return token


_TEXT = {"type": "string"}
_REQUEST = {
    "type": "object",
    "required": ["sender", "message"],
    "properties": {
        "sender": {**_TEXT, "maxLength": 255, "example": "visitor-1"},
        "message": {**_TEXT, "example": "我的快递到哪了"},
        "message_id": {**_TEXT, "maxLength": 255, "description": "Your own id of the message"},
        "metadata": {"type": "object", "properties": {"customer_token": {**_TEXT, "description": "A JWT of the shop"}}},
    },
}
_RESPONSE = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["recipient_id"],
        "properties": {
            "recipient_id": _TEXT,
            "text": _TEXT,
            "buttons": {
                "type": "array",
                "items": {"type": "object", "properties": {"title": _TEXT, "payload": _TEXT}},
            },
            "image": _TEXT,
            "custom": {"type": "object"},
        },
    },
}
_ERROR = {"type": "object", "properties": {"error": _TEXT}}

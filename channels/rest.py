"""REST: `{"sender", "message"}` in, a list of bubbles out, as Rasa's own REST channel has it.

Beyond Rasa's form a request may carry `message_id`, the caller's own id: whoever repeats it gets the very same answer
and nothing happens twice. `metadata.customer_token` says who is signed in (see `bot.customers`). A button is pressed
by sending its payload as the message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar

from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from bot.errors import TryLater
from bot.messages import Inbound
from bot.router import Answer
from bot.settings import Settings
from channels.base import Inside, Limits, check_bearer, check_is_json, check_pace, plain_message

PATIENCE_SECONDS = 20.0
"""How long beyond one turn's budget a request waits for the conversation's earlier messages."""


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
        check_bearer(headers, self._token, called="REST")
        check_is_json(headers)

    def parse(self, body: bytes, *, remote_address: str | None = None) -> Inbound:
        """The message in a request.

        Raises:
            BadMessage: the body is not what this module's docstring says; the text says what to change.
        """
        return plain_message(body, channel=self.name, limits=self.limits, remote_address=remote_address)

    def render(self, sender: str, answer: Answer) -> bytes:
        """The response's body: the same bytes for the same answer."""
        bubbles = [{"recipient_id": sender, **bubble} for bubble in answer]
        return json.dumps(bubbles, ensure_ascii=False, separators=(",", ":")).encode()

    def blueprint(self, inside: Inside) -> Blueprint:
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
            await check_pace(inside.live, self.name, message.sender, most=self._messages_per_minute)
            receipt = await inside.router.receive(message)
            answer = await inside.router.answer_to(receipt, within_seconds=self._wait_seconds)
            if answer is None:
                raise TryLater(1)
            return HTTPResponse(self.render(message.sender, answer), content_type="application/json")

        return routes


def make(settings: Settings) -> Rest:
    return Rest(
        token=settings.rest_token,
        wait_seconds=settings.turn_seconds + PATIENCE_SECONDS,
        messages_per_minute=settings.messages_per_minute,
    )


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

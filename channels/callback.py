"""Callback: messages in by POST, replies out by POST to the operator's address, as Rasa's callback channel has it.

`{"sender", "message"}` in, with REST's `message_id` and `metadata`; acknowledged with `success` once it is stored. Each
reply is sent on its own as `{"recipient_id", "text", "buttons", …}`, in order within a conversation, with a bearer
token and an `Idempotency-Key` that stays the same when it is sent again (docs/channels.md).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar

import httpx
from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from bot.deliveries import SEND_SECONDS
from bot.errors import CustomerLeft, DeliveryRefused, MaybeDelivered, NotDelivered, TryLater
from bot.messages import Inbound
from bot.settings import Settings
from bot.store.outbox import Parcel
from channels.base import Inside, Limits, check_bearer, check_is_json, check_pace, plain_message

CONNECT_SECONDS = 3.0
WAIT_SECONDS = 5.0
"""When the receiver is busy and does not say for how long."""
OURS = frozenset({401, 403, 404, 405, 407})
"""Answers that are a fault of our settings or of the receiver's, and none of the message."""
BUSY = frozenset({429, 503})


class Callback:
    """The callback channel."""

    name: ClassVar[str] = "callback"
    limits: ClassVar[Limits] = Limits(body_bytes=65536)
    answered_in_response: ClassVar[bool] = False
    sends_per_second: ClassVar[int] = 100

    def __init__(self, *, url: str, token: str, deduplicates: bool, messages_per_minute: int) -> None:
        """`url` is where replies go; `token` is shown by both sides, empty for none.

        `deduplicates` says that the receiver throws away what it got before under the same `Idempotency-Key`.
        """
        self.deduplicates = deduplicates
        self._url = url
        self._token = token
        self._messages_per_minute = messages_per_minute
        self._client: httpx.AsyncClient | None = None

    def verify(self, headers: Mapping[str, str]) -> None:
        """Let the caller in.

        Raises:
            BadMessage: the token is missing or wrong, or the body is not announced as JSON.
        """
        check_bearer(headers, self._token, called="callback")
        check_is_json(headers)

    def parse(self, body: bytes, *, remote_address: str | None = None) -> Inbound:
        """The message in a request.

        Raises:
            BadMessage: the body is not what this module's docstring says; the text says what to change.
        """
        return plain_message(body, channel=self.name, limits=self.limits, remote_address=remote_address)

    def blueprint(self, inside: Inside) -> Blueprint:
        routes = Blueprint("callback", url_prefix="/webhooks/callback")

        @routes.post("/webhook")
        @openapi.definition(  # type: ignore[untyped-decorator]  # sanic_ext has no types
            summary="Say something to the bot and have the answer sent",
            description="Acknowledged once the message is stored; repeat it with the same `message_id` until then. "
            "Replies are sent to the address in GUITAI_CALLBACK_URL.",
            tag="channels",
        )
        async def webhook(request: Request) -> HTTPResponse:
            self.verify(request.headers)
            message = self.parse(request.body, remote_address=request.client_ip or None)
            await check_pace(inside.live, self.name, message.sender, most=self._messages_per_minute)
            receipt = await inside.router.receive(message)
            inside.router.nudge(receipt.conversation)
            return HTTPResponse("success", content_type="text/plain; charset=utf-8")

        return routes

    async def send(self, parcel: Parcel) -> str | None:
        """Post one bubble; see `bot.deliveries.Sender`."""
        body = json.dumps({"recipient_id": parcel.recipient, **parcel.data}, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", "idempotency-key": parcel.key}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        try:
            answer = await self._connected().post(self._url, content=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotDelivered(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise MaybeDelivered(type(error).__name__) from error
        _judge(answer)
        return None

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            timeout = httpx.Timeout(SEND_SECONDS - 1, connect=CONNECT_SECONDS)
            self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False)
        return self._client


def make(settings: Settings) -> Callback | None:
    """The channel; None when no address is set."""
    if not settings.callback_url:
        return None
    return Callback(
        url=settings.callback_url,
        token=settings.callback_token,
        deduplicates=settings.callback_deduplicates,
        messages_per_minute=settings.messages_per_minute,
    )


def _judge(answer: httpx.Response) -> None:
    """Raise what the receiver's answer means."""
    status = answer.status_code
    if answer.is_success:
        return
    said = f"the receiver answered {status}"
    if status in BUSY:
        raise TryLater(_wait_seconds(answer.headers.get("retry-after", "")))
    if status == httpx.codes.GONE:
        raise CustomerLeft(said)
    if status in OURS or answer.is_redirect:
        raise NotDelivered(said)
    if answer.is_server_error or status in (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY):
        raise MaybeDelivered(said)
    raise DeliveryRefused(said)


def _wait_seconds(retry_after: str) -> float:
    """Seconds in a Retry-After header, which may also be a date."""
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return WAIT_SECONDS
    return max(seconds, 0.0) if math.isfinite(seconds) else WAIT_SECONDS

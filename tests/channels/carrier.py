"""A third channel as docs/channels.md shows it: all of it is this file.

Its platform, Carrier, signs what it posts with a shared key, and takes 200 letters in a message.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import httpx
from sanic import Blueprint

from bot.deliveries import More
from bot.errors import BadMessage, CustomerLeft, DeliveryRefused, MaybeDelivered, NotDelivered, TryLater
from bot.messages import Inbound
from bot.store.outbox import Parcel
from channels.base import ACCOUNT, Inside, Limits, webhook
from channels.splitting import split

logger = logging.getLogger(__name__)

LETTERS = 200
"""Of one message."""


class Carrier:
    """The Carrier channel."""

    name: ClassVar[str] = "carrier"
    limits: ClassVar[Limits] = Limits(body_bytes=65_536)
    answered_in_response: ClassVar[bool] = False
    deduplicates: ClassVar[bool] = False
    sends_per_second: ClassVar[int] = 50

    def __init__(self, *, url: str, key: str) -> None:
        self._key = key.encode()
        self._client = httpx.AsyncClient(base_url=url, timeout=5, trust_env=False)

    def blueprint(self, inside: Inside) -> Blueprint:
        return webhook(self, inside, acknowledgement="ok")

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises BadMessage unless Carrier signed these very bytes."""
        wanted = hmac.new(self._key, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(headers.get("x-carrier-signature", "").encode(), wanted.encode()):
            raise BadMessage("the signature is missing or wrong", status=401)

    def parse(self, body: bytes) -> Iterable[Inbound]:
        """The message in a notice; none when it is of a kind that we do not handle."""
        try:
            notice = json.loads(body)
            number, who, text = str(notice["id"]), str(notice["from"]), notice["text"]
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
            logger.warning("a notice cannot be read")
            return
        if isinstance(text, str):
            yield Inbound(self.name, ACCOUNT, f"{who}:{number}", who, text=text)

    async def send(self, parcel: Parcel) -> str | More | None:
        """Send one piece of a bubble; see `bot.deliveries.Sender`."""
        pieces = split(str(parcel.data.get("text") or ""), most=LETTERS)
        if parcel.pieces >= len(pieces):
            return None
        await self._post({"to": parcel.recipient, "text": pieces[parcel.pieces]})
        return More() if parcel.pieces + 1 < len(pieces) else None

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _post(self, message: Mapping[str, Any]) -> None:
        try:
            answer = await self._client.post("/messages", json=message)
        except httpx.ConnectError as error:
            raise NotDelivered(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise MaybeDelivered(type(error).__name__) from error
        match answer.status_code:
            case 200:
                return
            case 429:
                raise TryLater(float(answer.headers.get("retry-after", 1)))
            case 410:
                raise CustomerLeft("they left")
            case 500 | 502 | 503:
                raise MaybeDelivered(f"status {answer.status_code}")
            case _:
                raise DeliveryRefused(f"status {answer.status_code}")

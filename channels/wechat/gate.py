"""The way in: a push is taken when its signature, its time and its mode are right, and it does not come too often."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.errors import BadMessage
from bot.store.platforms import Patience, Signed
from channels.wechat import wire
from channels.wechat.crypto import Envelope, check_signature, signature

Mode = Literal["plain", "compatible", "safe"]
WINDOW = timedelta(minutes=5)
"""How far a push's own time may be from ours."""
PATIENCE = Patience(times=4, lasts=timedelta(seconds=60))
"""The platform repeats three times what it had no answer to, which takes it about twenty seconds."""
MOST_ECHO = 512
_TIME = re.compile(r"\d{1,10}")
Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Push:
    """A push that is the platform's."""

    data: Mapping[str, Any]
    as_json: bool
    key: str | None
    """The key it was sealed with; None when it was open."""
    signed: Signed
    """The same again is the platform's repeat, or somebody's replay."""


class Gate:
    """Checks pushes for one account."""

    def __init__(
        self,
        *,
        token: str,
        mode: Mode,
        keys: tuple[str, ...],
        receiver: str,
        always_sealed: bool = False,
    ) -> None:
        """`token` is the console's; `keys` the EncodingAESKeys, current first; `always_sealed` also the URL check."""
        self._token = token
        self._mode = mode
        self._envelope = Envelope(keys, receiver=receiver)
        self._always_sealed = always_sealed

    def echo(self, query: Query, *, now: datetime) -> bytes:
        """The answer to the console's check of our address.

        Raises:
            BadMessage: it is not the console that asks.
        """
        echo = query.get("echostr", "")
        self._check_time(query, now)
        if not 0 < len(echo) <= MOST_ECHO:
            raise BadMessage("there is no echostr to answer with", status=403)
        if self._always_sealed or self._is_signed(query, echo):
            self._check(query, "msg_signature", echo)
            return self._envelope.open(echo).text
        self._check(query, "signature")
        return echo.encode()

    def open(self, query: Query, body: bytes, *, now: datetime) -> Push:
        """The push in a request.

        Raises:
            BadMessage: it is not the platform's, or not in the mode that was agreed on.
        """
        self._check_time(query, now)
        if query.get("encrypt_type", "raw") == "aes" or self._always_sealed:
            return self._open_sealed(query, body)
        if self._mode == "safe":
            raise BadMessage("open pushes are not taken in safe mode", status=403)
        self._check(query, "signature")
        return self._push(query, "signature", wire.parse(body), body, None, as_json=wire.is_json(body))

    def seal(self, text: str, push: Push, *, now: datetime) -> str:
        """A reply in the form in which the push came."""
        if push.key is None:
            return text
        sealed = self._envelope.seal(text.encode(), push.key)
        stamp, nonce = str(int(now.timestamp())), secrets.token_hex(8)
        signed = signature(self._token, stamp, nonce, sealed)
        fields = {"Encrypt": sealed, "MsgSignature": signed, "TimeStamp": int(stamp), "Nonce": nonce}
        return wire.render(fields, as_json=push.as_json)

    def _open_sealed(self, query: Query, body: bytes) -> Push:
        if self._mode == "plain" and not self._always_sealed:
            self._check(query, "signature")
            return self._push(query, "signature", wire.parse(body), body, None, as_json=wire.is_json(body))
        sealed = wire.field(wire.parse(body), "Encrypt")
        self._check(query, "msg_signature", sealed)
        opened = self._envelope.open(sealed)
        inner = wire.parse(opened.text)
        return self._push(query, "msg_signature", inner, sealed.encode(), opened.key, as_json=wire.is_json(body))

    def _push(
        self, query: Query, signed_as: str, data: dict[str, Any], body: bytes, key: str | None, *, as_json: bool
    ) -> Push:
        shown = "\n".join(query.get(name, "") for name in ("timestamp", "nonce", signed_as))
        digest = hashlib.sha256(f"{self._token}\n{shown}".encode("utf-8", "surrogatepass")).hexdigest()
        return Push(data, as_json, key, Signed(digest, hashlib.sha256(body).hexdigest()))

    def _is_signed(self, query: Query, echo: str) -> bool:
        """Accounts are said to be sent a sealed echostr now and then, and an open one mostly."""
        try:
            self._check(query, "msg_signature", echo)
        except BadMessage:
            return False
        return True

    def _check(self, query: Query, name: str, *more: str) -> None:
        check_signature(query.get(name, ""), self._token, query.get("timestamp", ""), query.get("nonce", ""), *more)

    @staticmethod
    def _check_time(query: Query, now: datetime) -> None:
        stamp = query.get("timestamp", "")
        if not _TIME.fullmatch(stamp):
            raise BadMessage("the timestamp is missing", status=403)
        if abs(datetime.fromtimestamp(0, UTC) + timedelta(seconds=int(stamp)) - now) > WINDOW:
            raise BadMessage("the timestamp is too far from our clock", status=403)

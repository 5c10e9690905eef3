"""Visitors of the web channel: who nobody knows yet, told apart by a token of ours. And links that open one file."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
from jwt.types import Options

AUDIENCE = "guitai-web"
ALGORITHM = "HS256"
LASTS = timedelta(days=180)
RENEWED_AFTER = timedelta(days=1)
LINK_LASTS = timedelta(hours=1)
_OPTIONS: Options = {"require": ["sub", "aud", "iat", "exp"], "verify_exp": False, "verify_iat": False}
"""Times are checked on our own clock."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser, as its token names it."""

    id: str
    token: str
    """To be kept by the browser from now on."""


class Visitors:
    """Makes and reads visitors' tokens and links to files."""

    def __init__(self, *, secret: str, now: Callable[[], datetime]) -> None:
        """Our keys are made from `secret`, so that none of what the shop signs with it passes for ours."""
        self._token_key = _derived(secret, "visitor token")
        self._link_key = _derived(secret, "file link")
        self._now = now

    def welcome(self) -> Visitor:
        """Somebody new."""
        return self._minted(secrets.token_urlsafe(18))

    def read(self, token: str) -> Visitor | None:
        """Whose token this is, with a newer one when it is a day old; None when it is not ours or too old."""
        try:
            claims = jwt.decode(token, self._token_key, algorithms=[ALGORITHM], audience=AUDIENCE, options=_OPTIONS)
            issued, ends = (datetime.fromtimestamp(int(claims[name]), UTC) for name in ("iat", "exp"))
        except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError, OSError):
            return None
        now = self._now()
        if ends <= now:
            return None
        return self._minted(claims["sub"]) if now - issued > RENEWED_AFTER else Visitor(claims["sub"], token)

    def link(self, file: str) -> str:
        """The key with which anybody may read `file` for an hour."""
        ends = f"{int((self._now() + LINK_LASTS).timestamp())}"
        return f"{ends}.{self._signature(file, ends)}"

    def opens(self, file: str, key: str) -> bool:
        """Whether `key` is a link's to `file`, and not too old."""
        ends, _, signature = key.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(file, ends).encode()):
            return False
        return int(ends) >= self._now().timestamp()

    def _minted(self, visitor: str) -> Visitor:
        now = self._now()
        claims = {"sub": visitor, "aud": AUDIENCE, "iat": now, "exp": now + LASTS}
        return Visitor(visitor, jwt.encode(claims, self._token_key, algorithm=ALGORITHM))

    def _signature(self, file: str, ends: str) -> str:
        return hmac.new(self._link_key, f"{file}.{ends}".encode(), hashlib.sha256).hexdigest()


def digest(token: str) -> str:
    """Names a token without being one: what is kept of those that were revoked."""
    return f"token:{hashlib.sha256(token.encode()).hexdigest()}"


def _derived(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), f"guitai {purpose}".encode(), hashlib.sha256).digest()

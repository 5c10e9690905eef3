"""Access tokens: fetched by one of all workers, read by the others from the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.errors import GuitaiError, MaybeDelivered, NotDelivered
from bot.store import platforms
from bot.store.database import Database
from bot.store.platforms import Token
from channels.wechat.api import Http, check, code_of

logger = logging.getLogger(__name__)

EARLY = timedelta(minutes=4)
"""A token is renewed so long before its end: the platform gives the next one, and takes both, in the last five."""
LEASE_SECONDS = 12.0
"""Who fetches and dies is followed by another after this."""
WAIT_SECONDS = 6.0
"""How long the others wait for who fetches."""
LOOK_SECONDS = 0.05
FORCED_APART = timedelta(seconds=60)
"""The platform gives another token before its time every 30 seconds at most, and 20 times a day."""
SHORTEST = 60
"""Seconds; a token that is said to last less is not believed."""


class Source(Protocol):
    """Where tokens come from."""

    async def fetch(self, *, force: bool) -> tuple[str, int]:
        """A token and for how many seconds it is good. With `force`, not the one that is still good."""


@dataclass(frozen=True, slots=True)
class StableToken:
    """An account's token, by `stable_token`: asking again gives the same one."""

    http: Http
    app_id: str
    secret: str

    async def fetch(self, *, force: bool) -> tuple[str, int]:
        payload: dict[str, Any] = {"grant_type": "client_credential", "appid": self.app_id, "secret": self.secret}
        return _read(await self.http.post("/cgi-bin/stable_token", payload | {"force_refresh": force}))


@dataclass(frozen=True, slots=True)
class CorpToken:
    """A company's token: asking again gives the same one, and there is no other way."""

    http: Http
    corp_id: str
    secret: str

    async def fetch(self, *, force: bool) -> tuple[str, int]:
        return _read(await self.http.get("/cgi-bin/gettoken", corpid=self.corp_id, corpsecret=self.secret))


class TokenKeeper:
    """One account's token."""

    def __init__(self, source: Source, database: Database, *, name: str, now: Callable[[], datetime]) -> None:
        self._source = source
        self._database = database
        self._name = name
        self._now = now
        self._known: Token | None = None
        self._fetching = asyncio.Lock()

    async def token(self) -> tuple[str, int]:
        """The token that is good now, and its version.

        Raises:
            NotDelivered: there is none to be had.
        """
        known = self._known
        if known is None or not self._is_good(known):
            known = await self._newer(after=None)
        return known.value, known.version

    async def another(self, version: int) -> tuple[str, int]:
        """The token that follows one that the platform has refused.

        Raises:
            NotDelivered: there is none to be had.
        """
        found = await self._newer(after=version)
        return found.value, found.version

    async def _newer(self, *, after: int | None) -> Token:
        """A good token, whose version is above `after`: from here, from the database, or from the platform."""
        async with self._fetching:
            deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
            while asyncio.get_running_loop().time() < deadline:
                known = await self._database.read(platforms.token_of, self._name)
                if known is not None and self._is_good(known) and (after is None or known.version > after):
                    self._known = known
                    return known
                found = await self._fetched(known, refused=after)
                if found is not None:
                    self._known = found
                    return found
                await asyncio.sleep(LOOK_SECONDS)
        raise NotDelivered("no access token was to be had")

    async def _fetched(self, known: Token | None, *, refused: int | None) -> Token | None:
        """The next token; None while another worker fetches it."""
        version = known.version if known else 0
        mine = await self._database.run(
            platforms.take_refresh,
            self._name,
            version,
            clock=self._database.lease_clock,
            seconds=LEASE_SECONDS,
        )
        if not mine:
            return None
        try:
            value, seconds, forced_at = await self._ask(known, was_refused=refused is not None)
        except BaseException:
            await self._database.run(platforms.drop_refresh, self._name, version)
            raise
        expires_at = self._now() + timedelta(seconds=max(seconds, SHORTEST))
        kept = await self._database.run(
            platforms.put_token, self._name, version, value, expires_at=expires_at, forced_at=forced_at
        )
        return Token(value, expires_at, version + 1, forced_at) if kept else None

    async def _ask(self, known: Token | None, *, was_refused: bool) -> tuple[str, int, datetime | None]:
        forced_at = known.forced_at if known else None
        try:
            value, seconds = await self._source.fetch(force=False)
            if known is None or not was_refused or value != known.value:
                return value, seconds, forced_at
            # The platform refuses a token that it still gives: it must be made to give another, which is rationed.
            now = self._now()
            if forced_at is not None and now - forced_at < FORCED_APART:
                raise NotDelivered("WeChat refuses every token that it gives")
            value, seconds = await self._source.fetch(force=True)
        except GuitaiError as error:
            logger.error("no access token was to be had", extra={"account": self._name, "why": type(error).__name__})
            raise NotDelivered("no access token was to be had") from error
        return value, seconds, now

    def _is_good(self, token: Token) -> bool:
        return self._now() < token.expires_at - EARLY


def _read(answer: dict[str, Any]) -> tuple[str, int]:
    value, seconds = answer.get("access_token"), answer.get("expires_in")
    if code_of(answer):
        check(answer)
    if not isinstance(value, str) or not value or not isinstance(seconds, int):
        raise MaybeDelivered("WeChat's answer has no token")
    return value, seconds

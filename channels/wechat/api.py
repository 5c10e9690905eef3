"""WeChat's server side: one request, its token, and what its answer means.

The answer's status is 200 whatever happens; `errcode` says what did.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from bot.deliveries import SEND_SECONDS
from bot.errors import CustomerLeft, DeliveryRefused, GuitaiError, MaybeDelivered, NotDelivered, TryLater

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 3.0
MEDIA_BYTES = 10 * 1024 * 1024
STALE_TOKEN = frozenset({40001, 40014, 42001})
LEFT = frozenset({40003, 43004, 43019})
CLOSED, USED_UP = 45015, 45047
BUSY = -1
SLOW_DOWN = {45009: 600.0, 45011: 60.0}
"""Seconds to wait when the account has called too often: in a day, in a minute."""
OURS = frozenset({40013, 40125, 40164, 40243, 41004, 48001, 48004, 50002, 60020})
"""Faults of the account or its settings; each waits for somebody to mend it."""
TYPING_IN_VAIN = frozenset({45080, 45081, 45072})


class WindowClosed(DeliveryRefused):
    """The customer did nothing for too long; the platform takes no more."""


class QuotaUsed(GuitaiError):
    """The platform takes no more until the customer does something again."""


class Refused(DeliveryRefused):
    """The platform refused, with its own number."""

    def __init__(self, code: int) -> None:
        super().__init__(f"WeChat answered {code}")
        self.code = code


class Keeper(Protocol):
    """Has the access token."""

    async def token(self) -> tuple[str, int]:
        """The token and its version."""

    async def another(self, version: int) -> tuple[str, int]:
        """The one that follows `version`, which the platform has refused."""


class Http:
    """Requests to one platform host. Follows no redirects, and never logs an address: it has the token in it."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._client: httpx.AsyncClient | None = None

    async def post(self, path: str, payload: Mapping[str, Any], **query: str) -> dict[str, Any]:
        """The answer to JSON in raw UTF-8: the platform refuses escapes.

        Raises:
            NotDelivered: nobody was reached.
            MaybeDelivered: the answer was lost.
        """
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"content-type": "application/json; charset=utf-8"}
        return _decoded(await self.request("POST", path, query, content=body, headers=headers))

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        return _decoded(await self.request("GET", path, query))

    async def upload(self, path: str, name: str, data: bytes, media_type: str, **query: str) -> dict[str, Any]:
        return _decoded(await self.request("POST", path, query, files={"media": (name, data, media_type)}))

    async def download(self, path: str, *, most: int, **query: str) -> tuple[bytes, dict[str, Any] | None]:
        """A file of at most `most` bytes; or the platform's refusal.

        Raises:
            Refused: it is bigger.
            NotDelivered: it was not to be had.
        """
        try:
            async with self._connected().stream("GET", self._url + path, params=query) as answer:
                _check_status(answer)
                parts, size = [], 0
                async for part in answer.aiter_bytes():
                    size += len(part)
                    if size > most:
                        raise DeliveryRefused("the file is too big")
                    parts.append(part)
                kind = answer.headers.get("content-type", "")
        except httpx.HTTPError as error:
            raise NotDelivered(type(error).__name__) from error
        data = b"".join(parts)
        is_json = data[:1] == b"{" and ("json" in kind or "text" in kind)
        return data, _object(data) if is_json else None

    async def request(self, method: str, path: str, query: Mapping[str, str], **more: Any) -> bytes:
        try:
            answer = await self._connected().request(method, self._url + path, params=dict(query), **more)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotDelivered(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise MaybeDelivered(type(error).__name__) from error
        _check_status(answer)
        return answer.content

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            timeout = httpx.Timeout(SEND_SECONDS - 2, connect=CONNECT_SECONDS)
            self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False)
        return self._client


class Api:
    """Calls that need the token, each with at most one new token."""

    def __init__(self, http: Http, keeper: Keeper) -> None:
        self.http = http
        self._keeper = keeper

    async def call(self, path: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a call that went well; otherwise what `check` raises."""
        token, version = await self._keeper.token()
        answer = await self.http.post(path, payload, access_token=token)
        if code_of(answer) in STALE_TOKEN:
            token, _ = await self._keeper.another(version)
            answer = await self.http.post(path, payload, access_token=token)
        check(answer)
        return answer

    async def upload(self, path: str, name: str, data: bytes, media_type: str) -> str:
        """The media id of a picture that is kept for three days."""
        token, version = await self._keeper.token()
        answer = await self.http.upload(path, name, data, media_type, access_token=token, type="image")
        if code_of(answer) in STALE_TOKEN:
            token, _ = await self._keeper.another(version)
            answer = await self.http.upload(path, name, data, media_type, access_token=token, type="image")
        check(answer)
        return str(answer.get("media_id", ""))

    async def download(self, path: str, media_id: str, *, most: int = MEDIA_BYTES) -> bytes:
        """A file that a customer sent, from the platform's own host.

        Raises:
            DeliveryRefused: it is gone, or too big.
        """
        token, version = await self._keeper.token()
        data, refusal = await self.http.download(path, most=most, access_token=token, media_id=media_id)
        if refusal is not None and code_of(refusal) in STALE_TOKEN:
            token, _ = await self._keeper.another(version)
            data, refusal = await self.http.download(path, most=most, access_token=token, media_id=media_id)
        if refusal is not None:
            check(refusal)
            raise Refused(0)
        return data

    async def aclose(self) -> None:
        await self.http.aclose()


def code_of(answer: Mapping[str, Any]) -> int:
    code = answer.get("errcode", 0)
    return code if isinstance(code, int) else BUSY


def check(answer: Mapping[str, Any]) -> None:
    """Raise what the platform's number means; nothing for 0.

    Raises:
        NotDelivered: it is busy, our token is refused, or something is wrong with the account.
        TryLater: too many calls.
        QuotaUsed: no more until the customer does something.
        WindowClosed: the customer did nothing for too long.
        CustomerLeft: they cannot be reached any more.
        DeliveryRefused: this will never be taken.
    """
    code = code_of(answer)
    if code == 0:
        return
    if code in LEFT:
        raise CustomerLeft(f"WeChat answered {code}")
    if code == USED_UP:
        raise QuotaUsed(f"WeChat answered {code}")
    if code == CLOSED:
        raise WindowClosed(f"WeChat answered {code}")
    if code in SLOW_DOWN:
        logger.error("WeChat was called too often", extra={"code": code})
        raise TryLater(SLOW_DOWN[code])
    if code == BUSY:
        raise NotDelivered("WeChat is busy")
    if code in STALE_TOKEN or code in OURS:
        logger.error("WeChat refuses the account; see docs/wechat.md for the number", extra={"code": code})
        raise NotDelivered(f"WeChat answered {code}")
    raise Refused(code)


def _check_status(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    said = f"WeChat answered with status {answer.status_code}"
    if answer.is_server_error or answer.status_code == httpx.codes.REQUEST_TIMEOUT:
        raise MaybeDelivered(said)
    raise NotDelivered(said)


def _decoded(body: bytes) -> dict[str, Any]:
    answer = _object(body)
    if answer is None:
        raise MaybeDelivered("WeChat's answer cannot be read")
    return answer


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None

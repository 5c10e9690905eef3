"""Who may do what in the studio, what a request may hold, and how a refusal reads."""

from __future__ import annotations

import json as plain_json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from sanic import HTTPResponse, Request, json
from sanic_ext import openapi

from bot.api.door import Door
from bot.errors import BadMessage, DeskRefused, StoreDown, StudioRefused
from bot.messages import Language
from bot.studio.sheets import MOST_BYTES as FILE_BYTES
from bot.studio.studio import Conflict
from bot.studio.views import Views
from bot.studio.words import StudioWords
from bot.uploads import body_of

READERS = ("editor", "reviewer", "supervisor", "admin")
EDITORS = ("editor", "admin")
REVIEWERS = ("reviewer", "supervisor", "admin")
MOST_BYTES = 1_000_000
"""Of what a window sends, files apart."""
THROWN_AWAY = 200_000_000
"""Of what is too long; who sends more sees the connection end."""
STATUS = {
    "not_found": 404,
    "conflict": 409,
    "key_taken": 409,
    "not_a_draft": 409,
    "not_in_review": 409,
    "not_approved": 409,
    "changed_in_file": 409,
    "text_stays": 409,
    "group_gone": 409,
    "own_change": 403,
    "has_faults": 422,
    "cannot_be_written": 422,
    "file_too_big": 413,
    "slow_down": 429,
    "data_read_only": 503,
}

Handler = Callable[..., Awaitable[HTTPResponse]]


class Guard:
    """Lets those in who may, and turns refusals into answers."""

    def __init__(self, door: Door, views: Views, words: StudioWords) -> None:
        self._door = door
        self._views = views
        self._words = words

    def reading(self, handler: Handler) -> Handler:
        return self._guarded(handler, READERS)

    def editing(self, handler: Handler) -> Handler:
        return self._guarded(handler, EDITORS)

    def reviewing(self, handler: Handler) -> Handler:
        return self._guarded(handler, REVIEWERS)

    def _guarded(self, handler: Handler, roles: tuple[str, ...]) -> Handler:
        @wraps(handler)
        async def guarded(request: Request, *args: Any, **kwargs: Any) -> HTTPResponse:
            try:
                account = await self._door.who(request, *roles)
                return await handler(request, account, *args, **kwargs)
            except DeskRefused as refused:
                return self._door.refusal(request, refused.code)
            except StudioRefused as refused:
                return self.refusal(request, refused)
            except Conflict as conflict:
                sides = await self._views.conflict(conflict, language_of(request))
                return self.refusal(request, StudioRefused("conflict"), **sides)
            except BadMessage as error:
                if error.status == 413:
                    return self.refusal(request, StudioRefused("file_too_big", most=FILE_BYTES // 1_000_000))
                return self.refusal(request, StudioRefused("bad_request", why=str(error)))
            except StoreDown:
                return self._door.refusal(request, "try_later")

        return guarded

    def refusal(self, request: Request, refused: StudioRefused, **more: Any) -> HTTPResponse:
        """Why not, in the reader's language, and in both for a page that switches."""
        words = self._words.refusal(refused)
        body = {"error": words[language_of(request)], "code": refused.code, "words": dict(words), **more}
        if "field" in refused.values:
            body["field"] = refused.values["field"]
        return json(body, status=STATUS.get(refused.code, 400), headers={"cache-control": "no-store"})


def described(summary: str) -> Callable[[Handler], Handler]:
    """What the API's documentation says of a route."""
    marked: Callable[[Handler], Handler] = openapi.definition(summary=summary, tag="studio")
    return marked


def language_of(request: Request) -> Language:
    """The language of the page that asks."""
    return "zh" if request.headers.get("accept-language", "").strip().lower().startswith("zh") else "en"


async def sent(request: Request) -> dict[str, Any]:
    """The JSON object of a streamed request; an empty body is an empty object.

    Raises:
        StudioRefused: it is something else.
        BadMessage: it is too long.
    """
    data = await taken(request, most=MOST_BYTES)
    if not data.strip():
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        found = plain_json.loads(data) if kind == "application/json" else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise StudioRefused("bad_request", why="JSON")
    return found


async def taken(request: Request, *, most: int) -> bytes:
    """The body of a streamed request. What is longer is read to its end and thrown away, so that the refusal arrives.

    Raises:
        BadMessage: it is longer than `most` bytes.
    """
    try:
        return await body_of(request, most=most)
    except BadMessage:
        left = THROWN_AWAY
        async for part in request.stream:  # type: ignore[union-attr]  # there is one: stream=True
            left -= len(part)
            if left < 0:
                break
        raise


def fresh(body: Any, *, status: int = 200) -> HTTPResponse:
    return json(body, status=status, headers={"cache-control": "no-store", "x-content-type-options": "nosniff"})


def page_of(request: Request) -> int:
    """The page that is asked for, from 1."""
    given = str(request.args.get("page", "1"))
    return int(given) if given.isdecimal() and 0 < int(given[:9]) < 100_000 else 1

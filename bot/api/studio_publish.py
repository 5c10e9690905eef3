"""The studio's `publish`, `publications` and `try`: what editors approved becomes what customers are told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from json import dumps
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json
from sanic_ext import openapi

from bot.api.door import Door
from bot.api.people import body_of
from bot.errors import ContentError, DeskRefused, ModelError, StudioRefused
from bot.publishing.build import Publishing
from bot.store.publications import Publication
from bot.studio.approved import Approved, drafted
from bot.studio.studio import Studio

EDITORS = ("editor", "reviewer", "supervisor", "admin")
REVIEWERS = ("reviewer", "supervisor", "admin")
MOST_CHARACTERS = 500
"""Of a question that is tried."""
READY_SECONDS = 25.0
"""How long a trial waits for what the first one needs."""
TAG = "studio"

Handler = Callable[..., Awaitable[HTTPResponse | None]]


def blueprint(*, door: Door, studio: Studio, publishing: Publishing) -> Blueprint:
    """The routes. From now on what was approved in the studio is what is published."""
    publisher, trial = publishing.publisher, publishing.trial
    publisher.publishes(Approved(studio))
    warming: list[asyncio.Task[None]] = []
    routes = Blueprint("studio-publish", url_prefix="/api/studio")

    def warm() -> asyncio.Task[None]:
        """What teaching needs is being remembered, or is at hand."""
        if not warming or warming[0].done():
            warming[:] = [asyncio.create_task(publisher.warm(), name="warm the teacher")]
        return warming[0]

    def refusal(request: Request, code: str, **values: object) -> HTTPResponse:
        words = studio.words.refusal(StudioRefused(code, **values))
        chinese = request.headers.get("accept-language", "").strip().lower().startswith("zh")
        status = 404 if code == "not_found" else 400
        return json({"error": words["zh" if chinese else "en"], "code": code}, status=status)

    def guarded(handler: Handler) -> Handler:
        async def answer(request: Request, **parts: Any) -> HTTPResponse | None:
            try:
                return await handler(request, **parts)
            except DeskRefused as refused:
                return door.refusal(request, refused.code)
            except StudioRefused as refused:
                return refusal(request, refused.code, **refused.values)
            except (ContentError, ModelError) as error:
                return refusal(request, "bad_request", why=str(error))

        answer.__name__ = handler.__name__
        return answer

    @routes.post("/publish")
    @openapi.definition(summary="Publish approved entries", tag=TAG)  # type: ignore[untyped-decorator]
    @guarded
    async def publish(request: Request) -> HTTPResponse:
        account = await door.who(request, *REVIEWERS)
        keys = body_of(request).get("keys")
        if keys is not None and not (isinstance(keys, list) and all(isinstance(key, str) for key in keys)):
            raise StudioRefused("bad_request", why="keys: a list of names, or null")
        return json({"publication": await publisher.start(keys, account.name)}, status=202)

    @routes.get("/publications")
    @openapi.definition(summary="The latest publications", tag=TAG)  # type: ignore[untyped-decorator]
    @guarded
    async def publications(request: Request) -> HTTPResponse:
        await door.who(request, *EDITORS)
        warm()
        return json({"publications": [shown(one) for one in await publisher.listed()]})

    @routes.get("/publications/<number:str>")
    @openapi.definition(summary="How far a publication is", tag=TAG)  # type: ignore[untyped-decorator]
    @guarded
    async def publication(request: Request, number: str) -> HTTPResponse:
        await door.who(request, *EDITORS)
        found = await publisher.find(number)
        if found is None:
            raise StudioRefused("not_found")
        return json(shown(found), headers={"cache-control": "no-store"})

    @routes.get("/publications/<number:str>/events")
    @openapi.definition(summary="The same, as it happens (text/event-stream)", tag=TAG)  # type: ignore[untyped-decorator]
    @guarded
    async def events(request: Request, number: str) -> HTTPResponse | None:
        await door.who(request, *EDITORS)
        if await publisher.find(number) is None:
            raise StudioRefused("not_found")
        response = await request.respond(
            content_type="text/event-stream; charset=utf-8",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
        async for found in publisher.events(number):
            await response.send(f"data: {dumps(shown(found), ensure_ascii=False)}\n\n")
        return None

    @routes.post("/publications/<number:str>/rollback")
    @openapi.definition(summary="Go back to what a publication said", tag=TAG)  # type: ignore[untyped-decorator]
    @guarded
    async def rollback(request: Request, number: str) -> HTTPResponse:
        account = await door.who(request, *REVIEWERS)
        begun = await publisher.rollback(number, account.name)
        if begun is None:
            raise StudioRefused("not_found")
        return json({"publication": begun}, status=202)

    @routes.post("/try")
    @openapi.definition(summary="What would be said, published and drafted, and why", tag=TAG)  # type: ignore[untyped-decorator]
    @guarded
    async def try_(request: Request) -> HTTPResponse:
        await door.who(request, *EDITORS)
        body = body_of(request)
        text = body.get("text")
        if not isinstance(text, str) or not 0 < len(text.strip()) <= MOST_CHARACTERS:
            raise StudioRefused("bad_request", why=f"text: 1 to {MOST_CHARACTERS} characters")
        files = await drafted(studio, body.get("entry")) if body.get("entry") or body.get("draft") else {}
        ready, _ = await asyncio.wait({warm()}, timeout=READY_SECONDS)
        if not ready:
            raise DeskRefused("try_later")
        guess = await trial.guess(text, files)
        return json({"published": guess["published"], "draft": guess["draft"] or guess["published"]})

    return routes


def shown(one: Publication) -> dict[str, Any]:
    """A publication as screens have it."""
    return {
        "id": one.id,
        "state": one.state,
        "stage": one.stage,
        "done": one.done,
        "stages": one.stages,
        "reasons": one.reasons,
        "changes": one.changes,
        "who": one.who,
        "when": one.asked_at.isoformat(),
        "keys": one.keys,
        "revision": one.revision,
        "back_to": one.back_to,
    }

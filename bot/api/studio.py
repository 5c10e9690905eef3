"""The content studio's page, and entries under work: `/studio`, `/api/studio/entries…`, `check`, `preview`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote

from sanic import Blueprint, HTTPResponse, Request, text
from sanic_ext import openapi

from bot.api.studio_door import Guard, described, fresh, language_of, page_of, sent
from bot.store.accounts import Account
from bot.studio.room import Room
from bot.studio.studio import State
from bot.studio.views import Filters

_NOT_BUILT = "the studio is not built; run `make run`, or `npm run build` in web/\n"
PAGE_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def blueprint(*, guard: Guard, room: Room, dist: Path) -> Blueprint:
    """The routes; `dist` holds the built page."""
    routes = Blueprint("studio")
    studio, views = room.studio, room.views

    async def shown(request: Request, state: State | None) -> HTTPResponse:
        return fresh({} if state is None else await views.entry(state, language_of(request)))

    @routes.get("/studio")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def page(_: Request) -> HTTPResponse:
        try:
            body = await asyncio.to_thread((dist / "studio.html").read_bytes)
        except FileNotFoundError:
            return text(_NOT_BUILT, status=404)
        return HTTPResponse(body, headers=PAGE_HEADERS, content_type="text/html; charset=utf-8")

    @routes.get("/api/studio/entries")
    @described("Questions and texts, filtered")
    @guard.reading
    async def entries(request: Request, _: Account) -> HTTPResponse:
        names = ("q", "topic", "status", "tag", "language", "owner", "kind")
        wanted = {name: str(request.args.get(name, ""))[:200] for name in names}
        return fresh(await views.rows(Filters(**wanted, page=page_of(request)), language_of(request)))

    @routes.post("/api/studio/entries", stream=True)
    @described("A new question, as a draft")
    @guard.editing
    async def create(request: Request, account: Account) -> HTTPResponse:
        body = await sent(request)
        state = await studio.create(body.get("entry", body), account)
        return fresh(await views.entry(state, language_of(request)), status=201)

    @routes.get("/api/studio/entries/<key:str>")
    @described("An entry with what is found in it, and who else has it open")
    @guard.reading
    async def opened(request: Request, account: Account, key: str) -> HTTPResponse:
        return fresh(await views.opened(unquote(key), account, language_of(request)))

    @routes.get("/api/studio/entries/<key:str>/here")
    @described("A sign of life of whoever has an entry open")
    @guard.reading
    async def here(request: Request, account: Account, key: str) -> HTTPResponse:
        return fresh(await views.here(unquote(key), account, language_of(request)))

    @routes.put("/api/studio/entries/<key:str>", stream=True)
    @described("Keep a draft over the revision it began from")
    @guard.editing
    async def save(request: Request, account: Account, key: str) -> HTTPResponse:
        body = await sent(request)
        return await shown(request, await studio.save(unquote(key), body.get("revision"), body.get("entry"), account))

    @routes.delete("/api/studio/entries/<key:str>", stream=True)
    @described("Take an entry away, once that is published")
    @guard.editing
    async def delete(request: Request, account: Account, key: str) -> HTTPResponse:
        body = await sent(request)
        revision = body.get("revision", request.args.get("revision"))
        return await shown(request, await studio.delete(unquote(key), revision, account))

    @routes.post("/api/studio/entries/<key:str>/discard", stream=True)
    @described("Forget a draft")
    @guard.editing
    async def discard(request: Request, account: Account, key: str) -> HTTPResponse:
        await sent(request)
        return await shown(request, await studio.discard(unquote(key), account))

    @routes.post("/api/studio/entries/<key:str>/review", stream=True)
    @described("Hand a draft in for review")
    @guard.editing
    async def review(request: Request, account: Account, key: str) -> HTTPResponse:
        await sent(request)
        return await shown(request, await studio.ask_review(unquote(key), account))

    @routes.post("/api/studio/entries/<key:str>/approve", stream=True)
    @described("Approve what was handed in")
    @guard.reviewing
    async def approve(request: Request, account: Account, key: str) -> HTTPResponse:
        body = await sent(request)
        return await shown(request, await studio.approve(unquote(key), body.get("revision"), account))

    @routes.post("/api/studio/entries/<key:str>/send_back", stream=True)
    @described("Send a draft back to its editor")
    @guard.reviewing
    async def send_back(request: Request, account: Account, key: str) -> HTTPResponse:
        body = await sent(request)
        return await shown(request, await studio.send_back(unquote(key), body.get("why"), account))

    @routes.get("/api/studio/entries/<key:str>/history")
    @described("What an entry was, and who changed it when")
    @guard.reading
    async def history(request: Request, _: Account, key: str) -> HTTPResponse:
        return fresh(await views.history(unquote(key), language_of(request)))

    @routes.post("/api/studio/entries/<key:str>/restore", stream=True)
    @described("An old version becomes the draft")
    @guard.editing
    async def restore(request: Request, account: Account, key: str) -> HTTPResponse:
        body = await sent(request)
        return await shown(request, await studio.restore(unquote(key), body.get("version"), account))

    @routes.post("/api/studio/check", stream=True)
    @described("What is wrong with an entry while it is typed")
    @guard.reading
    async def check(request: Request, _: Account) -> HTTPResponse:
        body = await sent(request)
        faults = await studio.check(body.get("entry"))
        return fresh({"faults": [fault.as_json() for fault in faults]})

    @routes.post("/api/studio/preview", stream=True)
    @described("An answer as customers of each channel see it")
    @guard.reading
    async def preview(request: Request, _: Account) -> HTTPResponse:
        body = await sent(request)
        answer = studio.shape.answer("answer", body.get("answer"))
        return fresh(room.preview.shown(answer, str(body.get("language"))))

    return routes

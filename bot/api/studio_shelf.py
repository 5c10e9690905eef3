"""The content studio's other routes: files in and out, the inbox, what is learnt, and who did what."""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from bot.api.studio_door import Guard, described, fresh, language_of, page_of, sent, taken
from bot.errors import StudioRefused
from bot.live import Live
from bot.store.accounts import Account
from bot.studio.room import Room
from bot.studio.sheets import MOST_BYTES
from bot.uploads import AROUND_BYTES, file_in

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
IMPORTS, IMPORT_SECONDS = 20, 60
"""Files taken from one editor within so many seconds."""


def blueprint(*, guard: Guard, room: Room, live: Live) -> Blueprint:
    """The routes."""
    routes = Blueprint("studio_shelf", url_prefix="/api/studio")
    learn, views = room.learn, room.views

    @routes.get("/palette")
    @described("What an answer may use")
    @guard.reading
    async def palette(request: Request, _: Account) -> HTTPResponse:
        return fresh(await views.palette(str(request.args.get("key", ""))))

    @routes.get("/export")
    @described("Questions as a table")
    @guard.reading
    async def export(request: Request, account: Account) -> HTTPResponse:
        form = str(request.args.get("format", "csv"))
        if form not in TYPES:
            raise StudioRefused("not_found")
        data = await room.exchange.exported(form, str(request.args.get("topic", "")), account)
        headers = {
            "content-disposition": f'attachment; filename="faq.{form}"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        return HTTPResponse(data, headers=headers, content_type=TYPES[form])

    @routes.post("/import", stream=True)
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    @guard.editing
    async def import_(request: Request, account: Account) -> HTTPResponse:
        if not await live.allow(f"studio-import:{account.id}", limit=IMPORTS, window_seconds=IMPORT_SECONDS):
            raise StudioRefused("slow_down")
        body = await taken(request, most=MOST_BYTES + AROUND_BYTES)
        name, data = await asyncio.to_thread(file_in, request.headers.get("content-type", ""), body)
        dry_run = request.args.get("dry_run", "0") not in ("0", "false", "")
        report = await room.exchange.imported(name, data, account, dry_run=dry_run)
        return fresh(report.as_json())

    @routes.get("/inbox")
    @described("What customers asked and nobody answered well")
    @guard.reading
    async def inbox(request: Request, _: Account) -> HTTPResponse:
        return fresh(await learn.inbox(str(request.args.get("kind", "unknown")), page_of(request)))

    @routes.post("/inbox/<number:str>/assign", stream=True)
    @described("These wordings belong to an entry")
    @guard.editing
    async def assign(request: Request, account: Account, number: str) -> HTTPResponse:
        body = await sent(request)
        return await _entry(request, await learn.assign(number, body.get("key"), account))

    @routes.post("/inbox/<number:str>/new", stream=True)
    @described("These wordings are a new question")
    @guard.editing
    async def new(request: Request, account: Account, number: str) -> HTTPResponse:
        body = await sent(request)
        return await _entry(request, await learn.new(number, body.get("topic"), account))

    @routes.post("/inbox/<number:str>/dismiss", stream=True)
    @described("Nothing is to be done about these")
    @guard.editing
    async def dismiss(request: Request, account: Account, number: str) -> HTTPResponse:
        await sent(request)
        await learn.dismiss(number, account)
        return fresh({})

    async def _entry(request: Request, state: Any) -> HTTPResponse:
        return fresh(await views.entry(state, language_of(request)))

    @routes.get("/insights")
    @described("Most asked, least helpful, and how much is understood")
    @guard.reading
    async def insights(request: Request, _: Account) -> HTTPResponse:
        days = str(request.args.get("days", "30"))
        return fresh(await learn.insights(int(days) if days.isdecimal() and len(days) < 4 else 30))

    @routes.get("/audit")
    @described("Who did what when")
    @guard.reading
    async def audit(request: Request, _: Account) -> HTTPResponse:
        return fresh(await views.audit(page_of(request), language_of(request)))

    return routes

"""The agent desk's page and what it fetches: `/desk`, `/api/desk/…`. What is live goes over `/ws/desk`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json, text
from sanic_ext import openapi

from bot.api.door import Door
from bot.api.people import body_of
from bot.desk.board import item_shown
from bot.desk.shelf import Shelf
from bot.desk.views import Views
from bot.desk.ways import Ways
from bot.desk.work import Desk, sender_of
from bot.errors import BadMessage, DeskRefused, StoreDown
from bot.files import Files
from bot.store import desk as store
from bot.store import lines, presence, talks
from bot.store.accounts import Account
from bot.store.talks import StoredFile
from bot.uploads import AROUND_BYTES, file_in
from bot.uploads import body_of as upload_of

STAFF = ("agent", "supervisor", "admin")
UPLOADS, UPLOAD_SECONDS = 30, 60
"""Files taken from one colleague within so many seconds."""
_NOT_BUILT = "the desk is not built; run `make run`, or `npm run build` in web/\n"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")

Handler = Callable[..., Awaitable[HTTPResponse]]


def blueprint(
    *,
    door: Door,
    desk: Desk,
    views: Views,
    shelf: Shelf,
    ways: Ways,
    files: Files,
    link: Callable[[str], str],
    dist: Path,
) -> Blueprint:
    """The routes; `dist` holds the built page."""
    routes = Blueprint("desk")

    def staff(handler: Handler) -> Handler:
        """Only for those who work at the desk; refusals become answers."""

        @wraps(handler)
        async def guarded(request: Request, *args: Any, **kwargs: Any) -> HTTPResponse:
            try:
                account = await door.who(request, *STAFF)
                return await handler(request, account, *args, **kwargs)
            except DeskRefused as refused:
                return door.refusal(request, refused.code)
            except StoreDown:
                return door.refusal(request, "try_later")

        return guarded

    @routes.get("/desk")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def page(request: Request) -> HTTPResponse:
        try:
            body = await asyncio.to_thread((dist / "desk.html").read_bytes)
        except FileNotFoundError:
            return text(_NOT_BUILT, status=404)
        return HTTPResponse(body, headers=_page_headers(request.host), content_type="text/html; charset=utf-8")

    @routes.get("/api/desk/conversations/<number:str>")
    @openapi.definition(summary="A talk with all that is known", tag="desk")  # type: ignore[untyped-decorator]
    @staff
    async def conversation(_: Request, account: Account, number: str) -> HTTPResponse:
        return _fresh(await views.opened(number, account))

    @routes.get("/api/desk/conversations/<number:str>/lines")
    @openapi.definition(summary="Older lines of a talk", tag="desk")  # type: ignore[untyped-decorator]
    @staff
    async def older(request: Request, _: Account, number: str) -> HTTPResponse:
        try:
            before = float(request.args.get("before", ""))
        except ValueError as error:
            raise DeskRefused("bad_frame") from error
        if not 1 <= before < 2**31:
            raise DeskRefused("bad_frame")
        return _fresh(await views.older(number, before))

    @routes.post("/api/desk/conversations/<number:str>/links/<way:int>/end")
    @openapi.definition(summary="Unlink one of the customer's chats", tag="desk")  # type: ignore[untyped-decorator]
    @staff
    async def end_link(request: Request, account: Account, number: str, way: int) -> HTTPResponse:
        body = body_of(request)
        why = body.get("why")
        await ways.end(account, number, way, undo=body.get("undo") is True, why=why if isinstance(why, str) else "")
        return _fresh(await views.opened(number, account))

    @routes.get("/api/desk/conversations/<number:str>/packet.json")
    @openapi.definition(summary="What was handed over, to keep", tag="desk")  # type: ignore[untyped-decorator]
    @staff
    async def packet(_: Request, __: Account, number: str) -> HTTPResponse:
        found = await desk.database.read(store.packet_of, number)
        if found is None:
            raise DeskRefused("not_found")
        response = _fresh(found)
        response.headers["content-disposition"] = 'attachment; filename="packet.json"'
        return response

    @routes.get("/api/desk/conversations/<number:str>/suggestions")
    @openapi.definition(summary="What may fit the last words", tag="desk")  # type: ignore[untyped-decorator]
    @staff
    async def suggestions(_: Request, __: Account, number: str) -> HTTPResponse:
        return _fresh(await views.suggestions(number))

    @routes.get("/api/desk/search")
    @openapi.definition(summary="Talks by name, phone, order or words", tag="desk")  # type: ignore[untyped-decorator]
    @staff
    async def search(request: Request, _: Account) -> HTTPResponse:
        words = request.args.get("q", "").strip()[:200]
        before = _moment(request.args.get("before"))
        if not words:
            return _fresh({"found": [], "more": False})
        found = await desk.database.read(store.search, words, before=before, most=31)
        shown = [await _found(desk, each) for each in found[:30]]
        return _fresh({"found": shown, "more": len(found) > 30})

    @routes.get("/api/desk/canned")
    @openapi.definition(summary="Canned replies and macros", tag="desk")  # type: ignore[untyped-decorator]
    @staff
    async def canned(_: Request, account: Account) -> HTTPResponse:
        return _fresh(await shelf.shown(account))

    @routes.put("/api/desk/canned")
    @openapi.definition(summary="One's own canned replies", tag="desk")  # type: ignore[untyped-decorator]
    @staff
    async def keep_canned(request: Request, account: Account) -> HTTPResponse:
        await shelf.keep(account, body_of(request).get("canned"))
        return _fresh(await shelf.shown(account))

    @routes.get("/api/desk/wait")
    @openapi.definition(summary="How long the line is", tag="desk")  # type: ignore[untyped-decorator]
    @staff
    async def wait(_: Request, __: Account) -> HTTPResponse:
        await desk.upkeep.measure()
        figures = await desk.database.read(presence.figures, now=desk.now())
        online = desk.upkeep.line.pace.online
        next_place = desk.upkeep.figures((figures["waiting"] or 0) + 1, desk.upkeep.usual_aim)
        return _fresh({**figures, "minutes": next_place["minutes"] if online else None, "online": online})

    @routes.post("/api/desk/files", stream=True)
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    @staff
    async def upload(request: Request, account: Account) -> HTTPResponse:
        if not await desk.live.allow(f"desk-files:{account.id}", limit=UPLOADS, window_seconds=UPLOAD_SECONDS):
            raise DeskRefused("slow_down")
        try:
            body = await upload_of(request, most=files.max_bytes + AROUND_BYTES)
            name, data = await asyncio.to_thread(file_in, request.headers.get("content-type", ""), body)
            kept = await asyncio.to_thread(files.keep, data, name)
        except BadMessage as error:
            raise DeskRefused("file_too_big" if error.status == 413 else "file_refused") from error
        stored = StoredFile(
            kept.id, sender_of(account.id), kept.name, kept.type, kept.bytes, width=kept.width, height=kept.height
        )
        await desk.database.run(talks.add_file, stored, now=desk.now())
        return json({**stored.as_json(), "url": f"/web/files/{kept.id}?k={link(kept.id)}"}, status=201)

    return routes


async def _found(desk: Desk, found: dict[str, Any]) -> dict[str, Any]:
    """A talk that was found, with its newest words and its item."""
    item = await desk.database.read(store.newest_item, found["conversation"])
    last = await desk.database.read(lines.before, found["conversation"], 2**31 - 1, limit=1)
    people = {each.id: each for each in await desk.database.read(presence.colleagues, now=desk.now())}
    return {
        "conversation": found["conversation"],
        "customer": found["customer"],
        "channel": found["channel"] or "",
        "at": found["at"],
        "text": found["summary"] or (str(last[0].data.get("text") or "") if last else ""),
        "owner": found["owner"],
        "item": None if item is None else item_shown(item, place=None, people=people),
    }


def _moment(given: str | None) -> datetime | None:
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given.replace("Z", "+00:00"))
    except ValueError as error:
        raise DeskRefused("bad_frame") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _fresh(body: Any) -> HTTPResponse:
    return json(body, headers={"cache-control": "no-store", "x-content-type-options": "nosniff"})


def _page_headers(host: str) -> dict[str, str]:
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; "
        f"connect-src 'self'{sockets}; media-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
    }

"""Files both ways, and the talk as a text to keep."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sanic import Blueprint, HTTPResponse, Request, json
from sanic.response import file as file_response
from sanic_ext import openapi

from bot import uploads
from bot.errors import BadMessage, TokenRefused
from bot.store.lines import Line
from bot.store.talks import StoredFile
from bot.talks import Guest, Talks
from channels.base import check_is_json, decoded
from channels.web.session import Desk
from channels.web.texts import Texts

UPLOADS, UPLOAD_SECONDS = 20, 600
"""Files taken from one visitor within so many seconds."""
AT_ONCE = 4
"""Uploads that are held in memory."""
_HARMLESS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "cache-control": "private, max-age=3600, immutable",
}


def routes(desk: Desk, zone: ZoneInfo) -> Blueprint:
    """Uploads, downloads and transcripts; times are told in the shop's `zone`."""
    made = Blueprint("web-downloads")
    holding = asyncio.Semaphore(AT_ONCE)
    talks, texts = desk.talks, desk.texts

    @made.post("/web/files", stream=True)
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def upload(request: Request) -> HTTPResponse:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer" or not token:
                raise TokenRefused("no token")
            guest, _ = await talks.admit(token.strip(), None)
        except TokenRefused:
            return _refusal(texts, "not_yours", status=401)
        pace = f"web-files:{guest.visitor.id}"
        if not await desk.live.allow(pace, limit=UPLOADS, window_seconds=UPLOAD_SECONDS):
            return _refusal(texts, "slow_down", status=429)
        try:
            async with holding:
                body = await uploads.body_of(request, most=desk.files.max_bytes + uploads.AROUND_BYTES)
                name, data = await asyncio.to_thread(uploads.file_in, request.headers.get("content-type", ""), body)
                kept = await asyncio.to_thread(desk.files.keep, data, name)
        except BadMessage as error:
            return _refusal(texts, "file_too_big" if error.status == 413 else "file_refused", status=error.status)
        stored = StoredFile(
            kept.id, guest.visitor.id, kept.name, kept.type, kept.bytes, width=kept.width, height=kept.height
        )
        await talks.add_file(stored)
        return json(stored.as_json(), status=201)

    @made.get("/web/files/<number:str>")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def download(request: Request, number: str) -> HTTPResponse:
        if not talks.visitors.opens(number, request.args.get("k", "")):
            return _refusal(texts, "not_yours", status=404)
        found = await talks.files([number])
        if not found or not (path := desk.files.path(number)).is_file():
            return _refusal(texts, "not_yours", status=404)
        return await file_response(path, headers=_headers(found[0]), mime_type=_type_of(found[0]))

    @made.post("/web/transcript")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def transcript(request: Request) -> HTTPResponse:
        check_is_json(request.headers)
        body = decoded(request.body)
        language = "en" if body.get("lang") == "en" else "zh"
        guest, conversation = await _guest_of(body, talks)
        if guest is None:
            return _refusal(texts, "not_yours", status=401)
        said = await talks.said(conversation) if conversation else []
        text = _transcript(said, texts, language, zone)
        headers = {"content-disposition": 'attachment; filename="transcript.txt"', "cache-control": "no-store"}
        headers["x-content-type-options"] = "nosniff"
        return HTTPResponse(text, headers=headers, content_type="text/plain; charset=utf-8")

    return made


def _headers(stored: StoredFile) -> dict[str, str]:
    how = "inline" if stored.type.startswith("image/") else "attachment"
    return {**_HARMLESS, "content-disposition": f"{how}; filename*=UTF-8''{quote(stored.name, safe='')}"}


def _type_of(stored: StoredFile) -> str:
    return "text/plain; charset=utf-8" if stored.type == "text/plain" else stored.type


async def _guest_of(body: dict[str, Any], talks: Talks) -> tuple[Guest | None, str | None]:
    visitor, customer = body.get("visitor"), body.get("customer")
    if not isinstance(visitor, str) or not isinstance(customer, str | None):
        return None, None
    try:
        return await talks.admit(visitor, customer)
    except TokenRefused:
        return None, None


def _transcript(said: Sequence[Line], texts: Texts, language: str, zone: ZoneInfo) -> str:
    """The talk as a text, each line with its time and who said it."""
    shop = texts.shop[language]
    head = [f"{shop} · {texts.word('title', language)}"]
    head.append(texts.word("times", language).replace("{zone}", str(zone)))
    body = [_spoken(line, texts, language, zone) for line in said] or [texts.word("empty", language)]
    return "\ufeff" + "\r\n".join([*head, "", *body, ""])


def _spoken(line: Line, texts: Texts, language: str, zone: ZoneInfo) -> str:
    who = texts.word(line.who, language)
    if line.agent_name:
        who = f"{who} {line.agent_name}"
    words = [str(line.data["text"])] if line.data.get("text") else []
    if line.data.get("image"):
        words.append(f"[{texts.word('image', language)}: {line.data['image']}]")
    words += [f"[{texts.word('file', language)}: {file['name']}]" for file in line.data.get("files") or ()]
    words += [f"[{button['title']}]" for button in line.data.get("buttons") or ()]
    spoken = " ".join(words).replace("\r\n", "\n").replace("\n", "\r\n    ")
    return f"{line.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {who}: {spoken}"


def _refusal(texts: Texts, code: str, *, status: int) -> HTTPResponse:
    return json({"error": code, "message": texts.error(code)}, status=status)

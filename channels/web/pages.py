"""The widget's own files, as built into web/dist: the loader, the page in the frame, the demo shop."""

from __future__ import annotations

import asyncio
import mimetypes
import re
from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request, text
from sanic_ext import openapi

from channels.web.origins import Origins

_FOR_EVER = "public, max-age=31536000, immutable"
_SOON = "public, max-age=300"
_HASHED = re.compile(r"-[0-9A-Z]{8}\.")
"""A name that changes with what is in the file."""
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_STRICT = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
_NOT_BUILT = "the widget is not built; run `make run`, or `npm run build` in web/\n"


def routes(dist: Path, origins: Origins, *, demo: bool) -> Blueprint:
    """The files in `dist`; the demo shop's page only in the demo."""
    made = Blueprint("web-pages")

    @made.get("/widget.js")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def loader(_: Request) -> HTTPResponse:
        headers = {"cache-control": _SOON, "access-control-allow-origin": "*", "x-content-type-options": "nosniff"}
        headers["cross-origin-resource-policy"] = "cross-origin"
        return await _served(dist / "widget.js", headers)

    @made.get("/web/widget")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def widget(request: Request) -> HTTPResponse:
        headers = {**_STRICT, "cache-control": "no-cache", "content-security-policy": origins.policy(request.host)}
        return await _served(dist / "widget.html", headers)

    @made.get("/web/static/<name:path>")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def static(_: Request, name: str) -> HTTPResponse:
        folder = (dist / "static").resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            return text("not found\n", status=404)
        return await _served(path, {**_STRICT, "cache-control": _FOR_EVER if _HASHED.search(name) else _SOON})

    if not demo:
        return made

    @made.get("/demo")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def shop(_: Request) -> HTTPResponse:
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            "font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return await _served(
            dist / "demo.html", {**_STRICT, "cache-control": "no-cache", "content-security-policy": policy}
        )

    return made


async def _served(path: Path, headers: dict[str, str]) -> HTTPResponse:
    try:
        body = await asyncio.to_thread(path.read_bytes)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return text(_NOT_BUILT if path.name in ("widget.js", "widget.html", "demo.html") else "not found\n", status=404)
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".html":
        kind = "text/html; charset=utf-8"
    return HTTPResponse(body, headers=headers, content_type=kind)

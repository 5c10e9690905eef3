"""The two ways to talk: a WebSocket, and for those whose network blocks it a stream of events with posts beside it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, Websocket, json
from sanic.exceptions import WebsocketClosed
from sanic_ext import openapi

from bot.errors import BadMessage, StoreDown, TryLater
from bot.sockets import stop_listening
from channels.base import check_is_json, decoded
from channels.web import frames
from channels.web.frames import BadFrame, Hello, Identify
from channels.web.hub import Hub
from channels.web.outgoing import TOO_SLOW, Outgoing
from channels.web.session import FRAME_SECONDS, FRAMES, POLICY, REFUSED, RESTART, Desk, Session

logger = logging.getLogger(__name__)

HELLO_SECONDS = 5.0
"""How soon the first frame comes."""
BEAT_SECONDS = 20.0
"""How often a stream shows that it lives, to proxies that cut what is silent."""
FRAMES_AT_ONCE = 20
"""In one post."""


def routes(desk: Desk, hub: Hub) -> Blueprint:
    """The ways to talk."""
    made = Blueprint("web-sockets")

    @made.websocket("/ws/web")  # type: ignore[untyped-decorator]  # sanic has no type for it
    async def socket(request: Request, ws: Websocket) -> None:
        out = Outgoing(cut=lambda code: _drop(ws, code))
        session = Session(desk, out, remote_address=request.client_ip or None)
        writer = asyncio.create_task(_write(ws, out), name="web write")
        try:
            await _converse(ws, session, hub)
            await writer
        finally:
            hub.leave(session)
            stop_listening(ws)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    @made.post("/web/stream")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def stream(request: Request) -> HTTPResponse | None:
        hello = _hello_in(request)
        if hub.is_full:
            raise TryLater(1)
        task = asyncio.current_task()
        out = Outgoing(cut=lambda _: _cancel(task))
        session = Session(desk, out, remote_address=request.client_ip or None)
        await session.open(hello)
        if out.code is not None:
            return _refused(out)
        response = await request.respond(
            content_type="text/event-stream; charset=utf-8",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
        hub.join(session)
        try:
            while (event := await _event(out)) is not None:
                await response.send(event)
        finally:
            hub.leave(session)
        return None

    @made.post("/web/send")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def send(request: Request) -> HTTPResponse:
        check_is_json(request.headers)
        body = decoded(request.body)
        said = _frames_in(body)
        out = Outgoing()
        session = Session(desk, out, remote_address=request.client_ip or None)
        visitor, customer = (_token_in(body, name) for name in ("visitor", "customer"))
        session.language = frames.language(body)
        await session.open_quietly(visitor, customer)
        if session.guest is None:
            return _refused(out)
        if not await _in_pace(desk, session):
            raise BadMessage("too many frames; slow down", status=429)
        for frame in said:
            if out.code is not None:
                break
            if isinstance(frame, Identify):  # whoever is somebody else now begins a stream of their own
                return json({"error": "say hello again, with the customer's token"}, status=409)
            await session.handle(frame)
        if session.read and session.conversation:
            await desk.talks.mark_read({session.conversation: session.read})
        return json({"frames": out.drain()})

    @made.post("/web/hello")
    @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
    async def hello(request: Request) -> HTTPResponse:
        out = Outgoing()
        session = Session(desk, out, remote_address=request.client_ip or None)
        await session.open(_hello_in(request))
        return json({"frames": out.drain()}) if out.code is None else _refused(out)

    return made


async def _converse(ws: Websocket, session: Session, hub: Hub) -> None:
    """Until either side ends it."""
    first = await ws.recv(timeout=HELLO_SECONDS)
    if hub.is_full:
        session.out.close(RESTART)
        return
    try:
        hello = frames.parse(first) if first is not None else None
    except BadFrame:
        hello = None
    if not isinstance(hello, Hello):
        session.out.close(POLICY)
        return
    try:
        await session.open(hello)
    except StoreDown:
        session.out.close(RESTART)
        return
    if session.out.code is None:
        hub.join(session)
    while session.out.code is None:
        # A screen in the background may say nothing for long; whether it lives is tried by the server's own pings.
        data = await ws.recv()
        if data is None:
            return
        await session.hear(data)
        hub.place(session)


async def _write(ws: Websocket, out: Outgoing) -> None:
    with suppress(WebsocketClosed):
        while (text := await out.get()) is not None:
            await ws.send(text)
        ws.end_connection(out.code or POLICY)  # type: ignore[no-untyped-call]


def _drop(ws: Websocket, code: int) -> None:
    """End a connection whose other end reads too slowly to be told anything."""
    ws.fail_connection(code)
    if ws.io_proto is not None and ws.io_proto.transport is not None:
        ws.io_proto.transport.abort()


def _cancel(task: asyncio.Task[Any] | None) -> None:
    if task is not None:
        task.cancel()


async def _event(out: Outgoing) -> str | None:
    """The next event of a stream; a comment when nothing happens; None at its end."""
    try:
        async with asyncio.timeout(BEAT_SECONDS):
            text = await out.get()
    except TimeoutError:
        return ": still here\n\n"
    return None if text is None else f"data: {text}\n\n"


async def _in_pace(desk: Desk, session: Session) -> bool:
    visitor = session.guest.visitor.id if session.guest else ""
    window = int(FRAME_SECONDS)
    return await desk.live.allow(f"web-posts:{visitor}", limit=FRAMES, window_seconds=window)


def _hello_in(request: Request) -> Hello:
    check_is_json(request.headers)
    hello = frames.of(decoded(request.body))
    if not isinstance(hello, Hello):
        raise BadFrame("hello comes first")
    return hello


def _frames_in(body: Mapping[str, Any]) -> list[frames.Frame]:
    said = body.get("frames")
    if not isinstance(said, list) or len(said) > FRAMES_AT_ONCE or not all(isinstance(one, dict) for one in said):
        raise BadMessage(f"`frames` must be {FRAMES_AT_ONCE} frames at most")
    return [frames.of(one) for one in said]


def _token_in(body: Mapping[str, Any], name: str) -> str | None:
    token = body.get(name)
    if token is not None and not isinstance(token, str):
        raise BadMessage(f"`{name}` must be a text")
    return token


def _refused(out: Outgoing) -> HTTPResponse:
    status = {REFUSED: 401, TOO_SLOW: 429}.get(out.code or 0, 400)
    return json({"frames": out.drain(), "code": out.code}, status=status)

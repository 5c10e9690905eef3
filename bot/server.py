"""The web server: routes over the parts, JSON for every fault, a stop that loses no turn."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, Sanic, json
from sanic.exceptions import SanicException
from sanic.server import AsyncioServer
from sanic_ext import Config, Extend

from bot import __version__
from bot.api import demo, desk, desk_socket, people, service, studio, studio_shelf
from bot.api.desk_hub import Hub
from bot.api.door import Door
from bot.api.studio_door import Guard
from bot.errors import BadMessage, SettingsError, StoreDown, TryLater
from bot.files import Files
from bot.leftovers import Leftovers
from bot.parts import Parts, Prepared, build
from bot.retail.sql import SqlShop
from bot.settings import Settings
from bot.workers import Handle, Workers
from channels.base import Inside

logger = logging.getLogger(__name__)

App = Sanic[Any, Any]

_HERE = ("127.0.0.1", "0.0.0.0", "::", "::1")  # noqa: S104 - names of addresses, none is listened on here
_DOCS = str(Path(__file__).parent / "api" / "docs.html")
WAITING = 1024
"""Connections that wait to be taken at most."""
FRAME_BYTES = 65_536
"""Of what comes in one frame of a WebSocket."""
BEAT_SECONDS = 25.0
"""How often a WebSocket is tried, and how long it may take to answer: one whose other end is gone costs no longer."""
HEADER_SECONDS = 10
"""How long a request may take to arrive."""


def create_app(parts: Parts, *, is_ready: Callable[[], bool] = lambda: True, name: str = "guitai") -> App:
    """The routes of all channels and screens."""
    app: App = Sanic(name, configure_logging=False)
    app.config.REQUEST_MAX_SIZE = max(channel.limits.body_bytes for channel in parts.channels)
    app.config.REQUEST_TIMEOUT = HEADER_SECONDS
    app.config.RESPONSE_TIMEOUT = 60
    app.config.WEBSOCKET_MAX_SIZE = FRAME_BYTES
    app.config.WEBSOCKET_PING_INTERVAL = BEAT_SECONDS
    app.config.WEBSOCKET_PING_TIMEOUT = BEAT_SECONDS
    app.config.ACCESS_LOG = False
    app.config.MOTD = False
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.API_TITLE = "Guitai"
    app.config.API_VERSION = __version__
    # Sanic's own pages load their scripts from elsewhere
    own = {"oas_path_to_swagger_html": _DOCS, "oas_ui_redoc": False, "oas_autodoc": False}
    # HEAD for every route takes longer to add, one by one, than all the rest of a start
    methods = {"http_auto_options": False, "http_auto_head": False}
    Extend(app, config=Config(oas_url_prefix="/docs", oas_ui_default="swagger", cors=False, **methods, **own))
    app.blueprint(
        service.blueprint(database=parts.database, version=__version__, is_ready=is_ready, demo=parts.settings.demo)
    )
    if parts.settings.demo and isinstance(parts.shop, SqlShop):
        app.blueprint(demo.blueprint(parts.shop, secret=parts.settings.signing_secret))
    for routes in _staff_routes(parts):
        app.blueprint(routes)
    inside = Inside(parts.router, parts.live, parts.talks, parts.database)
    for channel in parts.channels:
        app.blueprint(channel.blueprint(inside))
    for kind, answer in _FAULTS.items():
        app.error_handler.add(kind, answer)
    return app


def _staff_routes(parts: Parts) -> tuple[Blueprint, ...]:
    """The routes of those who work here."""
    staff, settings = parts.staff, parts.settings
    door = Door(staff.accounts, staff.texts)
    hub = Hub(
        desk=staff.desk,
        views=staff.views,
        accounts=staff.accounts,
        texts=staff.texts,
        live=parts.live,
        is_alone=settings.workers == 1 and parts.database.is_sqlite,
    )
    files = Files(settings.files, max_bytes=settings.file_bytes)
    return (
        people.blueprint(door, limit_of=staff.money.limit_of, demo=settings.demo),
        desk.blueprint(
            door=door,
            desk=staff.desk,
            views=staff.views,
            shelf=staff.shelf,
            ways=staff.ways,
            files=files,
            link=staff.link,
            dist=settings.root / "web" / "dist",
        ),
        desk_socket.blueprint(door=door, desk=staff.desk, money=staff.money, hub=hub, texts=staff.texts),
        *_studio_routes(parts, door),
    )


def _studio_routes(parts: Parts, door: Door) -> tuple[Blueprint, ...]:
    """The routes of those who write what the bot says."""
    from bot.api import studio_publish  # it brings Rasa, which takes seconds

    room = parts.studio
    guard = Guard(door, room.views, room.words)
    return (
        studio.blueprint(guard=guard, room=room, dist=parts.settings.root / "web" / "dist"),
        studio_shelf.blueprint(guard=guard, room=room, live=parts.live),
        studio_publish.blueprint(door=door, studio=room.studio, publishing=parts.publishing),
    )


def serve(settings: Settings, prepared: Prepared, listening: socket.socket, *, ready: Callable[[str], None]) -> int:
    """Serve with as many workers as the settings ask for, until SIGINT or SIGTERM; the exit code.

    `ready` is told the address once messages are taken.
    """
    listening.listen(WAITING)  # from now on callers wait while a worker starts

    def work(worker: Handle) -> int:
        asyncio.run(_work(settings, prepared, listening, worker))
        return 0

    stop_seconds = 2 * settings.drain_seconds + 1
    told = Workers(work, count=settings.workers, ready=lambda: ready(address(listening)), stop_seconds=stop_seconds)
    return told.run()


async def _work(settings: Settings, prepared: Prepared, listening: socket.socket, worker: Handle) -> None:
    """One worker's life."""
    parts = await build(settings, prepared=prepared, worker=worker.name)
    try:
        async with asyncio.TaskGroup() as tasks:
            working = [
                tasks.create_task(parts.router.work(dead=worker.dead), name="sweep"),
                tasks.create_task(parts.deliveries.work(), name="deliver"),
                tasks.create_task(parts.staff.watch.work(), name="watch the line"),
                tasks.create_task(parts.studio.resting.work(), name="keep answers to their days"),
                tasks.create_task(parts.publishing.watch.work(dead=worker.dead), name="follow revisions"),
                tasks.create_task(_leftovers(parts).work(), name="sweep files"),
            ]
            await _serve(parts, listening, worker)
            for task in working:
                task.cancel()
    finally:
        await parts.aclose()


def _leftovers(parts: Parts) -> Leftovers:
    files = Files(parts.settings.files, max_bytes=parts.settings.file_bytes)
    return Leftovers(parts.database, files, now=lambda: datetime.now(UTC))


async def _serve(parts: Parts, listening: socket.socket, worker: Handle) -> None:
    stop = asyncio.Event()
    app = create_app(parts, is_ready=lambda: not stop.is_set())
    server = await start(app, listening)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    loop.add_reader(worker.lifeline, stop.set)
    worker.ready()
    await stop.wait()
    loop.remove_reader(worker.lifeline)
    logger.info("stopping")
    await end(server, within_seconds=parts.settings.drain_seconds)


def bound(host: str, port: int) -> socket.socket:
    """A socket at an address, not listening yet: nobody is kept waiting while the bot is trained. Port 0 is a free one.

    Raises:
        SettingsError: the address cannot be had.
    """
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise SettingsError(f"GUITAI_HOST, GUITAI_PORT: {host}:{port} cannot be served: {error.strerror}") from error
    return made


def address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{'localhost' if host in _HERE else host}:{port}"


async def start(app: App, listening: socket.socket) -> AsyncioServer:
    """Serve an app in the running loop."""
    server = await app.create_server(sock=listening, return_asyncio_server=True)
    assert server is not None  # noqa: S101 - asked for by return_asyncio_server
    await _in_turn(server.startup, server.before_start, server.start_serving, server.after_start)
    return server


async def end(server: AsyncioServer, *, within_seconds: float) -> None:
    """Take no more requests, and let those that are being answered be answered."""
    await _in_turn(server.before_stop, server.close)
    for connection in server.connections:
        connection.close_if_idle()
    with suppress(TimeoutError):
        async with asyncio.timeout(within_seconds):
            while server.connections:  # noqa: ASYNC110 - Sanic tells nobody when a connection ends
                await asyncio.sleep(0.05)
    await _in_turn(server.after_stop)


async def _in_turn(*steps: Callable[[], Any]) -> None:
    """Sanic's steps of a server's life, which have no types."""
    for step in steps:
        done = step()
        if done is not None:
            await done


def _bad_message(_: Request, error: BadMessage) -> HTTPResponse:
    return json({"error": str(error)}, status=error.status)


def _store_down(_: Request, error: StoreDown) -> HTTPResponse:
    logger.error("the database is away", exc_info=error)
    return json({"error": "not stored, please repeat"}, status=503, headers={"retry-after": "1"})


def _try_later(_: Request, error: TryLater) -> HTTPResponse:
    text = "received, not answered yet: repeat with the same message_id for the answer"
    return json({"error": text}, status=503, headers={"retry-after": f"{error.wait_seconds:.0f}"})


def _sanic(_: Request, error: SanicException) -> HTTPResponse:
    return json({"error": str(error) or "refused"}, status=error.status_code, headers=error.headers)


def _unexpected(request: Request, error: Exception) -> HTTPResponse:
    number = uuid.uuid4().hex
    logger.error("a request failed", exc_info=error, extra={"route": request.path, "number": number})
    return json({"error": f"something went wrong; the log has it under {number}"}, status=500)


_FAULTS = {
    BadMessage: _bad_message,
    StoreDown: _store_down,
    TryLater: _try_later,
    SanicException: _sanic,
    Exception: _unexpected,
}

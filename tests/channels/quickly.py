"""One channel's routes on a free port, without the rest of the server, which takes longer to build than to test."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from sanic import HTTPResponse, Request, Sanic

from bot import server
from channels.base import Channel, Inside
from tests.bot.served import Served
from tests.house import House


@asynccontextmanager
async def served(house: House, channel: Channel) -> AsyncIterator[Served]:
    app: server.App = Sanic(f"t{uuid.uuid4().hex}", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = channel.limits.body_bytes
    app.config.MOTD = app.config.ACCESS_LOG = app.config.TOUCHUP = app.config.AUTO_EXTEND = False
    app.blueprint(channel.blueprint(Inside(house.router, house.live, house.talks, house.database)))
    app.add_route(_nothing, "/")  # Sanic wants one; a channel that fetches has none
    for kind, answer in server._FAULTS.items():
        app.error_handler.add(kind, answer)
    listening = server.bound("127.0.0.1", 0)
    running = await server.start(app, listening)
    address = server.address(listening)
    try:
        async with httpx.AsyncClient(base_url=address, timeout=30, verify=False) as client:  # noqa: S501 - no TLS here
            yield Served(client, address)
    finally:
        await server.end(running, within_seconds=5)
        listening.close()
        Sanic.unregister_app(app)


async def _nothing(_: Request) -> HTTPResponse:
    return HTTPResponse(status=204)

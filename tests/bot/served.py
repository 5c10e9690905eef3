"""Routes served on a free port, over a house with a fake engine."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
from sanic import Sanic

from bot import server
from bot.parts import Parts
from bot.studio.room import Room
from channels.base import Channel
from tests.house import House


@dataclass
class Served:
    client: httpx.AsyncClient
    address: str
    ready: bool = True


class FakePublishing:
    """Publishes nothing."""

    def __init__(self) -> None:
        self.publisher = self
        self.trial = None

    def publishes(self, source: object) -> None:
        self.source = source


def parts_of(
    house: House,
    channels: Sequence[Channel],
    *,
    shop: object = None,
    room: Room | None = None,
    publishing: object = None,
) -> Parts:
    return Parts(
        settings=house.settings,
        database=house.database,
        shop=cast("Any", shop),
        engine=cast("Any", house.engine),
        customers=house.customers,
        router=house.router,
        deliveries=house.deliveries,
        live=house.live,
        talks=house.talks,
        staff=house.staff(shop),
        channels=tuple(channels),
        words=cast("Any", None),
        publishing=cast("Any", publishing or FakePublishing()),
        studio=room or house.room(),
        closing=AsyncExitStack(),
    )


@asynccontextmanager
async def served(
    house: House,
    channels: Sequence[Channel],
    *,
    shop: object = None,
    room: Room | None = None,
    publishing: object = None,
) -> AsyncIterator[Served]:
    name = f"t{uuid.uuid4().hex}"
    made: Served | None = None
    parts = parts_of(house, channels, shop=shop, room=room, publishing=publishing)
    app = server.create_app(parts, is_ready=lambda: made is None or made.ready, name=name)
    app.config.TOUCHUP = False  # Sanic rewrites its own code for the first app of a process only
    listening = server.bound("127.0.0.1", 0)
    running = await server.start(app, listening)
    address = server.address(listening)
    try:
        async with httpx.AsyncClient(base_url=address, timeout=30) as client:
            made = Served(client, address)
            yield made
    finally:
        await server.end(running, within_seconds=5)
        listening.close()
        Sanic.unregister_app(app)

"""A desk over its wire: signed in with a cookie, speaking frames, remembering what it is shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from bot.accounts import IDLE, digest
from bot.api.door import COOKIE
from bot.store import accounts
from bot.store.deskwork import Me
from tests.bot.desks import DeskHouse

Frame = dict[str, Any]
HEADERS = {"x-guitai": "1"}


async def session(house: DeskHouse, me: Me, token: str | None = None) -> str:
    """A session without the cost of a password."""
    token = token or f"token-of-{me.id}"
    await house.database.run(accounts.begin, me.id, digest(token), now=house.clock(), lasts=IDLE)
    return token


class Screen:
    """One window."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []
        self._number = 0

    async def next(self, fits: Callable[[Frame], bool], *, within: float = 5.0) -> Frame:
        """The next frame that fits; those before it are kept in `frames`."""
        async with asyncio.timeout(within):
            while True:
                frame: Frame = json.loads(await self.socket.recv())
                self.frames.append(frame)
                if fits(frame):
                    return frame

    async def send(self, kind: str, **more: Any) -> str:
        """Send a frame; its number."""
        self._number += 1
        number = f"n{self._number}"
        await self.socket.send(json.dumps({"t": kind, "id": number, **more}))
        return number

    async def ask(self, kind: str, **more: Any) -> Frame:
        """Send a frame; its answer."""
        number = await self.send(kind, **more)
        return await self.next(lambda frame: frame["t"] in ("done", "error") and frame.get("id") == number)

    async def snapshot(self) -> Frame:
        return await self.next(lambda frame: frame["t"] == "snapshot")

    async def item(self, fits: Callable[[Frame], bool] = lambda item: True) -> Frame:
        """The next item that fits."""
        frame = await self.next(lambda frame: frame["t"] == "item" and fits(frame["item"]))
        item: Frame = frame["item"]
        return item


@asynccontextmanager
async def screen(address: str, token: str) -> AsyncIterator[Screen]:
    """A window of whoever has this session."""
    url = address.replace("http://", "ws://") + "/ws/desk"
    async with connect(url, additional_headers={"cookie": f"{COOKIE}={token}"}, max_size=None) as socket:
        yield Screen(socket)


def client(address: str, token: str | None = None) -> httpx.AsyncClient:
    """Somebody's browser."""
    cookies = {COOKIE: token} if token else {}
    return httpx.AsyncClient(base_url=address, headers=HEADERS, cookies=cookies, timeout=30)

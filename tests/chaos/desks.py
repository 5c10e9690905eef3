"""Colleagues at their desks while workers die: each has a window that comes back, and writes down what it was told."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bot.accounts import IDLE, digest
from bot.api.door import COOKIE
from bot.store import accounts
from bot.store.database import Database, opened
from tests.chaos.servers import Server

QUICK = {"bot.store.presence:SILENT_SECONDS": 6.0, "bot.api.desk_hub:BEAT_SECONDS": 1.0}
"""A colleague is gone after seconds rather than most of a minute."""
Frame = dict[str, Any]


@dataclass
class Person:
    """A colleague, with a session."""

    id: str
    name: str
    token: str


async def hire(database: Database, count: int, *, capacity: int) -> list[Person]:
    """That many colleagues, signed in."""
    now = datetime.now(UTC)
    hired = []
    for _ in range(count):
        name, token = f"a{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
        number = await database.run(
            accounts.add,
            now=now,
            name=name,
            shown_as={"zh": name, "en": name},
            password_hash="none",
            roles=["agent"],
            groups=["general"],
            languages=["zh", "en"],
            capacity=capacity,
        )
        assert number is not None
        await database.run(accounts.begin, number, digest(token), now=now, lasts=IDLE)
        hired.append(Person(number, name, token))
    return hired


@dataclass
class Window:
    """A desk in a browser that comes back whenever it is cut."""

    server: Server
    person: Person
    queue: dict[str, Frame] = field(default_factory=dict)
    mine: dict[str, Frame] = field(default_factory=dict)
    won: list[str] = field(default_factory=list)
    """Items that this window was told are theirs."""
    lost: int = 0
    socket: ClientConnection | None = None
    _answers: dict[str, asyncio.Future[Frame]] = field(default_factory=dict)

    async def live(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                await self._once()
            self.socket = None
            for waiting in self._answers.values():
                if not waiting.done():
                    waiting.cancel()
            self._answers.clear()
            await asyncio.sleep(0.1)

    async def _once(self) -> None:
        url = f"ws://127.0.0.1:{self.server.port}/ws/desk"
        cookie = {"cookie": f"{COOKIE}={self.person.token}"}
        async with connect(url, additional_headers=cookie, max_size=None, open_timeout=15) as socket:
            pinging = asyncio.create_task(self._ping(socket))
            try:
                async for data in socket:
                    self._hear(json.loads(data))
                    self.socket = socket
            finally:
                pinging.cancel()

    async def _ping(self, socket: ClientConnection) -> None:
        with suppress(WebSocketException):
            while True:
                await asyncio.sleep(1)
                await socket.send('{"t":"ping"}')

    def _hear(self, frame: Frame) -> None:
        match frame["t"]:
            case "snapshot":
                self.queue = {item["id"]: item for item in frame["queue"]}
                self.mine = {item["id"]: item for item in frame["mine"]}
            case "item":
                item = frame["item"]
                self.queue.pop(item["id"], None)
                self.mine.pop(item["id"], None)
                if item["state"] == "waiting":
                    self.queue[item["id"]] = item
                elif (item["agent"] or {}).get("id") == self.person.id:
                    self.mine[item["id"]] = item
            case "gone":
                self.queue.pop(frame["id"], None)
                self.mine.pop(frame["id"], None)
            case "done" | "error":
                waiting = self._answers.pop(str(frame.get("id")), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(frame)

    async def ask(self, kind: str, **more: Any) -> Frame | None:
        """Send a frame; the answer, or None when the connection was cut before it came."""
        socket, number = self.socket, uuid.uuid4().hex
        if socket is None:
            await asyncio.sleep(0.1)
            return None
        waiting = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            await socket.send(json.dumps({"t": kind, "id": number, **more}))
            async with asyncio.timeout(10):
                return await waiting
        except (WebSocketException, TimeoutError):
            return None
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            return None  # the window was cut

    async def claim(self, chance: random.Random) -> None:
        """Reach for one of those who wait, as others do at the same time."""
        if not self.queue:
            await asyncio.sleep(0.05)
            return
        number = chance.choice(sorted(self.queue))
        answer = await self.ask("claim", item=number)
        if answer is None:
            return
        if answer["t"] == "done":
            self.won.append(number)
        else:
            self.lost += 1
            self.queue.pop(number, None)


@asynccontextmanager
async def windows(server: Server, people: Sequence[Person]) -> AsyncIterator[list[Window]]:
    """A window for each, open as long as this holds."""
    made = [Window(server, person) for person in people]
    tasks = [asyncio.create_task(window.live()) for window in made]
    try:
        async with asyncio.timeout(180):
            while not all(window.socket for window in made):  # noqa: ASYNC110 - each comes when it can
                await asyncio.sleep(0.1)
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Customers:
    """People who write over REST, and repeat what was not answered."""

    def __init__(self, server: Server, client: httpx.AsyncClient) -> None:
        self._url = f"{server.address}/webhooks/rest/webhook"
        self._client = client

    async def say(self, sender: str, text: str) -> list[str]:
        body = {"sender": sender, "message": text, "message_id": uuid.uuid4().hex}
        async with asyncio.timeout(60):
            while True:
                with suppress(httpx.HTTPError):
                    answer = await self._client.post(self._url, json=body)
                    if answer.status_code == httpx.codes.OK:
                        return [str(bubble.get("text")) for bubble in answer.json()]
                await asyncio.sleep(0.1)


@asynccontextmanager
async def database_of(server: Server) -> AsyncIterator[Database]:
    database = await asyncio.to_thread(opened, server.database_url)
    try:
        yield database
    finally:
        await database.aclose()


@asynccontextmanager
async def customers(server: Server) -> AsyncIterator[Customers]:
    limits = httpx.Limits(max_connections=20)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client:
        yield Customers(server, client)

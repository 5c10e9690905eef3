"""A widget without a screen: it speaks the web channel's protocol over a real WebSocket, and resumes as one does."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import jwt
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bot.files import Files
from channels.web import Web
from channels.web.origins import Origins
from channels.web.texts import Texts

ROOT = Path(__file__).resolve().parents[2]
SHOP = "https://shop.example"
Frame = dict[str, Any]
PATIENCE = 20.0


def web(folder: Path, *, max_bytes: int = 100_000, demo: bool = True) -> Web:
    """The web channel with its files in `folder`."""
    return Web(
        texts=Texts.read(ROOT / "data" / "web.yml"),
        files=Files(folder / "files", max_bytes=max_bytes),
        origins=Origins([SHOP], any_local=False),
        dist=folder / "dist",
        zone=ZoneInfo("Asia/Shanghai"),
        max_text=2000,
        demo=demo,
    )


class Widget:
    """One window of one browser; `visitor` is what its storage keeps."""

    def __init__(self, address: str, *, visitor: str | None = None, customer: str | None = None) -> None:
        self.address = address.replace("http", "ws", 1) + "/ws/web"
        self.visitor = visitor
        self.customer = customer
        self.conversation: str | None = None
        self.lines: list[Frame] = []
        self.frames: list[Frame] = []
        """All that came since the last hello."""
        self.close_code: int | None = None
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._came = asyncio.Event()

    @property
    def subject(self) -> str:
        """Whom the visitor's token names."""
        assert self.visitor is not None
        return str(jwt.decode(self.visitor, options={"verify_signature": False})["sub"])

    @property
    def seen(self) -> int:
        return self.lines[-1]["seq"] if self.lines else 0

    @property
    def texts(self) -> list[str]:
        return [line.get("text", "") for line in self.lines]

    async def open(self, *, origin: str | None = None, first: Frame | None = None) -> Frame:
        """Say hello; the welcome."""
        await self.connect(origin=origin)
        await self.send(first or self.hello())
        return await self.wait("welcome")

    async def connect(self, *, origin: str | None = None) -> None:
        self.frames.clear()
        self.close_code = None
        self._socket = await connect(self.address, origin=cast("Any", origin), open_timeout=PATIENCE)
        self._reader = asyncio.create_task(self._read(self._socket))

    def hello(self) -> Frame:
        hello: Frame = {"t": "hello", "v": 1, "since": self.seen, "lang": "zh", "tab": "1"}
        optional = {"visitor": self.visitor, "customer": self.customer, "conversation": self.conversation}
        return hello | {name: value for name, value in optional.items() if value}

    async def say(self, text: str, *, number: str | None = None) -> str:
        """Send a message, without waiting; its id."""
        number = number or uuid.uuid4().hex
        await self.send({"t": "msg", "id": number, "text": text})
        return number

    async def ask(self, text: str) -> Frame:
        """Send a message and wait for the line that answers it."""
        number = await self.say(text)
        ack = await self.wait("ack", id=number)
        return await self.until(lambda: next((one for one in self.lines if one["seq"] > ack["seq"]), None))

    async def send(self, frame: Frame | str | bytes) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def wait(self, kind: str, **wanted: Any) -> Frame:
        """The first frame of a kind that came since hello, or comes."""

        def found() -> Frame | None:
            return next((one for one in self.frames if one["t"] == kind and wanted.items() <= one.items()), None)

        return await self.until(found)

    async def until(self, found: Callable[[], Any]) -> Any:
        """What `found` finds, once it does."""
        async with asyncio.timeout(PATIENCE):
            while not (value := found()):
                if self.close_code is not None:
                    raise ConnectionError(f"closed with {self.close_code}: {self.frames[-3:]}")
                self._came.clear()
                await self._came.wait()
        return value

    async def closed(self) -> int:
        """The code with which the server ends it."""
        async with asyncio.timeout(PATIENCE):
            while self.close_code is None:
                self._came.clear()
                await self._came.wait()
        return self.close_code

    async def cut(self) -> None:
        """The connection breaks, without a word."""
        if self._socket is not None:
            self._socket.transport.abort()
        await self.leave()

    async def leave(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    def mute(self) -> None:
        """Read nothing more."""
        assert self._socket is not None
        assert self._reader is not None
        self._reader.cancel()
        self._socket.transport.pause_reading()

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._heard(json.loads(text))
                self._came.set()
        except ConnectionClosed:
            pass
        finally:
            self.close_code = socket.close_code or 1006
            self._came.set()

    def _heard(self, frame: Frame) -> None:
        self.frames.append(frame)
        if frame["t"] == "welcome":
            self.visitor = frame["visitor"]
            if frame["resume"] == "partial":
                self.lines.clear()
            self.conversation = frame["conversation"]
        elif frame["t"] == "line":
            self.lines.append(frame)  # not even a line that was seen is dropped: none must come twice


@asynccontextmanager
async def opened(*widgets: Widget) -> AsyncIterator[Sequence[Widget]]:
    """Widgets that have said hello."""
    try:
        for widget in widgets:
            await widget.open()
        yield widgets
    finally:
        for widget in widgets:
            await widget.leave()

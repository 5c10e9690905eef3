"""A pretended platform that receives replies: it may be busy, slow, broken, gone, or lose its own answers."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

TOKEN = "t" * 40


@dataclass(frozen=True, slots=True)
class Arrived:
    """One request, as it came."""

    at: float
    """Monotonic seconds."""
    key: str
    recipient: str
    text: str
    authorization: str
    kept: bool
    """The platform took it and shows it to the customer."""


@dataclass
class Platform:
    """What it received, and how it behaves. Shares are of requests."""

    deduplicates: bool = True
    busy: float = 0.0
    """429 with `retry_after`."""
    broken: float = 0.0
    """500, and not kept."""
    deaf: float = 0.0
    """Kept, and the connection closed without an answer."""
    slow_seconds: float = 0.0
    retry_after: str = "1"
    refuse: int = 0
    """When set, every request is answered with this status."""
    chance: random.Random = field(default_factory=random.Random)
    arrived: list[Arrived] = field(default_factory=list)
    told_to_wait: list[tuple[str, float, float]] = field(default_factory=list)
    """Keys that were told to wait, from when and until when, in monotonic seconds."""
    url: str = ""
    _keys: set[str] = field(default_factory=set)

    def shown(self) -> dict[str, list[str]]:
        """What each customer sees, in order."""
        seen: dict[str, list[str]] = defaultdict(list)
        for each in self.arrived:
            if each.kept:
                seen[each.recipient].append(each.text)
        return dict(seen)

    def doubled(self) -> dict[str, int]:
        """Keys that customers saw more than once."""
        times = Counter(each.key for each in self.arrived if each.kept)
        return {key: count for key, count in times.items() if count > 1}

    def sent_too_soon(self) -> list[str]:
        """Keys that came again before the time they were told to wait for."""
        return [
            key
            for key, since, until in self.told_to_wait
            if any(each.key == key and since < each.at < until - 0.01 for each in self.arrived)
        ]

    async def answer(self, headers: dict[str, str], body: bytes) -> int | None:
        """The status to answer with; None closes the connection."""
        data: dict[str, Any] = json.loads(body)
        key, now = headers["idempotency-key"], time.monotonic()
        if self.slow_seconds:
            await asyncio.sleep(self.slow_seconds)
        status: int | None = 200
        if self.refuse:
            status = self.refuse
        elif self.chance.random() < self.busy:
            status = 429
            self.told_to_wait.append((key, now, now + float(self.retry_after)))
        elif self.chance.random() < self.broken:
            status = 500
        elif self.chance.random() < self.deaf:
            status = None
        kept = status in (200, None) and not (self.deduplicates and key in self._keys)
        if kept:
            self._keys.add(key)
        self.arrived.append(
            Arrived(now, key, data["recipient_id"], data.get("text", ""), headers.get("authorization", ""), kept)
        )
        return status


@asynccontextmanager
async def served(platform: Platform) -> AsyncIterator[Platform]:
    """Serve it on a free port until the block ends."""

    writers: set[asyncio.StreamWriter] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode().split("\r\n")[1:]
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                status = await platform.answer(headers, body)
                if status is None:
                    return
                wait = f"retry-after: {platform.retry_after}\r\n" if status in (429, 503) else ""
                writer.write(f"HTTP/1.1 {status} x\r\n{wait}content-length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writers.discard(writer)
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    platform.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/replies"
    try:
        yield platform
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()

"""What waits to be sent to one screen: bounded, so that a screen that does not read costs no more than this."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

MOST_BYTES = 2 * 1024 * 1024
MOST_FRAMES = 1000
TOO_SLOW = 1013
"""Try again later: whoever comes back gets all they missed."""


def newest_that_fit(frames: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The last of `frames` that may be put at once, and leave room for what comes meanwhile."""
    room = MOST_BYTES // 2
    for place in range(len(frames) - 1, -1, -1):
        room -= len(_text(frames[place]))
        if room < 0:
            return frames[place + 1 :]
    return frames


class Outgoing:
    """Frames on their way to one screen."""

    def __init__(self, *, cut: Callable[[int], None] = lambda code: None) -> None:
        """`cut` ends the connection at once, for a reader who is too slow to be told anything."""
        self.code: int | None = None
        """Why it was closed; None while it is open."""
        self._cut = cut
        self._frames: deque[str] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()

    def put(self, frame: Mapping[str, Any]) -> None:
        """Send a frame when its turn comes; nothing after the end."""
        if self.code is not None:
            return
        text = _text(frame)
        if self._bytes + len(text) > MOST_BYTES or len(self._frames) >= MOST_FRAMES:
            self._frames.clear()
            self.close(TOO_SLOW)
            self._cut(TOO_SLOW)
            return
        self._frames.append(text)
        self._bytes += len(text)
        self._ready.set()

    def close(self, code: int) -> None:
        """Send what waits, then end."""
        if self.code is None:
            self.code = code
            self._ready.set()

    async def get(self) -> str | None:
        """The next frame; None when it has ended."""
        while not self._frames:
            if self.code is not None:
                return None
            self._ready.clear()
            await self._ready.wait()
        text = self._frames.popleft()
        self._bytes -= len(text)
        return text

    def drain(self) -> list[Any]:
        """All that waits, as objects."""
        waiting = [json.loads(text) for text in self._frames]
        self._frames.clear()
        self._bytes = 0
        return waiting


def _text(frame: Mapping[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))

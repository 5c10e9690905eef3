"""One window of a desk: who sits there, what they have open, and what waits to be sent to them."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from bot.api.door import me_shown
from bot.desk.work import me_of
from bot.store.accounts import Account
from bot.store.desk import Item
from bot.store.handoffs import IN_LINE

MOST_FRAMES = 5000
TOO_SLOW = 1013
"""Try again later: whoever comes back gets everything anew."""


class Window:
    """A desk in a browser."""

    def __init__(self, account: Account, token: str, *, limit: object, cut: Callable[[int], None]) -> None:
        """`cut` ends the connection at once, for a reader who is too slow to be told anything."""
        self.account = account
        self.me = me_of(account)
        self.token = token
        self.looking: str | None = None
        self.seen: set[str] = set()
        """Items that are shown there."""
        self.heard_at = time.monotonic()
        self.code: int | None = None
        """Why it was closed; None while it is open."""
        self._limit = limit
        self._cut = cut
        self._frames: deque[str] = deque()
        self._ready = asyncio.Event()

    def sees(self, item: Item) -> bool:
        """Whether the item stands in one of their lists."""
        return self.me.is_supervisor or item.state in IN_LINE or item.agent == self.me.id

    def lose(self, number: str) -> None:
        """The item stands in none of their lists any more."""
        if number in self.seen:
            self.seen.discard(number)
            self.put({"t": "gone", "id": number})

    def shown_me(self) -> Mapping[str, Any]:
        return me_shown(self.account, limit=self._limit)

    def put(self, frame: Mapping[str, Any]) -> None:
        self.put_text(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))

    def put_text(self, text: str) -> None:
        """Send a frame when its turn comes; nothing after the end."""
        if self.code is not None:
            return
        if len(self._frames) >= MOST_FRAMES:
            self._frames.clear()
            self.close(TOO_SLOW)
            self._cut(TOO_SLOW)
            return
        self._frames.append(text)
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
        return self._frames.popleft()

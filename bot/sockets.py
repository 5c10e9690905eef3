"""What every handler of a WebSocket needs."""

from __future__ import annotations

import asyncio
from typing import Any

LET_GO_SECONDS = 1.0
"""After so long, a fetch that was under way when the handler ended is over."""


def stop_listening(socket: Any) -> None:
    """Take nothing more from a socket whose handler ends.

    Of each frame that comes, Sanic makes a task that waits until the handler fetches the frame. Once nobody will,
    such a task would wait for ever, and asyncio complain that it was destroyed while pending. It is let go soon, and
    what comes later is dropped.
    """
    assembler, socket.assembler = socket.assembler, _Nowhere()
    asyncio.get_running_loop().call_later(LET_GO_SECONDS, _let_go, assembler)


def _let_go(assembler: Any) -> None:
    if assembler.message_complete.is_set():
        assembler.message_fetched.set()


class _Nowhere:
    """In the place of Sanic's assembler of frames."""

    async def put(self, frame: object) -> None:
        """Drop it."""

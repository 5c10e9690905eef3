"""What every handler of a WebSocket needs."""

from __future__ import annotations

from typing import Any


def stop_listening(socket: Any) -> None:
    """Take nothing more from a socket whose handler ends.

    Of each frame that comes, Sanic makes a task that waits until the handler fetches the frame. Once nobody will,
    such a task would wait for ever, and asyncio complain that it was destroyed while pending. It is let go here, and
    what comes later is dropped.
    """
    assembler, socket.assembler = socket.assembler, _Nowhere()
    assembler.message_fetched.set()


class _Nowhere:
    """In the place of Sanic's assembler of frames."""

    async def put(self, frame: object) -> None:
        """Drop it."""

"""Which pages may show the widget and speak to it: exactly those on the list, and our own."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_LOCAL = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")
_LOCAL_ANCESTORS = ("http://localhost:*", "http://127.0.0.1:*", "https://localhost:*", "https://127.0.0.1:*")


class Origins:
    """The list, such as `https://shop.example`."""

    def __init__(self, allowed: Iterable[str], *, any_local: bool) -> None:
        """`any_local` lets in whatever is served on this machine: for the demo."""
        self._allowed = tuple(allowed)
        self._any_local = any_local

    def allows(self, origin: str | None, *, host: str) -> bool:
        """Whether a request from `origin` is answered that came to `host`; None is no browser's page."""
        if origin is None or origin in self._allowed:
            return True
        if origin in (f"http://{host}", f"https://{host}"):
            return True
        return self._any_local and _LOCAL.fullmatch(origin) is not None

    def policy(self, host: str) -> str:
        """The widget page's Content-Security-Policy when it is served by `host`."""
        ancestors = ["'self'", *self._allowed, *(_LOCAL_ANCESTORS if self._any_local else ())]
        sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; "
            f"connect-src 'self'{sockets}; media-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
            f"frame-ancestors {' '.join(ancestors)}"
        )

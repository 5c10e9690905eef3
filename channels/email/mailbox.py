"""A mailbox, read by IMAP: what is new by its number, then waiting until there is more. Blocks; run it in a thread."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0
AT_ONCE = 20
"""Letters read before their place is noted down."""

Faults = (IMAPClientError, OSError, ssl.SSLError)
"""What a mailbox that is away raises."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a mailbox was read. Numbers hold as long as `validity` does."""

    validity: int
    last: int

    def __str__(self) -> str:
        return f"{self.validity}:{self.last}"

    @classmethod
    def read(cls, value: str) -> Place | None:
        validity, _, last = value.partition(":")
        return cls(int(validity), int(last)) if validity.isdecimal() and last.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Found:
    """A letter in the mailbox."""

    number: int
    raw: bytes
    """Its head alone when it is too big."""
    is_whole: bool


class Mailbox:
    """One connection to one folder."""

    def __init__(self, url: str, user: str, password: str, *, most_bytes: int) -> None:
        """`url` is such as imaps://imap.shop.example/INBOX; without the s, nothing is encrypted."""
        parts = urlsplit(url)
        is_secure = parts.scheme == "imaps"
        self._most_bytes = most_bytes
        timeout = SocketTimeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._client = IMAPClient(parts.hostname or "", parts.port, ssl=is_secure, timeout=timeout)
        self._client.login(user, password)
        folder = unquote(parts.path.strip("/")) or "INBOX"
        chosen = self._client.select_folder(folder, readonly=True)
        self.start = Place(int(chosen[b"UIDVALIDITY"]), int(chosen[b"UIDNEXT"]) - 1)
        """The newest letter when we came."""
        self._can_wait = b"IDLE" in self._client.capabilities()

    def news(self, place: Place, *, since: date) -> list[Found]:
        """Letters after `place`, oldest first; when numbers have changed, all that came `since` then.

        What was read before is among those again: it is known by its Message-ID.
        """
        if place.validity == self.start.validity:
            numbers = [each for each in self._client.search(["UID", f"{place.last + 1}:*"]) if each > place.last]
        else:
            numbers = self._client.search(["SINCE", since])
        found = (self._fetched(number) for number in sorted(numbers)[:AT_ONCE])
        return [each for each in found if each is not None]

    def _fetched(self, number: int) -> Found | None:
        sizes = self._client.fetch([number], ["RFC822.SIZE"])
        is_whole = int(sizes.get(number, {}).get(b"RFC822.SIZE", 0)) <= self._most_bytes
        part = "[]" if is_whole else "[HEADER]"
        got = self._client.fetch([number], [f"BODY.PEEK{part}"]).get(number, {})
        raw = got.get(f"BODY{part}".encode())
        return Found(number, raw, is_whole) if isinstance(raw, bytes) else None  # it may be gone by now

    def wait(self, seconds: float) -> None:
        """Wait until something happens in the folder, or so long."""
        if not self._can_wait:
            self._client.noop()
            return
        self._client.idle()
        said = self._client.idle_check(timeout=seconds)
        if any(b"BYE" in line for line in said):
            raise IMAPClientError("the server said goodbye")
        self._client.idle_done()

    @property
    def can_wait(self) -> bool:
        """Whether the server tells when there is something new; otherwise it has to be asked."""
        return self._can_wait

    def close(self) -> None:
        """End it at once, also under a thread that waits."""
        with suppress(*Faults):
            self._client.socket().shutdown(socket.SHUT_RDWR)
        with suppress(*Faults):
            self._client.shutdown()

"""Ids of our letters, which tell whose talk an answer belongs to: nobody can make one who was not written to."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

_OURS = re.compile(r"g\.([a-z0-9]{1,32})\.([A-Za-z0-9-]{1,80})\.([0-9a-f]{24})@(.+)")
TRUSTED = "t"
"""The thread of a sender whom our mail server vouches for: all their letters belong together."""


class Tokens:
    """Makes and knows ids; `secret` is ours, `domain` is that of our address."""

    def __init__(self, secret: str, domain: str) -> None:
        self._key = hashlib.sha256(f"email {secret}".encode()).digest()
        self._domain = domain

    def message_id(self, thread: str, address: str, key: str) -> str:
        """The id of a letter to `address`: the same whenever it is sent again under the same key."""
        return f"g.{thread}.{key}.{self._seal(thread, address, key)}@{self._domain}"

    def thread(self, ids: Iterable[str], address: str) -> str:
        """The thread of the first id that we gave a letter to this very address; a new one when there is none."""
        for number in ids:
            match = _OURS.fullmatch(number)
            if match is None or match[4] != self._domain:
                continue
            if hmac.compare_digest(match[3], self._seal(match[1], address, match[2])):
                return match[1]
        return secrets.token_hex(8)

    def _seal(self, thread: str, address: str, key: str) -> str:
        said = f"{thread} {address.lower()} {key}".encode()
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()[:24]

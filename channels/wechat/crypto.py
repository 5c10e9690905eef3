"""WeChat's envelope: who signed a push, and what is in it. The same for official accounts, mini programs and kf."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.errors import BadMessage

KEY = re.compile(r"[A-Za-z0-9]{43}")
"""An EncodingAESKey, as the console gives it."""
_BLOCK = 32
"""Of the padding; AES itself has 16."""
_RANDOM = 16


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "surrogatepass")).hexdigest()  # noqa: S324 - the platform's choice


def check_signature(shown: str, *parts: str) -> None:
    """Raises BadMessage unless `shown` is the signature of the parts."""
    if not hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), signature(*parts).encode()):
        raise BadMessage("the signature is wrong", status=403)


@dataclass(frozen=True, slots=True)
class Opened:
    text: bytes
    key: str
    """The one that opened it; the reply is sealed with the same."""


class Envelope:
    """Seals and opens for one account: `receiver` is its app id or corp id, which is in every envelope."""

    def __init__(self, keys: tuple[str, ...], *, receiver: str) -> None:
        """`keys` are EncodingAESKeys, the current one first."""
        self._ciphers = {key: base64.b64decode(key + "=") for key in keys if key}
        self._receiver = receiver.encode()

    def open(self, sealed: str) -> Opened:
        """What is in an envelope.

        Raises:
            BadMessage: it is none, or not for us.
        """
        try:
            data = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError) as error:
            raise _unreadable() from error
        if not data or len(data) % 16:
            raise _unreadable()
        for key, secret in self._ciphers.items():
            text = self._content(_decrypted(secret, data))
            if text is not None:
                return Opened(text, key)
        raise _unreadable()

    def seal(self, text: bytes, key: str) -> str:
        clear = os.urandom(_RANDOM) + struct.pack(">I", len(text)) + text + self._receiver
        fill = _BLOCK - len(clear) % _BLOCK
        secret = self._ciphers[key]
        encryptor = _cipher(secret).encryptor()
        return base64.b64encode(encryptor.update(clear + bytes([fill]) * fill) + encryptor.finalize()).decode()

    def _content(self, clear: bytes) -> bytes | None:
        """None when padding, length or receiver show that another key sealed it, or that it is not for us."""
        fill = clear[-1]
        if not 1 <= fill <= _BLOCK or clear[-fill:] != bytes([fill]) * fill:
            return None
        body = clear[_RANDOM:-fill]
        if len(body) < 4:
            return None
        (length,) = struct.unpack(">I", body[:4])
        text, receiver = body[4 : 4 + length], body[4 + length :]
        if len(text) != length or not hmac.compare_digest(receiver, self._receiver):
            return None
        return text


def _cipher(secret: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(secret), modes.CBC(secret[:16]))


def _decrypted(secret: bytes, data: bytes) -> bytes:
    decryptor = _cipher(secret).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _unreadable() -> BadMessage:
    return BadMessage("the envelope cannot be opened", status=403)

"""Files that customers send: looked into, cleaned, and kept where no web server looks."""

from __future__ import annotations

import os
import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.errors import BadMessage
from bot.pictures import GIFS, PNG, NoPicture, cleaned

TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain")
"""What is taken, by what is inside."""
MOST_PIXELS = 100_000_000
"""Of a picture; what looks small in bytes may fill a colleague's memory."""
NAME_CHARACTERS = 100
_ID = re.compile(r"[0-9a-f]{32}")
_ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "text/plain": (".txt", ".log", ".csv", ".md"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it was put away."""

    id: str
    name: str
    type: str
    bytes: int
    width: int | None = None
    height: int | None = None


class Files:
    """A folder of files, each under a random name of ours."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder = folder
        self.max_bytes = max_bytes

    def keep(self, data: bytes, name: str) -> Kept:
        """Put a file away, without what a picture tells about its maker.

        Raises:
            BadMessage: it is too big, or none of the kinds that are taken.
        """
        if len(data) > self.max_bytes:
            raise BadMessage(f"a file may have {self.max_bytes} bytes", status=413)
        kind = kind_of(data)
        if kind is None:
            raise BadMessage("pictures, PDF and plain text are taken", status=415)
        width = height = None
        if kind.startswith("image/"):
            try:
                picture = cleaned(data, kind)
            except NoPicture as error:
                raise BadMessage("the picture cannot be read", status=415) from error
            if picture.width * picture.height > MOST_PIXELS:
                raise BadMessage("the picture has too many pixels", status=413)
            data, width, height = picture.data, picture.width, picture.height
        kept = Kept(uuid.uuid4().hex, clean_name(name, kind), kind, len(data), width, height)
        self._write(self.path(kept.id), data)
        return kept

    def path(self, number: str) -> Path:
        """Where the file is.

        Raises:
            ValueError: it is no name of ours.
        """
        if not _ID.fullmatch(number):
            raise ValueError(f"{number!r} is no file's name")
        return self._folder / number[:2] / number

    def remove(self, numbers: Iterable[str]) -> None:
        """Those that are gone already are no fault."""
        for number in numbers:
            self.path(number).unlink(missing_ok=True)

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = path.with_suffix(".part")
        with half.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)


def kind_of(data: bytes) -> str | None:
    """The media type by what is inside; None for what is not taken."""
    if data.startswith(PNG):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(GIFS):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    return "text/plain" if _is_text(data) else None


def clean_name(name: str, kind: str) -> str:
    """A name that is only a name, with an ending that says what the file is."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(" " if unicodedata.category(letter) in _ODD or letter in '<>:"|?*' else letter for letter in last)
    whole = " ".join(kept.split()).strip(". ")
    stem, dot, ending = whole.rpartition(".")
    if not dot or f".{ending.lower()}" not in _ENDINGS[kind]:
        stem, dot, ending = whole, ".", _ENDINGS[kind][0][1:]
    return f"{(stem or 'file')[:NAME_CHARACTERS]}{dot}{ending}"


_ODD = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control characters, marks that turn the direction of writing, and what is no letter at all."""


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return bool(text) and not any(letter < " " and letter not in "\t\n\r\f" for letter in text)

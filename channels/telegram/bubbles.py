"""What goes to Telegram for one bubble: pieces that each fit into one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from channels.splitting import split, utf16_units

TEXT_UNITS = 4096
"""UTF-16 units of a message."""
CAPTION_UNITS = 1024
DATA_BYTES = 64
"""What a button may carry."""
TITLE_LETTERS = 128


@dataclass(frozen=True, slots=True)
class Piece:
    """One message: a picture by its address, a kept file, or a text; buttons come with the last one."""

    text: str = ""
    image: str = ""
    file: Mapping[str, Any] | None = None
    buttons: Sequence[tuple[str, str]] = ()


def pieces(data: Mapping[str, Any]) -> list[Piece]:
    """A bubble's pieces in order; none for one that has nothing to show here."""
    text, image = str(data.get("text") or ""), str(data.get("image") or "")
    made: list[Piece] = []
    if image and utf16_units(text) <= CAPTION_UNITS:
        made.append(Piece(text, image))
    else:
        if image:
            made.append(Piece(image=image))
        made += [Piece(part) for part in split(text, most=TEXT_UNITS, size=utf16_units)]
    made += [Piece(file=file) for file in data.get("files") or ()]
    buttons = [_button(each) for each in data.get("buttons") or ()]
    if buttons:
        if not made:
            made.append(Piece("👇"))
        made[-1] = replace(made[-1], buttons=buttons)
    return made


def _button(button: Mapping[str, Any]) -> tuple[str, str]:
    data = str(button["payload"])
    if len(data.encode()) > DATA_BYTES:
        raise ValueError("a button's id has more than 64 bytes")
    return str(button["title"])[:TITLE_LETTERS] or "…", data

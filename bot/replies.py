"""Replies on their way out: as they are stored, and with buttons that mean nothing to anybody but us."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.messages import Button, Reply
from bot.store.conversations import Bubble, StoredButton

BUTTON = "btn:"
"""How a button's opaque id begins."""
_KEPT_CONTROLS = "\n\t"


def clean(text: str) -> str:
    """`text` without what no database and no platform can hold: NUL, other control characters, half surrogates."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(letter for letter in whole if letter in _KEPT_CONTROLS or unicodedata.category(letter) != "Cc")


def language_of(text: str) -> str | None:
    """The language by the look of the letters, for when the engine is not asked; None when there are none."""
    if any("\u4e00" <= letter <= "\u9fff" for letter in text):
        return "zh"
    return "en" if any(letter.isascii() and letter.isalpha() for letter in text) else None


def joined(replies: Sequence[Reply]) -> list[Reply]:
    """All of a turn's replies as one, for channels where each bubble would be a letter of its own."""
    if len(replies) < 2:
        return list(replies)
    parts = [part for reply in replies for part in (reply.text, reply.image) if part]
    return [Reply(text="\n\n".join(parts), buttons=tuple(button for reply in replies for button in reply.buttons))]


def bubbles(
    replies: Iterable[Reply], *, sent: bool, now: datetime, buttons_last: timedelta
) -> tuple[list[Bubble], list[StoredButton]]:
    """What to store for `replies`: the bubbles, and what their buttons stand for."""
    stored: list[StoredButton] = []
    made: list[Bubble] = []
    for reply in replies:
        opaque = [_stored(button, now + buttons_last) for button in reply.buttons]
        stored += opaque
        made.append(Bubble(_data(reply, opaque), sent))
    return made, stored


def _stored(button: Button, expires_at: datetime) -> StoredButton:
    return StoredButton(BUTTON + secrets.token_urlsafe(12), button.title, button.payload, expires_at)


def _data(reply: Reply, buttons: list[StoredButton]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if reply.text:
        data["text"] = reply.text
    if buttons:
        data["buttons"] = [{"title": button.title, "payload": button.token} for button in buttons]
    if reply.image:
        data["image"] = reply.image
    if reply.custom:
        data["custom"] = reply.custom
    return data

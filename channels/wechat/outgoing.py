"""Bubbles as WeChat takes them: texts cut by bytes, menus, pictures; each part is one message there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.splitting import split, utf8_bytes
from channels.wechat.texts import Texts

TEXT_BYTES = 2047
"""2048 by custom/send, and one less in a passive reply."""
BETWEEN = "\n\n"
"""Between bubbles that go together in one text."""


@dataclass(frozen=True, slots=True)
class Words:
    text: str
    offers: tuple[str, ...] = ()
    """The buttons of which the text is a numbered list."""


@dataclass(frozen=True, slots=True)
class Menu:
    head: str
    buttons: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """One of a colleague's files, or a picture of the shop's by its address."""

    name: str
    file: str = ""
    type: str = ""
    url: str = ""
    instead: str = field(default="")
    """What is said when it cannot be shown."""


Part = Words | Menu | Picture
AddressOf = Callable[[str], str]
"""Where a colleague's file can be opened for a while."""


def parts(
    data: Mapping[str, Any], texts: Texts, *, numbered: bool = False, address_of: AddressOf | None = None
) -> list[Part]:
    """A bubble's parts in the order in which they are shown. `numbered` where the platform has no menus."""
    text = str(data.get("text") or "")
    made: list[Part] = []
    if url := data.get("image"):
        made.append(Picture("picture", url=str(url), instead=texts.word("picture", text, url=str(url))))
    for each in data.get("files") or ():
        instead = texts.word("file", text, file=each["name"])
        if address_of is not None:
            instead = texts.word("link", text, file=each["name"], url=address_of(each["id"]))
        if str(each["type"]).startswith("image/"):
            made.append(Picture(each["name"], file=each["id"], type=each["type"], instead=instead))
        else:
            made.append(Words(instead))
    buttons = data.get("buttons") or []
    if buttons and numbered:
        text = _numbered(text, buttons, texts)
    said: list[Part] = [Words(part) for part in split(text, most=TEXT_BYTES, size=utf8_bytes)]
    if buttons and numbered:
        said[-1] = Words(_text(said[-1]), tuple(each["payload"] for each in buttons))
    elif buttons:
        head = _text(said.pop()) if said else ""
        said.append(Menu(head, buttons))
    return made + said


def riding(bubbles: Sequence[Mapping[str, Any]]) -> tuple[int, str]:
    """How many bubbles, from the first, fit in the one text of a passive reply, and that text."""
    text = ""
    for count, data in enumerate(bubbles):
        is_plain = data.get("text") and not any(data.get(name) for name in ("buttons", "image", "files"))
        longer = f"{text}{BETWEEN}{data['text']}" if text and is_plain else str(data.get("text") or "")
        if not is_plain or utf8_bytes(longer) > TEXT_BYTES:
            return count, text
        text = longer
    return len(bubbles), text


def _numbered(text: str, buttons: Sequence[Mapping[str, str]], texts: Texts) -> str:
    listed = "\n".join(f"{number}. {each['title']}" for number, each in enumerate(buttons, start=1))
    return f"{text}{BETWEEN}{texts.word('choose', text)}\n{listed}"


def _text(part: Part) -> str:
    return part.text if isinstance(part, Words) else ""

"""The frames between widget and server, as docs/web.md has them: read into values, and made of values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.errors import BadMessage
from bot.messages import LANGUAGES, Language
from bot.store.lines import Line
from channels.base import MAX_TOKEN, decoded

VERSION = 1
FRAME_BYTES = 65_536
MOST_FILES = 10
RATING_CHARACTERS = 1000
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BUTTON_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class Hello:
    version: int
    visitor: str | None
    customer: str | None
    since: int
    conversation: str | None
    tab: str
    language: Language | None


@dataclass(frozen=True, slots=True)
class Msg:
    id: str
    text: str
    button: str | None
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Typing:
    on: bool


@dataclass(frozen=True, slots=True)
class Read:
    seq: int


@dataclass(frozen=True, slots=True)
class Thumb:
    seq: int
    up: bool | None


@dataclass(frozen=True, slots=True)
class Rate:
    stars: int
    text: str


@dataclass(frozen=True, slots=True)
class Identify:
    customer: str


@dataclass(frozen=True, slots=True)
class Logout:
    pass


@dataclass(frozen=True, slots=True)
class Older:
    before: int


@dataclass(frozen=True, slots=True)
class Ping:
    pass


Frame = Hello | Msg | Typing | Read | Thumb | Rate | Identify | Logout | Older | Ping


class BadFrame(BadMessage):
    """A frame that is none of ours; `id` is the message's, when it has one that can be read."""

    def __init__(self, message: str, *, id: str | None = None) -> None:
        super().__init__(message)
        self.id = id


def parse(data: str | bytes) -> Frame:
    """The frame in a text.

    Raises:
        BadFrame: it is none.
    """
    if isinstance(data, bytes):
        raise BadFrame("frames are text")
    try:
        return of(decoded(data.encode("utf-8", "surrogatepass")))
    except BadFrame:
        raise
    except BadMessage as error:
        raise BadFrame(str(error)) from error


def of(frame: Mapping[str, Any]) -> Frame:
    """The frame in an object.

    Raises:
        BadFrame: it is none.
    """
    kind = frame.get("t")
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise BadFrame("no frame of ours", id=_id(frame))
    try:
        return read(frame)
    except (TypeError, ValueError) as error:
        raise BadFrame(f"{kind}: {error}", id=_id(frame)) from error


def line(
    shown: Line, *, own: Callable[[str], str | None], link: Callable[[str], str], kind: str | None = "line"
) -> dict[str, Any]:
    """A line's frame. `own` tells a message's id when it is the reader's own, `link` where a file is."""
    data = shown.data
    frame: dict[str, Any] = {"t": kind} if kind else {}
    frame |= {"seq": shown.seq, "who": shown.who, "at": moment(shown.at)}
    frame |= {name: data[name] for name in ("text", "buttons", "image", "custom") if data.get(name)}
    if data.get("files"):
        frame["files"] = [{**file, "url": link(file["id"])} for file in data["files"]]
    if shown.agent_name:
        frame["name"] = shown.agent_name
    client_id = own(shown.external_id) if shown.external_id else None
    if client_id:
        frame["client_id"] = client_id
    if shown.who in ("bot", "agent"):
        frame["thumb"] = shown.thumb
    return frame


def language(data: Mapping[str, Any]) -> Language | None:
    """What the screen speaks, as `lang` says; None for what is none of ours."""
    return next((known for known in LANGUAGES if known == data.get("lang")), None)


def moment(at: datetime) -> str:
    """`2026-11-22T04:00:00.000Z`"""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _hello(frame: Mapping[str, Any]) -> Hello:
    return Hello(
        version=_number(frame, "v", least=0),
        visitor=_token(frame, "visitor"),
        customer=_token(frame, "customer"),
        since=_number(frame, "since", least=0) if frame.get("since") is not None else 0,
        conversation=_text(frame, "conversation", most=64) or None,
        tab=_text(frame, "tab", most=64),
        language=language(frame),
    )


def _msg(frame: Mapping[str, Any]) -> Msg:
    number = _id(frame)
    if number is None:
        raise ValueError("`id` must be 1 to 64 letters, digits, - and _")
    text, button = _text(frame, "text"), _text(frame, "button", most=_BUTTON_CHARACTERS) or None
    files = frame.get("files") or []
    if not isinstance(files, list) or not all(isinstance(file, str) for file in files) or len(files) > MOST_FILES:
        raise ValueError(f"`files` must be {MOST_FILES} ids at most")
    if not (text.strip() or button or files) or (button and (text or files)):
        raise ValueError("a text, files, or a button")
    return Msg(number, text, button, tuple(dict.fromkeys(files)))


def _typing(frame: Mapping[str, Any]) -> Typing:
    return Typing(frame.get("on") is True)


def _read(frame: Mapping[str, Any]) -> Read:
    return Read(_number(frame, "seq", least=0))


def _thumb(frame: Mapping[str, Any]) -> Thumb:
    up = frame.get("up")
    if up is not None and not isinstance(up, bool):
        raise TypeError("`up` must be true, false or null")
    return Thumb(_number(frame, "seq", least=1), up)


def _rate(frame: Mapping[str, Any]) -> Rate:
    stars = _number(frame, "stars", least=1)
    if stars > 5:
        raise ValueError("`stars` must be 1 to 5")
    return Rate(stars, _text(frame, "text", most=RATING_CHARACTERS))


def _identify(frame: Mapping[str, Any]) -> Identify:
    return Identify(_token(frame, "customer") or "")


def _older(frame: Mapping[str, Any]) -> Older:
    return Older(_number(frame, "before", least=1))


_KINDS: dict[str, Callable[[Mapping[str, Any]], Frame]] = {
    "hello": _hello,
    "msg": _msg,
    "typing": _typing,
    "read": _read,
    "thumb": _thumb,
    "rate": _rate,
    "identify": _identify,
    "logout": lambda _: Logout(),
    "older": _older,
    "ping": lambda _: Ping(),
}


def _id(frame: Mapping[str, Any]) -> str | None:
    number = frame.get("id")
    return number if isinstance(number, str) and _ID.fullmatch(number) else None


def _number(frame: Mapping[str, Any], name: str, *, least: int) -> int:
    number = frame.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number < 2**31:
        raise ValueError(f"`{name}` must be a whole number from {least}")
    return number


def _text(frame: Mapping[str, Any], name: str, *, most: int = FRAME_BYTES) -> str:
    text = frame.get(name)
    if text is None:
        return ""
    if not isinstance(text, str) or len(text) > most:
        raise ValueError(f"`{name}` must be a text of {most} characters at most")
    return text


def _token(frame: Mapping[str, Any], name: str) -> str | None:
    return _text(frame, name, most=MAX_TOKEN) or None

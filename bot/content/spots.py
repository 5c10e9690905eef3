"""YAML as text: what stands where, to the character, so that one thing can be changed and everything else kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from bot.errors import ContentError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRUTH = {"true": True, "false": False}
_PLAIN = re.compile(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff ，。！？、；（）“”《》·/_.-]*")
_LOOKS_LIKE_OTHER = re.compile(r"(?i:true|false|yes|no|on|off|y|n|null)")
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
DEEPEST = 20
"""Lists in lists in lists: more is no content."""
MOST_SPOTS = 2_000_000


@dataclass(slots=True, eq=False)
class Spot:
    """A value in a YAML text. `start` and `end` count characters; the end of a block is that of its last member."""

    kind: Literal["scalar", "list", "mapping", "alias"]
    start: int
    end: int
    value: str = ""
    style: str | None = None
    is_null: bool = False
    anchor: str | None = None
    items: list[Spot] = field(default_factory=list)
    entries: list[tuple[Spot, Spot]] = field(default_factory=list)
    target: Spot | None = None
    """What an alias stands for."""

    @property
    def is_flow(self) -> bool:
        """Whether it is written on one line, in brackets."""
        return self.style == "flow"

    @property
    def real(self) -> Spot:
        return self.target.real if self.target is not None else self

    def get(self, name: str) -> Spot | None:
        """The value under a key, aliases followed only by `real`."""
        return next((value for key, value in self.real.entries if key.value == name), None)

    def key(self, name: str) -> Spot | None:
        return next((key for key, _ in self.real.entries if key.value == name), None)

    def text(self, name: str) -> str | None:
        """The characters under a key; None where there are none."""
        found = self.get(name)
        return None if found is None or found.real.kind != "scalar" or found.real.is_null else found.real.value

    def plain(self) -> Any:
        """The value as it is; numbers stay as they are written, true and false are what they say."""
        real = self.real
        if real.kind == "list":
            return [item.plain() for item in real.items]
        if real.kind == "mapping":
            return {key.value: value.plain() for key, value in real.entries}
        if real.is_null:
            return None
        return _TRUTH.get(real.value, real.value) if real.style is None else real.value

    def walk(self) -> Iterator[Spot]:
        """It and all that stands in it; what an alias stands for is elsewhere."""
        yield self
        for item in self.items:
            yield from item.walk()
        for key, value in self.entries:
            yield key
            yield from value.walk()

    @property
    def is_tied(self) -> bool:
        """Whether something here is shared with another place of the file."""
        return any(spot.anchor is not None or spot.kind == "alias" for spot in self.walk())


def parse(text: str) -> Spot | None:
    """The document in a text; None when there is none.

    Raises:
        ContentError: it is not YAML, or nested beyond reason.
    """
    try:
        events = iter(yaml.parse(text, Loader=_Loader))
        return _Builder(text).document(events)
    except yaml.YAMLError as error:
        raise ContentError(f"this is not YAML: {error}") from error


class _Builder:
    def __init__(self, text: str) -> None:
        self._text = text
        self._anchors: dict[str, Spot] = {}
        self._made = 0

    def document(self, events: Iterator[yaml.Event]) -> Spot | None:
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                return self._node(event, events, 0)
        return None

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Spot:
        self._made += 1
        if depth > DEEPEST or self._made > MOST_SPOTS:
            raise ContentError("this is nested beyond reason")
        start, end = _span(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise ContentError(f"nothing is called &{event.anchor}")
            return Spot("alias", start, end, target=self._anchors[event.anchor])
        spot = Spot("scalar", start, end, anchor=getattr(event, "anchor", None))
        if isinstance(event, yaml.ScalarEvent):
            spot.value, spot.style = event.value, event.style or None
            spot.is_null = spot.style is None and event.value in ("", "~", "null", "Null", "NULL")
            if spot.style in ("|", ">"):
                spot.end = start + len(self._text[start:end].rstrip("\n\r ")) if event.value else end
        elif isinstance(event, yaml.SequenceStartEvent):
            spot.kind = "list"
            self._inside(spot, event, events, depth)
        else:
            spot.kind = "mapping"
            self._inside(spot, event, events, depth)
        if spot.anchor is not None:
            self._anchors[spot.anchor] = spot
        return spot

    def _inside(self, spot: Spot, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> None:
        spot.style = "flow" if getattr(event, "flow_style", False) else None
        members: list[Spot] = []
        for each in events:
            if isinstance(each, yaml.CollectionEndEvent):
                spot.end = _span(each)[1] if spot.is_flow else max((one.end for one in members), default=spot.end)
                break
            members.append(self._node(each, events, depth + 1))
        if spot.kind == "list":
            spot.items = members
        else:
            spot.entries = list(zip(members[::2], members[1::2], strict=True))


def _span(event: yaml.Event) -> tuple[int, int]:
    assert event.start_mark is not None  # noqa: S101 - what was read from a text has a place
    assert event.end_mark is not None  # noqa: S101
    return event.start_mark.index, event.end_mark.index


def scalar(text: str, *, in_flow: bool = False, plain: bool = False) -> str:
    """A text as YAML writes it: quoted, or bare where that is what stood there and nothing can go wrong."""
    bare = plain and _PLAIN.fullmatch(text) and not text.endswith(" ") and not _LOOKS_LIKE_OTHER.fullmatch(text)
    if bare and not (in_flow and re.search(r"[,\[\]{}]", text)):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_name(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    text = str(value)
    return text if re.fullmatch(r"/[A-Za-z_/]+|-?\d+(\.\d+)?", text) else scalar(text, in_flow=True, plain=True)


def _name(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_][\w./-]*", key) else scalar(key)

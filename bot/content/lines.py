"""YAML that remembers its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.content.faults import Fault, Place

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a YAML file and where it stands.

    Content may be misshapen: a text asked for its entries has none.
    """

    node: yaml.Node = field(repr=False)
    path: Path

    @property
    def place(self) -> Place:
        return Place(self.path, self.node.start_mark.line + 1)

    @property
    def text(self) -> str | None:
        """The characters of a single value as written; None for lists, mappings and the empty value."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag == "tag:yaml.org,2002:null":
            return None
        return str(self.node.value)

    @property
    def items(self) -> list[Value]:
        """The members of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            return []
        return [Value(node, self.path) for node in self.node.value]

    @property
    def entries(self) -> list[tuple[Value, Value]]:
        """The keys and values of a mapping."""
        if not isinstance(self.node, yaml.MappingNode):
            return []
        return [(Value(key, self.path), Value(value, self.path)) for key, value in self.node.value]

    def get(self, name: str) -> Value | None:
        """The value under `name` in a mapping."""
        return next((value for key, value in self.entries if key.text == name), None)

    def listed(self, name: str) -> list[Value]:
        """The members of the list under `name`; none when there is no such list."""
        value = self.get(name)
        return value.items if value is not None else []

    def mapped(self, name: str) -> list[tuple[Value, Value]]:
        """The entries of the mapping under `name`; none when there is no such mapping."""
        value = self.get(name)
        return value.entries if value is not None else []

    def lines(self) -> Iterator[tuple[str, Place]]:
        """The lines of a text, each with its own place where the text is a block (`|`)."""
        if self.text is None:
            return
        block = isinstance(self.node, yaml.ScalarNode) and self.node.style == "|"
        first = self.place.line + 1
        for offset, line in enumerate(self.text.splitlines()):
            yield line, Place(self.path, first + offset) if block else self.place

    @property
    def plain(self) -> Any:
        """The value in lists, dicts and texts as written: `7` is `"7"`, whatever YAML would make of it."""
        if self.entries:
            return {key.text: value.plain for key, value in self.entries}
        return [item.plain for item in self.items] if self.items else self.text


def load(file: Path, path: Path) -> tuple[Value | None, list[Fault]]:
    """The document in `file`, called `path` in faults; None when it is empty or not YAML.

    Keys that stand twice in one mapping are faults, for YAML would silently keep the last; so is `${`, which Rasa
    replaces by a variable of the environment.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        return None, [Place(path, line).error("this is not UTF-8; save the file as UTF-8")]
    faults = [
        Place(path, number).error("'${' would read the environment; content may not, take it out")
        for number, line in enumerate(text.splitlines(), start=1)
        if "${" in line
    ]
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        return None, [*faults, Place(path, line).error(f"this is not YAML: {error.problem or error.context}")]
    except yaml.YAMLError as error:
        return None, [*faults, Place(path, 1).error(f"this is not YAML: {error}")]
    if node is None:
        return None, faults
    value = Value(node, path)
    loop = _loop(value, ())
    if loop is not None:
        return None, [*faults, loop.error("this part contains itself (`*name` inside of `&name`)")]
    return value, [*faults, *_repeated_keys(value, set())]


def _loop(value: Value, above: tuple[int, ...]) -> Place | None:
    """Where a part begins that an alias puts into itself."""
    if id(value.node) in above:
        return value.place
    inside = [member for entry in value.entries for member in entry] + value.items
    return next((found for member in inside if (found := _loop(member, (*above, id(value.node))))), None)


def _repeated_keys(value: Value, walked: set[int]) -> Iterator[Fault]:
    if id(value.node) in walked:
        return  # an alias (`*name`) to what was looked at already
    walked.add(id(value.node))
    seen: dict[str, int] = {}
    for key, member in value.entries:
        name = key.text
        if name is not None and name != "<<":
            if name in seen:
                yield key.place.error(f"the key '{name}' stands here twice (first in line {seen[name]}); keep one")
            seen.setdefault(name, key.place.line)
        yield from _repeated_keys(member, walked)
    for member in value.items:
        yield from _repeated_keys(member, walked)

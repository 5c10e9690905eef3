"""What the Python beside the content says: which responses it gives and which intents it listens for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.content.faults import Fault, Place

_FOLDERS = ("actions", "bot", "channels")
_RESPONSE = re.compile(r"utter_\w*[^\W_](?:/\w+)?")
_ENDING = re.compile(r"_[a-z]\w*")
_NOT_SAID = frozenset({"utter_action"})
"""Rasa's key for the response an event came from."""


@dataclass(frozen=True, slots=True)
class Said:
    """A response named in code. In `f"utter_refused_{code}"` only the beginning is known."""

    name: str
    """As a reader sees it, with `…` for what is filled in."""
    pattern: re.Pattern[str]
    place: Place


@dataclass(slots=True)
class Code:
    said: list[Said] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    """Every text in the code: an intent that stands there is taken as handled."""
    endings: set[str] = field(default_factory=set)
    """What some module puts after the name of a response, such as `_undated`."""

    def may_say(self, name: str) -> bool:
        """Whether some line of code can come to say the response `name`."""
        if any(said.pattern.fullmatch(name) for said in self.said):
            return True
        stems = (name.removesuffix(ending) for ending in self.endings if name.endswith(ending))
        return any(self.may_say(stem) for stem in stems)


def read_code(root: Path) -> tuple[Code, list[Fault]]:
    """What the Python under `root` names; a folder of mere content has none."""
    code = Code()
    faults: list[Fault] = []
    for folder in _FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            path = file.relative_to(root)
            try:
                tree = ast.parse(file.read_text(encoding="utf-8"))
            except SyntaxError as error:
                faults.append(Place(path, error.lineno or 1).error(f"this is not Python: {error.msg}"))
                continue
            _gather(code, tree, path)
    return code, faults


def _gather(code: Code, tree: ast.Module, path: Path) -> None:
    composed = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    pieces = {id(piece) for node in composed for piece in node.values}
    endings = sorted({ending for node in composed for ending in _endings(node)})
    code.endings |= {ending for ending in endings if "\\" not in ending}
    for text in composed:
        code.said.extend(_begun(text, path))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in pieces:
            continue
        code.words.add(node.value)
        if _ENDING.fullmatch(node.value):
            code.endings.add(node.value)
        if _RESPONSE.fullmatch(node.value) and node.value not in _NOT_SAID:
            pattern = re.compile(f"{re.escape(node.value)}(?:{'|'.join(endings)})?")
            code.said.append(Said(node.value, pattern, Place(path, node.lineno)))


def _parts(node: ast.JoinedStr) -> list[str | None]:
    """The fixed parts of an f-string, None for what is filled in."""
    return [
        piece.value if isinstance(piece, ast.Constant) and isinstance(piece.value, str) else None
        for piece in node.values
    ]


def _pattern(parts: list[str | None]) -> str:
    return "".join(r"\w+" if part is None else re.escape(part) for part in parts)


def _endings(node: ast.JoinedStr) -> Iterator[str]:
    """`_open` of `f"{stem}_open"`, as a pattern: a response named in the same file may be its stem."""
    parts = _parts(node)
    if len(parts) < 2 or parts[0] is not None:
        return
    if all(part is None or re.fullmatch(r"\w+", part) for part in parts) and (parts[1] or "").startswith("_"):
        yield _pattern(parts[1:])


def _begun(node: ast.JoinedStr, path: Path) -> Iterator[Said]:
    """`utter_refused_` of `f"utter_refused_{code}"`."""
    parts = _parts(node)
    if not parts or not re.match(r"utter_\w", parts[0] or ""):
        return
    name = "".join("…" if part is None else part for part in parts)
    if re.fullmatch(r"[\w…/]+", name):
        yield Said(name, re.compile(_pattern(parts)), Place(path, node.lineno))

"""What a publication changes: files, and with them responses and examples, each as it was and as it is to be."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from bot.engine.content import examples_in, parse_yaml
from bot.errors import ContentError
from bot.store.publications import Revision

Both = tuple[Any, Any]
"""Before and after; None where there is none."""

_OURS = ("version", "nlu", "responses")


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that differs."""

    files: Mapping[str, Both] = field(default_factory=dict)
    """The whole text, by the path from the folder on."""
    responses: Mapping[str, Both] = field(default_factory=dict)
    """Lists of variations, by name."""
    examples: Mapping[str, Both] = field(default_factory=dict)
    """Lists of texts, by label; those of the changed files alone."""

    @property
    def says(self) -> dict[str, Any]:
        """The responses as they are to be."""
        return {name: now for name, (_, now) in self.responses.items()}


def of_files(root: Path, texts: Mapping[str, str | None]) -> Change:
    """What comes of writing these texts; None takes a file away.

    Raises:
        ContentError: a file is not the content's, cannot be read, or has a change that needs a full training.
    """
    files: dict[str, Both] = {}
    responses: dict[str, list[Any]] = {}
    examples: dict[str, list[list[str]]] = {}
    for name, new in texts.items():
        path = _inside(root, name)
        old = text_of(path)
        if old == new:
            continue
        files[name] = (old, new)
        was, now = _parsed(old, path), _parsed(new, path)
        _check_rest(path, was, now)
        for which, found in enumerate((was, now)):
            for response, variations in (found.get("responses") or {}).items():
                responses.setdefault(response, [None, None])[which] = _variations(path, response, variations)
            for text, label in examples_in(found, path):
                examples.setdefault(label, [[], []])[which].append(text)
    return Change(
        files,
        {name: (was, now) for name, (was, now) in responses.items() if was != now},
        {label: (was or None, now or None) for label, (was, now) in examples.items() if sorted(was) != sorted(now)},
    )


def undoing(revisions: Sequence[Revision]) -> Change:
    """What takes these revisions back, the oldest given first."""
    return Change(
        _back(one.files for one in revisions),
        _back(one.responses for one in revisions),
        _back(one.examples for one in revisions),
    )


def write(root: Path, files: Mapping[str, Both]) -> list[str]:
    """Make each file say what it is to say; the paths of those that somebody else has changed and that are left alone.

    Each appears at once and whole; doing it twice does no harm.
    """
    left = []
    for name, (was, now) in files.items():
        path = _inside(root, name)
        found = text_of(path)
        if found == now:
            continue
        if found != was:
            left.append(name)
        elif now is None:
            path.unlink()
        else:
            _replace(path, now)
    return left


def text_of(path: Path) -> str | None:
    """What stands in a file, line ends as they are; None when there is none.

    Raises:
        ContentError: it is not UTF-8.
    """
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ContentError(f"{path}: cannot be read: {error}") from error


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            unfinished.chmod(path.stat().st_mode)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _back(each: Iterable[Mapping[str, Both]]) -> dict[str, Both]:
    """By name, what is there now and what was there at first."""
    back: dict[str, Both] = {}
    for one in each:
        for name, (was, now) in one.items():
            back[name] = (now, back[name][1] if name in back else was)
    return {name: both for name, both in back.items() if both[0] != both[1]}


def _inside(root: Path, name: str) -> Path:
    pure = PurePosixPath(name)
    ours = pure.parts[:1] == ("data",) and pure.suffix in {".yml", ".yaml"}
    if pure.is_absolute() or ".." in pure.parts or not ours:
        raise ContentError(f"{name} is not a file of the content; only those under data/ are published")
    return root.joinpath(*pure.parts)


def _parsed(text: str | None, path: Path) -> dict[str, Any]:
    return {} if text is None else parse_yaml(text, path)


def _variations(path: Path, name: str, found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ContentError(f"{path}: response '{name}' must be a list of variations, such as `- text: …`")
    return found


def _check_rest(path: Path, was: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Rules, synonyms and the like take a full training."""
    if _rest(was) != _rest(now):
        raise ContentError(f"{path}: more than wordings and answers has changed; that takes `guitai train`")


def _rest(found: Mapping[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    others = {key: value for key, value in found.items() if key not in _OURS and value}
    listed = [one for one in found.get("nlu") or () if not (isinstance(one, dict) and "intent" in one)]
    return others, listed

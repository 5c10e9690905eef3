"""The questions that guard what is understood: golden ones, each FAQ's first wordings, and held-out messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.engine.content import parse_yaml
from bot.nlu import evaluate

GOLDEN = Path("data") / "golden.yml"
HELD_OUT = Path("tests") / "nlu" / "heldout"


@dataclass(frozen=True, slots=True)
class Question:
    """A text and what it must be understood as."""

    text: str
    label: str


def golden(root: Path) -> list[Question]:
    """The questions of data/golden.yml: they must never be lost.

    Raises:
        ContentError: the file cannot be read.
    """
    path = root / GOLDEN
    if not path.is_file():
        return []
    found = parse_yaml(path.read_text(encoding="utf-8"), path).get("golden") or {}
    return [Question(text, label) for label, texts in found.items() for text in texts]


def firsts(examples: Iterable[tuple[str, str]]) -> list[Question]:
    """The first wording of each FAQ in each script: what an editor takes for the question itself."""
    found: dict[tuple[str, bool], str] = {}
    for text, label in examples:
        if "/" in label:
            found.setdefault((label, text.isascii()), text)
    return [Question(text, label) for (label, _), text in found.items()]


def held_out(root: Path) -> list[Question]:
    """Messages that were never trained on, where the folder has some."""
    folder = root / HELD_OUT
    if not folder.is_dir():
        return []
    return [Question(one.text, one.intent) for one in evaluate.load(folder)]


def guards(root: Path, examples: Sequence[tuple[str, str]]) -> tuple[list[Question], list[Question]]:
    """Those that may not be lost, and those of which a few may be; each text once."""
    must = {one.text: one for one in (*firsts(examples), *golden(root))}
    may = {one.text: one for one in held_out(root) if one.text not in must}
    return list(must.values()), list(may.values())

"""Ideas behind words, the same in Chinese and English: what `concepts.txt` lists, found in a text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.nlu.normalise import normalise
from bot.nlu.words import stem, units

_FILE = Path(__file__).with_name("concepts.txt")
_END = ""


@lru_cache(maxsize=1)
def _tree() -> dict[str, Any]:
    """Words by their units; under `_END` the ideas a word stands for."""
    tree: dict[str, Any] = {}
    idea = 0
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        for word in line.split(","):
            node = tree
            for unit in units(normalise(word.strip())):
                node = node.setdefault(stem(unit), {})
            node.setdefault(_END, []).append(f"*{idea}")
        idea += 1
    return tree


def ideas(stems: Sequence[str]) -> list[str]:
    """The ideas in a sequence of stemmed units, by the longest words; a word inside a longer one does not count."""
    found: list[str] = []
    tree = _tree()
    covered = 0
    for first in range(len(stems)):
        node = tree
        longest: tuple[int, list[str]] | None = None
        for last in range(first, len(stems)):
            deeper = node.get(stems[last])
            if deeper is None:
                break
            node = deeper
            if _END in node:
                longest = (last + 1, node[_END])
        if longest is not None and longest[0] > covered:
            covered = longest[0]
            found += longest[1]
    return found

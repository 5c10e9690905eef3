"""Units of text for both languages at once: a Chinese character, a Latin word, a number, a sign."""

from __future__ import annotations

import re
from functools import lru_cache

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# Letters of any alphabet but Han; a number keeps its point or comma when digits follow.
UNIT = re.compile(rf"[{_HAN}]|[0-9]+(?:[.,][0-9]+)*|[^\W\d_{_HAN}]+(?:'[^\W\d_{_HAN}]+)*|[^\w\s]|_|\S")

_SUFFIXES = ("'s", "ing", "ied", "ies", "ed", "es", "ly", "s")
_SHORTEST_STEM = 3


def units(normalised: str) -> list[str]:
    """The units of a normalised text, in order."""
    return UNIT.findall(normalised)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without its commonest endings; crude, and the same in training and use."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            word = word[: -len(suffix)]
            break
    if len(word) > _SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "aeiouls":
        return word[:-1]
    return word[:-1] if len(word) > _SHORTEST_STEM and word.endswith("e") else word

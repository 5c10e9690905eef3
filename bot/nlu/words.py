"""Units of text for both languages at once: a Chinese character, a Latin word, a number, a sign."""

from __future__ import annotations

import re

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# Letters of any alphabet but Han; a number keeps its point or comma when digits follow.
UNIT = re.compile(rf"[{_HAN}]|[0-9]+(?:[.,][0-9]+)*|[^\W\d_{_HAN}]+(?:'[^\W\d_{_HAN}]+)*|[^\w\s]|_|\S")


def units(normalised: str) -> list[str]:
    """The units of a normalised text, in order."""
    return UNIT.findall(normalised)

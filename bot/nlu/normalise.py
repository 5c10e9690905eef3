"""One spelling for what customers type: simplified, half-width, lower-case, without invisible characters.

`normalise` gives the text, `align` also remembers where each character came from, so that an entity found in the
normalised text can be cut out of the original.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import opencc

_DROPPED_CATEGORIES = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})  # zero-width, bidi, control, unpaired surrogates
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_KEPT_AS_SPACE = frozenset("\t\n\r\v\f\x1c\x1d\x1e\x85")
# Signs that NFKC leaves alone but keyboards mix up.
_SIGNS = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "`": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "―": "-",
        "‐": "-",
        "‑": "-",
        "−": "-",
        "。": ".",
        "、": ",",
        "「": '"',
        "」": '"',
        "【": "[",
        "】": "]",
        "¥": "¥",
        "￥": "¥",
    }
)


@dataclass(frozen=True)
class Aligned:
    """A normalised text and where each of its characters stood in the original."""

    original: str
    text: str
    starts: tuple[int, ...]
    """For each character of `text`, the offset in `original` at which its source begins."""
    ends: tuple[int, ...]
    """For each character of `text`, the offset in `original` just after its source."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The piece of the original behind `text[start:end]`; an empty piece stays empty."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else len(self.original)
            return at, at
        return self.starts[start], self.ends[end - 1]


def normalise(text: str) -> str:
    """The text as the components see it."""
    return align(text).text


@lru_cache(maxsize=32)
def align(text: str) -> Aligned:
    """Normalise and keep the offsets; several components ask for the same text's.

    NFKC, lower case and traditional to simplified; zero-width, bidi and control characters go, runs of white space
    become one blank, signs that keyboards mix up become one.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        offsets = tuple(range(len(text) + 1))
        return Aligned(text, text.lower().translate(_SIGNS), offsets[:-1], offsets[1:])
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end, cluster in _clusters(text):
        piece = _piece(cluster)
        if piece == " " and pieces and pieces[-1] == " ":
            ends[-1] = end
            continue
        pieces.extend(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
    return Aligned(text, _simplify("".join(pieces)), tuple(starts), tuple(ends))


def _clusters(text: str) -> list[tuple[int, int, str]]:
    """Characters with the combining marks that follow them."""
    clusters: list[tuple[int, int, str]] = []
    for index, character in enumerate(text):
        if clusters and unicodedata.combining(character):
            start, _, cluster = clusters[-1]
            clusters[-1] = (start, index + 1, cluster + character)
        else:
            clusters.append((index, index + 1, character))
    return clusters


@lru_cache(maxsize=20_000)
def _piece(cluster: str) -> str:
    """What a cluster becomes; empty when it is invisible."""
    if cluster in _KEPT_AS_SPACE:
        return " "
    folded = unicodedata.normalize("NFKC", cluster)
    visible = [
        " " if character in _KEPT_AS_SPACE or unicodedata.category(character) == "Zs" else character
        for character in folded.lower().translate(_SIGNS)
        if character in _KEPT_AS_SPACE
        or (unicodedata.category(character) not in _DROPPED_CATEGORIES and ord(character) not in _VARIATION_SELECTORS)
    ]
    return "".join(visible)


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _simplify(text: str) -> str:
    """Traditional characters become simplified ones, phrase by phrase where the length allows."""
    if not any(is_han(character) for character in text):
        return text
    converted: str = _converter().convert(text)
    if len(converted) == len(text):
        return converted
    return "".join(_simplify_character(character) for character in text)


@lru_cache(maxsize=20_000)
def _simplify_character(character: str) -> str:
    converted: str = _converter().convert(character)
    return converted if len(converted) == 1 else character


def is_han(character: str) -> bool:
    """Whether this is a Chinese character, also a rare or a compatibility one."""
    code = ord(character)
    return (
        0x4E00 <= code <= 0x9FFF
        or code == 0x3007
        or 0x3400 <= code <= 0x4DBF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x323AF
    )

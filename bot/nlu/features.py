"""What the classifier sees of a message: characters, words, pairs of words and ideas, one space for both languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations, pairwise

from bot.nlu.concepts import ideas
from bot.nlu.normalise import is_han
from bot.nlu.words import stem, units

Features = tuple[list[str], ...]
"""The features of a text, a list per block, with repetitions."""

Span = tuple[int, int, str]
"""Where an entity stands in a normalised text, and its kind."""

BLOCKS = 4
"""Characters; neighbouring units; units with a gap; ideas. Each is weighed and normalised on its own."""

_DIGIT = re.compile(r"\d")
_STOPS = frozenset(".,!?;")
_FIRST_PICTURE = "\u2190"
_GRAMS = range(2, 5)
"""How long the pieces of a word are that is written in letters."""
_MOST_UNITS = 120
_MOST_IDEAS = 20

_KINDS = (
    "order_number", "tracking_number", "phone", "phone_tail", "code", "rma", "amount", "date", "time", "store", "city",
    "product", "category", "size", "service", "reason", "payment_method", "region",
)  # fmt: skip
# A private letter per kind of entity: it can never be typed into, or confused with, a word.
_MARKS = {kind: chr(0xE000 + index) for index, kind in enumerate(_KINDS)}
_MARK_LETTERS = frozenset(_MARKS.values())


def masked(text: str, spans: Iterable[Span]) -> str:
    """The normalised text with each entity replaced by a letter for its kind."""
    pieces: list[str] = []
    at = 0
    for start, end, kind in spans:
        mark = _MARKS.get(kind)
        if start < at or mark is None:
            continue
        pieces += [text[at:start], f" {mark} "]
        at = end
    pieces.append(text[at:])
    return "".join(pieces)


def features(text: str, spans: Sequence[Span] = ()) -> Features:
    """The features of a normalised text; entities count both as they were written and as their kind."""
    grams, words, skips, thoughts = _written(text)
    if not spans:
        return grams, words, skips, _together(thoughts)
    of_kinds, pairs_of_kinds, skips_of_kinds = _sequence(_pieces(masked(text, spans)))
    marks = [unit for unit in of_kinds if unit in _MARK_LETTERS]
    words = words + _not_in(words, of_kinds + pairs_of_kinds)
    skips = skips + _not_in(skips, skips_of_kinds)
    return grams, words, skips, _together(thoughts + marks)


@lru_cache(maxsize=64)
def _written(text: str) -> Features:
    """The features of a text as it was written, not to be changed: more than one component asks for them."""
    pieces = _pieces(text)
    stems, pairs, skips = _sequence(pieces)
    return _character_grams(pieces), stems + pairs, skips, ideas(stems)


def _pieces(text: str) -> list[str]:
    """The units of a text, every digit a 0; emoji only where they are all there is."""
    pieces = units(_DIGIT.sub("0", text))[:_MOST_UNITS]
    said = [piece for piece in pieces if not _is_picture(piece)]
    return said if any(piece.isalnum() or piece in _MARK_LETTERS for piece in said) else pieces


def _is_picture(piece: str) -> bool:
    return piece[0] >= _FIRST_PICTURE and unicodedata.category(piece[0]) in ("So", "Sk")


def _sequence(pieces: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Stems, neighbours, and pairs with a gap."""
    stems = [stem(piece) for piece in pieces if piece not in _STOPS]
    sequence = ["^", *stems, "$"]
    pairs = [f"{first} {second}" for first, second in pairwise(sequence)]
    skips = [f"{first}_{second}" for gap in (2, 3) for first, second in zip(sequence, sequence[gap:], strict=False)]
    return stems, pairs, skips


def _not_in(known: list[str], others: list[str]) -> list[str]:
    seen = set(known)
    return [other for other in others if other not in seen]


def _together(found: list[str]) -> list[str]:
    """Ideas and kinds of entities, and which of them come together."""
    return found + [f"{first}&{second}" for first, second in combinations(sorted(set(found))[:_MOST_IDEAS], 2)]


@lru_cache(maxsize=20_000)
def _word_grams(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(padded[start : start + size] for size in _GRAMS for start in range(len(padded) - size + 1))


def _character_grams(pieces: Sequence[str]) -> list[str]:
    grams: list[str] = []
    run = ""
    for piece in [*pieces, ""]:
        if len(piece) == 1 and is_han(piece):
            run += piece
            continue
        if run:
            grams += run
            bordered = f"<{run}>"
            grams += [bordered[index : index + 2] for index in range(len(bordered) - 1)]
            run = ""
        if piece:
            grams += _word_grams(piece)
    return grams

"""Whether a text told anew still says what its source says, and nothing that the source does not.

The rule is strict, since a refusal costs nothing: every number with what it counts, every address and every word that
could carry a fact must stand in the source; only words that carry none (`data/wording.yml`) may be added. What the
source denies, limits or makes a must has to be so as often as before, and a number stays with what it is said of.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml

_One = TypeVar("_One", str, tuple[str, str])

_URL = re.compile(r"(?:https?://|www\.)[^\s，。；！？）)]+|\b[\w.+-]+@[\w-]+\.[\w.]+", re.IGNORECASE)
_CODE = re.compile(r"(?<![a-z0-9])(?=[a-z]*\d)[a-z0-9]*[a-z][a-z0-9]*(?![a-z0-9])", re.IGNORECASE)
"""Letters and digits in one word: an order number, a model."""
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_HAN_NUMERAL = re.compile("[零〇一二两三四五六七八九十百千万]+")
_HAN_RUN = re.compile("[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]+(?:'[a-z]+)*", re.IGNORECASE)
_CLAUSE = re.compile(r"[,，;；.。!！?？:：、\n](?!\d)|\band\b|\bor\b|以及|而")
_UNIT = re.compile(r"\s*(%|％|[a-z]+|[\u4e00-\u9fff])", re.IGNORECASE)
_DIGITS = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_ENDINGS = ("ing", "ed", "es", "s", "d")
_SHORTEST_STEM = 3


@dataclass(frozen=True)
class Glue:
    """Words that carry no fact, and words that turn one round."""

    free: frozenset[str]
    """May be added or left out: pronouns, courtesies, particles."""
    turning: frozenset[str]
    """Denials, limits and musts: each has to stand there as often as in the source."""
    numerals: dict[str, int]
    """English words for numbers."""

    @classmethod
    def read(cls, path: Path) -> Glue:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(
            frozenset(word for line in content["free"] for word in line.split()),
            frozenset(word for line in content["turning"] for word in line.split()),
            {word: number for number, word in enumerate(content["numerals"].split())},
        )


def added(source: str, told: str, glue: Glue) -> list[str]:
    """What `told` says that `source` does not; nothing in a faithful text."""
    before, after = _normal(source), _normal(told)
    strange = [*_missing(_addresses(after), _addresses(before)), *_missing(_codes(after), _codes(before))]
    strange += [" ".join(pair).strip() for pair in _missing(_counted(after, glue), _counted(before, glue))]
    strange += _latin_strange(before, after, glue)
    strange += [run for run in _HAN_RUN.findall(_bare(after)) if not _covered(run, before, glue.free | glue.turning)]
    strange += [word for word in sorted(glue.turning) if _times(word, after) > _times(word, before)]
    return [*strange, *_misplaced(before, after, glue)]


def dropped(source: str, told: str, glue: Glue) -> list[str]:
    """The numbers, addresses, denials and musts of `source` that `told` left out."""
    before, after = _normal(source), _normal(told)
    lost = [*_missing(_addresses(before), _addresses(after)), *_missing(_codes(before), _codes(after))]
    lost += [" ".join(pair).strip() for pair in _missing(_counted(before, glue), _counted(after, glue))]
    return lost + [word for word in sorted(glue.turning) if _times(word, after) < _times(word, before)]


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("¥", " ¥ ")


def _missing(wanted: Iterable[_One], there: Iterable[_One]) -> list[_One]:
    known = set(there)
    return [one for one in dict.fromkeys(wanted) if one not in known]


def _addresses(text: str) -> list[str]:
    return [found.rstrip(".,;:!?") for found in _URL.findall(text)]


def _codes(text: str) -> list[str]:
    return _CODE.findall(_URL.sub(" ", text))


def _bare(text: str) -> str:
    """Without addresses, codes and numbers."""
    return _NUMBER.sub(" ", _CODE.sub(" ", _URL.sub(" ", text)))


def _counted(text: str, glue: Glue) -> list[tuple[str, str]]:
    """Numbers, in figures or words, each with what it counts."""
    plain = _CODE.sub(" ", _URL.sub(" ", text))
    found: list[tuple[str, str]] = []
    for match in _NUMBER.finditer(plain):
        found.append((match.group().replace(",", ""), _unit(plain, match.end())))
    for match in _HAN_NUMERAL.finditer(plain):
        value = _value(match.group())
        if value is not None and match.group() not in ("一", "千万", "万一"):
            found.append((str(value), _unit(plain, match.end())))
    for match in _LATIN.finditer(plain):
        number = glue.numerals.get(match.group())
        if number is not None and number != 1:  # "one" is a pronoun more often than a number
            found.append((str(number), _unit(plain, match.end())))
    return found


def _unit(text: str, at: int) -> str:
    match = _UNIT.match(text, at)
    return _stem(match[1]) if match else ""


def _value(numeral: str) -> int | None:
    total = digit = 0
    for character in numeral:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total += (digit or 1) * _PLACES[character]
            digit = 0
    return total + digit


def _misplaced(before: str, after: str, glue: Glue) -> list[str]:
    """Words that stand beside a number in a clause though the source says them of other numbers only."""
    told_of = [(set(_counted(clause, glue)), _content(clause, glue)) for clause in _CLAUSE.split(before)]
    wrong: list[str] = []
    for clause in _CLAUSE.split(after):
        numbers = set(_counted(clause, glue))
        if not numbers:
            continue
        own = {word for counted, words in told_of if counted & numbers or not counted for word in words}
        others = {word for counted, words in told_of if counted and not counted & numbers for word in words}
        wrong += sorted(_content(clause, glue) & (others - own))
    return wrong


def _content(clause: str, glue: Glue) -> set[str]:
    """Stems and neighbouring Chinese characters that may carry a fact."""
    bare = _bare(clause)
    stems = {_stem(word) for word in _LATIN.findall(bare) if word not in glue.free and word not in glue.numerals}
    return stems | {run[at : at + 2] for run in _HAN_RUN.findall(bare) for at in range(len(run) - 1)}


def _latin_strange(before: str, after: str, glue: Glue) -> list[str]:
    known = {_stem(word) for word in _LATIN.findall(before)}
    allowed = glue.free | glue.turning | glue.numerals.keys()
    words = dict.fromkeys(_LATIN.findall(_bare(after)))
    return [word for word in words if word not in allowed and _stem(word) not in known]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.isascii() and word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if word.isascii() and len(word) > _SHORTEST_STEM else word


def _covered(run: str, source: str, free: frozenset[str]) -> bool:
    """Whether a Chinese run is made of pieces of the source and of free words alone."""
    reach = {0}
    for end in range(1, len(run) + 1):
        if any(
            start in reach
            and (run[start:end] in free or (end - start > 1 and run[start:end] in source) or _counts(run[start:end]))
            for start in range(max(0, end - 8), end)
        ):
            reach.add(end)
    return len(run) in reach


def _counts(piece: str) -> bool:
    """Numerals are judged as numbers, not as words."""
    return _HAN_NUMERAL.fullmatch(piece) is not None


def _times(word: str, text: str) -> int:
    if word.isascii():
        return Counter(_LATIN.findall(text))[word]
    return text.count(word)

"""Slips of the finger, mended by what the training examples say: `refnud`, 快第 for 快递, `tuihuo` for 退货.

Only what the examples do not know is touched, and only when one reading of it is well known to them. The classifier
reads the mended text; entities and everything that is shown or stored keep to the original.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import log
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.nlu import pinyin
from bot.nlu.language import detect
from bot.nlu.normalise import is_han
from bot.nlu.words import UNIT, stem, units

Span = tuple[int, int, str]
"""Where an entity stands in a normalised text, and its kind."""

_FILE = "spelling.json"
_SHORTEST_WORD = 3
_LONG_WORD = 6
"""From so many letters on one of them may be another; in shorter words letters are only swapped, left out or added."""
_LONG_ENOUGH_FOR_TWO = 5
_ONE_LETTER = ("a", "i")
_KNOWN_WORD = 2
"""How often a word stands in the examples before others are taken for a slip of it."""
_KNOWN_SHORT_WORD = 4
_SHORT_WORD = 4
_KNOWN_SHORTEST_WORD = 12
_KNOWN_HALF = 10
"""The same for words of fewer than `_LONG_WORD` letters, of up to `_SHORT_WORD`, and for halves of a word."""
_KNOWN_PAIR = 6
"""How often two characters stand side by side before one of the same sound is taken for a slip."""
_COMMON = 0.002
"""A character with this share of all is hardly typed by mistake, so more is asked of its rival."""
_MOST_SYLLABLES = 40
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURING_KEYS = frozenset(
    pair
    for row in range(len(_KEYS))
    for place, key in enumerate(_KEYS[row])
    for other_row, shifts in ((row, (1,)), (row + 1, (-1, 0)))
    if other_row < len(_KEYS)
    for shift in shifts
    if 0 <= place + shift < len(_KEYS[other_row])
    for other in _KEYS[other_row][place + shift]
    for pair in ((key, other), (other, key))
)
_UNSEEN = 0.05


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str


@dataclass
class Spelling:
    """What words and neighbouring characters the examples hold, and how characters sound."""

    words: Mapping[str, int]
    pairs: Mapping[str, int]
    """Neighbouring characters, and how often."""
    sounds: Mapping[str, str]
    """The toneless syllable of each character in daily use."""
    _corrected: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Spelling:
        """Learn from normalised texts."""
        words: Counter[str] = Counter()
        pairs: Counter[str] = Counter()
        for text in texts:
            pieces = units(text)
            words.update(piece for piece in pieces if piece.isascii() and piece.isalpha())
            pairs.update(one + other for one, other in pairwise(pieces) if is_han(one[0]) and is_han(other[0]))
        return cls(words, pairs, pinyin.readings() if pairs else {})

    def mend(self, text: str, spans: Sequence[Span] = ()) -> tuple[str, list[Span]]:
        """The normalised text with its slips mended, and the entities where they stand now; those stay untouched."""
        taken = sorted(spans)
        edits = [
            edit
            for edit in self._edits(text)
            if not any(start < edit.end and edit.start < end for start, end, _ in taken)
        ]
        if not edits:
            return text, list(spans)
        pieces, at = [], 0
        for edit in edits:
            pieces += [text[at : edit.start], edit.text]
            at = edit.end
        pieces.append(text[at:])
        moved = [
            (start + shift, end + shift, kind)
            for start, end, kind in spans
            for shift in [sum(len(edit.text) - (edit.end - edit.start) for edit in edits if edit.end <= start)]
        ]
        return "".join(pieces), moved

    def save(self, folder: Path) -> None:
        known = {"words": dict(self.words), "pairs": dict(self.pairs), "sounds": pinyin.dump(dict(self.sounds))}
        (folder / _FILE).write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Spelling:
        known = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(known["words"], known["pairs"], pinyin.parse(known["sounds"]))

    def _edits(self, text: str) -> list[_Edit]:
        found = [(match.start(), match.group()) for match in UNIT.finditer(text)]
        chinese = any(map(is_han, text))
        unknown = [(start, piece) for start, piece in found if self._is_unknown_word(piece)]
        edits: list[_Edit] = []
        if (unknown and chinese) or (not chinese and detect(text) == "zh"):
            edits = self._typed_in_pinyin(found, text, chinese=chinese)
        for start, word in unknown:
            meant = None if any(edit.start <= start < edit.end for edit in edits) else self._meant(word)
            if meant is not None:
                edits.append(_Edit(start, start + len(word), meant))
        if chinese:
            edits += self._same_sound(found)
        return sorted(edits, key=lambda edit: edit.start)

    # ── Latin words ──────────────────────────────────────────────────────

    def _is_unknown_word(self, piece: str) -> bool:
        return (
            len(piece) >= _SHORTEST_WORD
            and piece.isascii()
            and piece.isalpha()
            and stem(piece) not in self._known_stems
        )

    @cached_property
    def _known_stems(self) -> frozenset[str]:
        return frozenset(stem(word) for word in self.words)

    @cached_property
    def _by_initial(self) -> dict[str, list[str]]:
        """Words worth mending to, by their first letter, the commonest first."""
        index: dict[str, list[str]] = {}
        for word, count in sorted(self.words.items(), key=lambda item: (-item[1], item[0])):
            if len(word) > _SHORTEST_WORD and count >= _KNOWN_WORD:
                index.setdefault(word[0], []).append(word)
        return index

    def _meant(self, word: str) -> str | None:
        """The commonest word that is one slip away; the first letter is never the slip."""
        if word not in self._corrected:
            if len(self._corrected) > 5000:
                self._corrected.clear()
            near = process.extract(
                word, self._by_initial.get(word[0], []), scorer=OSA.distance, score_cutoff=1, limit=None
            )
            fitting = [other for other, _, _ in near if self._is_slip(word, other)]
            commonest = max(fitting, key=lambda other: self.words[other], default=None)
            self._corrected[word] = commonest or self._apart(word)
        return self._corrected[word]

    def _apart(self, word: str) -> str | None:
        """Two well-known words that were typed without a blank."""
        if len(word) < _LONG_ENOUGH_FOR_TWO:
            return None
        halves = [(word[:at], word[at:]) for at in range(1, len(word))]
        count, best = max(
            (min(self.words.get(one, 0), self.words.get(other, 0)), f"{one} {other}")
            for one, other in halves
            if all(len(half) > 1 or half in _ONE_LETTER for half in (one, other))
        )
        return best if count >= _KNOWN_HALF else None

    def _is_slip(self, word: str, other: str) -> bool:
        enough = _KNOWN_SHORTEST_WORD if len(word) <= _SHORT_WORD else _KNOWN_SHORT_WORD
        if len(word) < _LONG_WORD and self.words[other] < enough:
            return False
        if len(word) != len(other):
            return other != word[:-1]  # a form of the word: `openings`, `maker`
        wrong = [(one, meant) for one, meant in zip(word, other, strict=True) if one != meant]
        return len(wrong) > 1 or (len(word) >= _LONG_WORD and wrong[0] in _NEIGHBOURING_KEYS)

    # ── Chinese ──────────────────────────────────────────────────────────

    @cached_property
    def _by_sound(self) -> dict[str, list[str]]:
        """The characters of the examples by their syllable."""
        index: dict[str, list[str]] = {}
        for character in sorted(self._counts):
            if character in self.sounds:
                index.setdefault(self.sounds[character], []).append(character)
        return index

    @cached_property
    def _counts(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for pair, count in self.pairs.items():
            for character in pair:
                counts[character] += count
        return counts

    @cached_property
    def _total(self) -> int:
        return max(self._counts.total(), 1)

    def _same_sound(self, found: Sequence[tuple[int, str]]) -> list[_Edit]:
        """Characters that no example has beside these neighbours, while one of the same sound is well known there."""
        edits: list[_Edit] = []
        before = ""
        for index, (start, piece) in enumerate(found):
            if not is_han(piece[0]):
                before = ""
                continue
            after = found[index + 1][1] if index + 1 < len(found) and is_han(found[index + 1][1][0]) else ""
            meant = self._meant_here(before, piece, after) if before or after else piece
            if meant != piece:
                edits.append(_Edit(start, start + len(piece), meant))
            before = meant
        return edits

    def _meant_here(self, before: str, character: str, after: str) -> str:
        if self.pairs.get(before + character) or self.pairs.get(character + after):
            return character
        rivals = [
            (max(self.pairs.get(before + other, 0), self.pairs.get(other + after, 0)), other)
            for other in self._by_sound.get(self.sounds.get(character, ""), [])
        ]
        count, best = max(rivals, default=(0, character))
        enough = _KNOWN_PAIR * (4 if self._counts[character] > _COMMON * self._total else 1)
        return best if count >= enough else character

    def _typed_in_pinyin(self, found: Sequence[tuple[int, str]], text: str, *, chinese: bool) -> list[_Edit]:
        """Runs of Latin words that are pinyin, as the characters that most likely stand for them."""
        edits: list[_Edit] = []
        run: list[tuple[int, str]] = []
        before = ""
        for start, piece in [*found, (len(text), "")]:
            spoken = pinyin.syllables(piece) if piece and piece.isascii() and piece.isalpha() else None
            heard = spoken is not None and all(syllable in self._by_sound for syllable in spoken)
            if heard and (run or not chinese or stem(piece) not in self._known_stems):
                run.append((start, piece))
                continue
            if run:
                edits += self._as_characters(run, before, piece)
                run = []
            before = piece if piece and is_han(piece[0]) else ""
        return edits

    def _as_characters(self, run: Sequence[tuple[int, str]], before: str, after: str) -> list[_Edit]:
        sounds = [syllable for _, word in run for syllable in pinyin.syllables(word) or ()][:_MOST_SYLLABLES]
        ways: dict[str, tuple[float, str]] = {before: (0.0, "")}
        for sound in sounds:
            ways = {
                character: max(
                    (score + self._likely(previous, character), written + character)
                    for previous, (score, written) in ways.items()
                )
                for character in self._by_sound[sound]
            }
        following = after if after and is_han(after[0]) else ""
        _, written = max(
            (score + (self._likely(last, following) if following else 0.0), text)
            for last, (score, text) in ways.items()
        )
        start, end = run[0][0], run[-1][0] + len(run[-1][1])
        return [_Edit(start, end, written)]

    def _likely(self, before: str, character: str) -> float:
        alone = (self._counts[character] + _UNSEEN) / self._total
        if not before:
            return log(alone)
        together = self.pairs.get(before + character, 0)
        return log(0.9 * together / (self._counts[before] / 2 + 1) + 0.1 * alone)

"""Names of things the shop knows, found as customers write them: shortened, in pinyin, by ear, with a typo.

Nothing here knows a store or a product. The names come from the training data: a lookup lists the values of an
entity, a synonym lists the ways to say one value, and a lookup `entity.value` lists words that mean it among others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.nlu import pinyin
from bot.nlu.found import Found
from bot.nlu.normalise import is_han, normalise
from bot.nlu.tokens import document, vocabulary
from bot.nlu.words import UNIT, units

Meanings = dict[str, dict[str, tuple[str, ...]]]
"""For each normalised name, the values it may stand for, by entity."""

NOTHING = "nothing"
"""The lookup of phrases that hold a name but do not mean it: a phone number is no phone."""

_FUZZY_ENTITIES = frozenset({"store", "product", "city"})
_HEARD_ENTITIES = _FUZZY_ENTITIES | {"payment_method"}
_SHORTEST_FUZZY = 5
_TWO_SLIPS_FROM = 9
_DENIED = re.compile(
    r"(?:不是|不要|不想要|不去|别|并非|不在|\bnot(?:\s+(?:at|in|the|for|from))?|\bisn't|\bdon't\s+want)\s*$"
)
_LATIN_WORD = re.compile(r"(?<![a-z0-9'])[a-z]+(?![a-z0-9'])")
_ASKED_BACK = re.compile(r"[^,.;!]{0,8}(?:吗|么|\?)")
# Neighbouring sounds that typing and dialects mix up.
_LIKE_SOUNDS = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@dataclass
class Vocabulary:
    """What the training data says about names; plain data, so that it can be stored with a model."""

    values: dict[str, list[str]] = field(default_factory=dict)
    """Entity to its values."""
    names: dict[str, list[str]] = field(default_factory=dict)
    """Value to the names that mean it and nothing else."""
    shared: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Entity to value to words that may mean other things too."""
    shapes: dict[str, list[str]] = field(default_factory=dict)
    """Entity to regular expressions, such as the form of an order number."""

    @classmethod
    def from_training_data(
        cls,
        synonyms: Mapping[str, str],
        lookups: Iterable[Mapping[str, object]],
        regexes: Iterable[Mapping[str, str]],
        entities: Collection[str],
    ) -> Vocabulary:
        """Read Rasa's lookups, synonyms and regexes, as far as they concern these entities."""
        vocabulary = cls()
        for lookup in lookups:
            entity, _, value = str(lookup["name"]).partition(".")
            elements = lookup["elements"]
            if entity not in entities or not isinstance(elements, list):
                continue
            if value:
                vocabulary.shared.setdefault(entity, {}).setdefault(value, []).extend(elements)
            else:
                vocabulary.values.setdefault(entity, []).extend(elements)
        for name, value in synonyms.items():
            vocabulary.names.setdefault(value, []).append(name)
        for regex in regexes:
            if regex["name"] in entities:
                vocabulary.shapes.setdefault(regex["name"], []).append(regex["pattern"])
        return vocabulary

    def meanings(self) -> Meanings:
        """Every name in normalised form with all it may mean."""
        gathered: dict[str, dict[str, dict[str, None]]] = {}

        def add(name: str, entity: str, value: str) -> None:
            for variant in _variants(normalise(name).strip()):
                gathered.setdefault(variant, {}).setdefault(entity, {})[value] = None

        for entity, values in self.values.items():
            for value in values:
                for name in (value, *self.names.get(value, ())):
                    add(name, entity, value)
        for entity, by_value in self.shared.items():
            for value, words in by_value.items():
                for word in words:
                    add(word, entity, value)
        return {
            name: {entity: tuple(values) for entity, values in by_entity.items()}
            for name, by_entity in gathered.items()
            if name
        }


def _variants(name: str) -> Iterator[str]:
    """The name, and its English singular or plural."""
    yield name
    last = re.search(r"[a-z]{4,}$", name)
    if last is None:
        return
    if name.endswith(("ss", "sh", "ch", "x")):
        yield f"{name}es"
    elif name.endswith("s"):
        yield name[:-1]
    elif not name.endswith("y"):
        yield f"{name}s"


class Names:
    """Finds them in documents."""

    def __init__(
        self,
        meanings: Meanings,
        readings: Mapping[str, str],
        *,
        sounds: Mapping[str, Sequence[str]],
        known_words: Collection[str] = (),
    ) -> None:
        """`readings` give the usual sound of a character, `sounds` that of whole names (调 in 空调 is not its usual).

        `known_words` are Latin words that are never taken for a typo.
        """
        self._meanings = meanings
        self._readings = {character: _blur(sound) for character, sound in readings.items()}
        self._known = known_words
        self._spellings = {_spelling(name): name for name in meanings}
        self._matcher = PhraseMatcher(vocabulary(), attr="ORTH")
        for name in meanings:
            self._matcher.add(name, [document(name)])
        self._sounds = _SoundTree()
        self._by_first: dict[tuple[int, str], list[str]] = {}
        for name, meaning in meanings.items():
            if not _HEARD_ENTITIES.intersection(meaning):
                continue
            least = 2 if _FUZZY_ENTITIES.intersection(meaning) else 3
            if len(name) >= least and all(is_han(character) for character in name):
                self._sounds.add([_blur(sound) for sound in sounds.get(name, ())] or list(name), name)
            if not _FUZZY_ENTITIES.intersection(meaning):
                continue
            # A derived plural is no target: `picos` would make a product of "picks".
            derived = name.endswith("s") and name[:-1] in meanings
            if name.isascii() and len(name) >= _SHORTEST_FUZZY and name.replace(" ", "").isalpha() and not derived:
                self._by_first.setdefault((len(name.split()), name[0]), []).append(name)
        self._widths = sorted({width for width, _ in self._by_first})

    def find(self, doc: Doc, text: str) -> Iterator[Found]:
        """Names in a document of this normalised text; what overlaps is settled later, the longest wins."""
        exact = list(self._exact(doc, text))
        yield from exact
        taken = [(one.start, one.end) for one in exact]
        for one in self._heard(text, taken):
            # 电视几钱 is 电视 and a question, not 电视机: what was said outright needs no guess.
            if not any(
                one.start <= other.start and other.end <= one.end and _same_thing(one, other) for other in exact
            ):
                yield one
        yield from self._misspelt(text, taken)

    def _exact(self, doc: Doc, text: str) -> Iterator[Found]:
        matched = {(start, end) for _, start, end in self._matcher(doc)}
        for start, end in _longest(matched):
            begin, finish = doc[start].idx, doc[end - 1].idx + len(doc[end - 1])
            name = self._spellings.get(_spelling(text[begin:finish]))
            if name is None or _denied(text, begin, finish):
                continue
            if name.startswith("不") and begin and text[begin - 1] == name[1:2]:
                continue  # 能不能用 asks, it does not say 不能用
            yield from self._all_meanings(name, begin, finish, 1.0)

    def _all_meanings(self, name: str, start: int, end: int, confidence: float) -> Iterator[Found]:
        for entity, values in self._meanings[name].items():
            if entity == NOTHING:
                continue
            if len(values) == 1:
                yield Found(start, end, entity, values[0], confidence)
            else:
                yield Found(start, end, entity, "", confidence, values)

    def _heard(self, text: str, taken: list[tuple[int, int]]) -> Iterator[Found]:
        """Names in pinyin or in characters that sound the same."""
        for run in _sound_runs(text, self._readings):
            for first, sound in enumerate(run):
                if sound.inside:
                    continue  # would cut a Latin word in two
                for last, name in self._sounds.walk(run, first):
                    start, end = sound.start, run[last - 1].end
                    if last < len(run) and run[last].inside:
                        continue
                    if _within(start, end, taken):
                        continue
                    if _plausible(name, run[first:last]) and not _denied(text, start, end):
                        yield from self._all_meanings(name, start, end, 0.85)

    def _misspelt(self, text: str, taken: list[tuple[int, int]]) -> Iterator[Found]:
        """Latin names with a letter or two wrong; only words that are not words of their own can be slips."""
        words = [(match.group(), match.start()) for match in _LATIN_WORD.finditer(text)]
        odd = [index for index, (word, _) in enumerate(words) if len(word) > 2 and word not in self._known]
        for width in self._widths:
            for first in sorted({at for index in odd for at in range(index - width + 1, index + 1)}):
                if first < 0 or first + width > len(words):
                    continue
                (_, start), (last, last_start) = words[first], words[first + width - 1]
                end = last_start + len(last)
                written = text[start:end]
                if len(written) < _SHORTEST_FUZZY or _within(start, end, taken):
                    continue
                name = _nearest(written, self._by_first.get((width, written[0]), ()), self._known)
                if name is not None and not _denied(text, start, end):
                    yield from self._all_meanings(name, start, end, 0.8)


class _SoundTree:
    """Names by their syllables."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}

    def add(self, syllables: Iterable[str], name: str) -> None:
        node = self._root
        for syllable in syllables:
            node = node.setdefault(syllable, {})
        node.setdefault("", name)

    def walk(self, run: Sequence[_Sound], first: int) -> Iterator[tuple[int, str]]:
        """Names that sound like a stretch of the run beginning there, with the stretch's end."""
        node = self._root
        for last in range(first, len(run)):
            found = node.get(run[last].syllable)
            if found is None:
                return
            node = found
            if "" in node:
                yield last + 1, node[""]


def _same_thing(one: Found, other: Found) -> bool:
    return (one.entity, one.value, one.candidates) == (other.entity, other.value, other.candidates)


def _spelling(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _longest(matched: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(matched, key=lambda span: (span[0] - span[1], span[0])):
        if not _overlaps(start, end, kept):
            kept.append((start, end))
    return kept


def _overlaps(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in spans)


def _within(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(begin <= start and end <= finish for begin, finish in spans)


def _denied(text: str, start: int, end: int) -> bool:
    """Whether the customer says it is not this one; "isn't it this one?" is no denial."""
    return bool(_DENIED.search(text[max(0, start - 16) : start])) and not _ASKED_BACK.match(text[end:])


@lru_cache(maxsize=2000)
def _blur(syllable: str) -> str:
    for precise, blurred in _LIKE_SOUNDS:
        if syllable.startswith(precise):
            syllable = blurred + syllable[len(precise) :]
    return syllable[:-1] if syllable.endswith(("ang", "eng", "ing")) else syllable


class _Sound(NamedTuple):
    syllable: str
    start: int
    end: int
    written: str
    """The character, or empty when it was typed in pinyin."""
    inside: bool
    """Whether it continues a Latin word."""


def _sound_runs(text: str, readings: Mapping[str, str]) -> Iterator[list[_Sound]]:
    """Neighbouring characters and pinyin words as blurred syllables."""
    run: list[_Sound] = []
    for match in UNIT.finditer(text):
        unit = match.group()
        sound = readings.get(unit)
        spelt = pinyin.syllables(unit) if sound is None and unit.isascii() else None
        if sound is not None:
            run.append(_Sound(sound, match.start(), match.end(), unit, False))
        elif spelt:
            for index, syllable in enumerate(spelt):
                run.append(_Sound(_blur(syllable), match.start(), match.end(), "", index > 0))
        else:
            if len(run) > 1:
                yield run
            run = []
    if len(run) > 1:
        yield run


def _plausible(name: str, window: list[_Sound]) -> bool:
    """Whether a name of the same sound is meant: wholly typed in pinyin, or long enough and nearly right."""
    if not any(sound.written for sound in window):
        return len(window) >= 2 and window[-1].end - window[0].start >= 5
    shared = sum(sound.written == character for sound, character in zip(window, name, strict=True))
    return len(window) >= 3 and shared * 2 >= len(window)


def _nearest(written: str, names: Iterable[str], known: Collection[str]) -> str | None:
    """The name that differs by a slip of the pen, in words that are not words of their own."""
    best: tuple[int, str] | None = None
    words = written.split()
    for name in names:
        if name[0] != written[0] or abs(len(name) - len(written)) > 2:
            continue
        allowed = 2 if len(name) >= _TWO_SLIPS_FROM else 1
        distance = OSA.distance(written, name, score_cutoff=allowed)
        if distance > allowed or (best is not None and distance >= best[0]):
            continue
        if len(written) == len(name) and written[:-1] == name[:-1]:
            continue  # another ending is another word: washed, washer
        changed = [(word, right) for word, right in zip(words, name.split(), strict=False) if word != right]
        if all(len(word) > 2 and word not in known and word[0] == right[0] for word, right in changed):
            best = (distance, name)
    return None if best is None else best[1]


def latin_words(texts: Iterable[str]) -> set[str]:
    """The Latin words of some normalised texts; a word seen but once may be a typo itself and is left out."""
    counts = Counter(unit for text in texts for unit in set(units(text)) if unit.isascii())
    return {unit for unit, count in counts.items() if count > 1 and unit.isalpha()}

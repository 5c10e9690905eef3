"""An entry's wordings among all others: near duplicates, and wordings that something else is understood by."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from bot.content.entries import Entry
from bot.content.examples import normalised
from bot.messages import LANGUAGES
from bot.nlu.likeness import Like, Likeness
from bot.studio.faults import Around, Fault
from bot.studio.words import StudioWords

NEAR = 0.72
"""From here on two wordings are taken for the same question."""
SURE = 0.5
"""From this confidence on another intent is said to win."""
REMEMBERED = 4000
MOST_ASKED = 60
"""Wordings of one entry that are put to the classifier at once."""
_NOBODYS = frozenset({"nlu_fallback", "out_of_scope"})


class Understood(Protocol):
    @property
    def intent(self) -> str | None: ...
    @property
    def ranking(self) -> Sequence[tuple[str, float]]: ...


class Classifier(Protocol):
    """The part of the engine that says what a text means."""

    def understand(self, text: str) -> Understood: ...


class Nearness:
    """Compares with all wordings that are published. Thread-safe."""

    def __init__(self, words: StudioWords, classifier: Classifier) -> None:
        self._words = words
        self._classifier = classifier
        self._lock = threading.Lock()
        self._likeness = Likeness(())
        self._exact: Mapping[str, str] = {}
        self._of: Mapping[str, Entry] | None = None
        self._known: Sequence[tuple[str, str]] = ()
        self._building: threading.Thread | None = None
        self._heard: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def prepare(self, entries: Mapping[str, Entry], others: Callable[[], Sequence[tuple[str, str]]]) -> None:
        """Know these wordings, and `others` with their intents. The first index is waited for, later ones are not.

        Where only answers were changed, nothing is done.
        """
        with self._lock:
            if self._of is entries or (self._building is not None and self._building.is_alive()):
                return
            known = [*_wordings(entries), *others()]
            if self._of is None:
                self._build(known)
            elif known != self._known:
                self._building = threading.Thread(target=self._build, args=(known,), daemon=True)
                self._building.start()
                self._heard.clear()
            self._of, self._known = entries, known

    def _build(self, known: Sequence[tuple[str, str]]) -> None:
        exact: dict[str, str] = {}
        for wording, label in known:
            exact.setdefault(normalised(wording), label)
        self._likeness, self._exact = Likeness(known), exact

    def nearest(self, text: str, most: int = 5) -> list[Like]:
        return self._likeness.nearest(text, most)

    def faults(self, entry: Entry, around: Around, *, known_as: str) -> Iterator[Fault]:
        """Looks at wordings that are new or changed; those that are published, as `known_as`, were looked at."""
        published = around.entries.get(known_as)
        known = {each for side in published.examples.values() for each in side} if published is not None else set()
        asked = 0
        for language in LANGUAGES:
            for number, wording in enumerate(entry.examples[language]):
                if wording in known:
                    continue
                field = f"examples.{language}.{number}"
                taken = self._taken(known_as, wording, field, around)
                if taken is not None:
                    yield taken
                    continue
                near = self._likeness.nearest(wording, 1, apart_from=(known_as,))
                if near and near[0].score >= NEAR:
                    values = {"text": near[0].text, "title": around.title(near[0].label)}
                    words = self._words.say("faults", "near_duplicate", **values)
                    yield Fault("warning", "near_duplicate", field, words, other=near[0].label)
                asked += 1
                if asked <= MOST_ASKED:
                    yield from self._won_by_others(known_as, wording, field, around)

    def taken(self, entry: Entry, around: Around) -> Iterator[Fault]:
        """Wordings that stand under something else, word for word."""
        for language in LANGUAGES:
            for number, wording in enumerate(entry.examples[language]):
                found = self._taken(entry.key, wording, f"examples.{language}.{number}", around)
                if found is not None:
                    yield found

    def _taken(self, key: str, wording: str, field: str, around: Around) -> Fault | None:
        label = self._exact.get(normalised(wording), key)
        if label == key:
            return None
        words = self._words.say("faults", "duplicate_wording", text=wording, title=around.title(label))
        return Fault("error", "near_duplicate", field, words, other=label)

    def _won_by_others(self, key: str, wording: str, field: str, around: Around) -> Iterator[Fault]:
        label, confidence = self._understood(wording)
        if label in ("", key) or label in _NOBODYS or confidence < SURE:
            return
        values = {"title": around.title(label), "percent": round(100 * confidence)}
        yield Fault(
            "warning",
            "other_intent_wins",
            field,
            self._words.say("faults", "other_intent_wins", **values),
            other=label,
        )

    def _understood(self, text: str) -> tuple[str, float]:
        """The best label of a text and how sure it is; remembered until something is published."""
        with self._lock:
            if text in self._heard:
                self._heard.move_to_end(text)
                return self._heard[text]
        understood = self._classifier.understand(text)
        label, confidence = understood.ranking[0] if understood.ranking else ("", 0.0)
        if understood.intent in _NOBODYS:
            label = understood.intent or ""
        with self._lock:
            self._heard[text] = (label, confidence)
            while len(self._heard) > REMEMBERED:
                self._heard.popitem(last=False)
        return label, confidence


def _wordings(entries: Mapping[str, Entry]) -> Iterator[tuple[str, str]]:
    for entry in entries.values():
        for language in LANGUAGES:
            for wording in entry.examples[language]:
                yield wording, entry.key

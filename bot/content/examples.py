"""What customers say: enough of it in both languages, and each wording meaning one thing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.content.domain import DEFAULT_INTENTS
from bot.content.faults import Fault, Place
from bot.content.model import Content, Example
from bot.messages import LANGUAGES

ENOUGH = 8
"""Examples per intent and language below which a warning is given."""

NAMED = {"zh": "Chinese", "en": "English"}
_HAN = re.compile(r"[㐀-䶿一-鿿]")
_LETTER = re.compile(r"[^\W\d_]")


def faults(content: Content) -> Iterator[Fault]:
    """Intents without, or with few, examples, and examples that stand under two intents."""
    yield from _missing(content)
    yield from _few(content)
    yield from _ambiguous(content)


def languages_of(text: str) -> tuple[str, ...]:
    """`zh` for a text with a Chinese character, `en` for one with other letters, both for bare numbers and signs."""
    if _HAN.search(text):
        return ("zh",)
    return ("en",) if _LETTER.search(text) else LANGUAGES


def normalised(text: str) -> str:
    """What is left of a wording when width, case, punctuation and spaces do not count; a mere emoji stays."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum()) or folded.strip()


def _missing(content: Content) -> Iterator[Fault]:
    with_examples = {intent.base for intent in content.intents if intent.examples}
    for name, place in content.names.intents.items():
        if name not in with_examples and name not in DEFAULT_INTENTS:
            yield place.error(f"intent '{name}' has no examples in data/; it will never be understood")
    for intent in content.intents:
        if not intent.examples:
            yield intent.place.error(f"intent '{intent.name}' has no examples; write some under `examples: |`")


def _few(content: Content) -> Iterator[Fault]:
    first: dict[str, Place] = {}
    count: dict[tuple[str, str], int] = {}
    for intent in content.intents:
        first.setdefault(intent.name, intent.place)
        for example in intent.examples:
            for language in languages_of(example.text):
                count[intent.name, language] = count.get((intent.name, language), 0) + 1
    for name, place in first.items():
        if not any((name, language) in count for language in LANGUAGES):
            continue  # said already: no examples at all
        for language in LANGUAGES:
            number = count.get((name, language), 0)
            if number == 0 and "/" in name:
                yield place.error(f"FAQ '{name}' has no {NAMED[language]} questions; a topic needs both languages")
            elif number < ENOUGH:
                yield place.warning(
                    f"intent '{name}' has {number} {NAMED[language]} examples; {ENOUGH} or more do better"
                )


def _ambiguous(content: Content) -> Iterator[Fault]:
    seen: dict[str, tuple[str, Example]] = {}
    for intent in content.intents:
        for example in intent.examples:
            name, first = seen.setdefault(normalised(example.text), (intent.name, example))
            if name != intent.name:
                yield example.place.error(
                    f"'{example.text}' stands under '{intent.name}' and under '{name}' ({first.place}); keep one"
                )

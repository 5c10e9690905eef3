"""What somebody sends becomes an entry, or is refused with the field that is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from bot.content.entries import Answer, Entry
from bot.content.pages import FAQ_INTENT, language_of_wording
from bot.errors import StudioRefused
from bot.messages import LANGUAGES
from bot.studio.words import StudioWords

KEY = re.compile(r"faq/[a-z][a-z0-9_]{0,79}")
TOPIC = re.compile(r"[a-z][a-z0-9_]{0,39}")
CHANNEL = re.compile(r"[a-z][a-z0-9_]{0,31}")
MOST_WORDINGS, WORDING = 300, 200
MOST_ANSWERS, TEXT = 20, 5000
MOST_BUTTONS, TITLE, PAYLOAD, ADDRESS = 20, 100, 500, 2000
MOST_TAGS, TAG = 20, 40
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing: what is read is not what is written."""


class Shape:
    """Reads what is sent; its refusals name the field."""

    def __init__(self, words: StudioWords) -> None:
        self._words = words

    def entry(self, given: object, *, known: Entry | None) -> Entry:
        """The entry that was sent; `known` is what it was, which keeps what editors do not change.

        Raises:
            StudioRefused: a field is missing, misshapen, too long or holds what nobody can see.
        """
        if not isinstance(given, Mapping):
            raise self._words.field("entry", "missing")
        kind = known.kind if known is not None else given.get("kind", "faq")
        if kind not in ("faq", "text"):
            raise self._words.field("kind", "kind")
        key = self.key(given.get("key"), known)
        editors = None if kind == "text" else given.get("editors")  # a file has no place for a text's
        editors = {} if editors is None else editors
        if not isinstance(editors, Mapping):
            raise self._words.field("editors", "missing")
        return Entry(
            key=key,
            kind=kind,
            topic=known.topic if kind == "text" and known is not None else self.topic(given.get("topic")),
            examples=self._examples(given.get("examples")) if kind == "faq" else dict.fromkeys(LANGUAGES, ()),
            answers=self._answers(given.get("answers"), known),
            owner=self.line("editors.owner", editors.get("owner"), TAG),
            tags=tuple(dict.fromkeys(self._tags(editors.get("tags")))),
            category=self.line("editors.category", editors.get("category"), TAG),
            valid_from=self.day("editors.valid_from", editors.get("valid_from")),
            valid_until=self.day("editors.valid_until", editors.get("valid_until")),
            quotes=known.quotes if known is not None else None,
            relies_on=known.relies_on if known is not None else None,
        )

    def key(self, given: object, known: Entry | None) -> str:
        """Its name: that of a known text stays, that of a question may change."""
        if known is not None and (known.kind == "text" or given is None):
            return known.key
        named = given if isinstance(given, str) else ""
        named = named if named.startswith(FAQ_INTENT) else f"{FAQ_INTENT}{named}"
        if not KEY.fullmatch(named):
            raise StudioRefused("bad_key", key=_shown(given))
        return named

    def topic(self, given: object) -> str:
        if not isinstance(given, str) or not TOPIC.fullmatch(given):
            raise StudioRefused("bad_topic", topic=_shown(given))
        return given

    def wording(self, field: str, given: object) -> str:
        """A customer's words, on one line, as training reads them."""
        text = self.line(field, given, WORDING)
        if text is None:
            return ""
        return re.sub(r"^(?:[-–—•*·]\s+|-+)", "", text).strip()

    def line(self, field: str, given: object, most: int) -> str | None:
        """Text on one line; None for none."""
        text = self.text(field, given, most)
        if "\n" in text:
            raise self._words.field(field, "one_line")
        return " ".join(text.split(" ")).strip() or None

    def text(self, field: str, given: object, most: int) -> str:
        """Text that a person can see all of."""
        if given is None:
            return ""
        if not isinstance(given, str):
            raise self._words.field(field, "not_text")
        text = given.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").replace("\u2028", "\n").strip()
        if len(text) > most:
            raise self._words.field(field, "too_long", most=most)
        for letter in text:
            if letter != "\n" and is_hidden(letter):
                raise self._words.field(field, "control", code=f"{ord(letter):04X}")
        return text

    def day(self, field: str, given: object) -> str | None:
        text = self.line(field, given, 32)
        if text is None:
            return None
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise self._words.field(field, "date") from None

    def _tags(self, given: object) -> list[str]:
        listed = self._list("editors.tags", given, MOST_TAGS)
        found = (self.line(f"editors.tags.{number}", tag, TAG) for number, tag in enumerate(listed))
        return [tag for tag in found if tag]

    def _examples(self, given: object) -> dict[str, tuple[str, ...]]:
        """Wordings by language; one that is in the other language than its list stands where it belongs."""
        sides = self._sides("examples", given)
        found: dict[str, list[str]] = {language: [] for language in LANGUAGES}
        for language in LANGUAGES:
            for number, each in enumerate(self._list(f"examples.{language}", sides.get(language), MOST_WORDINGS)):
                text = self.wording(f"examples.{language}.{number}", each)
                if text and text not in found[language_of_wording(text)]:
                    found[language_of_wording(text)].append(text)
        return {language: tuple(each) for language, each in found.items()}

    def _answers(self, given: object, known: Entry | None) -> dict[str, tuple[Answer, ...]]:
        sides = self._sides("answers", given)
        found = {}
        for language in LANGUAGES:
            listed = self._list(f"answers.{language}", sides.get(language), MOST_ANSWERS)
            allowed = {answer.when for answer in known.answers[language]} if known is not None else set()
            found[language] = tuple(
                self.answer(f"answers.{language}.{number}", each, allowed=allowed | {()})
                for number, each in enumerate(listed)
            )
        return found

    def answer(self, field: str, given: object, *, allowed: set[tuple[tuple[str, Any], ...]] | None = None) -> Answer:
        """One answer. Conditions beside the language are the content's own: only those that were there stay."""
        if not isinstance(given, Mapping):
            raise self._words.field(field, "missing")
        channel = given.get("channel")
        if channel is not None and not (isinstance(channel, str) and CHANNEL.fullmatch(channel)):
            raise self._words.field(f"{field}.channel", "not_text")
        image = self.line(f"{field}.image", given.get("image"), ADDRESS)
        if image is not None and not is_address(image):
            raise self._words.field(f"{field}.image", "address")
        when = tuple(
            (str(each.get("slot")), each.get("value"))
            for each in self._list(f"{field}.when", given.get("when"), 10)
            if isinstance(each, Mapping)
        )
        if allowed is not None and when not in allowed:
            raise self._words.field(f"{field}.when", "missing")
        listed = self._list(f"{field}.buttons", given.get("buttons"), MOST_BUTTONS)
        return Answer(
            text=self.text(f"{field}.text", given.get("text"), TEXT),
            channel=channel,
            buttons=tuple(self._button(f"{field}.buttons.{number}", each) for number, each in enumerate(listed)),
            image=image,
            when=when,
        )

    def _button(self, field: str, given: object) -> dict[str, str]:
        if not isinstance(given, Mapping):
            raise self._words.field(field, "missing")
        button = {"title": self.line(f"{field}.title", given.get("title"), TITLE) or ""}
        for name in ("payload", "url"):
            value = self.line(f"{field}.{name}", given.get(name), PAYLOAD)
            if value is not None:
                button[name] = value
        return button

    def _sides(self, field: str, given: object) -> Mapping[str, object]:
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            raise self._words.field(field, "missing")
        return given

    def _list(self, field: str, given: object, most: int) -> list[Any]:
        if given is None:
            return []
        if not isinstance(given, list):
            raise self._words.field(field, "not_list")
        if len(given) > most:
            raise self._words.field(field, "too_many", most=most)
        return given


def is_hidden(letter: str) -> bool:
    """Whether a reader cannot see it; what joins emoji and letters is seen."""
    if letter in _TURNING or letter == "\ufeff":
        return True
    if "\U0001f000" <= letter <= "\U0001fbff":
        return False  # pictures, some of them newer than our tables
    return unicodedata.category(letter) in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp")


def is_address(text: str) -> bool:
    """Whether it is a whole web address with nothing odd about it."""
    if any(letter.isspace() or letter in "<>\"'\\`{}|^" for letter in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc and _port(parts)
    except ValueError:
        return False


def _port(parts: Any) -> bool:
    return parts.port is None or 0 < parts.port < 65536


def _shown(given: object) -> str:
    """A name that was refused, as it can be shown."""
    text = given if isinstance(given, str) else ""
    return "".join(letter for letter in text[:60] if not is_hidden(letter))

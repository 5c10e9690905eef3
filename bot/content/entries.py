"""What an editor works on: a question with its wordings and answers, or a text that the bot says by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from bot.messages import LANGUAGES, Language

Kind = Literal["faq", "text"]

ANSWER_PREFIX = "utter_"
_LINK = re.compile(r"https?://[^\s<>\"'，。；）)]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """One variation of a response."""

    text: str
    channel: str | None = None
    """None: every channel that has none of its own."""
    buttons: tuple[Mapping[str, str], ...] = ()
    image: str | None = None
    when: tuple[tuple[str, Any], ...] = ()
    """Slots and the values they must have, the language apart: kept as they are in the file."""

    @property
    def place(self) -> tuple[Any, ...]:
        """What tells whether two answers stand in for the same thing."""
        return self.channel, self.when

    def as_json(self) -> dict[str, Any]:
        return {
            "channel": self.channel,
            "text": self.text,
            "buttons": [dict(button) for button in self.buttons],
            "image": self.image,
            "links": _LINK.findall(self.text),
            "when": [{"slot": slot, "value": value} for slot, value in self.when],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Answer:
        return cls(
            text=stored["text"],
            channel=stored["channel"],
            buttons=tuple(stored["buttons"]),
            image=stored["image"],
            when=tuple((each["slot"], each["value"]) for each in stored.get("when", ())),
        )

    def as_variation(self, language: Language) -> dict[str, Any]:
        """The same as Rasa has it."""
        conditions = [("language", "zh")] if language == "zh" else []
        made: dict[str, Any] = {}
        if conditions or self.when:
            made["condition"] = [
                {"type": "slot", "name": slot, "value": value} for slot, value in (*conditions, *self.when)
            ]
        if self.channel is not None:
            made["channel"] = self.channel
        if self.text:
            made["text"] = self.text
        if self.buttons:
            made["buttons"] = [dict(button) for button in self.buttons]
        if self.image is not None:
            made["image"] = self.image
        return made


def _none() -> Mapping[str, tuple[Any, ...]]:
    return dict.fromkeys(LANGUAGES, ())


@dataclass(frozen=True, slots=True)
class Entry:
    """A question (`kind` faq) or a text, as it stands in the files or in somebody's draft."""

    key: str
    """`faq/dispatch_time`, or `utter_greet`."""
    kind: Kind
    topic: str
    """The file: `delivery` for data/faq/delivery.yml, and of texts its path under data/, such as `skills/invoice`."""
    examples: Mapping[Language, tuple[str, ...]] = field(default_factory=_none)
    answers: Mapping[Language, tuple[Answer, ...]] = field(default_factory=_none)
    owner: str | None = None
    tags: tuple[str, ...] = ()
    category: str | None = None
    valid_from: str | None = None
    """An ISO date on the shop's calendar: the first day on which it is said."""
    valid_until: str | None = None
    """The last day on which it is said."""
    quotes: Mapping[str, Any] | None = None
    relies_on: Mapping[str, Any] | None = None

    @property
    def intent(self) -> str | None:
        return self.key if self.kind == "faq" else None

    @property
    def response(self) -> str:
        return f"{ANSWER_PREFIX}{self.key}" if self.kind == "faq" else self.key

    @property
    def digest(self) -> str:
        """Tells two states of an entry apart."""
        whole = json.dumps(self.as_json(), ensure_ascii=False, sort_keys=True)
        return sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def title(self, language: Language) -> str:
        """Its first wording, or the first words that it says."""
        if self.examples[language]:
            return self.examples[language][0]
        said = next((answer.text for answer in self.answers[language] if answer.text), "")
        return said if len(said) <= 60 else said[:59] + "…"

    def variations(self) -> list[dict[str, Any]]:
        """Its response as Rasa has it, Chinese first."""
        return [answer.as_variation(language) for language in LANGUAGES for answer in self.answers[language]]

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "kind": self.kind,
            "topic": self.topic,
            "editors": {
                "owner": self.owner,
                "tags": list(self.tags),
                "category": self.category,
                "valid_from": self.valid_from,
                "valid_until": self.valid_until,
            },
            "examples": {language: list(self.examples[language]) for language in LANGUAGES},
            "answers": {language: [each.as_json() for each in self.answers[language]] for language in LANGUAGES},
            "quotes": self.quotes,
            "relies_on": self.relies_on,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Entry:
        """What `as_json` made; not for what a stranger sends."""
        editors = stored["editors"]
        return cls(
            key=stored["key"],
            kind=stored["kind"],
            topic=stored["topic"],
            examples={language: tuple(stored["examples"][language]) for language in LANGUAGES},
            answers={
                language: tuple(Answer.from_json(each) for each in stored["answers"][language])
                for language in LANGUAGES
            },
            owner=editors["owner"],
            tags=tuple(editors["tags"]),
            category=editors["category"],
            valid_from=editors["valid_from"],
            valid_until=editors["valid_until"],
            quotes=stored["quotes"],
            relies_on=stored["relies_on"],
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry was and what it is to be."""

    key: str
    before: Entry | None
    """None: it is new."""
    after: Entry | None
    """None: it goes."""
    who: str = ""

    @property
    def needs_training(self) -> bool:
        """Whether customers will be understood differently, not only answered differently."""
        before = self.before.examples if self.before else _none()
        after = self.after.examples if self.after else _none()
        return any(before[language] != after[language] for language in LANGUAGES)

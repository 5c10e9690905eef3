"""What stands in `data/studio.yml`: words for faults and refusals, and what the studio is told about the shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ContentError, StudioRefused
from bot.messages import LANGUAGES

Both = Mapping[str, str]

_SECTIONS = (
    "faults",
    "why",
    "units",
    "languages",
    "errors",
    "fields",
    "rows",
    "history",
    "audit",
    "channels",
    "variables",
    "samples",
    "payloads",
)


@dataclass(frozen=True, slots=True)
class StudioWords:
    """All of it."""

    sections: Mapping[str, Mapping[str, Both]]
    rules: Mapping[str, tuple[str, ...]]
    """By topic: the parts of policies.yml that its answers speak of."""

    @classmethod
    def read(cls, path: Path) -> StudioWords:
        """The words in a file.

        Raises:
            ContentError: it cannot be used; the text says why.
        """
        try:
            content = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
            sections = {name: {key: _both(each) for key, each in content[name].items()} for name in _SECTIONS}
            rules = {topic: tuple(map(str, names)) for topic, names in content["speaks_of"].items()}
        except (OSError, yaml.YAMLError, LookupError, TypeError, AttributeError, ValueError) as error:
            raise ContentError(f"{path}: {error}") from error
        return cls(sections, rules)

    def say(self, section: str, name: str, /, **values: object) -> Both:
        """Words in both languages, filled; a value that has both itself is filled in by language."""
        return {
            language: filled(text, {key: _in(value, language) for key, value in values.items()})
            for language, text in self.sections[section][name].items()
        }

    def refusal(self, refused: StudioRefused) -> Both:
        """Why something is not done."""
        errors = self.sections["errors"]
        if refused.code not in errors:
            return self.say("errors", "bad_request", why=refused.code)
        return self.say("errors", refused.code, **refused.values)

    def field(self, field: str, why: str, /, **values: object) -> StudioRefused:
        """A refusal of one field."""
        return StudioRefused("bad_field", field=field, why=self.say("fields", why, **values))


def filled(text: str, values: Mapping[str, object]) -> str:
    """`text` with `{names}` replaced by plain lookup, once: what a value holds is not looked into."""
    pieces = []
    at = 0
    while (start := text.find("{", at)) >= 0:
        end = text.find("}", start)
        name = text[start + 1 : end]
        if end < 0 or name not in values:
            pieces.append(text[at : start + 1])
            at = start + 1
            continue
        pieces += [text[at:start], str(values[name])]
        at = end + 1
    return "".join([*pieces, text[at:]])


def _in(value: object, language: str) -> object:
    return value.get(language, value) if isinstance(value, Mapping) else value


def _both(words: Any) -> Both:
    if not isinstance(words, dict) or set(LANGUAGES) - words.keys():
        raise ValueError(f"{words!r} needs zh and en")
    return {language: str(words[language]) for language in LANGUAGES}

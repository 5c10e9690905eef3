"""What stands in `data/desk.yml`: groups, canned replies, macros, and the desk's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ContentError
from bot.handoff.assignment import Group

Both = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeskTexts:
    """All of it."""

    groups: tuple[Group, ...]
    canned: Mapping[str, Mapping[str, Both]]
    macros: Mapping[str, Mapping[str, Any]]
    categories: Mapping[str, Both]
    ratings: Mapping[str, Both]
    """By the number of stars, as a customer chooses among them."""
    actions: Mapping[str, Both]
    notes: Mapping[str, Both]
    errors: Mapping[str, Both]

    @classmethod
    def read(cls, path: Path) -> DeskTexts:
        """The texts in a file.

        Raises:
            ContentError: it cannot be used; the text says why.
        """
        try:
            content = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
            groups = tuple(
                Group(
                    name,
                    _both(each["name"]),
                    frozenset(each.get("intents", ())),
                    frozenset(each.get("categories", ())),
                )
                for name, each in content["groups"].items()
            )
            made = cls(
                groups=groups,
                canned={
                    name: {"title": _both(each["title"]), "text": _both(each["text"])}
                    for name, each in content["canned"].items()
                },
                macros={
                    name: {"title": _both(each["title"]), "steps": list(each["steps"])}
                    for name, each in content["macros"].items()
                },
                categories=_words(content, "categories"),
                ratings=_words(content, "ratings"),
                actions=_words(content, "actions"),
                notes=_words(content, "notes"),
                errors=_words(content, "errors"),
            )
        except (OSError, yaml.YAMLError, LookupError, TypeError, AttributeError, ValueError) as error:
            raise ContentError(f"{path}: {error}") from error
        for name, macro in made.macros.items():
            for step in macro["steps"]:
                if "say" in step and step["say"] not in made.canned:
                    raise ContentError(f"{path}: macro {name} says {step['say']}, which is no canned reply")
        return made

    def note(self, name: str, language: str, **values: object) -> str:
        """A note of the house's, with its values filled in."""
        return filled(self.notes[name][language], values)

    def error(self, code: str) -> Both:
        return self.errors.get(code, self.errors["bad_frame"])


def filled(text: str, values: Mapping[str, object]) -> str:
    """`text` with `{names}` replaced by plain lookup; what has no value takes the blank before it along."""
    for name, value in values.items():
        if value == "":
            text = text.replace(f" {{{name}}}", "")
        text = text.replace(f"{{{name}}}", str(value))
    return text


def lacks(text: str, values: Mapping[str, object]) -> bool:
    """Whether `text` names something that has no value."""
    return any(f"{{{name}}}" in text and value == "" for name, value in values.items())


def _both(words: Any) -> Both:
    if not isinstance(words, dict) or {"zh", "en"} - words.keys():
        raise ValueError(f"{words!r} needs zh and en")
    return {language: str(words[language]) for language in ("zh", "en")}


def _words(content: Mapping[str, Any], section: str) -> Mapping[str, Both]:
    return {name: _both(each) for name, each in content[section].items()}

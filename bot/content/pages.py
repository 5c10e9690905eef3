"""The files an editor's entries stand in: what each says, and where in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from bot.content.entries import ANSWER_PREFIX, Answer, Entry
from bot.content.examples import languages_of
from bot.content.spots import Spot, parse
from bot.messages import LANGUAGES, Language

FAQ_FOLDER = PurePosixPath("data/faq")
FAQ_INTENT = "faq/"
EDITED = ("owner", "tags", "category", "valid_from", "valid_until")
"""What the studio keeps in an intent's metadata, in this order."""


@dataclass(slots=True, eq=False)
class Page:
    """One file of data/."""

    path: Path
    """Relative to the root."""
    text: str
    top: Spot | None
    intents: dict[str, Spot] = field(default_factory=dict)
    """Of each question the first block that has its wordings."""
    responses: dict[str, tuple[Spot, Spot]] = field(default_factory=dict)
    """Name and variations."""
    entries: tuple[Entry, ...] | None = None
    """What was read of it, kept where none of it depends on another file."""

    @property
    def topic(self) -> str:
        """`delivery` of data/faq/delivery.yml; `skills/invoice` of data/skills/invoice.yml."""
        relative = PurePosixPath(self.path.as_posix()).with_suffix("")
        return str(relative.relative_to(FAQ_FOLDER if self.is_faq else "data"))

    @property
    def is_faq(self) -> bool:
        return PurePosixPath(self.path.as_posix()).is_relative_to(FAQ_FOLDER)

    def section(self, name: str) -> Spot | None:
        return self.top.get(name) if self.top is not None else None


def page_of(topic: str) -> Path:
    """The file of a topic of questions."""
    return Path(str(FAQ_FOLDER / f"{topic}.yml"))


def read(path: Path, text: str) -> Page:
    """What stands in a file's text.

    Raises:
        ContentError: it is not YAML.
    """
    page = Page(path, text, parse(text))
    if page.top is None or page.top.kind != "mapping":
        return page
    nlu, responses = page.section("nlu"), page.section("responses")
    for item in nlu.real.items if nlu is not None else ():
        name = item.text("intent")
        if name is not None:
            page.intents.setdefault(name, item.real)
    for key, value in responses.real.entries if responses is not None else ():
        page.responses.setdefault(key.value, (key, value))
    return page


def entries_of(page: Page, elsewhere: Mapping[str, Page]) -> tuple[Entry, ...]:
    """The questions of a file, and its texts; `elsewhere` says which other files hold a response."""
    if page.entries is not None:
        return page.entries
    found = tuple(_entries(page, elsewhere))
    if all(entry.response in page.responses for entry in found):
        page.entries = found
    return found


def _entries(page: Page, elsewhere: Mapping[str, Page]) -> Iterator[Entry]:
    if page.is_faq:
        for intent, item in page.intents.items():
            if intent.startswith(FAQ_INTENT):
                yield _question(page, intent, item, elsewhere)
    for name, (_, value) in page.responses.items():
        if not name.startswith(f"{ANSWER_PREFIX}{FAQ_INTENT}"):
            yield Entry(name, "text", page.topic, answers=_answers(value))


def _question(page: Page, intent: str, item: Spot, elsewhere: Mapping[str, Page]) -> Entry:
    response = f"{ANSWER_PREFIX}{intent}"
    holder = page if response in page.responses else elsewhere.get(response)
    metadata = item.get("metadata")
    meta: Any = metadata.plain() if metadata is not None else {}
    meta = meta if isinstance(meta, dict) else {}
    tags = meta.get("tags")
    return Entry(
        key=intent,
        kind="faq",
        topic=page.topic,
        examples=examples_of(item),
        answers=_answers(holder.responses[response][1]) if holder is not None else _answers(None),
        owner=_word(meta.get("owner")),
        tags=tuple(map(str, tags)) if isinstance(tags, list) else (),
        category=_word(meta.get("category")),
        valid_from=_word(meta.get("valid_from")),
        valid_until=_word(meta.get("valid_until")),
        quotes=meta.get("quotes"),
        relies_on=meta.get("relies_on"),
    )


def _word(value: Any) -> str | None:
    return None if value is None else str(value)


def wordings(item: Spot) -> list[str]:
    """The wordings of an intent as they are written, annotations and all."""
    examples = item.get("examples")
    if examples is None:
        return []
    if examples.real.kind == "list":
        lines = [line for one in examples.real.items for line in (one.text("text") or "").splitlines()]
        return [line.strip().removeprefix("- ").strip() for line in lines if line.strip()]
    lines = examples.real.value.splitlines()
    return [line.strip().removeprefix("-").strip() for line in lines if line.strip().startswith("-")]


def language_of_wording(text: str) -> Language:
    """Chinese where a wording could be either, such as a bare number."""
    return languages_of(text)[0]


def examples_of(item: Spot) -> dict[Language, tuple[str, ...]]:
    """The wordings of an intent by language."""
    found: dict[Language, list[str]] = {language: [] for language in LANGUAGES}
    for wording in filter(None, wordings(item)):
        found[language_of_wording(wording)].append(wording)
    return {language: tuple(each) for language, each in found.items()}


def language_and_answer(variation: Spot) -> tuple[Language, Answer]:
    """A variation as an editor sees it."""
    language, when = "en", []
    condition = variation.get("condition")
    for each in condition.real.items if condition is not None else ():
        name, value = each.text("name"), each.get("value")
        plain = value.plain() if value is not None else None
        if name == "language" and plain in LANGUAGES:
            language = str(plain)
        else:
            when.append((name or "", plain))
    buttons = variation.get("buttons")
    return language, Answer(
        text=variation.text("text") or "",
        channel=variation.text("channel"),
        buttons=tuple(
            {str(key): str(value) for key, value in each.plain().items()}
            for each in (buttons.real.items if buttons is not None else ())
            if each.real.kind == "mapping"
        ),
        image=variation.text("image"),
        when=tuple(when),
    )


def _answers(value: Spot | None) -> dict[Language, tuple[Answer, ...]]:
    found: dict[Language, list[Answer]] = {language: [] for language in LANGUAGES}
    for variation in value.real.items if value is not None else ():
        language, answer = language_and_answer(variation)
        found[language].append(answer)
    return {language: tuple(each) for language, each in found.items()}

"""The content of a folder, gathered from its files: who says what, and on which line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.content.code import Code, read_code
from bot.content.faults import Fault, Place
from bot.content.lines import Value, load

DATA_KEYS = frozenset({"version", "nlu", "responses", "rules", "stories"})
DOMAIN_KEYS = frozenset(
    {
        "version",
        "intents",
        "entities",
        "slots",
        "forms",
        "actions",
        "responses",
        "session_config",
        "config",
        "e2e_actions",
    }
)
CONFIG_KEYS = frozenset({"version", "recipe", "assistant_id", "language", "pipeline", "policies", "importers", "data"})
_NLU_KEYS = {
    "intent": frozenset({"intent", "examples", "metadata"}),
    "synonym": frozenset({"synonym", "examples"}),
    "lookup": frozenset({"lookup", "examples"}),
    "regex": frozenset({"regex", "examples"}),
}
ANNOTATION = re.compile(r"\[(?P<text>[^\]]*)\](?:\((?P<label>[^)]*)\)|(?P<more>\{[^}]*\}))")
_ENTITY = re.compile(r"\"entity\"\s*:\s*\"([^\"]+)\"")


@dataclass(frozen=True, slots=True)
class Example:
    """A customer's wording, as training reads it."""

    text: str
    """Without annotations."""
    place: Place
    entities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """One block of examples; an intent may have several."""

    name: str
    """`faq/return_window` in full for a retrieval intent."""
    place: Place
    examples: tuple[Example, ...]
    metadata: Value | None

    @property
    def base(self) -> str:
        """The name the domain knows: `faq` for `faq/return_window`."""
        return self.name.split("/", 1)[0]


@dataclass(frozen=True, slots=True)
class Response:
    name: str
    place: Place
    variations: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule or a story."""

    name: str
    place: Place
    body: Value
    is_rule: bool


@dataclass(slots=True)
class Names:
    """What the domain knows, each with the place where it is named."""

    intents: dict[str, Place] = field(default_factory=dict)
    entities: dict[str, Place] = field(default_factory=dict)
    slots: dict[str, Place] = field(default_factory=dict)
    forms: dict[str, Place] = field(default_factory=dict)
    actions: dict[str, Place] = field(default_factory=dict)


@dataclass(slots=True)
class Content:
    """All that was read from a folder."""

    root: Path
    domain: Value | None = None
    names: Names = field(default_factory=Names)
    intents: list[Intent] = field(default_factory=list)
    responses: dict[str, Response] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    code: Code = field(default_factory=Code)

    @property
    def retrieval(self) -> set[str]:
        """The intents of which each key has its own answer, such as `faq`."""
        return {intent.base for intent in self.intents if "/" in intent.name}


def read(root: Path) -> tuple[Content, list[Fault]]:
    """The content under `root`, and what is wrong with its form.

    YAML under data/ that has none of Rasa's keys, such as a shop's policies, is checked for its syntax alone.
    """
    content = Content(root)
    faults: list[Fault] = []
    for name, keys in (("config.yml", CONFIG_KEYS), ("domain.yml", DOMAIN_KEYS)):
        file = root / name
        if not file.exists():
            faults.append(Place(Path(name), 1).error(f"{name} is missing; Rasa cannot train without it"))
            continue
        value, found = load(file, Path(name))
        faults += found
        if value is None:
            continue
        faults += _unknown_keys(value, keys)
        if name == "domain.yml":
            content.domain = value
            faults += _read_domain(content, value)
    for file in sorted(path for path in (root / "data").rglob("*.y*ml") if path.suffix in {".yml", ".yaml"}):
        value, found = load(file, file.relative_to(root))
        faults += found
        if value is not None and any(key.text in DATA_KEYS for key, _ in value.entries):
            faults += _unknown_keys(value, DATA_KEYS)
            faults += _read_data(content, value)
    content.code, found = read_code(root)
    return content, faults + found


def _unknown_keys(value: Value, known: frozenset[str]) -> Iterator[Fault]:
    for key, _ in value.entries:
        if key.text not in known:
            yield key.place.error(f"unknown key '{key.text}'; known here: {', '.join(sorted(known))}")


def _shapes(value: Value, *, lists: tuple[str, ...], mappings: tuple[str, ...]) -> Iterator[Fault]:
    """Sections that are no list, or no mapping, where one belongs; an empty section is fine."""
    for key, member in value.entries:
        empty = member.text is None and not member.items and not member.entries
        if key.text in lists and not member.items and not empty:
            yield key.place.error(f"`{key.text}:` must be a list, each member behind a `- `")
        if key.text in mappings and not member.entries and not empty:
            yield key.place.error(f"`{key.text}:` must be a mapping, `name: …` on each line")


def _read_domain(content: Content, domain: Value) -> Iterator[Fault]:
    yield from _shapes(domain, lists=("intents", "entities", "actions"), mappings=("slots", "forms", "responses"))
    names = content.names
    for section, known in (
        ("intents", names.intents),
        ("entities", names.entities),
        ("actions", names.actions),
        ("slots", names.slots),
        ("forms", names.forms),
    ):
        value = domain.get(section)
        if value is None:
            continue
        for named in _named(value):
            name = named.text
            if name is None:
                yield named.place.error(f"a name belongs here, in `{section}:`")
            elif name in known:
                yield named.place.error(f"'{name}' is named twice in `{section}:` (first in {known[name]})")
            else:
                known[name] = named.place
    responses = domain.get("responses")
    if responses is not None:
        yield from _read_responses(content, responses)


def _named(section: Value) -> Iterator[Value]:
    """The names in a list of names or of `{name: options}`, or the keys of a mapping."""
    yield from (key for key, _ in section.entries)
    for item in section.items:
        if item.entries:
            yield from (key for key, _ in item.entries)
        else:
            yield item


def _read_data(content: Content, data: Value) -> Iterator[Fault]:
    yield from _shapes(data, lists=("nlu", "rules", "stories"), mappings=("responses",))
    for item in data.listed("nlu"):
        yield from _read_nlu_item(content, item)
    responses = data.get("responses")
    if responses is not None:
        yield from _read_responses(content, responses)
    for section, key in (("rules", "rule"), ("stories", "story")):
        for body in data.listed(section):
            yield from _read_rule(content, body, key)


def _read_nlu_item(content: Content, item: Value) -> Iterator[Fault]:
    kind = next((kind for kind in _NLU_KEYS if item.get(kind) is not None), None)
    if kind is None:
        yield item.place.error(f"an item of `nlu:` needs one of {', '.join(sorted(_NLU_KEYS))}")
        return
    yield from _unknown_keys(item, _NLU_KEYS[kind])
    named = item.get(kind)
    if kind != "intent" or named is None or named.text is None:
        return
    examples = tuple(_examples(item.get("examples")))
    content.intents.append(Intent(named.text, named.place, examples, item.get("metadata")))


def _examples(value: Value | None) -> Iterator[Example]:
    """Examples in either of Rasa's forms: a block of `- ` lines, or a list of `{text, metadata}`."""
    if value is None:
        return
    for line, place in value.lines():
        if line.strip().startswith("-"):
            yield _example(line.strip().removeprefix("-").strip(), place)
    for item in value.items:
        text = item.get("text")
        if text is not None:
            yield from (_example(line.strip().removeprefix("- "), place) for line, place in text.lines())


def _example(line: str, place: Place) -> Example:
    entities = []
    for match in ANNOTATION.finditer(line):
        if match["label"] is not None:
            entities.append(match["label"].split(":", 1)[0])
        else:
            entities += _ENTITY.findall(match["more"])
    return Example(ANNOTATION.sub(lambda match: match["text"], line), place, tuple(entities))


def _read_responses(content: Content, section: Value) -> Iterator[Fault]:
    for key, value in section.entries:
        name = key.text
        if name is None:
            continue
        if name in content.responses:
            first = content.responses[name].place
            if first != key.place and first.path != key.place.path:
                yield key.place.error(f"response '{name}' is already given in {first}; keep one")
            continue
        if not value.items:
            yield key.place.error(f"response '{name}' needs a list of variations, such as `- text: …`")
        content.responses[name] = Response(name, key.place, tuple(value.items))


def _read_rule(content: Content, body: Value, key: str) -> Iterator[Fault]:
    allowed = {"rule": ("condition", "conversation_start", "wait_for_user_input"), "story": ()}[key]
    yield from _unknown_keys(body, frozenset({key, "steps", "metadata", *allowed}))
    named = body.get(key)
    if named is None or not named.text:
        yield body.place.error(f"this {key} needs a name: `- {key}: …`")
        return
    if not body.listed("steps"):
        yield named.place.error(f"{key} '{named.text}' needs `steps:`")
    content.rules.append(Rule(named.text, named.place, body, key == "rule"))

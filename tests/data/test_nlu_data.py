"""What the examples owe the classifier: enough of each, in both languages, and none of them twice."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HELD_OUT = ROOT / "tests" / "nlu" / "heldout"
LANGUAGES = ("zh", "en")

MINIMUM_PER_INTENT = 30
MINIMUM_PER_QUESTION = 10
"""One `faq/<key>` is a small part of the intent `faq`, which as a whole owes what every intent owes."""
MINIMUM_HELD_OUT = 10
MINIMUM_HELD_OUT_OUT_OF_SCOPE = 100
MINIMUM_NOISE = 120
KINDS_OF_NOISE = {"typo", "pinyin", "homophone", "traditional", "full_width", "emoji", "mixed"}

WITHOUT_EXAMPLES = {"nlu_fallback"}
"""The classifier's own word for being unsure; nobody says it."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and what it means; `kind` says how it is disturbed, empty when it is not."""

    text: str
    intent: str
    language: str
    source: str
    kind: str = ""


def language_of(text: str) -> str:
    """`zh` as soon as one Han character stands in it."""
    return "zh" if any("\u3400" <= letter <= "\u9fff" for letter in text) else "en"


def bare(text: str) -> str:
    """The text without case, width, spaces and punctuation; an emoji stays, since it may be all there is."""
    letters = unicodedata.normalize("NFKC", text).lower()
    return "".join(letter for letter in letters if unicodedata.category(letter)[0] in "LNS")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def in_file(path: Path) -> Iterator[Example]:
    for block in read(path).get("nlu") or []:
        if "intent" not in block:
            continue  # a synonym or a lookup
        for line in block["examples"].splitlines():
            text = line.removeprefix("- ").strip()
            yield Example(text, block["intent"], language_of(text), path.relative_to(ROOT).as_posix())


@cache
def trained() -> tuple[Example, ...]:
    """Every sentence the bot is trained on, wherever in data/ it stands."""
    return tuple(example for path in sorted((ROOT / "data").rglob("*.yml")) for example in in_file(path))


def held_out_names() -> list[str]:
    return sorted(path.stem for path in HELD_OUT.glob("*.yml"))


@cache
def held_out(name: str) -> tuple[Example, ...]:
    return tuple(Example(**row, source=f"tests/nlu/heldout/{name}.yml") for row in read(HELD_OUT / f"{name}.yml"))


@cache
def domain_intents() -> frozenset[str]:
    entries = read(ROOT / "domain.yml")["intents"]
    return frozenset(name for entry in entries for name in ([entry] if isinstance(entry, str) else entry))


def example_files() -> list[Path]:
    return sorted([*(ROOT / "data" / "skills").glob("*.yml"), *(ROOT / "data" / "talk").glob("*.yml")])


def too_few(counts: Counter[tuple[str, str]], intents: set[str], minimum: int) -> list[str]:
    return [
        f"{intent} has {counts[intent, language]} in {language}, needs {minimum}"
        for intent in sorted(intents)
        for language in LANGUAGES
        if counts[intent, language] < minimum
    ]


def test_every_intent_of_the_domain_has_enough_examples_in_both_languages() -> None:
    counts = Counter((example.intent.partition("/")[0], example.language) for example in trained())
    assert too_few(counts, set(domain_intents() - WITHOUT_EXAMPLES), MINIMUM_PER_INTENT) == []


def test_every_answered_question_has_enough_examples_in_both_languages() -> None:
    questions = {example.intent for example in trained() if "/" in example.intent}
    counts = Counter((example.intent, example.language) for example in trained())
    assert questions
    assert too_few(counts, questions, MINIMUM_PER_QUESTION) == []


def test_no_example_belongs_to_an_intent_the_domain_does_not_know() -> None:
    assert {example.intent.partition("/")[0] for example in trained()} - domain_intents() == set()


def test_no_sentence_is_taught_twice() -> None:
    first: dict[str, Example] = {}
    repeats = []
    for example in trained():
        earlier = first.setdefault(bare(example.text), example)
        if earlier is not example:
            repeats.append(f"{example.text!r}: {earlier.intent} and {example.intent} ({example.source})")
    assert repeats == []


def test_no_example_is_empty_once_its_punctuation_is_gone() -> None:
    assert [example for example in trained() if not bare(example.text)] == []


def test_no_example_begins_like_a_command() -> None:
    assert [example.text for example in trained() if example.text.startswith("/")] == []


@pytest.mark.parametrize("path", example_files(), ids=lambda path: path.stem)
def test_an_example_file_holds_the_one_intent_it_is_named_after(path: Path) -> None:
    content = read(path)
    assert [block["intent"] for block in content["nlu"]] == [path.stem]


@pytest.mark.parametrize("name", held_out_names())
def test_no_held_out_sentence_is_trained_on(name: str) -> None:
    taught = {bare(example.text): example.source for example in trained()}
    leaks = [(row.text, taught[bare(row.text)]) for row in held_out(name) if bare(row.text) in taught]
    assert leaks == []


def test_no_held_out_sentence_is_asked_twice() -> None:
    asked = Counter(bare(row.text) for name in held_out_names() for row in held_out(name))
    assert [text for text, times in asked.items() if times > 1] == []


@pytest.mark.parametrize("name", held_out_names())
def test_held_out_rows_name_their_intent_and_language(name: str) -> None:
    for row in held_out(name):
        assert row.intent.partition("/")[0] in domain_intents(), row
        assert row.language in LANGUAGES, row
        if row.kind != "pinyin":
            assert row.language == language_of(row.text), row


def test_every_skill_is_held_out_in_both_languages() -> None:
    counts = Counter((row.intent, row.language) for row in held_out("skills"))
    skills = set(domain_intents()) - WITHOUT_EXAMPLES - {"faq", "out_of_scope"}
    assert too_few(counts, skills, MINIMUM_HELD_OUT) == []


def test_enough_that_the_shop_does_not_do_is_held_out_in_both_languages() -> None:
    counts = Counter((row.intent, row.language) for row in held_out("out_of_scope"))
    assert set(counts) == {("out_of_scope", language) for language in LANGUAGES}
    assert too_few(counts, {"out_of_scope"}, MINIMUM_HELD_OUT_OUT_OF_SCOPE) == []


def test_every_kind_of_noise_is_held_out() -> None:
    kinds = Counter(row.kind for row in held_out("noise"))
    assert set(kinds) == KINDS_OF_NOISE
    assert kinds.total() >= MINIMUM_NOISE
    assert min(kinds.values()) >= 10

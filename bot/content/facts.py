"""FAQ answers against the shop's rules, by what a topic's metadata says it depends on.

`quotes` names a rule of policies.yml and how its value appears in the answer, `relies_on` a rule and the value that the
answer was written for:

    - intent: faq/return_window
      metadata:
        quotes:
          returns.no_reason_days: {zh: "{} 天内", en: "{} days"}
        relies_on:
          returns.return_postage.quality: shop

A rule that changes turns every answer red that it would make wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.content.faults import Fault
from bot.content.lines import Value, load
from bot.content.model import Content, Intent
from bot.content.responses import language_of
from bot.messages import LANGUAGES

POLICIES = Path("data/demo/policies.yml")


def contradictions(content: Content) -> Iterator[Fault]:
    """Answers that say something other than policies.yml; none for a shop without that file."""
    file = content.root / POLICIES
    if not file.exists():
        return
    policies, _ = load(file, POLICIES)  # its syntax has been checked already
    if policies is None:
        return
    for intent in content.intents:
        if intent.metadata is None:
            continue
        yield from _quotes(content, intent, intent.metadata, policies)
        yield from _relied_on(intent, intent.metadata, policies)


def _quotes(content: Content, intent: Intent, metadata: Value, policies: Value) -> Iterator[Fault]:
    for key, how in metadata.mapped("quotes"):
        rule = _rule(policies, key)
        if rule is None:
            yield key.place.error(f"'{intent.name}' quotes the rule '{key.text}', which {POLICIES} does not have")
            continue
        for language in LANGUAGES:
            form = how.get(language) if how.entries else how
            if form is None or form.text is None or "{}" not in form.text:
                yield key.place.error(f'say how \'{key.text}\' appears: `{{zh: "{{}} 天", en: "{{}} days"}}`')
                continue
            for answer, text in _answers(content, intent, language):
                for value in rule.items or [rule]:
                    expected = form.text.replace("{}", value.text or "")
                    if not _says(text, expected):
                        yield answer.place.error(
                            f"'{intent.name}' should say '{expected}': {key.text} is {value.text} in {rule.place}"
                        )


def _relied_on(intent: Intent, metadata: Value, policies: Value) -> Iterator[Fault]:
    for key, expected in metadata.mapped("relies_on"):
        rule = _rule(policies, key)
        if rule is None:
            yield key.place.error(f"'{intent.name}' relies on the rule '{key.text}', which {POLICIES} does not have")
        elif rule.plain != expected.plain:
            yield key.place.error(
                f"'{intent.name}' was written when {key.text} was {_short(expected.plain)}; "
                f"it is {_short(rule.plain)} in {rule.place}: read the answer again"
            )


def _rule(policies: Value, key: Value) -> Value | None:
    """The value at a dotted path such as `returns.no_reason_days`."""
    found: Value | None = policies
    for name in (key.text or "").split("."):
        found = found.get(name) if found is not None else None
    return found


def _answers(content: Content, intent: Intent, language: str) -> Iterator[tuple[Value, str]]:
    response = content.responses.get(f"utter_{intent.name}")
    for variation in response.variations if response is not None else ():
        text = variation.get("text")
        if text is not None and text.text is not None and language_of(variation) == language:
            yield text, text.text


def _says(text: str, expected: str) -> bool:
    """Whether `expected` stands in `text`, not as the tail or head of a longer number."""
    return re.search(rf"(?<![\d.]){re.escape(expected)}(?!\d)", text) is not None


def _short(value: Any) -> str:
    words = str(value)
    return words if len(words) <= 60 else words[:59] + "…"

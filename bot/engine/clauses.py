"""Several questions in one message: which clauses are answered one after another, and which belong together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Parsed = dict[str, Any]

COLOURING = frozenset({"affirm", "correct", "deny", "goodbye", "greet", "inform", "thanks"})
"""Intents that only colour what stands beside them: "hello", "GT2600010042", "thank you"."""
ANSWERS = frozenset({"affirm", "correct", "deny", "inform"})
"""Intents that answer a question the bot has asked."""
TOLD = frozenset({"bot_challenge", "capabilities"})
"""Intents that, like the FAQ, are answered in a sentence and leave the question that waits as it is."""
DATA = frozenset({"correct", "inform"})
OUT_OF_SCOPE = frozenset({"nlu_fallback", "out_of_scope"})
TELLS_WHY = frozenset({"warranty_repair"})
"""Intents that only give the reason where one of `WISHES` stands beside them: "it's broken, I want to return it"."""
WISHES = frozenset({"return_item", "exchange_item"})
_POINTS_BACK = re.compile(r"\b(?:it|that|this|they|them)\b|这个?|那个?|它", re.IGNORECASE)
SURE = 0.6
"""The confidence from which a clause may stand alone."""


@dataclass(slots=True)
class _Group:
    text: str
    intent: str | None
    matter: Parsed
    """The clause that is more than colour, alone."""


def questions(text: str, clauses: Sequence[str], parse: Callable[[str], Parsed], *, asked: bool) -> list[Parsed]:
    """What to answer, in order: one entry for the whole text unless each clause is surely a matter of its own.

    `asked` says that the bot waits for an answer: then a first clause that could be one stands alone, and so does a
    last one behind what is merely told: "Do you speak English? It's 8812."
    """
    whole = parse(text)
    if len(clauses) < 2:
        return [whole]
    groups: list[_Group] = []
    waiting = ""  # colouring clauses before the first matter
    first: list[Parsed] = []
    last: list[Parsed] = []
    for number, clause in enumerate(clauses):
        parsed = parse(clause)
        intent = intent_of(parsed)
        if number == 0 and asked and (intent in ANSWERS or (parsed["entities"] and intent not in _matters(parsed))):
            first = [parsed]
        elif intent in COLOURING:
            if asked and not first and number == len(clauses) - 1 and intent in DATA and _only_told(groups):
                last = [parsed]
            elif groups:
                groups[-1].text = _joined(text, groups[-1].text, clause)
            else:
                waiting = _joined(text, waiting, clause) if waiting else clause
        elif groups and _one_matter(groups[-1].intent, intent):
            wish = parsed if intent in WISHES else groups[-1].matter
            groups[-1] = _Group(_joined(text, groups[-1].text, clause), intent_of(wish), wish)
        elif _matters(parsed):
            groups.append(_Group(_joined(text, waiting, clause) if waiting else clause, intent, parsed))
            waiting = ""
        else:
            return [whole]
    if _leans(groups) and intent_of(whole) not in {group.intent for group in groups} and _matters(whole):
        return [whole]
    if len(groups) == 1 and not first and not last:
        return [_about(whole, groups[0].matter)]
    if waiting or len(first) + len(groups) + len(last) < 2 or len({group.intent for group in groups}) < len(groups):
        return [whole]
    parsed_groups = [_about(parse(group.text), group.matter) for group in groups]
    if any(intent_of(parsed) != group.intent for parsed, group in zip(parsed_groups, groups, strict=True)):
        return [whole]
    return first + parsed_groups + last


def _leans(groups: Sequence[_Group]) -> bool:
    """Whether the last clause can only be understood from those before: "… and what does it cost?"."""
    if len(groups) < 2 or any(one["entity"] != "language" for one in groups[-1].matter["entities"]):
        return False
    return _POINTS_BACK.search(groups[-1].text) is not None


def _only_told(groups: Sequence[_Group]) -> bool:
    return bool(groups) and all(group.intent in TOLD or "/" in str(group.intent) for group in groups)


def _one_matter(intent: str | None, next_intent: str | None) -> bool:
    """Whether two clauses are a wish and the reason for it, in either order."""
    pair = {intent, next_intent}
    return bool(pair & TELLS_WHY) and bool(pair & WISHES)


def _about(whole: Parsed, matter: Parsed) -> Parsed:
    """`whole`, meaning its one matter where data drowns it: "My screen is black. It's GT2600010044, 8812"."""
    if intent_of(whole) not in COLOURING | OUT_OF_SCOPE:
        return whole
    return {**matter, "text": whole["text"], "entities": whole["entities"]}


def intent_of(parsed: Parsed) -> str | None:
    """The intent in full: `faq/delivery_cost` rather than `faq`."""
    intent = parsed["intent"]
    found: str | None = intent.get("full_retrieval_intent_name") or intent.get("name")
    return found


def _matters(parsed: Parsed) -> frozenset[str]:
    """The intent, if it is surely one that gets an answer of its own."""
    intent = intent_of(parsed)
    sure = intent is not None and intent not in OUT_OF_SCOPE | COLOURING and parsed["intent"]["confidence"] >= SURE
    return frozenset({intent}) if sure and intent else frozenset()


def _joined(text: str, left: str, right: str) -> str:
    """Two neighbouring clauses as they stood in the text, or with a space between."""
    start = text.find(left)
    end = text.find(right, start + len(left)) if start >= 0 else -1
    return text[start : end + len(right)] if end >= 0 else f"{left} {right}"

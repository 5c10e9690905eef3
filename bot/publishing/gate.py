"""Whether a change makes understanding worse: what guards is asked before and after, where the change can be felt."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.engine.engine import Engine
from bot.errors import ContentError
from bot.nlu.linear import LinearModel
from bot.nlu.refit import Memory, scores_of
from bot.publishing.changes import Change, text_of
from bot.publishing.questions import Question

FELT = -0.6
"""From this score on a label may win: hardly one in a thousand messages gives it to a label that is not meant."""
LOST_AT_MOST, LOST_SHARE = 2, 0.04
"""Held-out messages that may be lost beyond those that are won: so many, or this share of those that can feel it.

Teaching the very same examples again already moves some that stand between two labels.
"""
REPLAYED = 200
"""Customers' latest messages that are asked again."""
SHOWN = 30
"""Changed answers that are shown."""

_NUMBER = re.compile(r"\d{3,}|[\w.+-]+@[\w.-]+")

Reason = dict[str, object]


class Refused(ContentError):
    """A publication makes something worse, or is not fit to be said."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(f"{len(reasons)} reasons against it")
        self.reasons = list(reasons)


@dataclass(frozen=True, slots=True)
class Findings:
    """What came of asking."""

    reasons: list[Reason]
    """Why it is not published; empty when it may be."""
    changes: list[Reason]
    """Customers' questions that would be answered otherwise."""


@dataclass(frozen=True, slots=True)
class Guarding:
    """What is asked before and after."""

    must: Sequence[Question]
    """Golden questions and first wordings: those that were right must stay right."""
    may: Sequence[Question]
    """Held-out messages: a few may be lost."""
    changed: Collection[str]
    """The labels whose examples changed: their own first wordings must be right, whatever was before."""


def felt(guards: Memory, before: LinearModel, after: LinearModel, labels: Sequence[str]) -> list[int]:
    """The places of the questions on which a change of these labels can be felt."""
    if not guards.texts or not labels:
        return []
    reach = np.maximum(scores_of(before, guards, labels).max(axis=1), scores_of(after, guards, labels).max(axis=1))
    mine = np.isin(np.asarray(guards.labels), list(labels))
    return [int(place) for place in np.flatnonzero(mine | (reach > FELT))]


def judge(
    before: Engine,
    after: Engine,
    *,
    guarding: Guarding,
    replay: Sequence[str],
    progress: Callable[[float], None] = lambda done: None,
) -> Findings:
    """Ask both."""
    whole = max(len(guarding.must) + len(guarding.may) + len(replay), 1)
    reasons: list[Reason] = []
    for number, question in enumerate(guarding.must, start=1):
        got = after.understand(question.text).intent
        if got != question.label:
            was = before.understand(question.text).intent
            if was == question.label or question.label in guarding.changed:
                reasons.append(_taken(question, got, lost=was == question.label))
        progress(number / whole)
    won = lost = 0
    for number, question in enumerate(guarding.may, start=len(guarding.must) + 1):
        was, got = before.understand(question.text).intent, after.understand(question.text).intent
        won += was != question.label == got
        lost += got != question.label == was
        progress(number / whole)
    if lost - won > max(LOST_AT_MOST, LOST_SHARE * len(guarding.may)):
        chinese = f"预留的测试问题中，{lost} 条原本答对的会答错（只新答对 {won} 条）"
        english = f"{lost} held-out questions that were right would be wrong, and only {won} the other way"
        reasons.append(plain(english, chinese))
    changes: list[Reason] = []
    for number, text in enumerate(replay, start=len(guarding.must) + len(guarding.may) + 1):
        was, got = before.understand(text).intent, after.understand(text).intent
        if was != got:
            changes.append({"question": masked(text), "before": was, "after": got})
        progress(number / whole)
    return Findings(reasons, changes[:SHOWN])


def _taken(question: Question, got: str | None, *, lost: bool) -> Reason:
    chinese = f"“{question.text}”{'将不再' if lost else '不'}由“{question.label}”回答，而是“{got}”"
    no = "no longer" if lost else "not"
    english = f'"{question.text}" would {no} be answered by {question.label} but by {got}'
    return {"key": question.label, "other": got, **plain(english, chinese)}


def masked(text: str) -> str:
    """A customer's words without what could tell who they are."""
    return _NUMBER.sub("•••", text)[:200]


def reworded(says: Mapping[str, tuple[object, object]]) -> list[Reason]:
    """Answers that read otherwise."""
    changes: list[Reason] = [
        {"question": name.removeprefix("utter_"), "before": _words(was), "after": _words(now)}
        for name, (was, now) in says.items()
    ]
    return changes[:SHOWN]


def _words(variations: object) -> str | None:
    if not isinstance(variations, list):
        return None
    return " / ".join(str(one.get("text") or "") for one in variations)


def check(change: Change, root: Path, engine: Engine) -> None:
    """Raises Refused for what must not be said, or cannot be written."""
    engine.texts.changed(change.says)
    reasons: list[Reason] = []
    for name in change.files:
        if text_of(root / name) != change.files[name][0]:
            reasons.append(plain(f"{name} was changed by hand; look at it and publish again", f"{name} 已被手动改动"))
    for label, (_, now) in change.examples.items():
        response = f"utter_{label}"
        said = change.says[response] if response in change.says else engine.texts.find(response)
        if "/" in label and now and not said:
            reasons.append({"key": label, **plain(f"{label} has no answer", f"{label} 没有答案")})
    for name, (was, now) in change.responses.items():
        label = name.removeprefix("utter_")
        asked = change.examples[label][1] if label in change.examples else None
        if was and not now and ("/" not in name or (label not in change.examples or asked)):
            reasons.append({"key": label, **plain(f"{name} is still needed", f"{name} 仍在使用，不能删除")})
    if reasons:
        raise Refused(reasons)


def plain(english: str, chinese: str) -> Reason:
    """A reason in both languages."""
    return {"words": {"zh": chinese, "en": english}}

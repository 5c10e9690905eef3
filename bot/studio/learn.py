"""What customers taught us: questions nobody answers, answers nobody likes, and what people answer by hand."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.content.entries import Answer
from bot.content.pages import FAQ_INTENT, language_of_wording
from bot.errors import StudioRefused
from bot.messages import LANGUAGES
from bot.nlu.likeness import groups
from bot.replies import language_of
from bot.store import studio as store
from bot.store import studio_inbox
from bot.store.accounts import Account
from bot.store.studio_inbox import Heard, Message
from bot.studio.masking import masked
from bot.studio.nearness import Classifier
from bot.studio.studio import State, Studio

KINDS = ("unknown", "unsure", "corrected", "by_hand")
DAYS = 30
FARTHEST = timedelta(days=90)
MOST_MESSAGES = 5000
PAGE, SHOWN = 20, 5
MOST_TAKEN = 20
"""Wordings of a group that are taken over at once."""
UNSURE = 0.5
LATER = timedelta(minutes=10)
"""A person who is asked for so soon after an answer is asked because of it."""
_UNKNOWN = frozenset({"nlu_fallback", "out_of_scope"})
_THREAD = frozenset({"inform", "affirm", "deny", "stop", "correct", "greet", "goodbye", "thanks", "human", ""})
"""What is no question of its own."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How an entry fares."""

    asked: int = 0
    up: int = 0
    down: int = 0
    handoffs: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody's question, masked."""

    id: int
    at: datetime
    channel: str
    language: str
    text: str
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that ask nearly the same, newest first."""

    id: str
    kind: str
    asked: Sequence[Asked]

    @property
    def language(self) -> str:
        return self.asked[0].language

    @property
    def answer(self) -> str | None:
        return next((each.answer for each in self.asked if each.answer), None)


class Learn:
    """Reads talks as far as editors may, and not more often than once in a while."""

    def __init__(
        self, studio: Studio, classifier: Classifier, *, now: Callable[[], datetime], keep_seconds: float = 30.0
    ) -> None:
        self._studio = studio
        self._classifier = classifier
        self._now = now
        self._keep_seconds = keep_seconds
        self._lock = asyncio.Lock()
        self._heard: Heard | None = None
        self._read_at = 0.0

    async def figures(self, days: int = DAYS) -> Mapping[str, Figures]:
        """By entry: how often it was the answer, and what came of it."""
        heard = await self._read()
        return await asyncio.to_thread(_figures, heard, self._now() - timedelta(days=days))

    async def inbox(self, kind: str, page: int) -> dict[str, Any]:
        """Questions of a kind in groups, the largest first."""
        if kind not in KINDS:
            raise StudioRefused("not_found")
        groups_of = await self._groups()
        entries = await self._studio.published_entries()
        start = PAGE * (max(page, 1) - 1)
        found = groups_of[kind]
        shown = []
        for group in found[start : start + PAGE]:
            suggested = await asyncio.to_thread(self._suggested, group)
            shown.append(
                {
                    "id": group.id,
                    "count": len(group.asked),
                    "language": group.language,
                    "answer": group.answer,
                    "examples": [
                        {"text": each.text, "at": each.at.isoformat(), "channel": each.channel}
                        for each in _distinct(group.asked)[:SHOWN]
                    ],
                    "suggested": [
                        {
                            "key": key,
                            "title": {language: entries[key].title(language) for language in LANGUAGES},
                            "score": round(score, 3),
                        }
                        for key, score in suggested
                        if key in entries
                    ][:3],
                }
            )
        counts = {name: sum(len(group.asked) for group in groups_of[name]) for name in KINDS}
        return {"groups": shown, "total": len(found), "counts": counts}

    async def assign(self, number: str, key: object, account: Account) -> State:
        """The group's wordings are examples of an entry, in its draft."""
        group = await self._group(number)
        state = await self._studio.state(key if isinstance(key, str) else "")
        if state.entry is None or state.shown.kind != "faq":
            raise StudioRefused("not_found")
        entry = state.entry
        examples = {language: list(entry.examples[language]) for language in LANGUAGES}
        for wording in self._wordings(group):
            side = examples[language_of_wording(wording)]
            if wording not in side:
                side.append(wording)
        more = replace(entry, examples={language: tuple(each) for language, each in examples.items()})
        kept = await self._studio.keep(state, more, account, what="assigned") if more != entry else state
        await self._settle(group, "assigned", kept.key, account)
        return kept

    async def new(self, number: str, topic: object, account: Account) -> State:
        """A new question of the group's wordings, with the answer a person gave."""
        group = await self._group(number)
        answer = Answer(masked(group.answer)).as_json() if group.answer else None
        given = {
            "topic": topic,
            "examples": {group.language: self._wordings(group)},
            "answers": {group.language: [answer] if answer else []},
        }
        made = await self._studio.create(given, account, what="assigned")
        await self._settle(group, "new", made.key, account)
        return made

    async def dismiss(self, number: str, account: Account) -> None:
        await self._settle(await self._group(number), "dismissed", None, account)

    async def insights(self, days: int) -> dict[str, Any]:
        """What is asked most, what helps least, and how much of it all is understood."""
        since = self._now() - min(timedelta(days=max(days, 1)), FARTHEST)
        heard = await self._read()
        entries = await self._studio.published_entries()
        figures = await asyncio.to_thread(_figures, heard, since)

        known = [key for key in figures if key in entries]
        recent = [message for message in heard.messages if message.at >= since and message.meanings]
        judged = Counter(_judged(message) for message in recent)

        def row(key: str) -> dict[str, Any]:
            figure = figures[key]
            return {
                "key": key,
                "title": {language: entries[key].title(language) for language in LANGUAGES},
                "count": figure.asked,
                "share": round(figure.asked / max(len(recent), 1), 4),
                "asked": figure.asked,
                "up": figure.up,
                "down": figure.down,
                "handoffs": figure.handoffs,
            }

        blamed = [key for key in known if figures[key].down or figures[key].handoffs]
        return {
            "days": days,
            "asked": [row(key) for key in sorted(known, key=lambda key: -figures[key].asked)[:PAGE]],
            "unhelpful": [row(key) for key in sorted(blamed, key=lambda key: -_blame(figures[key]))[:PAGE]],
            "coverage": {"asked": len(recent), **{name: judged[name] for name in ("understood", "unsure", "unknown")}},
        }

    async def _read(self) -> Heard:
        async with self._lock:
            if self._heard is None or time.monotonic() - self._read_at > self._keep_seconds:
                since = self._now() - FARTHEST
                self._heard = await self._studio.database.read(studio_inbox.heard, since=since, most=MOST_MESSAGES)
                self._read_at = time.monotonic()
            return self._heard

    async def _groups(self) -> Mapping[str, list[Group]]:
        heard = await self._read()
        done = await self._studio.database.read(studio_inbox.settled)
        return await asyncio.to_thread(_grouped, heard, done)

    async def _group(self, number: str) -> Group:
        found = await self._groups()
        group = next((each for kind in KINDS for each in found[kind] if each.id == number), None)
        if group is None:
            raise StudioRefused("group_gone")
        return group

    async def _settle(self, group: Group, what: str, key: str | None, account: Account) -> None:
        now, database = self._now(), self._studio.database
        ids = [each.id for each in group.asked]
        await database.run(studio_inbox.settle, ids, group.kind, what=what, key=key, who=account.name, now=now)
        detail = {"questions": len(ids), "kind": group.kind}
        await database.run(store.note, who=account.name, what=f"inbox_{what}", key=key, detail=detail, now=now)

    def _wordings(self, group: Group) -> list[str]:
        """What may be taken over: distinct, on one line, not a novel."""
        found = []
        for each in _distinct(group.asked):
            try:
                found.append(self._studio.shape.wording("examples", " ".join(each.text.split())))
            except StudioRefused:
                continue  # longer than a question is, or not all of it can be seen
        return [text for text in found if text][:MOST_TAKEN]

    def _suggested(self, group: Group) -> list[tuple[str, float]]:
        ranking = self._classifier.understand(group.asked[0].text).ranking
        return [(label, score) for label, score in ranking if label.startswith(FAQ_INTENT)][:3]


def _intent(meaning: Mapping[str, Any]) -> tuple[str, float]:
    intent = meaning["parse"].get("intent") or {}
    name = intent.get("full_retrieval_intent_name") or intent.get("name") or ""
    return str(name), float(intent.get("confidence") or 0.0)


def _figures(heard: Heard, since: datetime) -> dict[str, Figures]:
    asked: Counter[str] = Counter()
    up: Counter[str] = Counter()
    down: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for message in heard.messages:
        names = {_intent(each)[0] for each in message.meanings}
        for name in names if message.at >= since else ():
            if not name.startswith(FAQ_INTENT):
                continue
            asked[name] += 1
            thumb = heard.thumbs.get(message.id)
            up[name] += thumb is True
            down[name] += thumb is False
            left[name] += any(
                timedelta() <= at - message.at <= LATER for at in heard.handoffs.get(message.conversation, ())
            )
    return {name: Figures(count, up[name], down[name], left[name]) for name, count in asked.items()}


def _judged(message: Message) -> str:
    """Whether it was understood, by the clause that fared worst."""
    names = [_intent(each) for each in message.meanings]
    if any(name in _UNKNOWN for name, _ in names):
        return "unknown"
    doubtful = any(each["parse"].get("ambiguous") for each in message.meanings)
    return "unsure" if doubtful or any(sure < UNSURE for name, sure in names if name not in _THREAD) else "understood"


def _blame(figure: Figures) -> float:
    return (figure.down + figure.handoffs) / (figure.asked + 3)


def _grouped(heard: Heard, done: set[tuple[int, str]]) -> dict[str, list[Group]]:
    found: dict[str, list[Asked]] = {kind: [] for kind in KINDS}
    for kind, each in _questions(heard):
        if (each.id, kind) not in done:
            found[kind].append(each)
    return {kind: _groups_of(kind, asked) for kind, asked in found.items()}


def _groups_of(kind: str, asked: Sequence[Asked]) -> list[Group]:
    """Groups within a language; each is named after its oldest question, so that its name stays."""
    made = []
    for language in LANGUAGES:
        of_it = [each for each in asked if each.language == language]
        for members in groups([each.text for each in of_it]):
            newest_first = sorted((of_it[number] for number in members), key=lambda each: -each.id)
            made.append(Group(f"{kind}-{newest_first[-1].id}", kind, newest_first))
    return sorted(made, key=lambda group: (-len(group.asked), -group.asked[0].id))


def _questions(heard: Heard) -> Iterator[tuple[str, Asked]]:
    by_talk: dict[str, list[Message]] = defaultdict(list)
    for message in heard.messages:
        by_talk[message.conversation].append(message)
    for talk in by_talk.values():
        for message, later in zip(talk, [*talk[1:], None], strict=True):
            yield from _about(message, later, heard)
    for each in heard.by_hand:
        if len(each.question.strip()) > 1:
            yield "by_hand", _asked(each.id, each.at, each.channel, each.question, each.answer)


def _about(message: Message, later: Message | None, heard: Heard) -> Iterator[tuple[str, Asked]]:
    for meaning in message.meanings:
        name, confidence = _intent(meaning)
        asked = _asked(message.id, message.at, message.channel, meaning["text"] or message.text)
        if name in _UNKNOWN:
            yield "unknown", asked
            return
        if name in _THREAD:
            continue
        if meaning["parse"].get("ambiguous") or confidence < UNSURE:
            yield "unsure", asked
        meant = {_intent(each)[0] for each in later.meanings} if later is not None else set()
        denied = "correct" in meant or ("deny" in meant and name.startswith(FAQ_INTENT))
        if denied or heard.thumbs.get(message.id) is False:
            yield "corrected", asked


def _asked(number: int, at: datetime, channel: str, text: str, answer: str | None = None) -> Asked:
    shown = masked(text)
    return Asked(number, at, channel, language_of(text) or "zh", shown, None if answer is None else masked(answer))


def _distinct(asked: Sequence[Asked]) -> list[Asked]:
    return list({each.text: each for each in reversed(asked)}.values())[::-1]

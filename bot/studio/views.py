"""Entries as the wire has them: the list with its filters, one entry, and what an entry was."""

from __future__ import annotations

import asyncio
import difflib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.content.entries import Answer, Entry
from bot.content.responses import WECHAT_BYTES
from bot.messages import LANGUAGES, Language
from bot.store import accounts
from bot.store import studio as store
from bot.store.accounts import Account
from bot.store.studio import DraftState, Version
from bot.studio.checks import TELEGRAM_UNITS, names_in
from bot.studio.faults import Around
from bot.studio.learn import Figures, Learn
from bot.studio.shape import TEXT
from bot.studio.studio import Conflict, State, Studio

PAGE = 50
LIMITS = {"wechat": (WECHAT_BYTES, "bytes"), "telegram": (TELEGRAM_UNITS, "characters")}
"""How long a channel's text may be; others take what the studio takes."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the list is wanted; empty for all."""

    q: str = ""
    topic: str = ""
    status: str = ""
    tag: str = ""
    language: str = ""
    """Entries that have something in it, or with `-zh` those that lack it."""
    owner: str = ""
    kind: str = ""
    page: int = 1


class Views:
    """Reads what the studio's windows show."""

    def __init__(self, studio: Studio, learn: Learn) -> None:
        self._studio = studio
        self._learn = learn

    async def rows(self, filters: Filters, language: Language) -> dict[str, Any]:
        """A page of the list, and what can be filtered by."""
        studio = self._studio
        around = await studio.checker.around()
        studio.checker.warm(around)
        drafts = {draft.key: draft for draft in await studio.database.read(store.listed)}
        known = await studio.database.read(store.newest_published)
        figures = await self._learn.figures()
        people = await self._people(language)
        steps = Counter(draft.state.value for draft in drafts.values())
        states = [State(key, entry, drafts.pop(key, None)) for key, entry in around.entries.items()]
        states += [State(key, None, draft) for key, draft in drafts.items() if draft.entry is not None]

        def listed() -> dict[str, Any]:
            found = [state for state in states if _fits(state, filters)]
            start = PAGE * (max(filters.page, 1) - 1)
            shown = found[start : start + PAGE]
            entries = [state.shown for state in states]
            kinds = {entry.topic: entry.kind for entry in entries}
            return {
                "entries": [self._row(state, around, known, figures, people) for state in shown],
                "total": len(found),
                "page_size": PAGE,
                "counts": {state.value: steps[state.value] for state in DraftState},
                "topics": [
                    {**each, "kind": kinds[each["name"]]} for each in _counted(entry.topic for entry in entries)
                ],
                "tags": _counted(tag for entry in entries for tag in entry.tags),
                "owners": sorted({entry.owner for entry in entries if entry.owner}),
            }

        return await asyncio.to_thread(listed)

    async def opened(self, key: str, account: Account, language: Language) -> dict[str, Any]:
        """One entry with all that is known of it."""
        state = await self._studio.state(key)
        here = await self._here(state, account, language)
        faults = await self._studio.faults(state)
        return {**await self.entry(state, language), "faults": [fault.as_json() for fault in faults], **here}

    async def here(self, key: str, account: Account, language: Language) -> dict[str, Any]:
        """They have it open; who else has, and whether it is still what they see."""
        return await self._here(await self._studio.state(key), account, language)

    async def _here(self, state: State, account: Account, language: Language) -> dict[str, Any]:
        others = await self._studio.look(state.key, account)
        shown = [{"name": name.get(language) or "", "since": since.isoformat()} for name, since in others]
        return {"others_here": shown, "revision": state.revision}

    async def entry(self, state: State, language: Language) -> dict[str, Any]:
        """An entry as an editor's window has it."""
        shown, draft = state.shown, state.draft
        by, at = await self._last_change(state)
        people = await self._people(language)
        return {
            **shown.as_json(),
            "key": state.key,
            "new_key": shown.key if shown.key != state.key else None,
            "title": {language: shown.title(language) for language in LANGUAGES},
            "status": "published" if draft is None else draft.state.value,
            "deleted": state.entry is None,
            "is_new": state.published is None,
            "outdated": state.is_outdated,
            "revision": state.revision,
            "published_revision": state.published_revision,
            "published": None if state.published is None else state.published.as_json(),
            "changed_by": people.get(by or "", by),
            "changed_at": None if at is None else at.isoformat(),
            "review_by": None if draft is None else people.get(draft.review_by or "", draft.review_by),
            "why": None if draft is None else draft.why,
        }

    async def conflict(self, conflict: Conflict, language: Language) -> dict[str, Any]:
        """Three sides of a conflict."""
        base, yours = conflict.base, conflict.yours
        return {
            "theirs": await self.entry(conflict.theirs, language),
            "yours": None if yours is None else yours.as_json(),
            "base": None if base is None else base.as_json(),
        }

    async def history(self, key: str, language: Language) -> dict[str, Any]:
        """What an entry was, newest first, each with what changed since the one before."""
        state = await self._studio.state(key)
        found = await self._studio.database.read(store.versions, key)
        words = self._studio.words.sections["history"]
        people = await self._people(language)
        shown = []
        for version, older in zip(found, [*found[1:], None], strict=True):
            shown.append(
                {
                    "version": version.number,
                    "who": people.get(version.who, version.who),
                    "when": version.at.isoformat(),
                    "what": words[version.what],
                    "current": state.draft is not None and state.draft.version == version.number,
                    "deleted": version.entry is None,
                    "diff": difference(_lines(older), _lines(version)),
                }
            )
        return {"versions": shown}

    async def audit(self, page: int, language: Language) -> dict[str, Any]:
        """Who did what, newest first."""
        found, total = await self._studio.database.read(store.audit, skip=PAGE * (page - 1), most=PAGE)
        people, words = await self._people(language), self._studio.words.sections["audit"]
        entries = [
            {
                "when": each["at"],
                "who": people.get(each["who"], each["who"]),
                "action": each["what"],
                "key": each["key"],
                "words": words.get(each["what"], {"zh": each["what"], "en": each["what"]}),
                "detail": each["detail"],
            }
            for each in found
        ]
        return {"entries": entries, "total": total, "page_size": PAGE}

    async def palette(self, key: str) -> dict[str, Any]:
        """What an answer may use: names to fill in, channels of its own, and where buttons lead."""
        around = await self._studio.checker.around()
        sections = self._studio.words.sections
        samples = sections["samples"]
        own = names_in(around.entries.get(key))
        names = sorted(own or around.slots & samples.keys())
        intents = sorted(name for name in around.intents if name in sections["payloads"])
        return {
            "variables": [
                {
                    "name": name,
                    "words": sections["variables"].get(name, {"zh": name, "en": name}),
                    "example": samples.get(name, {"zh": "", "en": ""}),
                }
                for name in names
            ],
            "channels": [
                {"name": name, "words": words, "max": most, "unit": unit}
                for name, words in sections["channels"].items()
                for most, unit in [LIMITS.get(name, (TEXT, "characters"))]
            ],
            "payloads": [
                *({"payload": f"/{name}", "words": sections["payloads"][name]} for name in intents),
                *(
                    {"payload": f"/{each.key}", "words": {side: each.title(side) for side in LANGUAGES}}
                    for each in around.entries.values()
                    if each.kind == "faq"
                ),
            ],
        }

    async def _people(self, language: Language) -> dict[str, str]:
        """What those who work here are called."""
        found = await self._studio.database.read(accounts.listed)
        return {account.name: account.called(language) for account in found}

    async def _last_change(self, state: State) -> tuple[str | None, datetime | None]:
        if state.draft is not None:
            return state.draft.changed_by, state.draft.changed_at
        newest = await self._studio.database.read(store.newest_version, state.key)
        return (None, None) if newest is None else (newest.who or None, newest.at)

    def _row(
        self,
        state: State,
        around: Around,
        known: Mapping[str, tuple[str, datetime]],
        figures: Mapping[str, Figures],
        people: Mapping[str, str],
    ) -> dict[str, Any]:
        entry, draft = state.shown, state.draft
        by, at = (draft.changed_by, draft.changed_at) if draft is not None else known.get(state.key, (None, None))
        figure = figures.get(state.key, Figures())
        return {
            "key": state.key,
            "kind": entry.kind,
            "topic": entry.topic,
            "title": {language: entry.title(language) for language in LANGUAGES},
            "status": "published" if draft is None else draft.state.value,
            "deleted": state.entry is None,
            "is_new": state.published is None,
            "owner": entry.owner,
            "tags": list(entry.tags),
            "changed_by": people.get(by or "", by),
            "changed_at": None if at is None else at.isoformat(),
            "counts": {language: len(entry.examples[language]) for language in LANGUAGES},
            "warnings": self._studio.checker.count(entry, around) if draft is None else draft.warnings,
            "asked": figure.asked,
            "helpful": {"up": figure.up, "down": figure.down},
            "handoffs": figure.handoffs,
        }


def _fits(state: State, filters: Filters) -> bool:
    entry = state.shown
    status = "published" if state.draft is None else state.draft.state.value
    if filters.topic not in ("", entry.topic) or filters.kind not in ("", entry.kind):
        return False
    if filters.status not in ("", status) or filters.owner not in ("", entry.owner or ""):
        return False
    if filters.tag and filters.tag not in entry.tags:
        return False
    if filters.language and not _speaks(entry, filters.language):
        return False
    wanted = _folded(filters.q).split()
    return not wanted or all(word in _folded(_everything(entry)) for word in wanted)


def _speaks(entry: Entry, language: str) -> bool:
    lacking = language.startswith("-")
    name = language.removeprefix("-")
    has = bool(entry.answers.get(name)) and (entry.kind == "text" or bool(entry.examples.get(name)))
    return has != lacking


def _everything(entry: Entry) -> str:
    said = (answer.text for side in LANGUAGES for answer in entry.answers[side])
    asked = (wording for side in LANGUAGES for wording in entry.examples[side])
    return "\n".join([entry.key, entry.topic, *entry.tags, *asked, *said])


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _counted(names: Any) -> list[dict[str, Any]]:
    return [{"name": name, "count": count} for name, count in sorted(Counter(names).items())]


def _lines(version: Version | None) -> list[str]:
    """An entry on lines that a person compares."""
    if version is None or version.entry is None:
        return []
    entry = Entry.from_json(version.entry)
    fields = (("owner", entry.owner), ("category", entry.category), ("tags", ", ".join(entry.tags)))
    dates = (("valid_from", entry.valid_from), ("valid_until", entry.valid_until))
    lines = [f"topic: {entry.topic}", *(f"{name}: {value}" for name, value in (*fields, *dates) if value)]
    for language in LANGUAGES:
        lines += [f"[{language}] ? {wording}" for wording in entry.examples[language]]
    for language in LANGUAGES:
        lines += [line for answer in entry.answers[language] for line in _answer_lines(language, answer)]
    return lines


def _answer_lines(language: str, answer: Answer) -> list[str]:
    where = f"[{language}{'/' + answer.channel if answer.channel else ''}]"
    lines = [f"{where} {line}" for line in answer.text.splitlines()]
    lines += [f"{where} [{button.get('title', '')}] {button.get('payload', '')}" for button in answer.buttons]
    return [*lines, f"{where} {answer.image}"] if answer.image else lines


def difference(old: Sequence[str], new: Sequence[str]) -> list[dict[str, str]]:
    """What was added and removed, with a few lines around it."""
    shown = []
    for line in difflib.unified_diff(old, new, n=2, lineterm=""):
        if line.startswith(("---", "+++", "@@")):
            continue
        op = {"+": "add", "-": "remove"}.get(line[0], "same")
        shown.append({"op": op, "text": line[1:]})
    return shown

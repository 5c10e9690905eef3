"""Questions as rows of a table, out and in: a report says what becomes of each row, and drafts are what it becomes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.content.entries import Answer, Entry
from bot.content.pages import FAQ_INTENT
from bot.errors import StudioRefused
from bot.messages import LANGUAGES
from bot.store import studio as store
from bot.store.accounts import Account
from bot.store.studio import Saving
from bot.studio import sheets
from bot.studio.sheets import Formula, Row
from bot.studio.studio import State, Studio, slug
from bot.studio.words import Both

TOGETHER = 25
"""Rows that are kept in one transaction."""
PLAIN = ("key", "topic", "owner", "tags", "category", "valid_from", "valid_until")
NEEDED = ("topic", *(f"{what}_{language}" for what in ("questions", "answer") for language in LANGUAGES))
_ANSWER = re.compile(r"answer_(zh|en)(?::([a-z][a-z0-9_]*))?")


@dataclass(slots=True)
class Line:
    """One row, and what becomes of it."""

    number: int
    """As a spreadsheet counts: the headings are row 1."""
    status: str
    words: Both
    key: str | None = None
    entry: Entry | None = None
    state: State | None = None
    warnings: int = 0


@dataclass(slots=True)
class Report:
    lines: list[Line] = field(default_factory=list)
    applied: bool = False

    def as_json(self) -> dict[str, Any]:
        counts = dict.fromkeys(("new", "changed", "same", "refused"), 0)
        for line in self.lines:
            counts[line.status] += 1
        rows = [
            {"row": line.number, "status": line.status, "key": line.key, "words": dict(line.words)}
            for line in self.lines
        ]
        return {"rows": rows, "counts": counts, "applied": self.applied}


class Exchange:
    """Import and export."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._words = studio.words

    async def exported(self, form: str, topic: str, account: Account) -> bytes:
        """All questions, or those of a topic, as editors have them: drafts over what is published."""
        detail, run = {"format": form, "topic": topic[:80]}, self._studio.database.run
        await run(store.note, who=account.name, what="exported", key=None, detail=detail, now=self._studio.now())
        published = await self._studio.published_entries()
        drafts = {draft.key: draft for draft in await self._studio.database.read(store.listed)}
        states = [State(key, entry, drafts.pop(key, None)) for key, entry in published.items()]
        states += [State(key, None, draft) for key, draft in drafts.items()]
        entries = [state.entry for state in states]
        chosen = [each for each in entries if each and each.kind == "faq" and topic in ("", each.topic)]
        rows = _rows(chosen)
        return await asyncio.to_thread(sheets.excel_bytes if form == "xlsx" else sheets.csv_bytes, rows)

    async def imported(self, name: str, data: bytes, account: Account, *, dry_run: bool) -> Report:
        """Every row becomes a draft; where one is refused, none does.

        Raises:
            StudioRefused: the file as a whole cannot be read.
        """
        rows = await asyncio.to_thread(sheets.read, name, data, self._words)
        heads = [head.strip().lower() for head in rows[0]] if rows else []
        missing = [each for each in NEEDED if each not in heads]
        if missing:
            raise StudioRefused("bad_file", why=self._words.say("fields", "columns", names=", ".join(missing)))
        known = await self._states()
        report = await asyncio.to_thread(self._read, heads, rows[1:], known)
        await self._check(report)
        if not dry_run and not any(line.status == "refused" for line in report.lines):
            await self._keep(report, account)
        return report

    def _read(self, heads: Sequence[str], rows: Sequence[Row], known: dict[str, State]) -> Report:
        report = Report()
        seen: dict[str, int] = {}
        for number, row in enumerate(rows, start=2):
            if any(cell.strip() for cell in row):
                report.lines.append(self._line(number, dict(zip(heads, row, strict=False)), known, seen))
        return report

    async def _check(self, report: Report) -> None:
        """Lines whose entry has errors are refused."""
        lines = [line for line in report.lines if line.entry is not None and line.status != "same"]
        found = await self._studio.checker.quick_faults([line.entry for line in lines if line.entry is not None])
        for line, faults in zip(lines, found, strict=True):
            line.warnings = len(faults)
            errors = [fault for fault in faults if fault.severity == "error"]
            if errors:
                line.status = "refused"
                line.words = self._words.say("rows", "faults", count=len(errors), first=errors[0].words)

    async def _states(self) -> dict[str, State]:
        published = await self._studio.published_entries()
        drafts = {draft.key: draft for draft in await self._studio.database.read(store.listed)}
        return {key: State(key, published.get(key), drafts.get(key)) for key in {**published, **drafts}}

    def _line(self, number: int, cells: Mapping[str, str], known: dict[str, State], seen: dict[str, int]) -> Line:
        try:
            entry, state = self._entry(cells, known)
        except StudioRefused as refused:
            return Line(number, "refused", self._words.refusal(refused), _key(cells) or None)
        if entry.key in seen:
            words = self._words.say("fields", "twice", key=entry.key, row=seen[entry.key])
            return Line(number, "refused", words, entry.key)
        seen[entry.key] = number
        status = "new" if state is None else "same" if entry == state.entry else "changed"
        known.setdefault(entry.key, State(entry.key, None, None))
        return Line(number, status, self._words.sections["rows"][status], entry.key, entry, state)

    def _entry(self, cells: Mapping[str, str], known: Mapping[str, State]) -> tuple[Entry, State | None]:
        """The entry a row describes, and what there is of it already.

        Raises:
            StudioRefused: a cell holds what it may not.
        """
        for name, cell in cells.items():
            if isinstance(cell, Formula) or cell.lstrip()[:1] in ("=", "@"):
                raise self._words.field(name, "formula")
        values = {name: sheets.as_written(cell.strip()) for name, cell in cells.items()}
        named = _key(values)
        state = known.get(named)
        if state is not None and (state.published is None and state.draft is None):
            state = None
        now = state.entry if state is not None else None
        given = {
            "key": named or None,
            "topic": values["topic"] or (now.topic if now else ""),
            "examples": {each: (values.get(f"questions_{each}") or "").splitlines() for each in LANGUAGES},
            "answers": {language: self._answers(values, language, now) for language in LANGUAGES},
            "editors": {
                "owner": values.get("owner"),
                "tags": [tag for tag in re.split(r"[,，;；]", values.get("tags", "")) if tag.strip()],
                "category": values.get("category"),
                "valid_from": values.get("valid_from"),
                "valid_until": values.get("valid_until"),
            },
        }
        if not named:
            given["key"] = self._free(given, known)
        known_as = state.shown if state is not None else None
        return self._studio.shape.entry({**given, "kind": "faq"}, known=known_as), state

    def _free(self, given: Mapping[str, Any], known: Mapping[str, State]) -> str:
        named = slug(self._studio.shape.entry({**given, "key": "x", "kind": "faq"}, known=None))
        numbered = (f"{FAQ_INTENT}{named}{'' if each == 1 else f'_{each}'}" for each in range(1, len(known) + 2))
        return next(key for key in numbered if key not in known)

    def _answers(self, values: Mapping[str, str], language: str, now: Entry | None) -> list[dict[str, Any]]:
        """Answers by channel; buttons and pictures of one that is there already stay with it.

        What a table has no column for, a second answer of a channel or one under conditions, stays as it is.
        """
        cells = ((_ANSWER.fullmatch(name), text) for name, text in values.items())
        texts = {match[2]: text for match, text in cells if match is not None and match[1] == language}
        made = []
        for answer in now.answers[language] if now is not None else ():
            if answer.when or answer.channel not in texts:
                made.append(answer)
            elif text := texts.pop(answer.channel):
                made.append(replace(answer, text=text))
        made += [Answer(text, channel=channel) for channel, text in texts.items() if text]
        return [answer.as_json() for answer in made]

    async def _keep(self, report: Report, account: Account) -> None:
        """All that is new or changed becomes a draft, a few at a time, for customers' messages are written in between.

        Where somebody was quicker meanwhile, their draft stays, and the report says so.
        """
        lines = [line for line in report.lines if line.entry is not None and line.status != "same"]
        while lines:
            some = lines[:TOGETHER]
            savings = [self._saving(line) for line in some]
            run, now = self._studio.database.run, self._studio.now()
            try:
                await run(store.save_all, savings, who=account.name, now=now)
            except store.Overtaken as overtaken:
                for line in (each for each in some if each.key == overtaken.key):
                    line.status, line.words = "refused", self._words.sections["rows"]["conflict"]
                    lines.remove(line)
            else:
                del lines[:TOGETHER]
        report.applied = True

    def _saving(self, line: Line) -> tuple[Saving, int | None]:
        state = line.state or State(line.key or "", None, None)
        return self._studio.saving(state, line.entry, warnings=line.warnings, what="imported")


def _key(cells: Mapping[str, str]) -> str:
    named = (cells.get("key") or "").strip()
    return named if not named or named.startswith(FAQ_INTENT) else f"{FAQ_INTENT}{named}"


def _rows(entries: Sequence[Entry]) -> list[list[str]]:
    """The table: headings, then a row per entry."""
    channels = sorted(
        {
            (language, answer.channel)
            for entry in entries
            for language in LANGUAGES
            for answer in entry.answers[language]
            if answer.channel is not None
        }
    )
    heads = [*PLAIN, "questions_zh", "questions_en", "answer_zh", "answer_en"]
    heads += [f"answer_{language}:{channel}" for language, channel in channels]
    rows = [heads]
    for entry in entries:
        answers = [(each, answer) for each in LANGUAGES for answer in entry.answers[each] if not answer.when]
        said = {(each, answer.channel): answer.text for each, answer in reversed(answers)}
        rows.append(
            [
                entry.key,
                entry.topic,
                entry.owner or "",
                ", ".join(entry.tags),
                entry.category or "",
                entry.valid_from or "",
                entry.valid_until or "",
                *("\n".join(entry.examples[language]) for language in LANGUAGES),
                *(said.get((language, None), "") for language in LANGUAGES),
                *(said.get((language, channel), "") for language, channel in channels),
            ]
        )
    return rows


__all__ = ["Exchange", "Line", "Report", "Row"]

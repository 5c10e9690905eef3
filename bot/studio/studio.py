"""What editors do: change, hand in, approve, take back, restore. Everything is kept, and nobody overwrites anybody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.content.entries import Change, Entry
from bot.content.pages import FAQ_INTENT
from bot.content.pen import Pen
from bot.errors import GuitaiError, StudioRefused
from bot.store import studio as store
from bot.store.accounts import Account
from bot.store.database import Database
from bot.store.studio import Draft, DraftState, Saving
from bot.studio.checker import Checker
from bot.studio.faults import Fault
from bot.studio.shape import Shape
from bot.studio.words import StudioWords

STALE = timedelta(seconds=45)
"""Who was not seen for so long has closed an entry."""
_REVISION = re.compile(r"v(\d{1,9})|p([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class State:
    """An entry as it is now: its draft, where there is one, over what is published."""

    key: str
    published: Entry | None
    draft: Draft | None

    @property
    def entry(self) -> Entry | None:
        """What an editor sees; None when it is to go, or there is none."""
        if self.draft is None:
            return self.published
        return None if self.draft.entry is None else Entry.from_json(self.draft.entry)

    @property
    def shown(self) -> Entry:
        """The same; of what is to go, what it was."""
        found = (
            self.entry
            or self.published
            or (Entry.from_json(self.draft.base) if self.draft and self.draft.base else None)
        )
        if found is None:
            raise StudioRefused("not_found")
        return found

    @property
    def revision(self) -> str:
        return f"v{self.draft.version}" if self.draft is not None else self.published_revision or ""

    @property
    def published_revision(self) -> str | None:
        return None if self.published is None else f"p{self.published.digest}"

    @property
    def is_outdated(self) -> bool:
        """Whether the file says something else than when the draft was begun."""
        if self.draft is None:
            return False
        base = None if self.draft.base is None else Entry.from_json(self.draft.base)
        return base != self.published


class Conflict(GuitaiError):
    """Somebody was quicker. `base` is what both began from, None when nobody knows."""

    def __init__(self, theirs: State, yours: Entry | None, base: Entry | None) -> None:
        super().__init__(f"{theirs.key} was changed meanwhile")
        self.theirs = theirs
        self.yours = yours
        self.base = base


class Studio:
    """The editors' desk over files and database."""

    def __init__(
        self,
        *,
        database: Database,
        pen: Pen,
        checker: Checker,
        words: StudioWords,
        now: Callable[[], datetime],
    ) -> None:
        self.database = database
        self.pen = pen
        self.checker = checker
        self.words = words
        self.shape = Shape(words)
        self.now = now

    async def published_entries(self) -> Mapping[str, Entry]:
        return await asyncio.to_thread(self.pen.entries)

    async def state(self, key: str) -> State:
        """Raises StudioRefused when there is no such entry."""
        published = await self.published_entries()
        draft = await self.database.read(store.find, key)
        if draft is None and key not in published:
            raise StudioRefused("not_found")
        return State(key, published.get(key), draft)

    async def look(self, key: str, account: Account) -> list[tuple[Mapping[str, str], datetime]]:
        """They have it open; who else has."""
        now = self.now()
        await self.database.run(store.look, key, account.id, now=now, stale=now - STALE)
        return await self.database.read(store.others, key, account.id, stale=now - STALE)

    async def check(self, given: object) -> list[Fault]:
        """What is wrong with an entry that nobody has saved yet."""
        key = given.get("key") if isinstance(given, Mapping) else None
        state = await self._state_or_none(key) if isinstance(key, str) else None
        entry = self.shape.entry(given, known=state.shown if state else None)
        return await self.checker.faults(entry, key=key if state else None)

    async def faults(self, state: State) -> list[Fault]:
        if state.entry is None:
            return await self.checker.faults_of_leaving(state.key)
        found = await self.checker.faults(state.entry, key=state.key)
        if state.is_outdated:
            found.insert(0, Fault("error", "outdated", "revision", self.words.say("faults", "outdated")))
        return found

    async def create(self, given: object, account: Account, *, what: str = "saved") -> State:
        """A new question. Without a key it gets one from its words."""
        given = dict(given) if isinstance(given, Mapping) else {}
        given["kind"] = "faq"
        if not given.get("key"):
            given["key"] = await self._free_key(given)
        entry = self.shape.entry(given, known=None)
        if await self._state_or_none(entry.key) is not None:
            raise StudioRefused("key_taken", key=entry.key)
        return await self.keep(State(entry.key, None, None), entry, account, what=what)

    async def save(self, key: str, revision: object, given: object, account: Account) -> State:
        """Keep a draft over the revision that the editor began from.

        Raises:
            Conflict: there is another one by now.
            StudioRefused: it cannot be taken.
        """
        state = await self.state(key)
        if isinstance(given, Mapping) and state.shown.kind == "faq":
            given = {**given, "key": given.get("new_key") or state.shown.key}
        entry = self.shape.entry(given, known=state.shown)
        if entry.key not in (key, state.shown.key):
            await self._refuse_name(state, entry.key)
        await self._agree(state, revision, entry)
        if entry == state.published:
            if state.draft is not None:
                await self.database.run(store.discard, key, who=account.name, now=self.now())
            return State(key, state.published, None)
        return await self.keep(state, entry, account)

    async def delete(self, key: str, revision: object, account: Account) -> State | None:
        """It is to go, once that is published; what was never published goes at once, and None is left."""
        state = await self.state(key)
        if state.shown.kind == "text":
            raise StudioRefused("text_stays", key=key)
        await self._agree(state, revision, None)
        if state.published is None:
            await self.database.run(store.discard, key, who=account.name, now=self.now())
            return None
        return await self.keep(state, None, account, what="deleted")

    async def discard(self, key: str, account: Account) -> State | None:
        """Forget the draft; None when nothing is left."""
        if not await self.database.run(store.discard, key, who=account.name, now=self.now()):
            raise StudioRefused("not_a_draft")
        return await self._state_or_none(key)

    async def ask_review(self, key: str, account: Account) -> State:
        state = await self.state(key)
        if state.draft is None:
            raise StudioRefused("not_a_draft")
        errors = [fault for fault in await self.faults(state) if fault.severity == "error"]
        if errors:
            raise StudioRefused("has_faults", count=len(errors), first=errors[0].words)
        return await self._move(state, [DraftState.DRAFT], DraftState.REVIEW, "asked_review", account)

    async def approve(self, key: str, revision: object, account: Account) -> State:
        """It may be published. Nobody says so of their own change, but admins, who may be alone."""
        state = await self.state(key)
        if state.draft is None or (revision is not None and revision != state.revision):
            raise StudioRefused("not_in_review" if state.draft is None else "conflict")
        if state.draft.changed_by == account.name and "admin" not in account.roles:
            raise StudioRefused("own_change")
        errors = [fault for fault in await self.faults(state) if fault.severity == "error"]
        if errors:
            raise StudioRefused("has_faults", count=len(errors), first=errors[0].words)
        return await self._move(state, [DraftState.REVIEW], DraftState.APPROVED, "approved", account)

    async def send_back(self, key: str, why: object, account: Account) -> State:
        state = await self.state(key)
        words = self.shape.text("why", why, 1000)
        steps = [DraftState.REVIEW, DraftState.APPROVED]
        return await self._move(state, steps, DraftState.DRAFT, "sent_back", account, why=words)

    async def restore(self, key: str, version: object, account: Account) -> State:
        """An old version becomes the draft."""
        if not isinstance(version, int) or isinstance(version, bool) or not 0 < version < 2**31:
            raise StudioRefused("not_found")
        found = await self.database.read(store.version, key, version)
        if found is None or found.entry is None:
            raise StudioRefused("not_found")
        state = await self._state_or_none(key) or State(key, None, None)
        entry = Entry.from_json(found.entry)
        if entry == state.published:
            if state.draft is not None:
                await self.database.run(store.discard, key, who=account.name, now=self.now())
            return State(key, state.published, None)
        return await self.keep(state, entry, account, what="restored")

    async def keep(self, state: State, entry: Entry | None, account: Account, *, what: str = "saved") -> State:
        """Make this the draft.

        Raises:
            Conflict: somebody saved one in the meantime.
        """
        found = [] if entry is None else await self.checker.faults(entry, key=state.key)
        saving, expected = self.saving(state, entry, warnings=len(found), what=what)
        draft = await self.database.run(store.save, saving, expected=expected, who=account.name, now=self.now())
        if draft is None:
            raise Conflict(await self.state(state.key), entry, state.entry)
        return replace(state, draft=draft)

    def saving(self, state: State, entry: Entry | None, *, warnings: int, what: str) -> tuple[Saving, int | None]:
        """How a draft is kept, and the version that it is kept over."""
        made = Saving(
            key=state.key,
            entry=None if entry is None else entry.as_json(),
            digest=None if entry is None else entry.digest,
            base=None if state.published is None else state.published.as_json(),
            base_digest=None if state.published is None else state.published.digest,
            warnings=warnings,
            what=what,
        )
        return made, None if state.draft is None else state.draft.version

    # What publishing needs.

    async def approved(self, keys: Sequence[str] | None) -> list[Change]:
        """What may be published: these, or everything that was approved.

        Raises:
            StudioRefused: one of the keys is not approved, or its file was changed since its draft was begun.
        """
        drafts = {draft.key: draft for draft in await self.database.read(store.listed, keys)}
        if keys is None:
            keys = [key for key, draft in drafts.items() if draft.state is DraftState.APPROVED]
        published = await self.published_entries()
        changes = []
        for key in dict.fromkeys(keys):
            state = State(key, published.get(key), drafts.get(key))
            if state.draft is None or state.draft.state is not DraftState.APPROVED:
                raise StudioRefused("not_approved", key=key)
            if state.is_outdated:
                raise StudioRefused("changed_in_file", key=key)
            changes.append(Change(key, state.published, state.entry, who=state.draft.changed_by))
        return changes

    async def published(self, changes: Sequence[Change], *, publication: str, who: str) -> None:
        """These are what customers get from now on."""
        drafts = {draft.key: draft for draft in await self.database.read(store.listed, [each.key for each in changes])}
        rows = []
        for change in changes:
            draft, after = drafts.get(change.key), change.after
            wanted = None if after is None else after.as_json()
            version = draft.version if draft is not None and draft.entry == wanted else None
            name = change.key if after is None else after.key
            rows.append(store.Publishing(change.key, name, version, wanted, None if after is None else after.digest))
        await self.database.run(store.published, rows, publication=publication, who=who, now=self.now())

    async def rolled_back(self, publication: str, *, who: str) -> None:
        """What a publication had changed is as it was before."""
        detail = {"publication": publication}
        await self.database.run(store.note, who=who, what="rolled_back", key=None, detail=detail, now=self.now())

    async def _move(
        self,
        state: State,
        of: Sequence[DraftState],
        to: DraftState,
        what: str,
        account: Account,
        *,
        why: str | None = None,
    ) -> State:
        moved = await self.database.run(
            store.move, state.key, of=of, to=to, who=account.name, now=self.now(), what=what, why=why
        )
        if moved is None:
            raise StudioRefused("not_in_review" if what != "asked_review" else "not_a_draft")
        return replace(state, draft=moved)

    async def _agree(self, state: State, revision: object, yours: Entry | None) -> None:
        """Raises Conflict when the editor did not begin from what there is."""
        if revision == state.revision:
            return
        match = _REVISION.fullmatch(revision) if isinstance(revision, str) else None
        base = None
        if match is not None and match[1]:
            base = await self.database.read(store.version, state.key, int(match[1]))
        elif match is not None:
            base = await self.database.read(store.version_of, state.key, match[2])
        known = None if base is None or base.entry is None else Entry.from_json(base.entry)
        if known is None and revision == state.published_revision:
            known = state.published
        raise Conflict(state, yours, known)

    async def _refuse_name(self, state: State, name: str) -> None:
        """Raises StudioRefused for a name that is taken, and for a new question, which is simply made anew."""
        if state.published is None or await self._state_or_none(name) is not None:
            raise StudioRefused("key_taken", key=name)

    async def _state_or_none(self, key: str) -> State | None:
        try:
            return await self.state(key)
        except StudioRefused:
            return None

    async def _free_key(self, given: Mapping[str, Any]) -> str:
        """A name from its first English wording, or from the sound of its first Chinese one."""
        named = slug(self.shape.entry({**given, "key": "x"}, known=None))
        taken = {*await self.published_entries(), *(each.key for each in await self.database.read(store.listed))}
        numbered = (f"{FAQ_INTENT}{named}{'' if number == 1 else f'_{number}'}" for number in range(1, len(taken) + 2))
        return next(key for key in numbered if key not in taken)


def slug(entry: Entry) -> str:
    """A few words in small letters."""
    english, chinese = entry.examples["en"], entry.examples["zh"]
    words = re.findall(r"[a-z0-9]+", english[0].lower())[:6] if english else []
    if not words and chinese:
        from pypinyin import lazy_pinyin  # here: its tables take 58 MB, and few need them

        words = re.findall(r"[a-z0-9]+", " ".join(lazy_pinyin(chinese[0][:10], errors="ignore")).lower())
    named = "_".join(words)[:60].strip("_")
    return named if named[:1].isalpha() else f"question_{named}".strip("_")

"""Reads the files an editor works on, and says what they would be with changes: what is not changed stays as it is."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.content.edits import Editing, Tied, untied
from bot.content.entries import Change, Entry
from bot.content.model import ANNOTATION
from bot.content.pages import FAQ_INTENT, Page, entries_of, page_of, read, wordings
from bot.errors import ContentError, StudioRefused

NEW_PAGE = 'version: "3.1"\n\nnlu:\n\nresponses:\n'


@dataclass(frozen=True, slots=True)
class Files:
    """What files were, and what they are to be: bytes by path relative to the root, None where there is no file."""

    before: Mapping[Path, bytes | None]
    after: Mapping[Path, bytes | None]


class Pen:
    """The files under a root. Thread-safe; several processes may have one each."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._pages: dict[Path, tuple[tuple[int, ...], Page]] = {}
        self._entries: dict[str, Entry] = {}
        self._broken: dict[Path, tuple[int, ...]] = {}

    @property
    def root(self) -> Path:
        return self._root

    def entries(self) -> Mapping[str, Entry]:
        """All entries by key, as they stand in the files now. A file that cannot be read is as it was before."""
        with self._lock:
            if self._refresh():
                self._entries = all_entries([page for _, page in self._pages.values()])
            return self._entries

    def other_wordings(self) -> list[tuple[str, str]]:
        """The wordings of intents that are no entries, each with its intent, annotations taken out."""
        self.entries()
        with self._lock:
            pages = [page for _, page in self._pages.values()]
        return [
            (ANNOTATION.sub(lambda match: match["text"], wording), name)
            for page in pages
            for name, item in page.intents.items()
            if not (page.is_faq and name.startswith(FAQ_INTENT))
            for wording in wordings(item)
        ]

    def render(self, changes: Sequence[Change]) -> Files:
        """What the files would be with these changes; nothing is written.

        Raises:
            StudioRefused: `changed_in_file` when a file does not say what a change began from, `cannot_be_written`
                when the file is written in a way that cannot be edited.
        """
        known = self.entries()
        for change in changes:
            if known.get(change.key) != change.before:
                raise StudioRefused("changed_in_file", key=change.key)
            if change.after is not None and change.after.key != change.key and change.after.key in known:
                raise StudioRefused("key_taken", key=change.after.key)
        with self._lock:
            pages = {path: page for path, (_, page) in self._pages.items()}
        before = {path: page.text.encode() for path, page in pages.items()}
        after = _rendered(pages, changes)
        touched = [path for path in {**before, **after} if before.get(path) != after.get(path)]
        files = Files({path: before.get(path) for path in touched}, {path: after.get(path) for path in touched})
        _check(known, changes, pages, files)
        return files

    def is_writable(self) -> bool:
        """Whether questions can be published: their folder takes new files."""
        return os.access(self._root / "data" / "faq", os.W_OK | os.X_OK)

    def _refresh(self) -> bool:
        """Read what has changed on disk; whether there was anything."""
        found: dict[Path, tuple[int, ...]] = {}
        try:
            for path in sorted((self._root / "data").rglob("*.yml")):
                stat = path.stat()
                found[path.relative_to(self._root)] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except OSError:
            return False  # somebody is moving the content about: it is looked at again
        gone = self._pages.keys() - found.keys()
        for path in gone:
            del self._pages[path]
        changed = bool(gone)
        for path, stamp in found.items():
            known = self._pages.get(path)
            if (known is not None and known[0] == stamp) or self._broken.get(path) == stamp:
                continue
            try:
                text = (self._root / path).read_bytes().decode()
                self._pages[path] = (stamp, read(path, text))
                self._broken.pop(path, None)
                changed = True
            except (OSError, UnicodeDecodeError, ContentError):
                self._broken[path] = stamp
        return changed


def _rendered(pages: dict[Path, Page], changes: Sequence[Change]) -> dict[Path, bytes | None]:
    """The bytes of all pages with the changes in them; files that hold nothing any more are None."""
    now = dict(pages)
    editing: dict[Path, Editing] = {}

    def edit(path: Path) -> Editing:
        if path not in now:
            now[path] = read(path, NEW_PAGE)
        if path not in editing:
            if not now[path].text.endswith("\n"):
                now[path] = read(path, now[path].text + "\n")
            editing[path] = Editing(now[path])
        return editing[path]

    def settle(path: Path) -> None:
        if path in editing:
            now[path] = read(path, editing.pop(path).done())

    def edit_response(path: Path, name: str, work: Callable[[Editing], None]) -> None:
        mark = edit(path).mark()
        try:
            work(editing[path])
        except Tied:
            editing[path].back_to(mark)
            settle(path)
            now[path] = untied(now[path], name)
            work(edit(path))

    holders = {name: path for path, page in now.items() for name in page.responses}
    homes = {name: path for path, page in now.items() if page.is_faq for name in page.intents}
    try:
        for change in changes:
            before, after = change.before, change.after
            moved = before and after and (before.key, before.topic) != (after.key, after.topic)
            if before is not None and (after is None or moved):
                _refuse_texts(before)
                edit(homes[before.key]).remove_question(before.key)
                if before.response in holders:
                    name = before.response
                    edit_response(holders[name], name, partial(Editing.remove_response, name=name))
            if after is not None and (before is None or moved):
                _refuse_texts(after)
                path = page_of(after.topic)
                edit(path).add(after)
                if any(section is None or section.is_null for section in map(now[path].section, ("nlu", "responses"))):
                    settle(path)
            elif after is not None and before is not None:
                if after.kind == "faq":
                    edit(homes[after.key]).question(after)
                if before.answers == after.answers:
                    continue
                if after.response not in holders:
                    edit(homes[after.key]).add_response(after)
                    settle(homes[after.key])
                    continue
                edit_response(holders[after.response], after.response, partial(Editing.response, entry=after))
        for path in list(editing):
            settle(path)
    except (Tied, ContentError) as error:
        raise StudioRefused("cannot_be_written", key=change.key) from error
    return {path: _closed(page) for path, page in now.items()}


def _refuse_texts(entry: Entry) -> None:
    """The code says which texts there are; only what they say can be edited."""
    if entry.kind == "text":
        raise StudioRefused("text_stays", key=entry.key)


def _closed(page: Page) -> bytes | None:
    """The page without sections that are empty; None when nothing is left."""
    text = page.text
    if page.is_faq and page.top is not None:
        empty = []
        for key, value in page.top.entries:
            if key.value in ("nlu", "responses") and value.is_null:
                empty.append(key)
        if empty and {key.value for key, _ in page.top.entries} <= {"version", *(key.value for key in empty)}:
            return None
        for key in reversed(empty):
            start = text.rfind("\n", 0, key.start) + 1
            end = text.find("\n", key.end) + 1
            text = text[:start] + text[end or len(text) :]
    return text.encode()


def _check(known: Mapping[str, Entry], changes: Sequence[Change], old: Mapping[Path, Page], files: Files) -> None:
    """What was rendered says what was meant, and nothing else says anything new."""
    pages = dict(old)
    meant = dict(known)
    for change in changes:
        meant.pop(change.key, None)
        if change.after is not None:
            meant[change.after.key] = change.after
    try:
        for path, data in files.after.items():
            pages.pop(path, None)
            if data is not None:
                pages[path] = read(path, data.decode())
        says = all_entries(pages.values())
        same = says.keys() == meant.keys() and all(
            entry is meant[key] or _said(entry) == _said(meant[key]) for key, entry in says.items()
        )
    except ContentError:
        same = False
    keys = {change.key for change in changes} | {change.after.key for change in changes if change.after}
    if not same or any(
        _rest(old.get(path), keys) != _rest(pages.get(path), keys) for path in files.after if path in old
    ):
        raise StudioRefused("cannot_be_written", key=", ".join(sorted(keys)))


def all_entries(pages: Collection[Page]) -> dict[str, Entry]:
    """The entries of many files by key; of two of one name the first."""
    elsewhere = {name: page for page in pages for name in page.responses}
    found: dict[str, Entry] = {}
    for page in pages:
        for entry in entries_of(page, elsewhere):
            found.setdefault(entry.key, entry)
    return found


def _rest(page: Page | None, keys: set[str]) -> list[Any]:
    """What a file says beside these entries."""
    if page is None or page.top is None:
        return []
    rest: list[Any] = []
    for name, value in page.top.entries:
        if name.value == "nlu":
            rest += [item.plain() for item in value.real.items if item.text("intent") not in keys]
        elif name.value == "responses":
            answers = {key.removeprefix("utter_") for key in keys}
            rest += [
                (key.value, each.plain())
                for key, each in value.real.entries
                if key.value.removeprefix("utter_") not in answers
            ]
        elif name.value != "version":
            rest.append((name.value, value.plain()))
    return rest


def _said(entry: Entry | None) -> Any:
    """An entry without what a file has no words for."""
    if entry is None:
        return None
    return replace(entry, quotes=_plain(entry.quotes), relies_on=_plain(entry.relies_on))


def _plain(value: Any) -> Any:
    """Numbers as the file has them: as they are written."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool) else str(value)

"""What was approved, as files for the publisher; and what a draft would make of them, to try it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from bot.content.entries import Change
from bot.content.pen import Files
from bot.errors import StudioRefused
from bot.publishing.gate import Refused
from bot.publishing.work import Gathered
from bot.store import studio as store
from bot.studio.studio import State, Studio


class Approved:
    """The publisher's source."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def gather(self, keys: Collection[str] | None) -> Gathered:
        try:
            changes = await self._studio.approved(None if keys is None else list(keys))
            rendered = await asyncio.to_thread(self._studio.pen.render, changes)
            if not await asyncio.to_thread(self._studio.pen.is_writable):
                raise StudioRefused("data_read_only", why="EROFS")
        except StudioRefused as refused:
            raise Refused([{"words": self._studio.words.refusal(refused)}]) from refused
        return Gathered(_texts(rendered), changes)

    async def went_live(self, gathered: Gathered, *, publication: str, who: str) -> None:
        await self._studio.published(gathered.entries, publication=publication, who=who)

    async def went_back(self, publication: str, *, who: str) -> None:
        await self._studio.rolled_back(publication, who=who)


async def drafted(studio: Studio, given: object | None) -> Mapping[str, str | None]:
    """The files as they would be with an entry that nobody has saved yet, or with None, with all drafts.

    Raises:
        StudioRefused: the entry is not one, or the files have changed meanwhile.
    """
    published = await studio.published_entries()
    if given is not None:
        key = given.get("key") if isinstance(given, Mapping) else None
        known = published.get(key) if isinstance(key, str) else None
        entry = studio.shape.entry(given, known=known)
        changes = [Change(entry.key, known, entry)]
    else:
        drafts = await studio.database.read(store.listed, None)
        states = [State(draft.key, published.get(draft.key), draft) for draft in drafts]
        changes = [Change(one.key, one.published, one.entry) for one in states if not one.is_outdated]
    return _texts(await asyncio.to_thread(studio.pen.render, changes))


def _texts(files: Files) -> dict[str, str | None]:
    return {path.as_posix(): None if data is None else data.decode() for path, data in files.after.items()}

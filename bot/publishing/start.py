"""What a process begins with: the model and the revision that it says, so that nothing published is trained again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bot.engine import training
from bot.publishing.following import put_down
from bot.store import publications
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Start:
    """A model, and the newest revision that it says by itself; what came after is added to it."""

    model: Path
    revision: int


async def starting(root: Path, models: Path, database: Database, *, otherwise: Callable[[], Awaitable[Path]]) -> Start:
    """The model to begin with.

    The newest one where it was made of today's files; that to which the newest revision adds where today's files are
    what that revision made of them; else what `otherwise` comes to, which is asked before anything was published too.
    """
    await _settle(root, database)
    last = await database.read(publications.last)
    if last is None:
        return Start(await otherwise(), 0)
    newest = training.latest(models)
    made_of = await asyncio.to_thread(training.fingerprint, root)
    if newest is not None and await asyncio.to_thread(training.is_current, newest, root):
        return Start(newest, last.number)
    base = models / last.base
    if last.fingerprint != made_of or not base.is_file():
        base = await otherwise()
    first = await database.read(publications.first_of, base.name)
    return Start(base, last.number if first is None else first - 1)


async def _settle(root: Path, database: Database) -> None:
    """A process that ended between storing a revision and writing its files leaves the files to us."""
    left = await database.read(publications.unwritten)
    if left:
        await asyncio.to_thread(put_down, root, left)
        made_of = await asyncio.to_thread(training.fingerprint, root)
        await database.run(publications.written, left[-1].number, made_of)

"""Everything that publishing is made of, built once per worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.engine.processor import TRUSTED
from bot.live import Live
from bot.publishing.following import Follower, Watch
from bot.publishing.remembering import Order, remember_apart
from bot.publishing.teaching import Teacher
from bot.publishing.trial import Trial
from bot.publishing.work import WATCH_SECONDS, Publisher
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Publishing:
    """What a worker publishes with."""

    follower: Follower
    publisher: Publisher
    trial: Trial
    watch: Watch


def build(
    follower: Follower,
    *,
    root: Path,
    models: Path,
    database: Database,
    live: Live,
    worker: str,
    now: Callable[[], datetime],
    remember: Callable[[Order], Awaitable[None]] = remember_apart,
    trusted: Sequence[str] = TRUSTED,
    watch_seconds: float = WATCH_SECONDS,
) -> Publishing:
    """Build it; `worker` is this process's name."""

    def order(revision: int) -> Order:
        return Order(str(models / follower.base), str(root), revision, tuple(trusted))

    teacher = Teacher(follower, database=database, order=order, remember=remember)
    publisher = Publisher(
        follower,
        teacher,
        root=root,
        database=database,
        live=live,
        worker=worker,
        now=now,
        watch_seconds=watch_seconds,
    )
    watch = Watch(follower, root=root, database=database, live=live, worker=worker, now=now, prepare=publisher.prepare)
    return Publishing(follower, publisher, Trial(follower, teacher, root=root), watch)

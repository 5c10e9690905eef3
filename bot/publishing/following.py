"""A worker takes each revision within a second of its being stored, whole, and beneath the turns that run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from bot.engine.engine import Engine
from bot.errors import GuitaiError, ModelError, StoreDown
from bot.live import Live
from bot.nlu.classifier import IntentClassifier
from bot.nlu.refit import Lesson, respelt, taught
from bot.publishing.changes import write
from bot.store import publications
from bot.store.database import Database
from bot.store.publications import Revision

logger = logging.getLogger(__name__)

TOPIC = "content:revision"
LOOK_SECONDS = 0.25
"""How often a worker looks for a new revision; a wake-up comes sooner."""
SIGN_SECONDS = 3.0
"""How often it gives a sign of life, beside those after each revision."""


class Follower:
    """Keeps one engine at the newest revision."""

    def __init__(self, engine: Engine, *, base: str, revision: int = 0) -> None:
        """`base` is the name of the model the engine has loaded, `revision` what that model and its texts say."""
        self.engine = engine
        self.base = base
        self.revision = revision
        self._from = engine.component(IntentClassifier)
        self._root = revision
        self._taking = asyncio.Lock()

    @property
    def root(self) -> int:
        """The revision that the base itself says; the model of an earlier one is not at hand."""
        return self._root

    async def catch_up(self, database: Database) -> list[Revision]:
        """Take all that is new; what it was.

        Raises:
            ModelError: a revision adds to another model than this worker has.
            StoreDown: the database does not answer.
        """
        async with self._taking:
            return await self._catch_up(database)

    async def _catch_up(self, database: Database) -> list[Revision]:
        new = await database.read(publications.after, self.revision)
        for revision in new:
            if revision.lesson is None and revision.restores is None:
                self._take(revision, None)
                continue
            if revision.base != self.base:
                raise ModelError(f"revision {revision.number} adds to {revision.base}, and {self.base} is loaded")
            wanted = revision.number if revision.restores is not None else None
            if wanted is not None:
                lessons = await database.read(publications.lessons, wanted, base=self.base)
                self._take(revision, await asyncio.to_thread(self._relearnt, lessons))
            else:
                self._take(revision, await asyncio.to_thread(self._learnt, [revision.lesson or b""]))
        return new

    def _take(self, revision: Revision, classifier: IntentClassifier | None) -> None:
        """Texts and model at once."""
        says = {name: now for name, (_, now) in revision.responses.items()}
        texts = self.engine.texts.changed(says) if says else None
        self.engine.exchange(texts=texts, components=() if classifier is None else (classifier,))
        self.revision = revision.number

    def _learnt(self, lessons: Iterable[bytes]) -> IntentClassifier:
        return _after(self.engine.component(IntentClassifier), lessons)

    def _relearnt(self, lessons: Iterable[bytes]) -> IntentClassifier:
        return _after(self._from, lessons)


def _after(classifier: IntentClassifier | None, lessons: Iterable[bytes]) -> IntentClassifier:
    if classifier is None:
        raise ModelError("the model has no IntentClassifier, so it cannot learn from a revision")
    model, spelling = classifier.model, classifier.spelling
    for packed in lessons:
        lesson = Lesson.loads(packed)
        model = taught(model, lesson)
        spelling = respelt(spelling, lesson) if spelling is not None else None
    return classifier.knowing(model, spelling)


class Watch:
    """Looks for revisions as long as the worker serves, and sees to it that somebody prepares what waits."""

    def __init__(
        self,
        follower: Follower,
        *,
        root: Path,
        database: Database,
        live: Live,
        worker: str,
        now: Callable[[], datetime],
        prepare: Callable[[], Awaitable[None]],
    ) -> None:
        """`prepare` takes up what waits to be published, if nobody else does; it returns when it has begun."""
        self._follower = follower
        self._root = root
        self._database = database
        self._live = live
        self._worker = worker
        self._now = now
        self._prepare = prepare

    async def work(self, *, dead: Iterable[str] = ()) -> None:
        """Follow until cancelled; `dead` are workers that will never give a sign of life again."""
        signed = float("-inf")
        loop = asyncio.get_running_loop()
        with suppress(StoreDown):
            await self._database.run(publications.bury, list(dead), clock=self._database.lease_clock, now=self._now())
        try:
            while True:
                try:
                    if await self._look():
                        signed = loop.time()
                    elif loop.time() - signed >= SIGN_SECONDS:
                        await self.sign()
                        signed = loop.time()
                    rest = LOOK_SECONDS
                except StoreDown:
                    rest = SIGN_SECONDS
                except GuitaiError:
                    logger.exception("a revision cannot be taken; it is tried again")
                    rest = SIGN_SECONDS
                await self._live.wait(TOPIC, timeout_seconds=rest)
        finally:
            with suppress(StoreDown):
                await asyncio.shield(self._database.run(publications.leave, [self._worker]))

    async def sign(self) -> None:
        """Tell the others what this worker says."""
        tally, revision = self._follower.engine.tally, self._follower.revision
        await self._database.run(
            publications.sign,
            self._worker,
            revision,
            turns=tally.turns,
            unknown=tally.unknown,
            clock=self._database.lease_clock,
        )

    async def _look(self) -> bool:
        news = await self._database.read(publications.news, clock=self._database.lease_clock)
        taken = await self._follower.catch_up(self._database) if news.newest > self._follower.revision else []
        if taken:
            await self.sign()
            await asyncio.to_thread(put_down, self._root, taken)
        if news.waiting:
            await self._prepare()
        return bool(taken)


def put_down(root: Path, revisions: Sequence[Revision]) -> None:
    """Make the files say what these revisions, in order, make of them."""
    for revision in revisions:
        try:
            left = write(root, revision.files)
        except OSError as error:
            logger.error("the content's files cannot be written", extra={"error": str(error)})
            return
        if left and revision is revisions[-1]:
            logger.warning("files were changed by hand and left alone", extra={"files": left})

"""Publishes: validate, teach what changed, ask what guards it, swap in every worker, watch, and the way back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bot.engine import training
from bot.errors import ContentError, GuitaiError, StoreDown
from bot.live import Live
from bot.publishing import gate
from bot.publishing.changes import Change, of_files, undoing
from bot.publishing.following import TOPIC, Follower, put_down
from bot.publishing.gate import Guarding, Reason, Refused, plain
from bot.publishing.progress import Run
from bot.publishing.questions import Question, firsts
from bot.publishing.teaching import Taught, Teacher, model_of
from bot.store import publications
from bot.store.database import Database
from bot.store.publications import New, Publication, State

logger = logging.getLogger(__name__)

KEEP_SECONDS = 1.5
"""How often the lease is renewed."""
SWAP_SECONDS = 15.0
"""How long workers may take to say the new revision, before all go back."""
LOOK_SECONDS = 0.03
WATCH_SECONDS = 60.0
WATCH_EVERY = 3.0
ENOUGH_TURNS = 30
"""Messages from which on the share that was not understood says something."""
WORSE = 0.2
"""By how much more of them may be not understood."""
FAILED_AT_MOST = 2
"""Messages that may fail while it is watched."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is to be published."""

    files: Mapping[str, str | None]
    """As they are to be, by their path from the folder on; None takes one away."""
    entries: Any = None
    """What the source itself wants to remember of it."""


class Source(Protocol):
    """Where edited content comes from."""

    async def gather(self, keys: Collection[str] | None) -> Gathered:
        """The files with these entries as they were approved; with None, with all that were.

        Raises:
            ContentError: something is not fit to be published; `Refused` with its reasons.
        """

    async def went_live(self, gathered: Gathered, *, publication: str, who: str) -> None:
        """Customers are told it."""

    async def went_back(self, publication: str, *, who: str) -> None:
        """Customers are told again what an earlier publication said."""


class Publisher:
    """Prepares publications, one at a time over all workers."""

    def __init__(
        self,
        follower: Follower,
        teacher: Teacher,
        *,
        root: Path,
        database: Database,
        live: Live,
        worker: str,
        now: Callable[[], datetime],
        watch_seconds: float = WATCH_SECONDS,
    ) -> None:
        self._follower = follower
        self._teacher = teacher
        self._source: Source | None = None
        self._root = root
        self._database = database
        self._live = live
        self._worker = worker
        self._now = now
        self._watch_seconds = watch_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: asyncio.Task[None] | None = None

    def publishes(self, source: Source) -> None:
        """Publish what comes from here; nothing is prepared before that."""
        self._source = source

    async def start(self, keys: Collection[str] | None, who: str) -> str:
        """Ask for these entries to be published, or all that were approved; the publication's id."""
        number = await self._database.run(publications.ask, keys=keys, back_to=None, who=who, now=self._now())
        await self.prepare()
        return number

    async def rollback(self, number: str, who: str) -> str | None:
        """Ask to go back to what was said after a publication; None when it never went live."""
        found = await self.find(number)
        if found is None or found.revision is None:
            return None
        return await self._go_back(found.revision, who)

    async def _go_back(self, revision: int, who: str) -> str:
        number = await self._database.run(publications.ask, keys=[], back_to=revision, who=who, now=self._now())
        await self.prepare()
        return number

    async def find(self, number: str) -> Publication | None:
        return await self._database.read(publications.find, number)

    async def listed(self) -> list[Publication]:
        return await self._database.read(publications.listed)

    async def events(self, number: str) -> AsyncIterator[Publication]:
        """A publication each time that it has moved on, until it has come to an end."""
        last = None
        while (found := await self.find(number)) is not None:
            if found != last:
                yield found
            last = found
            if found.state in (State.REFUSED, State.FAILED) or (found.state is State.LIVE and found.done >= 1):
                return
            await self._live.wait(TOPIC, timeout_seconds=0.2)

    async def warm(self) -> None:
        """Remember what teaching needs, so that the first publication need not wait for it."""
        with suppress(GuitaiError):
            await self._teacher.remembered()

    async def prepare(self) -> None:
        """Take up what waits, unless a publication is being prepared; also end those that lost their worker."""
        if self._source is None or (self._running is not None and not self._running.done()):
            return
        clock = self._database.lease_clock
        taken = await self._database.run(publications.take, self._worker, clock=clock, now=self._now())
        if taken is not None:
            self._running = self._keep_task(self._publish(taken, self._source), f"publish {taken.id}")

    async def aclose(self) -> None:
        """Leave what is being prepared; another worker marks it as failed."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _keep_task(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _publish(self, publication: Publication, source: Source) -> None:
        run = Run(self._database, publication.id, self._worker, now=self._now)
        try:
            async with self._alive(publication.id):
                revision = await self._through(run, publication, source)
        except Refused as refused:
            await run.end(State.REFUSED, refused.reasons)
        except ContentError as error:
            await run.end(State.REFUSED, [plain(str(error), f"内容有误：{error}")])
        except StoreDown:
            logger.exception("the database went away during a publication")
        except Exception as error:
            logger.exception("a publication failed", extra={"publication": publication.id})
            await run.end(State.FAILED, [plain(f"{type(error).__name__}: {error}", f"发布失败：{error}")])
        else:
            if revision is not None and publication.back_to is not None:
                await run.end(State.LIVE)
            elif revision is not None:
                self._keep_task(self._watch(run, revision), f"watch {publication.id}")
        await self._live.wake(TOPIC)
        self._running = None
        with suppress(StoreDown):
            await self.prepare()

    async def _through(self, run: Run, publication: Publication, source: Source) -> int | None:
        await run.begin("validate")
        await self._follower.catch_up(self._database)
        after, back_to = self._follower.revision, publication.back_to
        gathered = Gathered({})
        if back_to is None:
            gathered = await source.gather(publication.keys)
            change = await asyncio.to_thread(of_files, self._root, gathered.files)
        else:
            change = undoing(await self._database.read(publications.after, back_to))
        await asyncio.to_thread(gate.check, change, self._root, self._follower.engine)
        if not change.files:
            await run.end(State.LIVE, [plain("nothing has changed", "没有改动")])
            return None
        restores = None
        taught: Taught | None = None
        if change.examples and back_to is not None and back_to >= self._follower.root:
            restores = back_to
        elif change.examples:
            await run.begin("train")
            taught = await self._teacher.teach(change.examples)
        await run.begin("gate")
        changes = gate.reworded(change.responses)
        if taught is not None:
            changes += await self._ask(run, change, taught, guarded=back_to is None)
        await run.begin("swap", changes=changes)
        new = New(
            base=self._follower.base,
            restores=restores,
            responses=change.responses,
            examples=change.examples,
            files=change.files,
            lesson=None if taught is None else taught.lesson.dumps(),
        )
        before = await self._database.read(publications.tally, clock=self._database.lease_clock)
        revision = await self._database.run(
            publications.commit,
            publication.id,
            self._worker,
            new,
            after=after,
            clock=self._database.lease_clock,
            now=self._now(),
        )
        if revision is None:
            raise ContentError("another publication came first; publish again")
        await self._swap(revision, taught, goes_back=back_to is None)
        if back_to is None:
            await source.went_live(gathered, publication=publication.id, who=publication.who)
        else:
            await source.went_back(publication.id, who=publication.who)
        await run.begin("watch", live=True)
        run.before = before
        return revision

    async def _ask(self, run: Run, change: Change, taught: Taught, *, guarded: bool) -> list[Reason]:
        """Customers' questions that will be answered otherwise. Raises Refused when something gets worse."""
        engine = self._follower.engine
        known = await self._teacher.remembered()
        recent = await self._database.read(publications.recent_texts, limit=gate.REPLAYED)
        loop = asyncio.get_running_loop()

        def tell(done: float) -> None:
            loop.call_soon_threadsafe(run.tell, done)

        def ask() -> gate.Findings:
            after = engine.beside(texts=engine.texts.changed(change.says), components=[taught.classifier])
            model = taught.classifier.model
            own = firsts((text, label) for label, (_, now) in change.examples.items() for text in now or ())
            places = gate.felt(known.guards, model_of(engine), model, list(taught.lesson.columns))
            mine = {one.text for one in own}
            asked = [
                (place, Question(known.guards.texts[place], known.guards.labels[place]))
                for place in places
                if known.guards.texts[place] not in mine and known.guards.labels[place] in model.labels
            ]
            guarding = Guarding(
                must=[*own, *(one for place, one in asked if place < known.must)],
                may=[one for place, one in asked if place >= known.must],
                changed=change.examples.keys(),
            )
            return gate.judge(engine, after, guarding=guarding, replay=recent, progress=tell)

        found = await asyncio.to_thread(ask)
        if found.reasons and guarded:
            raise Refused(found.reasons)
        return found.changes

    async def _swap(self, revision: int, taught: Taught | None, *, goes_back: bool) -> None:
        """Every worker takes a revision; where one does not, all go back, unless this was a way back itself."""
        await self._live.wake(TOPIC)
        taken = await self._follower.catch_up(self._database)
        if taught is not None:
            self._teacher.now(taught.memory, revision)
        await asyncio.to_thread(put_down, self._root, taken)
        fingerprint = await asyncio.to_thread(training.fingerprint, self._root)
        await self._database.run(publications.written, revision, fingerprint)
        await self._database.run(publications.sign, self._worker, revision, clock=self._database.lease_clock)
        behind: Sequence[str] = ()
        loop = asyncio.get_running_loop()
        until = loop.time() + SWAP_SECONDS
        while loop.time() < until:
            behind = await self._database.read(publications.behind, revision, clock=self._database.lease_clock)
            if not behind:
                return
            await asyncio.sleep(LOOK_SECONDS)
        if goes_back:
            await self._go_back(revision - 1, "swap")
        raise GuitaiError(f"{len(behind)} workers did not take revision {revision}")

    async def _watch(self, run: Run, revision: int) -> None:
        """Go back by ourselves when customers fare worse; a newer revision ends the watch."""
        began, loop = self._now(), asyncio.get_running_loop()
        until = loop.time() + self._watch_seconds
        while loop.time() < until:
            await asyncio.sleep(min(WATCH_EVERY, self._watch_seconds))
            try:
                if await self._database.read(publications.newest) != revision:
                    break
                _, failed = await self._database.read(publications.troubles, since=began)
                turns, unknown = await self._database.read(publications.tally, clock=self._database.lease_clock)
            except StoreDown:
                continue
            share = run.before[1] / max(run.before[0], 1)
            if failed > FAILED_AT_MOST or (turns >= ENOUGH_TURNS and unknown / turns > share + WORSE):
                words = plain(
                    f"{failed} messages failed, {unknown} of {turns} were not understood; it was taken back",
                    f"上线后 {failed} 条消息处理失败，{turns} 条中有 {unknown} 条未听懂，已自动回退",
                )
                await run.end(State.FAILED, [words])
                await self._go_back(revision - 1, "watch")
                return
        await run.end(State.LIVE)

    @asynccontextmanager
    async def _alive(self, number: str) -> AsyncIterator[None]:
        async def keep() -> None:
            while True:
                await asyncio.sleep(KEEP_SECONDS)
                with suppress(StoreDown):
                    clock = self._database.lease_clock
                    await self._database.run_first(publications.keep, number, self._worker, clock=clock)

        keeping = asyncio.create_task(keep(), name=f"keep {number}")
        try:
            yield
        finally:
            keeping.cancel()

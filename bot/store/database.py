"""The database: one hop to a thread per transaction, SQLite or PostgreSQL by URL.

`await database.run(work, …)` calls `work(connection, …)` inside one transaction that may write; `read` is for looking
only. SQLite has a single writer: its transactions queue up in one thread, and those that wait together are committed
together, so that one fsync makes many of them durable. An error in one undoes that one alone.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Executable, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import SettingsError, StoreDown

P = ParamSpec("P")
T = TypeVar("T")

BUSY_SECONDS = 5
"""How long SQLite waits for another process to finish writing."""
TOGETHER = 16
"""Transactions that one commit makes durable at most; who waits for one waits for all of them."""
UPGRADE_LOCK = 4_791_021
"""Machines that start together upgrade PostgreSQL one after the other; any number of our own would do."""
POSTGRESQL: Final = {"connect_timeout": 3, "tcp_user_timeout": 10_000}
"""Seconds to connect, and milliseconds without a sign of life: an address that swallows packets is away, not slow."""
FIRST_THREADS = 2
"""Connections to PostgreSQL kept for webhooks, whose platforms count the seconds."""
THREADS = 8
"""Connections to PostgreSQL; with SQLite, a few readers beside the one writer."""


class Database:
    """Guitai's own data. Thread-safe; made once, closed once."""

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = _engine(self.url)
        self._readers = ThreadPoolExecutor(2 if self.is_sqlite else THREADS, thread_name_prefix="db")
        self._first = ThreadPoolExecutor(FIRST_THREADS, thread_name_prefix="db-first")
        self._reading = self._engine.execution_options(guitai_reads=True)
        self._writer = _Writer(self._engine) if self.is_sqlite else None

    def upgrade(self) -> None:
        """Bring the tables to the newest form; does nothing when they have it."""
        from alembic import command
        from alembic.config import Config

        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        try:
            with self._engine.begin() as connection:
                if not self.is_sqlite:  # which lets one transaction write at a time
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except SQLAlchemyError as error:
            raise StoreDown(f"{self.url.render_as_string()} cannot be used: {_first_line(error)}") from error

    async def run(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work(connection, …)` in one transaction; durable when this returns, undone when it raises.

        Raises:
            StoreDown: the database did not take it.
        """
        return await self._written(lambda connection: work(connection, *args, **kwargs), first=False)

    async def run_first(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run`, before what is already in line: for a webhook whose platform counts the seconds.

        Raises:
            StoreDown: the database did not take it.
        """
        return await self._written(lambda connection: work(connection, *args, **kwargs), first=True)

    async def _written(self, work: Callable[[Connection], T], *, first: bool) -> T:
        job = _Job(work)
        if self._writer is not None:
            self._writer.put(job, first=first)
        else:
            (self._first if first else self._readers).submit(_alone, self._engine, job)
        return await asyncio.wrap_future(job.result)

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work(connection, …)` without waiting for writers; it must not write.

        Raises:
            StoreDown: the database did not answer.
        """
        job = _Job(lambda connection: work(connection, *args, **kwargs))
        self._readers.submit(_alone, self._reading, job)
        return await asyncio.wrap_future(job.result)

    async def ping(self) -> None:
        """Ask the database for nothing.

        Raises:
            StoreDown: it does not answer.
        """
        await self.read(_look)

    def lease_clock(self, connection: Connection) -> float:
        """Seconds on a clock that all workers share and that nobody sets: leases end by it.

        PostgreSQL's own clock; with SQLite every worker is on this machine and its monotonic clock will do.
        """
        if self.is_sqlite:
            return time.monotonic()
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    async def aclose(self) -> None:
        """Finish what was started and give the connections back."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.stop()
        self._readers.shutdown()
        self._first.shutdown()
        self._engine.dispose()


def opened(url: str) -> Database:
    """A database with its tables in their newest form.

    Raises:
        SettingsError: the address cannot be used.
        StoreDown: the database cannot.
    """
    database = Database(url)
    try:
        database.upgrade()
    except BaseException:
        database.close()
        raise
    return database


class _Job:
    """Work to do in a transaction. It may be begun anew after an undone try, so it touches nothing but the database."""

    __slots__ = ("result", "work")

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.work = work
        self.result: Future[Any] = Future()

    def alone(self, connect: Callable[[], AbstractContextManager[Connection]]) -> None:
        try:
            with connect() as connection, connection.begin():
                value = self.work(connection)
        except Exception as error:
            self.result.set_exception(_ours(error))
        else:
            self.result.set_result(value)


class _Writer:
    """The one thread that writes to SQLite, on a connection that it keeps while all goes well."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._jobs: queue.PriorityQueue[tuple[int, int, _Job | None]] = queue.PriorityQueue()
        self._numbers = count()
        self._thread = threading.Thread(target=self._loop, name="db-writer", daemon=True)
        self._thread.start()

    def put(self, job: _Job, *, first: bool) -> None:
        self._jobs.put((0 if first else 1, next(self._numbers), job))

    def stop(self) -> None:
        """Do what is in line, and no more."""
        self._jobs.put((2, next(self._numbers), None))
        self._thread.join()

    def _loop(self) -> None:
        last = False
        while not last:
            batch = [self._jobs.get()[-1]]
            with suppress(queue.Empty):
                while len(batch) < TOGETHER:
                    batch.append(self._jobs.get_nowait()[-1])
            last = None in batch
            self._commit([job for job in batch if job is not None and job.result.set_running_or_notify_cancel()])
        self._disconnect()

    def _commit(self, batch: list[_Job]) -> None:
        if len(batch) > 1 and self._committed_together(batch):
            return
        for job in batch:
            job.alone(self._kept)

    def _committed_together(self, batch: list[_Job]) -> bool:
        # Savepoints would not do: SQLite answers a full disk by undoing the whole transaction behind our back.
        try:
            with self._kept() as connection, connection.begin():
                values = [job.work(connection) for job in batch]
        except Exception:
            return False  # nothing was done; each alone shows whose fault it is
        for job, value in zip(batch, values, strict=True):
            job.result.set_result(value)
        return True

    @contextmanager
    def _kept(self) -> Iterator[Connection]:
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            yield self._connection
        except BaseException:
            self._disconnect()  # in whatever state it is
            raise

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _alone(engine: Engine, job: _Job) -> None:
    if job.result.set_running_or_notify_cancel():
        job.alone(engine.connect)


def _ours(error: BaseException) -> BaseException:
    if not isinstance(error, DBAPIError | sqlite3.Error):
        return error
    down = StoreDown(_first_line(error))
    down.__cause__ = error
    return down


def _first_line(error: BaseException) -> str:
    """What happened, without the statement and its values: those may be a customer's words."""
    origin = getattr(error, "orig", None) or error
    return (str(origin).splitlines() or [type(origin).__name__])[0]


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except SQLAlchemyError as error:
        raise SettingsError(f"GUITAI_DATABASE_URL: {_first_line(error)}") from error
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError("GUITAI_DATABASE_URL: use a sqlite:/// or postgresql:// address")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise SettingsError("GUITAI_DATABASE_URL: name a file; what is only in memory would be lost")
    return parsed


def _engine(url: URL) -> Engine:
    dumps = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
    if url.get_backend_name() != "sqlite":
        try:
            return create_engine(
                url,
                json_serializer=dumps,
                pool_size=THREADS + FIRST_THREADS,
                pool_pre_ping=True,
                connect_args=dict(POSTGRESQL),
            )
        except ModuleNotFoundError as error:
            raise SettingsError(f"GUITAI_DATABASE_URL: the driver {error.name} is not installed") from error
    engine = create_engine(
        url,
        json_serializer=dumps,
        pool_size=4,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # The driver would begin late and upgrade a read to a write, which cannot wait its turn.
    reads = connection.get_execution_options().get("guitai_reads")
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN" if reads else "BEGIN IMMEDIATE")


def _look(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))


@cache
def _once(table: Table, dialect: str) -> Executable:
    kind = sqlite if dialect == "sqlite" else postgresql
    statement: Executable = kind.insert(table).on_conflict_do_nothing().returning(table.c.id)
    return statement


def insert_once(connection: Connection, table: Table, **values: Any) -> Any | None:
    """Insert a row unless a unique key of it is there already; its id, or None when it was there."""
    return connection.execute(_once(table, connection.dialect.name), values).scalar_one_or_none()


def upsert(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Insert a row, or change the one that is there."""
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = kind.insert(table).values(**key, **values)
    connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def insert_missing(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Insert a row unless it is there; whatever is there stays."""
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(kind.insert(table).values(**key, **values).on_conflict_do_nothing())

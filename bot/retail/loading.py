"""The demo shop's database: opened, filled, and filled anew each day, so that the demo never ages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, select

from bot.errors import SettingsError
from bot.retail import rows, tables
from bot.retail.demo import read_demo

BUSY_SECONDS = 3.0
"""How long a writer waits for another one."""


def load_demo(folder: Path, url: str, today: date, *, timezone: str = "Asia/Shanghai") -> None:
    """Load the demo shop as it is on `today`; what was written before is gone.

    One transaction: whoever reads meanwhile sees the old shop or the new one.

    Raises:
        ContentError: the demo's files cannot be used.
        SettingsError: `url` is not SQLite's.
    """
    _load(folder, url, today, timezone, only_if=lambda _day, _mark: True)


def ensure_demo(folder: Path, url: str, today: date, *, keep: bool = False, timezone: str = "Asia/Shanghai") -> bool:
    """Load the demo shop unless it was loaded today from the same files; returns whether it was loaded now.

    With `keep`, a shop loaded on an earlier day stays as it is, its writes included: for tests of a long run.
    Workers that start together load it once, since each looks again while it holds the write lock.
    """
    mark_now = rows.fingerprint(folder)

    def stale(day: date, mark: str) -> bool:
        return mark != mark_now or not (keep or day == today)

    return _load(folder, url, today, timezone, only_if=stale)


def _load(folder: Path, url: str, today: date, timezone: str, *, only_if: Callable[[date, str], bool]) -> bool:
    shop = read_demo(folder, today, timezone=timezone)
    engine = open_database(url)
    try:
        with writing(engine) as connection:
            found = _loaded(connection)
            if found is not None and not only_if(*found):
                return False
            tables.metadata.drop_all(connection)
            tables.metadata.create_all(connection)
            rows.write_demo(connection, shop, day=today, mark=rows.fingerprint(folder))
            return True
    finally:
        engine.dispose()


def _loaded(connection: Connection) -> tuple[date, str] | None:
    """The day of the last loading and the fingerprint of what was loaded; None for an empty database."""
    if not inspect(connection).has_table(tables.loaded.name):
        return None
    row = connection.execute(select(tables.loaded)).first()
    return None if row is None else (row.day, row.fingerprint)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that takes SQLite's one write lock at once, so that writers wait instead of failing half-way."""
    with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
        yield connection


def open_database(url: str) -> Engine:
    """An engine for an SQLite file, which is made when missing.

    Raises:
        SettingsError: `url` is not SQLite's.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise SettingsError(f"the demo shop is kept in an SQLite file, not in {parsed.render_as_string()}")
    Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, DDL included, not by the driver's guess
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

"""Transactions: durable when they return, undone when they fail, each on its own even when committed together."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.errors import SettingsError, StoreDown
from bot.store.database import THREADS, Database, opened
from bot.store.tables import customers, metadata
from tests.fakes import FakeClock


def _add(connection: Connection, name: str) -> str:
    connection.execute(customers.insert().values(id=name, created_at=FakeClock().moment))
    return name


def _names(connection: Connection) -> list[str]:
    return sorted(connection.execute(customers.select()).scalars())


def _fail_after_writing(connection: Connection) -> None:
    _add(connection, "half")
    raise ValueError("changed my mind")


async def test_what_a_transaction_wrote_is_read_by_the_next(database: Database) -> None:
    assert await database.run(_add, "ann") == "ann"
    assert await database.read(_names) == ["ann"]


async def test_a_transaction_that_raises_writes_nothing(database: Database) -> None:
    with pytest.raises(ValueError, match="changed my mind"):
        await database.run(_fail_after_writing)
    assert await database.read(_names) == []


async def test_one_failure_among_many_at_once_undoes_that_one_alone(database: Database) -> None:
    work = [database.run(_add, f"n{number}") for number in range(20)]
    work.insert(7, database.run(_fail_after_writing))
    results = await asyncio.gather(*work, return_exceptions=True)
    assert [type(result) for result in results].count(ValueError) == 1
    assert len(await database.read(_names)) == 20


async def test_whom_a_platform_waits_for_does_not_wait_behind_the_others(database: Database) -> None:
    gate, done = threading.Event(), list[str]()

    def held(connection: Connection, name: str) -> None:
        gate.wait(10)
        done.append(name)

    begun = [asyncio.create_task(database.run(held, "begun")) for _ in range(THREADS)]
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(database.run(held, "waiting")) for _ in range(40)]
    await asyncio.sleep(0.05)
    first = asyncio.create_task(database.run_first(held, "first"))
    await asyncio.sleep(0.05)
    gate.set()
    await asyncio.gather(first, *begun, *waiting)
    assert done.index("first") <= 2 * THREADS


async def test_a_refused_statement_says_what_happened_without_the_values(database: Database) -> None:
    await database.run(_add, "ann")
    with pytest.raises(StoreDown) as refused:
        await database.run(_add, "ann")
    assert "INSERT" not in str(refused.value)


async def test_a_value_written_as_aware_comes_back_in_utc(database: Database) -> None:
    await database.run(_add, "ann")
    row = await database.read(lambda connection: connection.execute(customers.select()).one())
    assert row.created_at == FakeClock().moment
    assert row.created_at.utcoffset().total_seconds() == 0


async def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert await database.read(differences) == []


async def test_the_tables_can_be_made_twice(database: Database) -> None:
    await database.run(_add, "ann")
    database.upgrade()
    assert await database.read(_names) == ["ann"]


async def test_the_lease_clock_goes_forward(database: Database) -> None:
    first = await database.read(database.lease_clock)
    assert await database.read(database.lease_clock) >= first


async def test_sqlite_commits_survive_a_power_cut(sqlite_database: Database) -> None:
    def pragmas(connection: Connection) -> tuple[object, ...]:
        return tuple(connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous"))

    assert await sqlite_database.run(pragmas) == ("wal", 2)


async def test_a_second_process_that_writes_is_waited_for(sqlite_database: Database) -> None:
    with sqlite3.connect(str(sqlite_database.url.database), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.ensure_future(sqlite_database.run(_add, "ann"))
        await asyncio.wait({writing}, timeout=0.1)
        assert not writing.done()
        other.execute("COMMIT")
        assert await writing == "ann"
    other.close()


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("mysql://host/name", "use a sqlite:/// or postgresql:// address"),
        ("sqlite://", "name a file"),
        ("nonsense", "GUITAI_DATABASE_URL"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_a_reason(url: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        Database(url)


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("this is no database, but it is long enough to be looked at" * 50)
    with pytest.raises(StoreDown, match=r"a\.db cannot be used: file is not a database"):
        opened(f"sqlite:///{tmp_path / 'a.db'}")


async def test_machines_that_start_together_upgrade_one_after_the_other(database_url: str) -> None:
    made = await asyncio.gather(*(asyncio.to_thread(opened, database_url) for _ in range(4)))
    assert await made[0].read(_names) == []
    for each in made:
        await each.aclose()

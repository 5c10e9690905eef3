"""Publications and revisions in either database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.store import publications as store
from bot.store.database import Database
from bot.store.publications import New, State, Step

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def at(seconds: float) -> store.Clock:
    return lambda connection: seconds


async def _asked(database: Database, **options: Any) -> str:
    return await database.run(store.ask, **{"keys": None, "back_to": None, "who": "editor", "now": NOW, **options})


async def _committed(database: Database, new: New) -> int:
    number = await _asked(database)
    taken = await database.run(store.take, "a", clock=at(0), now=NOW)
    assert taken is not None
    after = await database.read(store.newest)
    revision = await database.run(store.commit, number, "a", new, after=after, clock=at(0), now=NOW)
    assert revision == after + 1
    assert await database.run(store.end, number, "a", State.LIVE, Step("watch", 1.0), now=NOW)
    return revision


async def test_one_worker_prepares_one_publication_at_a_time(database: Database) -> None:
    first, second = await _asked(database), await _asked(database, keys=["faq/b", "faq/a"])
    taken = await database.run(store.take, "a", clock=at(0), now=NOW)
    assert taken is not None
    assert taken.id in (first, second)
    assert await database.run(store.take, "b", clock=at(1), now=NOW) is None
    assert not (await database.read(store.news, clock=at(1))).waiting
    assert await database.run(store.end, taken.id, "a", State.REFUSED, Step("gate", 1.0), now=NOW)
    assert (await database.read(store.news, clock=at(1))).waiting
    other = await database.run(store.take, "b", clock=at(1), now=NOW)
    assert other is not None
    assert {taken.id, other.id} == {first, second}


async def test_a_worker_that_gives_no_sign_of_life_has_lost_its_publication(database: Database) -> None:
    number = await _asked(database)
    await database.run(store.take, "a", clock=at(0), now=NOW)
    later = store.LEASE_SECONDS + 1
    assert (await database.read(store.news, clock=at(later))).waiting
    assert await database.run(store.take, "b", clock=at(later), now=NOW) is None
    found = await database.read(store.find, number)
    assert found is not None
    assert (found.state, found.reasons[0]["words"]["zh"]) == (State.FAILED, "发布进程中断，线上内容未受影响")
    assert not await database.run(store.tell, number, "a", Step("gate", 0.5), clock=at(later))
    new = New(base="m", responses={"utter_x": (None, [{"text": "x"}])})
    assert await database.run(store.commit, number, "a", new, after=0, clock=at(later), now=NOW) is None
    assert await database.read(store.newest) == 0


async def test_a_lease_of_before_the_machine_was_started_anew_does_not_last(database: Database) -> None:
    await _asked(database)
    await database.run(store.take, "a", clock=at(90_000), now=NOW)
    assert (await database.read(store.news, clock=at(3))).waiting


async def test_a_revision_is_read_as_it_was_stored(database: Database) -> None:
    new = New(
        base="m.tar.gz",
        responses={"utter_x": ([{"text": "旧"}], None)},
        examples={"faq/x": (None, ["一", "two"])},
        files={"data/faq/x.yml": (None, "nlu:\n")},
        lesson=b"\x00lesson",
    )
    revision = await _committed(database, new)
    (found,) = await database.read(store.after, revision - 1)
    assert (found.responses, found.examples, found.files) == (new.responses, new.examples, new.files)
    assert (found.lesson, found.base, found.fingerprint) == (b"\x00lesson", "m.tar.gz", None)
    assert [one.number for one in await database.read(store.unwritten)] == [revision]
    await database.run(store.written, revision, "f" * 64)
    assert await database.read(store.unwritten) == []
    assert await database.read(store.after, revision) == []


async def test_the_lessons_of_a_revision_pass_over_what_was_taken_back(database: Database) -> None:
    for lesson in (b"1", b"2", b"3"):
        await _committed(database, New(base="m", lesson=lesson))
    await _committed(database, New(base="m", restores=1))
    await _committed(database, New(base="m"))
    await _committed(database, New(base="m", lesson=b"6"))
    assert await database.read(store.lessons, 3, base="m") == [b"1", b"2", b"3"]
    assert await database.read(store.lessons, 5, base="m") == [b"1"]
    assert await database.read(store.lessons, 6, base="m") == [b"1", b"6"]
    await _committed(database, New(base="n", lesson=b"7"))
    assert await database.read(store.lessons, 7, base="n") == [b"7"]
    assert await database.read(store.first_of, "n") == 7


async def test_workers_that_are_silent_keep_nobody_waiting(database: Database) -> None:
    await database.run(store.sign, "a", 1, turns=10, unknown=2, clock=at(100))
    await database.run(store.sign, "b", 2, turns=5, clock=at(100))
    assert await database.read(store.tally, clock=at(101)) == (15, 2)
    assert await database.read(store.tally, clock=at(101 + store.SILENT_SECONDS)) == (0, 0)
    assert await database.read(store.behind, 2, clock=at(101)) == ["a"]
    assert await database.read(store.behind, 2, clock=at(101 + store.SILENT_SECONDS)) == []
    await database.run(store.bury, ["a"], clock=at(101), now=NOW)
    assert await database.read(store.behind, 3, clock=at(101)) == ["b"]

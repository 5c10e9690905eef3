"""Files that were never sent go after a day, and no others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.files import Files
from bot.leftovers import Leftovers
from bot.store import talks
from bot.store.database import Database
from bot.store.talks import StoredFile
from tests.house import House


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


async def _uploaded(house: House, files: Files, sender: str) -> str:
    kept = files.keep(b"hello", "a.txt")
    await house.talks.add_file(StoredFile(kept.id, sender, kept.name, kept.type, kept.bytes, None, None))
    return kept.id


async def test_a_file_that_was_never_sent_goes_after_a_day_and_no_other(house: House, tmp_path: Path) -> None:
    files = Files(tmp_path, max_bytes=1000)
    leftovers = Leftovers(house.database, files, now=house.clock)
    forgotten, sent, colleagues = [await _uploaded(house, files, who) for who in ("v", "v", "agent:a")]
    found = await house.talks.files([sent])
    await house.talks.receive(house.message("look", files=tuple(file.as_json() for file in found)))
    assert await leftovers.sweep() == 0
    house.clock.forward(seconds=timedelta(days=1, minutes=1).total_seconds())
    fresh = await _uploaded(house, files, "v")
    assert await leftovers.sweep() == 1
    assert not files.path(forgotten).exists()
    assert [each for each in (sent, colleagues, fresh) if not files.path(each).is_file()] == []
    left = await house.database.read(talks.find_files, [forgotten, sent, colleagues, fresh])
    assert [file.id for file in left] == [sent, colleagues, fresh]
    assert await leftovers.sweep() == 0


def test_a_file_that_is_gone_already_is_removed_without_a_word(tmp_path: Path) -> None:
    files = Files(tmp_path, max_bytes=1000)
    kept = files.keep(b"hello", "a.txt")
    files.remove([kept.id, "0" * 32, kept.id])
    assert not files.path(kept.id).exists()

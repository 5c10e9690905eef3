"""Telegram, photos and documents: kept before they are fetched, an album is one message, and order holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import arrivals
from bot.store.database import Database
from bot.store.lines import Line as Said
from tests.channels.telegrams import LI, WU, Line, hurry, line
from tests.house import House
from tests.pictures import PNG_WITH_TEXT


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    monkeypatch.setattr(arrivals, "SETTLE_SECONDS", 0.25)
    monkeypatch.setattr(arrivals, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(arrivals, "AGAIN_SECONDS", 0.02)


@pytest.fixture
async def talk(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Line]:
    async with line(House(sqlite_database), tmp_path) as made:
        yield made


async def _lines(talk: Line, chat: int = LI) -> list[Said]:
    """The customer's lines, once every one of them is answered."""
    from sqlalchemy import select

    from bot.store.tables import inbox

    query = select(inbox.c.conversation_id).where(inbox.c.sender == str(chat)).limit(1)
    found = await talk.house.database.read(lambda connection: connection.execute(query).scalar_one_or_none())
    said = await talk.house.talks.said(found) if found else []
    return [each for each in said if each.who == "customer"]


async def _said(talk: Line, count: int) -> list[Said]:
    async with asyncio.timeout(10):
        while len(lines := await _lines(talk)) < count:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)
    return lines


async def test_a_photo_with_its_words_is_one_message(talk: Line) -> None:
    talk.telegram.send_photo(LI, PNG_WITH_TEXT, caption="it is broken")
    (said,) = await _said(talk, 1)
    (file,) = said.data["files"]
    assert said.data["text"] == "it is broken"
    assert (file["type"], file["width"], file["height"]) == ("image/png", 2, 1)
    kept = talk.channel._files.path(file["id"]).read_bytes()
    assert kept.startswith(b"\x89PNG")
    assert len(kept) < len(PNG_WITH_TEXT), "what it tells about its maker is gone"
    assert [said["text"] for said in talk.house.engine.heard] == ["it is broken"]


async def test_a_photo_without_words_and_a_document_are_kept_under_their_names(talk: Line) -> None:
    talk.telegram.send_photo(LI, PNG_WITH_TEXT)
    talk.telegram.send_document(LI, b"%PDF-1.4 x", "发票 2026.pdf", kind="application/pdf")
    photo, document = await _said(talk, 2)
    assert photo.data["files"][0]["name"].startswith("photo-")
    assert document.data["files"][0]["name"] == "发票 2026.pdf"
    assert all(each.startswith("[utter_files_kept") for each in await talk.shown(LI, 2))


async def test_an_album_is_one_turn_and_what_follows_comes_after_it(talk: Line) -> None:
    for number in range(3):
        talk.telegram.send_photo(LI, PNG_WITH_TEXT, album="a1", caption="three of them" if number == 0 else "")
    talk.telegram.say(LI, "did you see?")
    album, text = await _said(talk, 2)
    assert (album.data["text"], len(album.data["files"])) == ("three of them", 3)
    assert text.data["text"] == "did you see?"
    assert (await talk.heard(2)) == ["three of them", "did you see?"]


async def test_an_album_that_nothing_follows_is_heard_when_it_has_settled(talk: Line) -> None:
    for _ in range(2):
        talk.telegram.send_photo(LI, PNG_WITH_TEXT, album="a1")
        await asyncio.sleep(0.1)
    (album,) = await _said(talk, 1)
    assert len(album.data["files"]) == 2


async def test_a_repeated_photo_is_one_message(talk: Line) -> None:
    update = talk.telegram.send_photo(LI, PNG_WITH_TEXT, caption="look")
    await _said(talk, 1)
    for _ in range(3):
        talk.telegram.deliver(LI, update)
    await talk.acknowledged(4)
    talk.telegram.say(LI, "well?")
    assert [each.data["text"] for each in await _said(talk, 2)] == ["look", "well?"]


async def test_what_cannot_be_taken_is_said_and_its_words_are_heard(talk: Line) -> None:
    talk.telegram.send_document(LI, b"x" * 100_001, "long.txt")
    await talk.shown(LI)
    talk.telegram.send_document(LI, b"PK\x03\x04 zip \x00", "things.zip", caption="see inside")
    lost = talk.telegram.send_document(LI, b"hello", "lost.txt")
    talk.telegram.files.pop(lost["message"]["document"]["file_id"])
    said = await talk.shown(LI, 4)
    assert [text[:9] for text in said if not text[0].isdigit()] == [
        "这个文件太大了，没",
        "这个文件收不了。可",
        "这个文件没能取到，",
    ]
    assert "1: see inside" in said
    assert [each.data.get("files") for each in await _lines(talk)] == [None]


async def test_a_telegram_that_is_broken_for_a_while_loses_no_photo_and_stops_nobody(talk: Line) -> None:
    talk.telegram.broken = 2
    talk.telegram.send_photo(LI, PNG_WITH_TEXT, caption="one")
    talk.telegram.say(WU, "me too")
    assert sorted(await talk.heard(2)) == ["me too", "one"]
    assert [len(each.data["files"]) for each in await _lines(talk)] == [1]


async def test_a_photo_that_can_never_be_fetched_does_not_stand_in_the_way(
    talk: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telegram.error import TimedOut

    async def fails(*_: object, **__: object) -> bytes:
        raise TimedOut

    monkeypatch.setattr(talk.channel._api, "fetch", fails)
    talk.telegram.send_photo(LI, PNG_WITH_TEXT, caption="look")
    talk.telegram.say(LI, "hello")
    assert await talk.heard(2) == ["look", "hello"]
    assert any(text.startswith("这个文件没能取到") for text in await talk.shown(LI, 3))


async def test_a_photo_is_heard_after_a_restart(sqlite_database: Database, tmp_path: Path) -> None:
    house = House(sqlite_database)
    async with line(house, tmp_path) as before:
        before.telegram.broken = 10_000
        before.telegram.send_photo(LI, PNG_WITH_TEXT, caption="look")
        before.telegram.say(LI, "hello")
        await before.acknowledged(2)
        files = before.telegram.files
    async with line(house, tmp_path) as after:
        after.telegram.files.update(files)
        assert await after.heard(2) == ["look", "hello"]

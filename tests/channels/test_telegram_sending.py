"""Telegram, what goes out: in pieces that fit, as plain text, and after a fault what that kind of fault asks for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot import deliveries
from bot.errors import CustomerLeft, DeliveryRefused, MaybeDelivered, NotDelivered, TryLater
from bot.messages import Reply
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import DeliveryState, Undelivered
from channels.splitting import utf16_units
from channels.telegram.api import Api
from channels.telegram.bubbles import pieces
from tests.channels.telegrams import LI, WU, Line, hurry, line
from tests.house import House
from tests.pictures import PNG_WITH_TEXT
from tests.platforms import telegram as platform
from tests.platforms.telegram import TOKEN, Telegram

FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture
async def talk(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    hurry(monkeypatch)
    async with line(House(sqlite_database), tmp_path) as made:
        yield made


async def _to_look_at(talk: Line) -> list[Undelivered]:
    await talk.house.deliveries.drain(within_seconds=5)
    return await talk.house.database.read(outbox.to_look_at)


def _says(talk: Line, monkeypatch: pytest.MonkeyPatch, *replies: Reply) -> None:
    """The engine's next turns answer with these."""
    reply = talk.house.engine.reply

    async def says(text: str, **more: Any) -> Any:
        from dataclasses import replace

        return replace(await reply(text, **more), replies=replies)

    monkeypatch.setattr(talk.house.engine, "reply", says)


@pytest.mark.parametrize("letters", [4095, 4096, 4097, 9000])
def test_every_piece_fits_and_nothing_is_lost(letters: int) -> None:
    text = (f"好的{FAMILY}。" * letters)[:letters]
    made = pieces({"text": text})
    assert all(utf16_units(piece.text) <= 4096 for piece in made)
    assert "".join(piece.text for piece in made) == text


def test_4096_units_are_one_message_and_4097_are_two() -> None:
    assert [len(pieces({"text": "a" * (count - 2) + "😀"})) for count in (4096, 4097)] == [1, 2]


def test_a_picture_takes_a_short_text_with_it_and_goes_before_a_long_one() -> None:
    short, long = ({"image": "https://shop.example/p.jpg", "text": "a" * count} for count in (1024, 1025))
    assert [(bool(piece.image), len(piece.text)) for piece in pieces(short)] == [(True, 1024)]
    assert [(bool(piece.image), len(piece.text)) for piece in pieces(long)] == [(True, 0), (False, 1025)]


def test_buttons_come_with_the_last_piece() -> None:
    made = pieces({"text": "a" * 5000, "buttons": [{"title": "Yes", "payload": "btn:1"}]})
    assert [list(piece.buttons) for piece in made] == [[], [("Yes", "btn:1")]]
    assert pieces({"custom": {"card": 1}}) == []


async def test_a_long_reply_arrives_in_order_and_goes_on_after_the_last_piece(
    talk: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n".join(f"{number} " + "很长" * 400 for number in range(20))
    _says(talk, monkeypatch, Reply(text=text), Reply(text="and then"))
    count = len(pieces({"text": text}))
    talk.telegram.say(LI, "tell me all")
    await talk.shown(LI)
    talk.telegram.broken = 2
    said = await talk.shown(LI, count + 1)
    assert said[-1] == "and then"
    assert "".join("".join(said[:-1]).split()) == "".join(text.split())
    assert all(each.uncertain for each in await _to_look_at(talk))


async def test_when_a_piece_is_refused_the_rest_of_the_bubble_is_not_sent(
    talk: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    _says(talk, monkeypatch, Reply(text="a" * 5000))
    talk.telegram.refused_as[LI] = (400, "Bad Request: something new")
    talk.telegram.say(LI, "tell me all")
    await talk.until(lambda: any(call.method == "sendMessage" for call in talk.telegram.calls))
    (dead,) = await _to_look_at(talk)
    assert dead.state == DeliveryState.DEAD
    assert sum(call.method == "sendMessage" for call in talk.telegram.calls) == 1


async def test_no_sign_in_a_text_is_special(talk: Line) -> None:
    text = "*50% off* [shoes](x) _a_ `<b>&amp;</b>` \\ ~ | {0} " + "#tag " * 101
    talk.telegram.say(LI, text)
    assert await talk.shown(LI) == [f"1: {text.strip()}"]
    assert all("parse_mode" not in call.parameters for call in talk.telegram.calls)


async def test_a_chat_that_must_wait_holds_up_no_other(talk: Line) -> None:
    talk.telegram.say(LI, "first")
    talk.telegram.say(WU, "first")
    await talk.shown(LI)
    await talk.shown(WU)
    talk.telegram.flooded[LI] = time.monotonic() + 0.9
    talk.telegram.say(LI, "hello")
    await talk.until(lambda: talk.telegram.told_to_wait)
    began = time.monotonic()
    talk.telegram.say(WU, "hello")
    await talk.shown(WU, 2)
    assert time.monotonic() - began < 1
    assert len(talk.telegram.chats[LI]) == 1
    assert await talk.shown(LI, 2) == ["1: first", "2: hello"]
    assert talk.telegram.sent_too_soon() == []
    assert await _to_look_at(talk) == []


async def test_nothing_more_is_sent_to_who_blocked_the_bot_until_they_come_back(talk: Line) -> None:
    talk.telegram.say(LI, "one")
    await talk.shown(LI)
    talk.house.engine.gate = asyncio.Event()
    talk.telegram.say(LI, "two")
    await talk.heard(2)
    talk.telegram.block(LI)
    await talk.acknowledged(3)
    talk.house.engine.gate.set()
    await talk.until(lambda: sum(call.method == "sendMessage" for call in talk.telegram.calls) == 2)
    (dead,) = await _to_look_at(talk)
    assert "CustomerLeft" in dead.error
    talk.telegram.unblock(LI)
    talk.telegram.say(LI, "three")
    assert await talk.shown(LI, 2) == ["1: one", "3: three"]


async def test_an_answer_that_was_lost_is_sent_again_and_noted(talk: Line) -> None:
    talk.telegram.say(LI, "one")
    await talk.shown(LI)
    talk.telegram.deaf = 1
    talk.telegram.say(LI, "two")
    assert await talk.shown(LI, 3) == ["1: one", "2: two", "2: two"]
    assert [each.uncertain for each in await _to_look_at(talk)] == [True]


async def test_a_colleagues_picture_and_document_arrive(talk: Line, tmp_path: Path) -> None:
    kept = [
        talk.channel._files.keep(PNG_WITH_TEXT, "photo.png"),
        talk.channel._files.keep(b"%PDF-1.4 invoice", "发票.pdf"),
    ]
    files = [{"id": each.id, "name": each.name, "type": each.type, "bytes": each.bytes} for each in kept]
    talk.telegram.say(LI, "hello")
    await talk.shown(LI)
    await talk.house.database.run(_replace_bubble, {"text": "here you are", "files": files})
    await talk.shown(LI, 4)
    text, photo, document = talk.telegram.chats[LI][1:]
    assert text.text == "here you are"
    assert isinstance(photo.photo, bytes)
    assert photo.photo.startswith(b"\x89PNG")
    assert document.document == ("发票.pdf", b"%PDF-1.4 invoice")


def _replace_bubble(connection: Any, data: dict[str, Any]) -> None:
    """Send the newest bubble again with other contents, as if a colleague had written it."""
    from sqlalchemy import update

    from bot.store.tables import outbox as table

    connection.execute(update(table).values(data=data, state="queued", due=0.0))


async def test_a_picture_that_telegram_cannot_fetch_is_given_as_an_address(
    talk: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    _says(
        talk,
        monkeypatch,
        Reply(text="the shoes", image="http://localhost:5005/demo/shoes.jpg"),
        Reply(text="the shirt", image="https://shop.example/shirt.jpg"),
    )
    talk.telegram.say(LI, "show me")
    await talk.shown(LI, 2)
    first, second = talk.telegram.chats[LI]
    assert (first.photo, first.text) == (None, "the shoes\nhttp://localhost:5005/demo/shoes.jpg")
    assert (second.photo, second.text) == ("https://shop.example/shirt.jpg", "the shirt")


async def test_each_fault_asks_for_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform.served(Telegram()) as telegram:
        telegram.say(LI, "hello")
        api = Api(TOKEN, url=telegram.url, proxy=None)
        assert await api.send_text(LI, "hello")
        told: list[tuple[int, str, type[Exception]]] = [
            (403, "Forbidden: user is deactivated", CustomerLeft),
            (403, "Forbidden: bot can't initiate conversation with a user", CustomerLeft),
            (400, "Bad Request: chat not found", CustomerLeft),
            (400, "Bad Request: message is too long", DeliveryRefused),
            (401, "Unauthorized", NotDelivered),
            (404, "Not Found", NotDelivered),
            (500, "Internal Server Error", MaybeDelivered),
        ]
        for code, words, kind in told:
            telegram.refused_as[LI] = (code, words)
            with pytest.raises(kind) as caught:
                await api.send_text(LI, "hello")
            assert TOKEN not in str(caught.value)
        telegram.refused_as.clear()
        for mood in ("broken", "deaf", "garbled"):
            setattr(telegram, mood, 1)
            with pytest.raises(MaybeDelivered):
                await api.send_text(LI, "hello")
        telegram.flooded[LI] = time.monotonic() + 7.5
        with pytest.raises(TryLater) as wait:
            await api.send_text(LI, "hello")
        assert wait.value.wait_seconds == 8
        await api.aclose()
    nobody = Api(TOKEN, url="http://127.0.0.1:9", proxy=None)
    with pytest.raises(NotDelivered):
        await nobody.send_text(LI, "hello")
    await nobody.aclose()


async def test_a_slow_telegram_is_not_waited_for_for_ever(talk: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "SEND_SECONDS", 0.2)
    talk.telegram.slow_seconds = 0.5
    talk.telegram.say(LI, "hello")
    await talk.until(lambda: any(call.method == "sendMessage" for call in talk.telegram.calls))
    talk.telegram.slow_seconds = 0.0
    await talk.until(lambda: talk.telegram.texts(LI)[:1] == ["1: hello"])
    assert [each.uncertain for each in await _to_look_at(talk)] == [True]

"""Telegram, what comes in: let in by a secret, stored once, in order, and never a reason to be sent again for ever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StoreDown
from bot.messages import UNREADABLE
from bot.store.database import Database
from tests.channels.telegrams import LI, PATH, SECRET, WU, Line, hurry, line
from tests.house import House

SHOWN = {"x-telegram-bot-api-secret-token": SECRET}


@pytest.fixture
async def talk(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    hurry(monkeypatch)
    async with line(House(sqlite_database), tmp_path) as made:
        yield made


async def _post(talk: Line, body: Any, headers: dict[str, str] | None = None) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (
        await talk.site.client.post(PATH, content=content, headers=SHOWN if headers is None else headers)
    ).status_code


async def test_a_message_is_answered(talk: Line) -> None:
    talk.telegram.say(LI, "hello")
    assert await talk.shown(LI) == ["1: hello"]
    assert [status for _, status in talk.telegram.acknowledged] == [200]


async def test_without_the_secret_nobody_comes_in(talk: Line) -> None:
    update = {"update_id": 1, "message": talk.telegram.message(LI, text="hello")}
    for shown in ("", SECRET[:-1], SECRET.upper(), SECRET + "w"):
        assert await _post(talk, update, {"x-telegram-bot-api-secret-token": shown}) == 403, shown
    assert await _post(talk, update, {}) == 403
    assert await _post(talk, update, {"authorization": f"Bearer {SECRET}"}) == 403
    assert await _post(talk, update) == 200
    assert await talk.heard(1) == ["hello"]


async def test_a_channel_without_a_secret_lets_nobody_in(sqlite_database: Database, tmp_path: Path) -> None:
    async with line(House(sqlite_database), tmp_path, webhook=False) as made:
        assert await _post(made, {"update_id": 1}, {"x-telegram-bot-api-secret-token": ""}) == 403


UNREADABLE_UPDATES: list[Any] = [
    {},
    [],
    b"",
    b"{",
    b"\xff\xfe",
    b"[" * 50_000,
    {"update_id": "7"},
    {"update_id": True},
    {"update_id": 2**80},
    {"update_id": 7},
    {"update_id": 7, "something_new": {"id": 1}},
    {"update_id": 7, "message": None},
    {"update_id": 7, "message": {"message_id": 1}},
    {"update_id": 7, "message": {"message_id": 1, "date": 2**70, "chat": {"id": 1, "type": "private"}}},
    {"update_id": 7, "message": "hello"},
    {"update_id": 7, "callback_query": {"id": "1"}},
]


async def test_what_cannot_be_read_is_acknowledged_so_that_it_does_not_come_again(talk: Line) -> None:
    for body in UNREADABLE_UPDATES:
        assert await _post(talk, body) == 200, body
    assert talk.house.engine.heard == []


async def test_a_body_that_is_too_long_is_refused(talk: Line) -> None:
    assert await _post(talk, b" " * 300_000) == 413


async def test_a_repeat_is_answered_once_however_it_comes(talk: Line) -> None:
    update = {"update_id": 9, "message": talk.telegram.message(LI, text="hello")}
    talk.telegram.happens(LI, message=talk.telegram.message(LI, text="first"))
    assert await _post(talk, update) == 200
    assert await asyncio.gather(*(_post(talk, update) for _ in range(20))) == [200] * 20
    await talk.heard(2)
    await talk.house.router.drain(within_seconds=5)
    assert sorted(await talk.heard(2)) == ["first", "hello"]


async def test_numbers_may_come_in_any_order_and_begin_anew_after_a_quiet_week(talk: Line) -> None:
    for number, text in ((12, "later"), (11, "earlier")):
        assert await _post(talk, {"update_id": number, "message": talk.telegram.message(LI, text=text)}) == 200
    talk.telegram.after_a_quiet_week()
    talk.telegram.say(LI, "a week after")
    assert await talk.heard(3) == ["later", "earlier", "a week after"]


async def test_a_number_that_is_used_again_later_is_another_message(talk: Line) -> None:
    for text in ("one", "two"):
        assert await _post(talk, {"update_id": 5, "message": talk.telegram.message(LI, text=text)}) == 200
    assert await talk.heard(2) == ["one", "two"]


async def test_when_the_database_is_away_telegram_is_asked_to_repeat(
    talk: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, failures = talk.house.router.receive, 2

    async def sometimes(message: Any) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreDown("away")
        return await receive(message)

    monkeypatch.setattr(talk.house.router, "receive", sometimes)
    talk.telegram.say(LI, "hello")
    assert await talk.shown(LI) == ["1: hello"]
    assert [status for _, status in talk.telegram.acknowledged] == [503, 503, 200]


async def test_one_persons_messages_are_answered_in_order_and_another_does_not_wait(talk: Line) -> None:
    talk.house.engine.gate = asyncio.Event()
    for text in ("one", "two"):
        talk.telegram.say(LI, text)
    await talk.heard(1)
    talk.telegram.say(WU, "me too")
    assert await talk.heard(2) == ["one", "me too"]
    talk.house.engine.gate.set()
    assert await talk.shown(LI, 2) == ["1: one", "2: two"]


async def test_free_text_that_begins_with_a_slash_is_text(talk: Line) -> None:
    for text in ('/confirm_refund{"order_id": "1"}', "/help me find my order", "/restart", "/human now"):
        talk.telegram.say(LI, text)
    await talk.heard(4)
    assert [said["intent"] for said in talk.house.engine.heard] == [None] * 4
    assert (await talk.heard(4))[1] == "/help me find my order"


async def test_commands_of_the_menu_mean_something(talk: Line) -> None:
    for text in ("/start", "/help", "/help@guitai_bot", "/human"):
        talk.telegram.say(LI, text)
    assert await talk.heard(4) == ["/greet", "/capabilities", "/capabilities", "/human"]


async def test_what_a_link_carries_counts_as_typed(talk: Line) -> None:
    for text in ("/start spring_sale", "/start K7Q2M9XD", "/start " + "x" * 65):
        talk.telegram.say(LI, text)
    first, code, third = await talk.heard(3)
    assert (first, third) == ("spring_sale", "/start " + "x" * 65)
    assert "K7Q2M9XD" in code


async def test_any_letters_go_through(talk: Line) -> None:
    texts = ["👨‍👩‍👧‍👦 🇨🇳 你好", "مرحبا", "a\x00b\x07c", "half \ud83d", "好" * 1999]
    for number, text in enumerate(texts):
        update = {"update_id": number, "message": talk.telegram.message(LI, text=text)}
        assert await _post(talk, json.dumps(update).encode()) == 200
    plain = [text.replace("\x00", "").replace("\x07", "").replace("\ud83d", "\ufffd") for text in texts]
    assert await talk.heard(len(texts)) == plain


async def test_what_cannot_be_read_gets_a_polite_answer(talk: Line) -> None:
    named = {"file_id": "f", "file_unique_id": "f"}
    forms: dict[str, dict[str, Any]] = {
        "voice": {**named, "duration": 3},
        "location": {"latitude": 31.2, "longitude": 121.5},
        "sticker": {**named, "type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False},
        "something_of_2030": {"id": 1},
    }
    for kind, form in forms.items():
        talk.telegram.happens(LI, message=talk.telegram.message(LI, **{kind: form}))
    said = await talk.shown(LI, 4)
    assert all(each.startswith("[utter_unreadable") for each in said)
    (conversation,) = await _conversations(talk)
    lines = [line.data["text"] for line in await talk.house.talks.said(conversation) if line.who == "customer"]
    assert lines == [f"{UNREADABLE}{kind}" for kind in ("voice", "location", "sticker", "unknown")]


async def _conversations(talk: Line) -> list[str]:
    from sqlalchemy import select

    from bot.store.tables import conversations

    return await talk.house.database.read(
        lambda connection: list(connection.execute(select(conversations.c.id)).scalars())
    )


async def test_the_apps_own_notes_are_no_messages(talk: Line) -> None:
    note = talk.telegram.message(LI, message_auto_delete_timer_changed={"message_auto_delete_time": 60})
    talk.telegram.happens(LI, message=note)
    talk.telegram.say(LI, "hello")
    assert await talk.shown(LI) == ["1: hello"]


async def test_groups_channels_bots_and_business_chats_are_left_alone(talk: Line) -> None:
    group = {"id": -100, "type": "supergroup", "title": "G"}
    talk.telegram.happens(LI, message={**talk.telegram.message(LI, text="where is my order"), "chat": group})
    talk.telegram.happens(LI, message={**talk.telegram.message(LI, text="hi"), "from": {**talk.telegram.person(WU)}})
    robot = {**talk.telegram.person(LI), "is_bot": True}
    talk.telegram.happens(LI, message={**talk.telegram.message(LI, text="hi"), "from": robot})
    talk.telegram.happens(LI, message=talk.telegram.message(LI, text="hi", business_connection_id="b1"))
    talk.telegram.deliver(LI, {"update_id": 1, "business_message": talk.telegram.message(LI, text="hi")})
    talk.telegram.deliver(LI, {"update_id": 2, "channel_post": {**talk.telegram.message(LI, text="hi"), "chat": group}})
    talk.telegram.say(LI, "hello")
    await talk.acknowledged(7)
    assert await talk.shown(LI) == ["1: hello"]


async def test_an_edited_message_repeats_no_action_and_is_answered_politely_once(talk: Line) -> None:
    talk.telegram.say(LI, "cancel my order")
    await talk.shown(LI)
    for _ in range(3):
        talk.telegram.edit(LI, "cancel my other order")
    await talk.acknowledged(4)
    said = await talk.shown(LI, 2)
    assert said[0] == "1: cancel my order"
    assert said[1].startswith("您修改了一条消息")
    assert len(said) == 2
    assert len(talk.house.engine.heard) == 1


async def test_a_place_that_moves_is_no_edited_message(talk: Line) -> None:
    moved = {**talk.telegram.message(LI, location={"latitude": 1.0, "longitude": 1.0}), "edit_date": 1}
    talk.telegram.happens(LI, edited_message=moved)
    await talk.acknowledged(1)
    assert talk.telegram.texts(LI) == []


async def test_a_pressed_button_means_what_was_offered(talk: Line) -> None:
    talk.telegram.say(LI, "choose")
    await talk.shown(LI)
    (shown,) = talk.telegram.chats[LI]
    assert [title for title, _ in shown.buttons] == ["Yes", "No"]
    assert all(len(data.encode()) <= 64 and "affirm" not in data for _, data in shown.buttons)
    talk.telegram.press(LI, "Yes")
    assert await talk.heard(2) == ["choose", "/affirm"]
    await talk.until(lambda: talk.telegram.notices)


async def test_a_button_of_somebody_else_or_of_nobody_means_nothing(talk: Line) -> None:
    talk.telegram.say(LI, "choose")
    await talk.shown(LI)
    talk.telegram.press(LI, "Yes", presser=WU)
    talk.telegram.press_data(WU, "/affirm")
    talk.telegram.press_data(WU, "btn:unknown")
    talk.telegram.press_data(WU, "x" * 64)
    assert (await talk.heard(5))[1:] == ["/nlu_fallback"] * 4


async def test_a_button_that_is_too_old_means_nothing(talk: Line) -> None:
    talk.telegram.say(LI, "choose")
    await talk.shown(LI)
    talk.house.clock.forward(days=2)
    talk.telegram.press(LI, "Yes")
    assert await talk.heard(2) == ["choose", "/nlu_fallback"]


async def test_a_button_pressed_in_a_group_or_in_anothers_chat_is_not_heard(talk: Line) -> None:
    press = talk.telegram.press_data(LI, "btn:x")["callback_query"]
    await talk.heard(1)
    press = {**press, "from": talk.telegram.person(WU)}
    talk.telegram.deliver(LI, {"update_id": 3, "callback_query": press})
    talk.telegram.deliver(LI, {"update_id": 4, "callback_query": {**press, "message": None, "inline_message_id": "i"}})
    await talk.acknowledged(3)
    assert len(talk.house.engine.heard) == 1


async def test_a_pressed_button_stops_waiting_at_once_whatever_the_bot_does(talk: Line) -> None:
    talk.house.engine.gate = asyncio.Event()
    update = talk.telegram.press_data(LI, "btn:x")
    await talk.until(lambda: talk.telegram.notices, within_seconds=2)
    assert update["callback_query"]["id"] in talk.telegram.notices
    await talk.acknowledged(1)
    talk.house.engine.gate.set()


async def test_a_shared_card_proves_a_phone_only_when_it_is_ones_own(talk: Line) -> None:
    talk.telegram.share_contact(LI, "+86 138-0000-0001", user_id=LI)
    assert await talk.heard(1) == ["13800000001"]
    assert await _phones(talk) == ["13800000001"]
    for other in (WU, None):
        talk.telegram.share_contact(WU + 1, "+8613800000002", user_id=other)
    said = await talk.shown(WU + 1, 2)
    assert all("utter_unreadable" in each for each in said)
    assert len(talk.house.engine.heard) == 1
    assert await _phones(talk) == ["13800000001"]


async def _phones(talk: Line) -> list[str]:
    from sqlalchemy import select

    from bot.store.tables import proofs

    query = select(proofs.c.subject).where(proofs.c.kind == "phone")
    return await talk.house.database.read(lambda connection: list(connection.execute(query).scalars()))


async def test_typing_is_shown_during_a_long_turn_and_refreshed(talk: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    from channels.telegram import channel

    monkeypatch.setattr(channel, "QUIET_SECONDS", 0.02)
    monkeypatch.setattr(channel, "TYPING_SECONDS", 0.05)
    talk.house.engine.gate = asyncio.Event()
    talk.telegram.say(LI, "hello")
    await talk.until(lambda: _typed(talk) >= 3)
    talk.house.engine.gate.set()
    await talk.shown(LI)
    before = _typed(talk)
    await asyncio.sleep(0.15)
    assert _typed(talk) <= before + 1


def _typed(talk: Line) -> int:
    return sum(call.method == "sendChatAction" for call in talk.telegram.calls)


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
async def test_of_many_forged_and_replayed_updates_none_is_taken(talk: Line, count: int) -> None:
    genuine = {"update_id": 1, "message": talk.telegram.message(LI, text="genuine")}
    assert await _post(talk, genuine) == 200
    await talk.heard(1)
    statuses: dict[int, int] = {}
    for number in range(count):
        forged = {"update_id": 1000 + number, "message": talk.telegram.message(LI, text=f"forged {number}")}
        wrong = [{}, {"x-telegram-bot-api-secret-token": SECRET[: number % 40]}, {**SHOWN}][number % 3]
        status = await _post(talk, genuine if wrong == SHOWN else forged, wrong)
        statuses[status] = statuses.get(status, 0) + 1
    await talk.house.router.drain(within_seconds=5)
    assert statuses == {403: count - count // 3, 200: count // 3}
    assert await talk.heard(1) == ["genuine"]

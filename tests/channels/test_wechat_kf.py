"""微信客服: a feed read from where the database says, and messages sent while it is the bot's turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.settings import read
from bot.store import cursors, outbox
from bot.store.database import Database
from bot.store.tables import inbox
from channels.wechat_kf import CustomerService, make
from tests.channels.wechats import Talk, talking, until
from tests.pictures import PNG_WITH_TEXT
from tests.platforms.wechat import TOKEN
from tests.platforms.wechat_kf import ACCOUNT, CORP, ENDED, SERVED, WeCom, application

ANN, BOB = "wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw", "wmBob"


def _service(wecom: WeCom, folder: Path, **more: Any) -> CustomerService:
    given = {
        "wechat_kf_corp_id": CORP,
        "wechat_kf_secret": wecom.secret,
        "wechat_kf_token": TOKEN,
        "wechat_kf_aes_key": wecom.key,
        "wechat_kf_url": wecom.url,
        "files": folder / "files",
        **more,
    }
    made = make(read(demo=True, _env_file=None, **given))
    assert made is not None
    return made


def _talking(database: Database, folder: Path, wecom: WeCom, **more: Any) -> AbstractAsyncContextManager[Talk]:
    return talking(database, folder, wechat=wecom, make=_service, application=application, **more)


@pytest.fixture
def wecom() -> WeCom:
    return WeCom()


@pytest.fixture
async def talk(sqlite_database: Database, tmp_path: Path, wecom: WeCom) -> AsyncIterator[Talk]:
    async with _talking(sqlite_database, tmp_path, wecom) as made:
        yield made


async def _cursor(talk: Talk) -> str:
    return await talk.house.database.read(cursors.value_of, f"wechat_kf:{CORP}:{ACCOUNT}")


async def _let_read(talk: Talk) -> None:
    """Wait until nobody reads."""
    await until(lambda: not talk.account._feed._reading, talk.house)


async def test_a_message_is_read_and_answered(talk: Talk, wecom: WeCom) -> None:
    pushed = await wecom.say(ANN, "你好")
    assert pushed.answers == [b"success"]
    assert await talk.shown(ANN, 1) == ["1: 你好"]
    assert wecom.asked == [("", "token-1")]


async def test_buttons_are_a_menu_and_a_tap_presses_one(talk: Talk, wecom: WeCom) -> None:
    await wecom.say(ANN, "choose")
    await talk.shown(ANN, 1)
    await wecom.choose(ANN, "Yes")
    assert (await talk.shown(ANN, 2))[1] == "2: /affirm"


async def test_pages_are_read_to_the_end_even_when_one_is_empty(talk: Talk, wecom: WeCom) -> None:
    wecom.page, wecom.empty_pages = 2, 1
    for number in range(5):
        wecom.enter(ANN, msgtype="text", text={"content": f"m{number}"})
    await wecom.call_back()
    wecom.people[ANN].left = 9
    assert await talk.shown(ANN, 5) == [f"{number + 1}: m{number}" for number in range(5)]
    assert await _cursor(talk) == "c5"


async def test_a_restart_reads_on_and_replays_nothing(database: Database, tmp_path: Path, wecom: WeCom) -> None:
    async with _talking(database, tmp_path, wecom) as talk:
        await wecom.say(ANN, "one")
        await talk.shown(ANN, 1)
        await _let_read(talk)
    wecom.enter(ANN, msgtype="text", text={"content": "two"})
    wecom.asked.clear()
    async with _talking(database, tmp_path, wecom) as talk:
        assert await talk.shown(ANN, 2) == ["1: one", "2: two"]
        assert [said["text"] for said in talk.house.engine.heard] == ["two"]
    assert wecom.asked == [("c1", "")]


async def test_what_was_said_before_anybody_listened_is_not_answered(talk: Talk, wecom: WeCom) -> None:
    wecom.enter(ANN, ago=3600, msgtype="text", text={"content": "an hour ago"})
    await wecom.say(ANN, "now")
    assert await talk.shown(ANN, 1) == ["1: now"]


async def test_two_callbacks_at_once_are_one_reading(talk: Talk, wecom: WeCom) -> None:
    wecom.enter(ANN, msgtype="text", text={"content": "你好"})
    await asyncio.gather(*(wecom.call_back() for _ in range(5)))
    assert await talk.shown(ANN, 1) == ["1: 你好"]
    await _let_read(talk)
    assert len(talk.house.engine.heard) == 1


async def test_what_a_servicer_says_is_not_answered(talk: Talk, wecom: WeCom) -> None:
    wecom.enter(ANN, origin=5, msgtype="text", text={"content": "I am the servicer"})
    await wecom.say(BOB, "你好")
    await talk.shown(BOB, 1)
    assert [said["text"] for said in talk.house.engine.heard] == ["你好"]


async def test_while_a_servicer_has_the_customer_the_bot_is_silent(talk: Talk, wecom: WeCom) -> None:
    wecom.happens("session_status_change", external_userid=ANN, change_type=1, new_servicer_userid="lisi")
    await wecom.say(ANN, "你好")
    await _let_read(talk)
    assert talk.house.engine.heard == []
    wecom.happens("session_status_change", external_userid=ANN, change_type=3, old_servicer_userid="lisi")
    await wecom.say(ANN, "again")
    assert await talk.shown(ANN, 1) == ["1: again"]


@pytest.mark.parametrize("state", [SERVED, ENDED])
async def test_a_reply_is_set_aside_when_the_session_is_not_the_bots(talk: Talk, wecom: WeCom, state: int) -> None:
    talk.house.engine.gate = asyncio.Event()
    await wecom.say(ANN, "你好")
    await talk.house.engine.asked.wait()
    wecom.states[ANN] = state
    talk.house.engine.gate.set()
    assert await _set_aside(talk) == [f"DeliveryRefused: the session is in state {state}; it is not the bot's turn"]
    assert wecom.texts(ANN) == []


async def test_what_could_not_be_delivered_is_marked(talk: Talk, wecom: WeCom) -> None:
    await wecom.say(ANN, "你好")
    await talk.shown(ANN, 1)
    await talk.house.deliveries.drain(within_seconds=5)
    wecom.happens("msg_send_fail", external_userid=ANN, fail_msgid=wecom.numbers[0], fail_type=4)
    await wecom.call_back()
    await _let_read(talk)
    assert await _set_aside(talk) == ["WeChat could not deliver it: 4"]


async def test_who_comes_in_is_welcomed_once_and_only_in_time(talk: Talk, wecom: WeCom) -> None:
    wecom.happens("enter_session", ago=60, external_userid=BOB, welcome_code="too-late")
    await wecom.come_in(ANN, code="in-time")
    await _let_read(talk)
    assert wecom.welcomed == ["in-time"]


async def test_a_picture_is_fetched_and_what_has_no_words_gets_a_sentence(talk: Talk, wecom: WeCom) -> None:
    await wecom.send_picture(ANN, PNG_WITH_TEXT)
    await wecom.say(ANN, "你好")
    assert await talk.shown(ANN, 2) == ["[utter_files_kept zh]", "1: 你好"]
    for kind in ("voice", "location", "hologram"):
        content: dict[str, Any] = {"msgtype": kind, kind: {"media_id": "m", "name": "南京路"}}
        wecom.enter(BOB, **content)
    await wecom.call_back()
    assert await talk.shown(BOB, 3) == ["[utter_unreadable zh]"] * 3


async def test_a_damaged_entry_harms_no_other(talk: Talk, wecom: WeCom) -> None:
    wecom.feed += [{}, {"origin": 3}, {"origin": 3, "msgtype": "text", "text": 7, "msgid": "x"}, {"origin": 4}]
    wecom.feed += [{"origin": 4, "msgtype": "event", "event": []}, {"send_time": "x", "origin": 3, "msgtype": "text"}]
    await wecom.say(ANN, "你好")
    assert await talk.shown(ANN, 1) == ["1: 你好"]


async def test_while_the_feed_is_away_it_is_asked_again(
    talk: Talk, wecom: WeCom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.wechat.kf.AGAIN_SECONDS", 0.02)
    wecom.refuse_tokens = True
    await wecom.say(ANN, "你好")
    await until(lambda: len(wecom.token_calls) > 1, talk.house)
    wecom.refuse_tokens = False
    assert await talk.shown(ANN, 1) == ["1: 你好"]


async def test_a_forged_callback_reads_nothing(talk: Talk, wecom: WeCom) -> None:
    wecom.token = "somebody-elses-token"
    pushed = await wecom.say(ANN, "你好")
    assert (pushed.statuses, wecom.asked) == ([403], [])


async def _set_aside(talk: Talk) -> list[str]:
    """Why something was set aside, once it was."""
    await until(lambda: bool(talk.house.engine.heard), talk.house)
    for _ in range(100):
        await talk.house.deliveries.sweep()
        await talk.house.deliveries.drain(within_seconds=5)
        if found := await talk.house.database.read(outbox.to_look_at):
            return [each.error for each in found]
        await asyncio.sleep(0.02)
    return []


async def test_messages_keep_their_service_account(talk: Talk, wecom: WeCom) -> None:
    await wecom.say(ANN, "你好")
    await talk.shown(ANN, 1)
    rows = await talk.house.database.read(
        lambda connection: connection.execute(select(inbox.c.account)).scalars().all()
    )
    assert rows == [ACCOUNT]

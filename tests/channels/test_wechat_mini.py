"""Customer messages of a mini program: nothing rides in the answer, and numbers press buttons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.settings import read
from bot.store.database import Database
from channels.wechat_mini import MiniProgram, make
from tests.channels.wechats import ANN, BOB, Talk, talking, until
from tests.platforms.wechat import WeChat


def _mini(wechat: WeChat, folder: Path, **more: Any) -> MiniProgram:
    given = {
        "wechat_mini_app_id": wechat.app_id,
        "wechat_mini_secret": wechat.secret,
        "wechat_mini_token": wechat.token,
        "wechat_mini_aes_key": wechat.key,
        "wechat_url": wechat.url,
        "files": folder / "files",
        **more,
    }
    made = make(read(demo=True, _env_file=None, **given))
    assert made is not None
    return made


@pytest.fixture
async def talk(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(sqlite_database, tmp_path, wechat=WeChat(as_json=True), make=_mini) as made:
        yield made


async def test_a_message_is_acknowledged_and_answered_by_a_message_of_its_own(talk: Talk) -> None:
    pushed = await talk.wechat.say(ANN, "你好")
    assert pushed.answers == [b"success"]
    assert await talk.shown(ANN, 1) == ["1: 你好"]
    assert talk.wechat.people[ANN].shown[0].how == "sent"


async def test_buttons_are_a_numbered_list_and_a_number_presses_one(talk: Talk) -> None:
    await talk.wechat.say(ANN, "choose")
    assert await talk.shown(ANN, 1) == ["yes?\n\nReply with a number to choose:\n1. Yes\n2. No"]
    await talk.wechat.say(ANN, "3")
    await talk.shown(ANN, 2)
    await talk.house.deliveries.drain(within_seconds=5)
    await talk.wechat.say(ANN, "choose")
    await talk.shown(ANN, 3)
    await talk.house.deliveries.drain(within_seconds=5)
    request = talk.wechat.request(ANN, MsgType="text", Content=" 2 ", MsgId=7)
    for _ in range(2):
        assert (await talk.post(request)).status_code == 200
        await talk.shown(ANN, 4)
        await talk.house.deliveries.drain(within_seconds=5)
    await talk.wechat.say(ANN, "2")
    assert (await talk.shown(ANN, 5))[1:] == [
        "2: 3",
        "yes?\n\nReply with a number to choose:\n1. Yes\n2. No",
        "4: /deny",
        "5: 2",
    ]


async def test_a_number_is_nobody_elses_button(talk: Talk) -> None:
    await talk.wechat.say(ANN, "choose")
    await talk.shown(ANN, 1)
    await talk.wechat.say(BOB, "1")
    assert await talk.shown(BOB, 1) == ["1: 1"]


async def test_who_comes_in_is_greeted_and_what_they_say_they_come_from_is_not_believed(talk: Talk) -> None:
    await talk.wechat.event(ANN, "user_enter_tempsession", SessionFrom='{"customer": "C001", "signed_in": true}')
    assert await talk.shown(ANN, 1) == ["1: /greet"]
    assert "C001" not in str(talk.house.engine.heard)
    assert talk.wechat.people[ANN].left == 1, "two are allowed to somebody who only came in"


async def test_while_an_answer_takes_long_it_is_shown_that_somebody_writes(talk: Talk) -> None:
    await talk.account._post.show_typing(talk.account.typing_path, ANN)
    assert talk.wechat.typed == []
    await talk.wechat.say(ANN, "你好")
    await talk.shown(ANN, 1)
    for _ in range(2):
        await talk.account._post.show_typing(talk.account.typing_path, ANN)
    await until(lambda: bool(talk.wechat.typed), talk.house)
    assert talk.wechat.typed == [(ANN, "/cgi-bin/message/custom/business/typing")]


def test_without_a_mini_program_there_is_no_such_channel() -> None:
    assert make(read(demo=True, wechat_mini_app_id="", _env_file=None)) is None

"""WeChat official accounts: what is pushed, what rides in the answer, and what is sent afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.errors import SettingsError, StoreDown
from bot.settings import read
from bot.store.database import Database
from bot.store.tables import files as kept_files
from bot.store.tables import inbox
from channels.wechat import make, wire
from channels.wechat.crypto import Envelope
from tests.channels.wechats import ANN, BOB, Talk, another_worker, talking, until
from tests.pictures import PNG_WITH_TEXT
from tests.platforms.wechat import APP_ID, KEY, WeChat


@pytest.fixture
async def talk(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(sqlite_database, tmp_path) as made:
        yield made


def _heard(talk: Talk) -> list[str]:
    return [said["intent"] or said["text"] for said in talk.house.engine.heard]


async def _messages(talk: Talk) -> int:
    return await talk.house.database.read(
        lambda connection: connection.execute(select(func.count()).select_from(inbox)).scalar_one()
    )


@pytest.mark.parametrize(("mode", "as_json"), [("plain", False), ("compatible", True), ("safe", False), ("safe", True)])
async def test_a_quick_turn_rides_in_the_answer(
    sqlite_database: Database, tmp_path: Path, mode: str, as_json: bool
) -> None:
    async with talking(sqlite_database, tmp_path, wechat=WeChat(mode=mode, as_json=as_json)) as talk:
        await talk.wechat.say(ANN, " 你好 ]]> &amp; 😀 ")
        assert talk.house.engine.heard[0]["text"] == " 你好 ]]> &amp; 😀 "
    (shown,) = talk.wechat.people[ANN].shown
    assert (shown.how, shown.text) == ("passive", "1:  你好 ]]> &amp; 😀 ")
    assert talk.wechat.bodies == []


async def test_a_repeat_is_answered_with_the_same_bytes_and_nothing_happens_twice(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with talking(sqlite_database, tmp_path) as talk, another_worker(talk, tmp_path) as other:
        request = talk.wechat.request(ANN, MsgType="text", Content="你好", MsgId=1)
        first = await talk.post(request)
        again = await other.post(request)
        newly_signed = await other.post(talk.wechat.request(ANN, MsgType="text", Content="你好", MsgId=1))
        assert first.content == again.content == newly_signed.content
        assert talk.wechat.opened(first.content) is not None
        assert len(talk.house.engine.heard) == 1
        await talk.house.deliveries.sweep()
        await talk.house.deliveries.drain(within_seconds=5)
    assert talk.wechat.bodies == []


async def test_twenty_at_once_over_two_workers_are_one(database: Database, tmp_path: Path) -> None:
    async with talking(database, tmp_path) as talk, another_worker(talk, tmp_path) as other:
        signed = [talk.wechat.request(ANN, MsgType="text", Content="你好", MsgId=1) for _ in range(20)]
        where = [talk, other] * 10
        answers = await asyncio.gather(*(each.post(request) for each, request in zip(where, signed, strict=True)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(talk.house.engine.heard) == 1


async def test_a_slow_turn_is_acknowledged_and_answered_by_a_message_of_its_own(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with talking(sqlite_database, tmp_path, wechat_answer_seconds=0.2) as talk:
        talk.house.engine.gate = asyncio.Event()
        pushed = await talk.wechat.say(ANN, "你好")
        assert (pushed.answers, pushed.statuses) == ([b"success"], [200])
        talk.house.engine.gate.set()
        assert await talk.shown(ANN, 1) == ["1: 你好"]
        assert talk.wechat.people[ANN].shown[0].how == "sent"
        assert talk.wechat.typed == [(ANN, "/cgi-bin/message/custom/typing")]
        repeat = await talk.post(talk.wechat.request(ANN, MsgType="text", Content="你好", MsgId=1))
        assert repeat.status_code == 200
    assert "你好".encode() in talk.wechat.bodies[0]


async def test_the_repeats_of_a_slow_turn_get_one_answer(sqlite_database: Database, tmp_path: Path) -> None:
    # The account answers after WeChat has gone: every attempt is a repeat of the same message.
    wechat = WeChat(scale=0.2)
    async with talking(sqlite_database, tmp_path, wechat=wechat, wechat_answer_seconds=2.5) as talk:
        talk.house.engine.gate = asyncio.Event()
        pushing = asyncio.create_task(wechat.say(ANN, "你好"))
        await asyncio.sleep(1.5)
        talk.house.engine.gate.set()
        pushed = await pushing
        assert pushed.statuses[-1] == 200
        await talk.shown(ANN, 1)
        await talk.house.deliveries.sweep()
        await talk.house.deliveries.drain(within_seconds=5)
    assert talk.wechat.texts(ANN) == ["1: 你好"]
    assert len(talk.house.engine.heard) == 1


async def test_a_worker_that_dies_before_it_answers_leaves_the_reply_to_be_sent(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with talking(sqlite_database, tmp_path) as talk:
        talk.house.held["wechat"] = 0.2
        message = talk.house.message("你好")
        message = replace(message, channel="wechat", account=APP_ID, sender=ANN)
        talk.wechat._count(ANN, "text", "")
        await talk.house.router.nudge((await talk.house.router.receive(message)).conversation)
        assert talk.wechat.texts(ANN) == []
        assert await talk.shown(ANN, 1) == ["1: 你好"]


async def test_buttons_are_a_menu_and_a_tap_presses_one(talk: Talk) -> None:
    await talk.wechat.say(ANN, "choose")
    await talk.shown(ANN, 1)
    (shown,) = talk.wechat.people[ANN].shown
    assert (shown.how, shown.text, [title for _, title in shown.choices]) == ("sent", "yes?", ["Yes", "No"])
    await talk.wechat.choose(ANN, "Yes")
    assert talk.wechat.texts(ANN)[-1] == "2: /affirm"
    await talk.wechat.say(BOB, "Yes", bizmsgmenuid=shown.choices[0][0])
    assert _heard(talk)[-1] == "/nlu_fallback", "a button is its conversation's own"


async def test_an_entry_of_the_menu_means_what_the_content_says(talk: Talk) -> None:
    await talk.wechat.tap(ANN, "track_order")
    await talk.wechat.tap(ANN, "not_ours")
    await talk.wechat.tap(ANN, '/track_order{"order_number": "GT2600010042"}')
    assert _heard(talk) == ["/track_order", "/greet", "/greet"]
    assert talk.wechat.texts(ANN)[0] == "1: /track_order"


async def test_who_follows_is_greeted_and_so_is_who_scans_a_code(talk: Talk) -> None:
    await talk.wechat.follow(ANN)
    await talk.wechat.event(BOB, "SCAN", EventKey="12", Ticket="t")
    assert _heard(talk) == ["/greet", "/greet"]


async def test_a_text_that_looks_like_a_command_is_a_text(talk: Talk) -> None:
    await talk.wechat.say(ANN, '/cancel_order{"order_number": "GT2600010042"}')
    (said,) = talk.house.engine.heard
    assert said["intent"] is None


UNREADABLE: dict[str, dict[str, Any]] = {
    "voice": {"MediaId": "m", "Format": "amr"},
    "video": {"MediaId": "m", "ThumbMediaId": "t"},
    "shortvideo": {"MediaId": "m", "ThumbMediaId": "t"},
    "location": {"Location_X": "31.2", "Location_Y": "121.4", "Scale": "20", "Label": "南京路"},
    "link": {"Title": "t", "Description": "d", "Url": "http://x"},
    "file": {"Title": "t"},
    "hologram": {"Something": {"new": "1"}},
}


async def test_what_we_cannot_read_gets_a_sentence_and_colleagues_see_what_it_was(talk: Talk) -> None:
    for kind, more in UNREADABLE.items():
        await talk.wechat.push(f"o{kind}", MsgType=kind, MsgId=7, **more)
    for kind in UNREADABLE:
        assert await talk.shown(f"o{kind}", 1) == ["[utter_unreadable zh]"]
    assert talk.house.engine.heard == []
    kept = await talk.house.database.read(lambda connection: connection.execute(select(inbox.c.text)).scalars().all())
    assert "\ufffc[位置 / place] 南京路 31.2 121.4" in kept


async def test_a_recognised_voice_note_is_read(talk: Talk) -> None:
    await talk.wechat.push(ANN, MsgType="voice", MediaId="m", Recognition="我要退货", MsgId=7)
    assert _heard(talk) == ["我要退货"]


async def test_events_of_no_concern_are_acknowledged_in_silence(talk: Talk) -> None:
    for event in ("LOCATION", "VIEW", "scancode_push", "TEMPLATESENDJOBFINISH", "kf_close_session", "brand_new"):
        pushed = await talk.wechat.event(ANN, event, EventKey="k")
        assert pushed.answers == [b"success"]
    assert await _messages(talk) == 0


async def test_two_customers_with_one_message_id_get_two_answers(talk: Talk) -> None:
    for who in (ANN, BOB):
        await talk.wechat.push(who, MsgType="text", Content="你好", MsgId=1)
    assert (talk.wechat.texts(ANN), talk.wechat.texts(BOB)) == (["1: 你好"], ["1: 你好"])


async def test_two_events_of_one_second_are_two(talk: Talk) -> None:
    await talk.wechat.event(ANN, "LOCATION", Latitude="31.2")
    await talk.wechat.tap(ANN, "track_order")
    await talk.wechat.tap(ANN, "return_item")
    assert _heard(talk) == ["/track_order", "/return_item"]


async def test_two_messages_at_once_are_answered_in_order(talk: Talk) -> None:
    talk.house.engine.gate = asyncio.Event()
    first = asyncio.create_task(talk.wechat.say(ANN, "one"))
    await talk.house.engine.asked.wait()
    second = asyncio.create_task(talk.wechat.say(ANN, "two"))
    await asyncio.sleep(0.05)
    talk.house.engine.gate.set()
    await asyncio.gather(first, second)
    assert await talk.shown(ANN, 2) == ["1: one", "2: two"]


async def test_a_picture_is_fetched_and_kept_and_what_follows_comes_after_it(talk: Talk) -> None:
    await talk.wechat.send_picture(ANN, PNG_WITH_TEXT)
    await talk.wechat.say(ANN, "你好")
    assert await talk.shown(ANN, 2) == ["[utter_files_kept zh]", "1: 你好"]
    row = await talk.house.database.read(lambda connection: connection.execute(select(kept_files)).one())
    assert (row.type, row.name, row.sent_at is not None) == ("image/png", "picture.png", True)


async def test_a_picture_that_is_gone_too_big_or_none_gets_a_sentence(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with talking(sqlite_database, tmp_path, file_bytes=20) as talk:
        await talk.wechat.push("gone", MsgType="image", MediaId="gone", MsgId=1)
        await talk.wechat.send_picture("big", PNG_WITH_TEXT)
        await talk.wechat.send_picture("none", b"MZ\x90\x00")
        for who in ("gone", "big", "none"):
            assert await talk.shown(who, 1) == ["[utter_unreadable zh]"]


async def test_where_nothing_is_said_nothing_rides_in_the_answer(talk: Talk) -> None:
    await talk.wechat.say(ANN, "human")
    await talk.wechat.say(ANN, "hurry")
    pushed = await talk.wechat.say(ANN, "please")
    assert pushed.answers == [b"success"]
    assert len(talk.wechat.texts(ANN)) == 2


async def test_the_address_check_answers_the_very_bytes(talk: Talk) -> None:
    request = talk.wechat.request(ANN, MsgType="text", Content="x")
    query = {**request.query, "echostr": "4375120948345356249"}
    answer = await talk.client.get(talk.wechat.hook, params=query)
    assert (answer.status_code, answer.content) == (200, b"4375120948345356249")
    assert answer.headers["content-type"].startswith("text/plain")
    refused = await talk.client.get(talk.wechat.hook, params={**query, "signature": "0" * 40, "msg_signature": ""})
    assert refused.status_code == 403


async def test_what_is_forged_or_replayed_is_refused(talk: Talk) -> None:
    wechat = talk.wechat
    good = wechat.request(ANN, MsgType="text", Content="你好", MsgId=1)
    assert (await talk.post(good)).status_code == 200
    other = Envelope((KEY[::-1],), receiver=APP_ID).seal(b"<xml/>", KEY[::-1])
    forged = [
        replace(good, query={**good.query, "msg_signature": ""}),
        replace(good, query={**good.query, "msg_signature": good.query["msg_signature"].upper()}),
        replace(good, query={**good.query, "nonce": "1"}),
        replace(good, query={"timestamp": good.query["timestamp"]}),
        replace(good, body=wire.render({"Encrypt": other}, as_json=False).encode()),
        WeChat(token="another-token-altogether", now=talk.house.clock).request(
            ANN, MsgType="text", Content="x", MsgId=2
        ),
        WeChat(app_id="wx0000000000000000", now=talk.house.clock).request(ANN, MsgType="text", Content="x", MsgId=2),
        WeChat(mode="plain", now=talk.house.clock).request(ANN, MsgType="text", Content="x", MsgId=2),
    ]
    for request in forged:
        assert (await talk.post(request)).status_code == 403
    for status in (200, 200, 200, 403):
        assert (await talk.post(good)).status_code == status, "WeChat repeats itself three times"
    talk.house.clock.forward(minutes=2)
    assert (await talk.post(good)).status_code == 403
    talk.house.clock.forward(minutes=10)
    assert (await talk.post(good)).status_code == 403
    assert (await _messages(talk), len(talk.house.engine.heard)) == (1, 1)


async def test_in_plain_mode_another_body_under_a_known_signature_is_refused(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with talking(sqlite_database, tmp_path, wechat=WeChat(mode="plain")) as talk:
        good = talk.wechat.request(ANN, MsgType="text", Content="你好", MsgId=1)
        assert (await talk.post(good)).status_code == 200
        assert (await talk.post(good)).status_code == 200
        forged = replace(good, body=good.body.replace(ANN.encode(), BOB.encode()))
        assert (await talk.post(forged)).status_code == 403
        assert await _messages(talk) == 1


async def test_a_body_that_is_none_is_refused(sqlite_database: Database, tmp_path: Path) -> None:
    bodies = {b"": 400, b"<xml>": 400, b"x" * 70_000: 413, b"<xml><MsgType>text</MsgType></xml>": 400, b"{}": 400}
    async with talking(sqlite_database, tmp_path, wechat=WeChat(mode="plain")) as talk:
        for body, status in bodies.items():
            request = replace(talk.wechat.request(ANN, MsgType="text", Content="x"), body=body)
            assert (await talk.post(request)).status_code == status


async def test_while_the_store_is_away_nothing_is_acknowledged(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise StoreDown("away")

    with monkeypatch.context() as patch:
        patch.setattr(talk.house.router, "receive", fails)
        answer = await talk.post(talk.wechat.request(ANN, MsgType="text", Content="x", MsgId=1))
    assert answer.status_code == 503
    assert (await talk.post(talk.wechat.request(ANN, MsgType="text", Content="x", MsgId=1))).status_code == 200


async def test_who_leaves_is_sent_nothing_more_until_they_are_back(talk: Talk) -> None:
    talk.wechat.refuse = 45047
    await talk.wechat.say(ANN, "choose")
    await until(lambda: len(talk.wechat.bodies) == 1, talk.house)
    await talk.house.deliveries.drain(within_seconds=5)
    talk.wechat.refuse = 0
    await talk.wechat.leave(ANN)
    await talk.house.deliveries.sweep()
    await talk.house.deliveries.drain(within_seconds=5)
    assert talk.wechat.texts(ANN) == []
    await talk.wechat.follow(ANN)
    assert talk.wechat.texts(ANN) == ["2: /greet"]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"wechat_token": ""}, "WECHAT_TOKEN is empty"),
        ({"wechat_token": "short"}, "WECHAT_TOKEN is shorter than 16"),
        ({"wechat_secret": ""}, "WECHAT_SECRET is empty"),
        ({"wechat_aes_key": ""}, "WECHAT_AES_KEY is empty; safe mode needs it"),
        ({"wechat_aes_key": "x"}, "WECHAT_AES_KEY must have 43"),
    ],
)
def test_an_account_that_lacks_something_stops_the_start(given: dict[str, str], fault: str) -> None:
    whole = {"wechat_app_id": APP_ID, "wechat_secret": "s", "wechat_token": "t" * 16, "wechat_aes_key": KEY}
    secrets = {"customer_token_secret": "s" * 40, "rest_token": "r" * 40}
    assert make(read(_env_file=None, **secrets, **whole)) is not None
    with pytest.raises(SettingsError, match=fault):
        read(_env_file=None, **secrets, **(whole | given))


def test_without_an_account_there_is_no_such_channel() -> None:
    assert make(read(demo=True, wechat_app_id="", _env_file=None)) is None

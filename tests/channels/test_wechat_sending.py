"""Customer-service messages: what WeChat takes, what its numbers mean, how much may be sent, one token for all."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.deliveries import More
from bot.errors import (
    CustomerLeft,
    DeliveryRefused,
    GuitaiError,
    MaybeDelivered,
    NotDelivered,
    TryLater,
)
from bot.messages import Address
from bot.settings import ROOT
from bot.store import outbox, platforms, speaking
from bot.store.database import Database
from bot.store.outbox import DeliveryState, Parcel
from bot.store.platforms import Allowance, Room
from bot.store.tables import inbox
from channels.splitting import utf8_bytes
from channels.wechat import api
from channels.wechat.api import Http, check
from channels.wechat.outgoing import Menu, Picture, Words, parts, riding
from channels.wechat.texts import Texts
from channels.wechat.tokens import StableToken, TokenKeeper
from tests.channels.wechats import ANN, BOB, Talk, talking, until
from tests.fakes import FakeClock
from tests.pictures import PNG_WITH_TEXT
from tests.platforms import wechat as platform
from tests.platforms.wechat import APP_ID, WeChat

WHO = Address("wechat", APP_ID, ANN)


@pytest.fixture
async def talk(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talking(sqlite_database, tmp_path) as made:
        made.wechat._count(ANN, "text", "")
        yield made


def _parcel(data: dict[str, Any], **more: Any) -> Parcel:
    made = Parcel(1, 1, "c", "wechat", APP_ID, ANN, data, 0, FakeClock()())
    return replace(made, **more)


async def _send(talk: Talk, data: dict[str, Any], **more: Any) -> list[str]:
    """Send a whole bubble; what they see."""
    pieces = 0
    while isinstance(await talk.account.send(_parcel(data, pieces=pieces, **more)), More):
        pieces += 1
    return talk.wechat.texts(ANN)


async def test_a_text_goes_out_in_raw_letters(talk: Talk) -> None:
    assert await _send(talk, {"text": "你好 😀"}) == ["你好 😀"]
    assert "你好 😀".encode() in talk.wechat.bodies[0]
    assert b"\\u" not in talk.wechat.bodies[0]


async def test_682_chinese_letters_are_one_message_and_683_are_two(talk: Talk) -> None:
    assert await _send(talk, {"text": "字" * 682}) == ["字" * 682]
    shown = await _send(talk, {"text": "字" * 683})
    assert "".join(shown[1:]) == "字" * 683
    assert len(shown) == 3


async def test_a_long_text_breaks_at_a_sentence_and_nothing_is_lost(talk: Talk) -> None:
    sentence = "您的订单已经发货，预计明天送达👨‍👩‍👧‍👦。"
    shown = await _send(talk, {"text": sentence * 60})
    assert "".join(shown) == sentence * 60
    assert all(part.endswith("。") and utf8_bytes(part) <= 2047 for part in shown)


async def test_when_a_part_fails_those_after_it_wait_and_those_before_are_not_sent_again(talk: Talk) -> None:
    long = _parcel({"text": "字" * 1500})
    assert isinstance(await talk.account.send(long), More)
    talk.wechat.busy = 1.0
    with pytest.raises(NotDelivered):
        await talk.account.send(replace(long, pieces=1))
    talk.wechat.busy = 0.0
    assert isinstance(await talk.account.send(replace(long, pieces=1)), More)
    assert await talk.account.send(replace(long, pieces=2)) is None
    assert "".join(talk.wechat.texts(ANN)) == "字" * 1500


async def test_a_colleagues_picture_is_shown_and_other_files_are_told_of(talk: Talk) -> None:
    stored = talk.account._files.keep(PNG_WITH_TEXT, "photo.png")
    photo = {"id": stored.id, "name": "photo.png", "type": "image/png", "bytes": 1}
    paper = {"id": "0" * 32, "name": "发票.pdf", "type": "application/pdf", "bytes": 1}
    shown = await _send(talk, {"text": "请看", "files": [photo, paper]})
    assert talk.wechat.people[ANN].shown[0].picture == talk.account._files.path(stored.id).read_bytes()
    assert shown == ["", "同事给您发来文件“发票.pdf”，微信里打不开，请到网页客服查看。", "请看"]


async def test_a_file_can_be_opened_where_our_address_is_known(sqlite_database: Database, tmp_path: Path) -> None:
    async with talking(sqlite_database, tmp_path, public_url="https://chat.shop.example") as talk:
        talk.wechat._count(ANN, "text", "")
        paper = {"id": "0" * 32, "name": "invoice.pdf", "type": "application/pdf", "bytes": 1}
        (shown, _) = await _send(talk, {"text": "here", "files": [paper]})
    address, _, key = shown.rpartition("?k=")
    assert address.endswith(f"https://chat.shop.example/web/files/{'0' * 32}")
    assert talk.house.talks.visitors.opens("0" * 32, key)


async def test_the_shops_picture_is_shown_or_told_of(talk: Talk) -> None:
    talk.wechat.media["p"] = PNG_WITH_TEXT
    talk.wechat.stable_token({"appid": APP_ID, "secret": talk.wechat.secret})
    there = f"{talk.wechat.url}/cgi-bin/media/get?media_id=p&access_token={talk.wechat._token}"
    await _send(talk, {"text": "look", "image": there})
    assert talk.wechat.people[ANN].shown[0].picture == PNG_WITH_TEXT
    gone = f"{talk.wechat.url}/nothing.png"
    assert (await _send(talk, {"text": "look", "image": gone}))[-2:] == [f"Picture: {gone}", "look"]


NUMBERS = [
    (-1, NotDelivered),
    (40001, NotDelivered),
    (40003, CustomerLeft),
    (40013, NotDelivered),
    (40164, NotDelivered),
    (43004, CustomerLeft),
    (43101, DeliveryRefused),
    (45002, DeliveryRefused),
    (45009, TryLater),
    (45011, TryLater),
    (45015, api.WindowClosed),
    (45047, api.QuotaUsed),
    (48001, NotDelivered),
    (87014, DeliveryRefused),
    (99999, DeliveryRefused),
]


@pytest.mark.parametrize(("code", "raised"), NUMBERS)
def test_each_of_wechats_numbers_means_something(code: int, raised: type[GuitaiError]) -> None:
    with pytest.raises(raised) as error:
        check({"errcode": code, "errmsg": "secret words"})
    assert "secret words" not in str(error.value)


async def test_where_nobody_is_reached_it_is_sent_again(talk: Talk) -> None:
    talk.wechat.broken = 1
    with pytest.raises(GuitaiError):
        await _send(talk, {"text": "hello"})
    assert await _send(talk, {"text": "hello"}) == ["hello"]
    talk.wechat.deaf = 1
    with pytest.raises(MaybeDelivered):
        await _send(talk, {"text": "again"})
    await talk.account.aclose()
    nobody = Http("http://127.0.0.1:9")
    with pytest.raises(NotDelivered):
        await nobody.post("/x", {})
    await nobody.aclose()


async def test_the_sixth_reply_waits_until_the_customer_writes_again(talk: Talk) -> None:
    await talk.wechat.say(ANN, "你好")
    speak = _speaker(talk)
    for number in range(7):
        await speak(f"s{number}")
    await until(lambda: len(talk.wechat.texts(ANN)) == 6, talk.house)
    await _settle(talk)
    assert talk.wechat.texts(ANN)[1:] == [f"s{number}" for number in range(5)]
    sent = len(talk.wechat.bodies)
    await _settle(talk)
    assert len(talk.wechat.bodies) == sent, "what cannot be sent is not tried"
    await talk.wechat.say(ANN, "再见")
    assert (await talk.shown(ANN, 9))[6:] == ["s5", "s6", "2: 再见"]


async def test_a_reply_after_48_hours_is_set_aside_for_somebody_to_see(talk: Talk) -> None:
    await talk.wechat.say(ANN, "你好")
    talk.house.clock.forward(hours=49)
    await _speaker(talk)("too late")
    await _settle(talk)
    (aside,) = await talk.house.database.read(outbox.to_look_at)
    assert (aside.state, aside.error.partition(":")[0]) == (DeliveryState.DEAD, "WindowClosed")
    await talk.wechat.say(ANN, "我回来了")
    await talk.house.database.run(outbox.resend, aside.number)
    assert "too late" in await talk.shown(ANN, 3)


@pytest.mark.parametrize(("number", "room"), [(45047, Room.USED_UP), (45015, Room.CLOSED), (43004, Room.GONE)])
async def test_when_wechat_counts_otherwise_it_is_right(talk: Talk, number: int, room: Room) -> None:
    await talk.wechat.say(ANN, "你好")
    talk.wechat.refuse = number
    with pytest.raises(GuitaiError):
        await _send(talk, {"text": "hello"})
    now = talk.house.clock()
    assert await talk.house.database.run(platforms.spend, WHO, now=now) is room


async def test_what_was_not_taken_does_not_count(talk: Talk) -> None:
    await talk.wechat.say(ANN, "你好")
    talk.wechat.busy = 1.0
    for _ in range(6):
        with pytest.raises(NotDelivered):
            await _send(talk, {"text": "hello"})
    talk.wechat.busy = 0.0
    assert "hello" in await _send(talk, {"text": "hello"})


async def test_one_customers_trouble_holds_up_no_other(talk: Talk) -> None:
    await talk.wechat.say(ANN, "你好")
    await talk.wechat.say(BOB, "你好")
    speak = _speaker(talk)
    for number in range(6):
        await speak(f"s{number}")
    await _settle(talk)
    await _speaker(talk, BOB)("hello")
    assert (await talk.shown(BOB, 2))[1] == "hello"


async def test_room_is_given_by_doing_and_taken_by_time(database: Database) -> None:
    clock = FakeClock()

    async def room() -> Room:
        return await database.run(platforms.spend, WHO, now=clock())

    async def does(most: int, **span: float) -> None:
        await database.run(platforms.trigger, WHO, Allowance(most, timedelta(**span)), now=clock())

    assert await room() is Room.OPEN, "nothing is known of them: WeChat knows"
    await does(2, minutes=1)
    assert [await room() for _ in range(3)] == [Room.OPEN, Room.OPEN, Room.USED_UP]
    await does(5, hours=48)
    assert [await room() for _ in range(6)] == [Room.OPEN] * 5 + [Room.USED_UP]
    await does(5, hours=48)
    clock.forward(hours=48)
    assert await room() is Room.CLOSED
    await database.run(platforms.leave, WHO, now=clock())
    assert await room() is Room.GONE
    await does(5, hours=48)
    await database.run(platforms.serve_elsewhere, WHO, True, now=clock())
    assert await room() is Room.ELSEWHERE


# --- tokens


def _keeper(wechat: WeChat, database: Database) -> tuple[TokenKeeper, Http]:
    http = Http(wechat.url)
    return TokenKeeper(StableToken(http, wechat.app_id, wechat.secret), database, name="t", now=wechat.now), http


async def test_many_at_once_on_two_workers_fetch_one_token(sqlite_database: Database) -> None:
    async with platform.served(WeChat()) as wechat:
        (one, first), (two, second) = _keeper(wechat, sqlite_database), _keeper(wechat, sqlite_database)
        tokens = await asyncio.gather(*(keeper.token() for keeper in [one, two] * 10))
        assert (len(set(tokens)), wechat.token_calls) == (1, [False])
        wechat.expire_token()
        version = tokens[0][1]
        tokens = await asyncio.gather(*(keeper.another(version) for keeper in [one, two] * 10))
        assert (len(set(tokens)), wechat.token_calls) == (1, [False, False])
        wechat.check_token(tokens[0][0])
        await first.aclose()
        await second.aclose()


async def test_a_token_is_renewed_before_its_end(sqlite_database: Database) -> None:
    clock = FakeClock()
    async with platform.served(WeChat(now=clock)) as wechat:
        keeper, http = _keeper(wechat, sqlite_database)
        first = await keeper.token()
        clock.forward(minutes=115)
        assert await keeper.token() == first
        clock.forward(minutes=2)
        assert await keeper.token() != first
        assert len(wechat.token_calls) == 2
        await http.aclose()


async def test_an_older_token_never_takes_a_newer_ones_place(database: Database) -> None:
    now = FakeClock()()
    clock = database.lease_clock
    assert await database.run(platforms.take_refresh, "t", 0, clock=clock, seconds=0.0)
    assert await database.run(platforms.take_refresh, "t", 0, clock=clock, seconds=60.0), "the first one died"
    assert not await database.run(platforms.take_refresh, "t", 0, clock=clock, seconds=60.0)
    later = now + timedelta(hours=2)
    assert await database.run(platforms.put_token, "t", 0, "new", expires_at=later, forced_at=None)
    assert not await database.run(platforms.put_token, "t", 0, "old", expires_at=later, forced_at=None)
    kept = await database.read(platforms.token_of, "t")
    assert kept is not None
    assert (kept.value, kept.version) == ("new", 1)


async def test_a_stale_token_is_renewed_once_and_the_message_sent(talk: Talk) -> None:
    await _send(talk, {"text": "one"})
    talk.wechat.expire_token()
    assert await _send(talk, {"text": "two"}) == ["one", "two"]
    assert talk.wechat.token_calls == [False, False]


async def test_a_token_that_is_always_refused_is_renewed_once_and_given_up(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    await _send(talk, {"text": "one"})
    talk.wechat.refuse_tokens = True
    with pytest.raises(NotDelivered):
        await _send(talk, {"text": "two"})
    assert talk.wechat.token_calls == [False, False, True], "asking gave the same, so another was asked for, once"
    assert any("WeChat refuses the account" in record.message for record in caplog.records)
    for _ in range(3):
        with pytest.raises(NotDelivered):
            await _send(talk, {"text": "two"})
    assert talk.wechat.token_calls.count(True) == 1, "WeChat rations these"


async def test_a_wrong_secret_is_said_in_the_log_without_the_secret(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with platform.served(WeChat()) as wechat:
        http = Http(wechat.url)
        keeper = TokenKeeper(StableToken(http, APP_ID, "wrong-secret"), sqlite_database, name="t", now=wechat.now)
        with pytest.raises(NotDelivered):
            await keeper.token()
        await http.aclose()
    assert "wrong-secret" not in caplog.text
    assert caplog.records


def _process(address: str, database_url: str, pipe: Any) -> None:
    """Another process: it has a token, and when it is told that this one is stale, ten at once want another."""

    async def main() -> None:
        database, http = Database(database_url), Http(address)
        source = StableToken(http, APP_ID, platform.SECRET)
        keeper = TokenKeeper(source, database, name="t", now=lambda: datetime.now(UTC))
        pipe.send(await keeper.token())
        version = await asyncio.to_thread(pipe.recv)
        pipe.send({token for token, _ in await asyncio.gather(*(keeper.another(version) for _ in range(10)))})
        await http.aclose()
        await database.aclose()

    asyncio.run(main())


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
async def test_two_processes_with_a_stale_token_fetch_one(database_url: str, database: Database) -> None:
    processes = multiprocessing.get_context("fork")
    async with platform.served(WeChat()) as wechat:
        pipes = [processes.Pipe() for _ in range(2)]
        started = [
            processes.Process(target=_process, args=(wechat.url, database_url, theirs), daemon=True)
            for _, theirs in pipes
        ]
        for each in started:
            each.start()
        first = [await asyncio.to_thread(ours.recv) for ours, _ in pipes]
        assert (len(set(first)), wechat.token_calls) == (1, [False])
        wechat.expire_token()
        for ours, _ in pipes:
            ours.send(first[0][1])
        newer = [await asyncio.to_thread(ours.recv) for ours, _ in pipes]
        assert (len(set.union(*newer)), wechat.token_calls) == (1, [False, False])
        wechat.check_token(newer[0].pop())
        for each in started:
            await asyncio.to_thread(each.join, 10)
            assert each.exitcode == 0


# --- bubbles as messages


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts.read(ROOT / "data" / "wechat.yml", language="zh")


def test_a_bubble_becomes_what_wechat_can_show(texts: Texts) -> None:
    buttons = [{"title": "是", "payload": "btn:1"}, {"title": "否", "payload": "btn:2"}]
    assert parts({"text": "好的"}, texts) == [Words("好的")]
    assert parts({"text": "好吗", "buttons": buttons}, texts) == [Menu("好吗", buttons)]
    assert parts({}, texts) == []
    listed = parts({"text": "好吗", "buttons": buttons}, texts, numbered=True)
    assert listed == [Words("好吗\n\n回复数字即可选择：\n1. 是\n2. 否", ("btn:1", "btn:2"))]
    (picture, words) = parts({"text": "看", "image": "https://x/y.png"}, texts)
    assert picture == Picture("picture", url="https://x/y.png", instead="图片：https://x/y.png")
    assert words == Words("看")


def test_what_rides_is_the_text_of_the_first_bubbles_as_far_as_it_fits(texts: Texts) -> None:
    plain, button = {"text": "好的"}, {"text": "好吗", "buttons": [{"title": "是", "payload": "btn:1"}]}
    long = {"text": "字" * 682}
    assert riding([]) == (0, "")
    assert riding([plain, plain]) == (2, "好的\n\n好的")
    assert riding([plain, button, plain]) == (1, "好的")
    assert riding([button, plain])[0] == 0
    assert riding([long])[0] == 1
    assert riding([plain, long]) == (1, "好的")
    assert riding([{"text": "字" * 683}]) == (0, "")
    assert riding([{"text": "看", "image": "https://x/y.png"}])[0] == 0


def _speaker(talk: Talk, who: str = ANN) -> Any:
    """Speaks to a customer as the house does."""

    async def speak(text: str) -> None:
        conversation = await talk.house.database.read(_conversation_of, who)
        await talk.house.database.run(
            speaking.speak,
            conversation,
            speaking.Words({"text": text}),
            speaker=None,
            carried=(),
            now=talk.house.clock(),
        )

    return speak


def _conversation_of(connection: Any, who: str) -> str:
    query = select(inbox.c.conversation_id).where(inbox.c.sender == who).limit(1)
    return str(connection.execute(query).scalar_one())


async def _settle(talk: Talk) -> None:
    """Let all be sent that can be."""
    for _ in range(3):
        await talk.house.deliveries.sweep()
        await talk.house.deliveries.drain(within_seconds=5)

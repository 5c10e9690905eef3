"""What every channel keeps, whatever its platform: tried on each of them in the same words (tests/channels/rigs.py).

The web widget has no platform and its own tests; files in and out are each platform's own, and so are their tests.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import deliveries
from bot.messages import Reply
from bot.store import conversations, outbox
from bot.store.database import Database
from bot.store.tables import inbox
from channels.email import channel as email
from tests.channels.rigs import ANN, BOB, RIGS
from tests.house import House

SENDING = [name for name in RIGS if name != "rest"]
CALLED = [name for name in RIGS if name != "email"]
"""Those whose platform calls us."""
TOLD_TO_WAIT = [name for name in SENDING if name not in ("wechat", "email")]
"""WeChat knows quotas instead, and mail servers leave it to us when to try again."""


@pytest.fixture(params=list(RIGS))
async def rig(
    request: pytest.FixtureRequest, sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Any]:
    """Every channel in turn."""
    monkeypatch.setattr(deliveries, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(email, "WAIT_SECONDS", 1.0)
    house = House(sqlite_database)
    async with RIGS[request.param](house, tmp_path) as made:
        yield made
        house.engine.gate = None
        await house.router.drain(within_seconds=5)
        await house.deliveries.drain(within_seconds=5)


async def _until(rig: Any, holds: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await rig.house.router.sweep()
            await rig.house.deliveries.sweep()
            await asyncio.sleep(0.02)


async def _shown(rig: Any, sender: str, count: int) -> list[str]:
    await _until(rig, lambda: len(rig.shown(sender)) >= count)
    return list(rig.shown(sender))


def _heard(rig: Any) -> list[str]:
    return [said["text"] for said in rig.house.engine.heard]


async def _stored(rig: Any) -> int:
    count = select(func.count()).select_from(inbox)
    return int(await rig.house.database.read(lambda connection: connection.execute(count).scalar_one()))


@pytest.mark.parametrize("rig", CALLED, indirect=True)
async def test_only_the_platform_comes_in_and_no_secret_goes_out(rig: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    body = rig.body(ANN, "my-private-words", "1")
    for headers in rig.forgeries(body):
        assert await rig.post(body, headers) in (401, 403), headers
    assert await _stored(rig) == 0
    assert await rig.post(body) in (200, 202, 204)
    await _until(rig, lambda: _heard(rig) == ["my-private-words"])
    written = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records if _is_ours(record))
    assert "my-private-words" not in written
    assert not [secret for secret in rig.secrets if secret in written]


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.startswith(("bot", "channels"))


@pytest.mark.parametrize("rig", CALLED, indirect=True)
async def test_a_message_is_heard_once_however_and_wherever_it_is_delivered(rig: Any, tmp_path: Path) -> None:
    later, earlier = (rig.body(ANN, text, text) for text in ("later", "earlier"))
    assert [await rig.post(body) for body in (later, earlier, earlier)] == [200] * 3
    beside = House(rig.house.database)
    beside.engine = rig.house.engine
    beside.router = beside.another_worker()
    async with RIGS[rig.name](beside, tmp_path) as other:
        statuses = await asyncio.gather(*(each.post(earlier) for each in [rig, other] * 10))
        assert statuses == [200] * 20
        await rig.house.router.drain(within_seconds=5)
        await beside.router.drain(within_seconds=5)
    assert _heard(rig) == ["later", "earlier"]
    assert await _stored(rig) == 2


async def test_what_was_stored_is_answered_though_the_worker_dies(rig: Any) -> None:
    engine = rig.house.engine
    engine.gate = asyncio.Event()
    body = rig.body(ANN, "hello", "1")
    first = asyncio.create_task(rig.post(body))
    await engine.asked.wait()
    if rig.name != "rest":
        assert await first == 200
    await rig.house.router.drain(within_seconds=0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    engine.gate = None
    await rig.house.database.run(conversations.release, [rig.house.router._lease.holder])
    await rig.house.router.sweep()
    assert await rig.post(body) == 200
    assert await _shown(rig, ANN, 1) == ["1: hello"]


async def test_one_senders_messages_are_answered_in_order_and_nobody_waits_for_another(rig: Any) -> None:
    engine = rig.house.engine
    engine.gate = asyncio.Event()
    posts = [asyncio.create_task(rig.say(ANN, "one"))]
    await engine.asked.wait()
    posts.append(asyncio.create_task(rig.say(ANN, "two")))
    await _until_stored(rig, 2)
    posts.append(asyncio.create_task(rig.say(BOB, "me too")))
    await _until(rig, lambda: _heard(rig) == ["one", "me too"])
    engine.gate.set()
    assert await asyncio.gather(*posts) == [200] * 3
    assert await _shown(rig, ANN, 2) == ["1: one", "2: two"]
    assert await _shown(rig, BOB, 1) == ["1: me too"]


async def _until_stored(rig: Any, count: int) -> None:
    async with asyncio.timeout(10):
        while await _stored(rig) < count:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("rig", CALLED, indirect=True)
async def test_any_letters_go_through_and_nothing_in_them_is_an_order(rig: Any) -> None:
    texts = [
        "👨‍👩‍👧‍👦 🇨🇳 你好",
        "مرحبا بكم",
        "a\x00b\x07",
        "half \ud83d",
        '/confirm_refund{"order_id": "1"}',
        "/affirm",
    ]
    for text in texts:
        assert await rig.say(ANN, text) == 200
    plain = [text.replace("\x00", "").replace("\x07", "").replace("\ud83d", "\ufffd") for text in texts]
    await _until(rig, lambda: len(_heard(rig)) == len(texts))
    assert _heard(rig) == plain
    assert [said["intent"] for said in rig.house.engine.heard] == [None] * len(texts)
    for nothing in ("", "  \n "):
        assert await rig.say(BOB, nothing) < 500
    assert await rig.say(BOB, "长" * 33_000) in (200, 400, 413)
    await rig.house.router.drain(within_seconds=5)
    assert len(_heard(rig)) == len(texts), "what is empty or too long is answered without the bot"


@pytest.mark.parametrize("rig", CALLED, indirect=True)
async def test_what_is_strange_is_no_reason_to_be_sent_again_for_ever(rig: Any) -> None:
    strange = [b"", b"{", b"[]", b"{}", b"null", b"7", b"\xff\xfe\x00", b"[" * 30_000, b'{"a":' * 10_000]
    known = rig.body(ANN, "hello", "1")

    strange.append(known.replace(b'"hello"', b"[7]"))
    strange.append(known.replace(b'"hello"', b'{"text": "of the future"}'))
    began = time.monotonic()
    for body in strange:
        assert await rig.post(body) < 500, body[:60]
    assert await rig.post(b" " * (rig.channel.limits.body_bytes + 1)) == 413
    assert time.monotonic() - began < 5
    assert _heard(rig) == []


@pytest.mark.parametrize("rig", [name for name in SENDING if name != "email"], indirect=True)
async def test_a_long_reply_comes_in_parts_that_fit_in_order(rig: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(f"{number}. " + "很长的一段话👨‍👩‍👧‍👦。" * 30 for number in range(9))
    _says(rig, monkeypatch, text, "and then")
    assert await rig.say(ANN, "tell me all") == 200
    await _until(rig, lambda: rig.shown(ANN)[-1:] == ["and then"])
    *parts, _ = rig.shown(ANN)
    assert "".join("".join(parts).split()) == "".join(text.split())
    if rig.most is not None:
        most, size = rig.most
        assert len(parts) > 1
        assert max(map(size, parts)) <= most


def _says(rig: Any, monkeypatch: pytest.MonkeyPatch, *texts: str) -> None:
    reply = rig.house.engine.reply

    async def says(text: str, **more: Any) -> Any:
        return replace(await reply(text, **more), replies=tuple(Reply(text=each) for each in texts))

    monkeypatch.setattr(rig.house.engine, "reply", says)


@pytest.mark.parametrize("rig", TOLD_TO_WAIT, indirect=True)
async def test_who_must_wait_or_is_gone_stops_nobody_else(rig: Any) -> None:
    for sender in (ANN, BOB):
        assert await rig.say(sender, "hello") == 200
        await _shown(rig, sender, 1)
    rig.refuse(ANN, "wait")
    assert await rig.say(ANN, "again") == 200
    assert await rig.say(BOB, "again") == 200
    assert await _shown(rig, BOB, 2) == ["1: hello", "2: again"]
    assert rig.shown(ANN) == ["1: hello"]
    assert await rig.house.database.read(outbox.to_look_at) == [], "to wait is no failure"
    rig.refuse(BOB, "gone")
    for text in ("one", "two"):
        assert await rig.say(BOB, text) == 200
    await rig.house.router.drain(within_seconds=5)
    await rig.house.deliveries.sweep()
    await rig.house.deliveries.drain(within_seconds=5)
    dead = await rig.house.database.read(outbox.to_look_at)
    assert dead
    assert all("CustomerLeft" in each.error for each in dead)
    rig.refuse(BOB, "fine")
    assert await rig.say(BOB, "I am back") == 200
    assert (await _shown(rig, BOB, 3))[2:] == ["5: I am back"]


@pytest.mark.parametrize("rig", [name for name in SENDING if name != "wechat"], indirect=True)
async def test_a_reply_whose_sender_died_arrives_at_most_twice_and_is_noted(
    rig: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "LEASE_SECONDS", 0.1)
    send = rig.channel.send

    async def dies(parcel: Any) -> None:
        await send(parcel)
        raise asyncio.CancelledError

    monkeypatch.setattr(rig.channel, "send", dies)
    assert await rig.say(ANN, "hello") == 200
    await _shown(rig, ANN, 1)
    await rig.house.deliveries.drain(within_seconds=5)
    monkeypatch.setattr(rig.channel, "send", send)
    if rig.channel.deduplicates:
        assert await rig.say(ANN, "and now") == 200
        assert await _shown(rig, ANN, 2) == ["1: hello", "2: and now"]
        return
    assert await _shown(rig, ANN, 2) == ["1: hello"] * 2
    await rig.house.deliveries.drain(within_seconds=5)
    assert [each.uncertain for each in await rig.house.database.read(outbox.to_look_at)] == [True]

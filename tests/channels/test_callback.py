"""Callback: taken in once it is stored, replies sent in order, and again by the kind of fault."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import cast

import pytest

from bot import deliveries
from bot.errors import CustomerLeft, DeliveryRefused, GuitaiError, MaybeDelivered, NotDelivered, TryLater
from bot.messages import Inbound
from bot.settings import read
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import DeliveryState, Parcel, Undelivered
from channels.callback import Callback, make
from tests.bot.served import served
from tests.fakes import FakeClock
from tests.house import House
from tests.platform_server import TOKEN, Platform
from tests.platform_server import served as platform_served

PATH = "/webhooks/callback/webhook"
AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}


def _callback(url: str, *, deduplicates: bool = True) -> Callback:
    return Callback(url=url, token=TOKEN, deduplicates=deduplicates, messages_per_minute=0)


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with platform_served(Platform()) as made:
        yield made


@pytest.fixture
async def house(database: Database, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house whose replies go to the platform, and are tried again without much waiting."""
    monkeypatch.setattr(deliveries, "FIRST_WAIT_SECONDS", 0.01)
    made = House(database)
    await _sends_to(made, _callback(platform.url))
    yield made
    await made.router.drain(within_seconds=5)
    await made.deliveries.drain(within_seconds=5)
    for channel in made.senders.values():
        await cast("Callback", channel).aclose()


async def _sends_to(house: House, channel: Callback) -> None:
    for before in house.senders.values():
        await cast("Callback", before).aclose()
    house.senders = {"callback": channel}
    house.deliveries = house.another_deliverer()


async def _say(house: House, text: str, sender: str = "ann") -> None:
    message = house.message(text, sender=sender)
    receipt = await house.router.receive(_by_callback(message))
    await house.router.nudge(receipt.conversation)


def _by_callback(message: Inbound) -> Inbound:
    return replace(message, channel="callback")


async def _until(holds: Callable[[], bool], house: House) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await house.deliveries.sweep()
            await asyncio.sleep(0.02)


async def _to_look_at(house: House) -> list[Undelivered]:
    await house.deliveries.drain(within_seconds=5)
    return await house.database.read(outbox.to_look_at)


async def test_a_message_is_acknowledged_and_its_reply_is_sent(house: House, platform: Platform) -> None:
    async with served(house, [_callback(platform.url)]) as made:
        body = {"sender": "ann", "message": "hello", "message_id": "1"}
        for _ in range(2):
            answer = await made.client.post(PATH, json=body, headers=AUTHORIZED)
            assert (answer.status_code, answer.text) == (200, "success")
        await _until(lambda: bool(platform.arrived), house)
    assert platform.shown() == {"ann": ["1: hello"]}
    assert platform.arrived[0].authorization == f"Bearer {TOKEN}"


async def test_without_the_token_nothing_is_taken(house: House, platform: Platform) -> None:
    async with served(house, [_callback(platform.url)]) as made:
        answer = await made.client.post(PATH, json={"sender": "ann", "message": "hello"})
    assert answer.status_code == 401
    assert house.engine.heard == []


async def test_replies_of_a_conversation_arrive_in_order(house: House, platform: Platform) -> None:
    platform.broken, platform.chance = 0.3, random.Random(7)
    for number in range(8):
        await _say(house, f"m{number}")
    await _until(lambda: len(platform.shown().get("ann", ())) == 8, house)
    assert platform.shown()["ann"] == [f"{number + 1}: m{number}" for number in range(8)]


async def test_a_blocked_conversation_holds_up_no_other(house: House, platform: Platform) -> None:
    platform.refuse, platform.retry_after = 429, "60"
    await _say(house, "hello")
    await _until(lambda: len(platform.arrived) == 1, house)
    platform.refuse = 0
    await _say(house, "again")
    await _say(house, "hello", sender="bob")
    await _until(lambda: "bob" in platform.shown(), house)
    assert platform.shown() == {"bob": ["1: hello"]}


async def test_a_busy_platform_is_left_alone_for_as_long_as_it_says(house: House, platform: Platform) -> None:
    platform.refuse, platform.retry_after = 429, "0.3"
    await _say(house, "hello")
    await _until(lambda: bool(platform.arrived), house)
    platform.refuse = 0
    await _until(lambda: bool(platform.shown()), house)
    assert platform.sent_too_soon() == []


async def test_being_busy_for_long_is_no_failure(house: House, platform: Platform) -> None:
    platform.refuse, platform.retry_after = 429, "0"
    await _say(house, "hello")
    await _until(lambda: len(platform.arrived) > 5, house)
    platform.refuse = 0
    await _until(lambda: bool(platform.shown()), house)
    assert await _to_look_at(house) == []


async def test_a_reply_that_cannot_be_delivered_is_set_aside_and_can_be_sent_again(
    house: House, platform: Platform
) -> None:
    platform.refuse = 500
    await _say(house, "hello")
    await _until(lambda: len(platform.arrived) == 3, house)
    (dead,) = await _to_look_at(house)
    assert (dead.state, dead.failures) == (DeliveryState.DEAD, 3)
    platform.refuse = 0
    assert await house.database.run(outbox.resend, dead.number)
    assert not await house.database.run(outbox.resend, dead.number)
    await _until(lambda: bool(platform.shown()), house)
    assert await _to_look_at(house) == []


async def test_a_refused_reply_is_not_tried_again_and_the_next_one_is_sent(house: House, platform: Platform) -> None:
    platform.refuse = 422
    await _say(house, "hello")
    await _until(lambda: len(platform.arrived) == 1, house)
    assert [each.state for each in await _to_look_at(house)] == [DeliveryState.DEAD]
    platform.refuse = 0
    await _say(house, "again")
    await _until(lambda: platform.shown() == {"ann": ["2: again"]}, house)


async def test_nothing_more_is_sent_to_a_customer_who_left(house: House, platform: Platform) -> None:
    platform.refuse, platform.retry_after = 429, "0.2"
    await _say(house, "one")
    await _say(house, "two")
    await _until(lambda: bool(platform.arrived), house)
    platform.refuse = 410
    before = len(platform.arrived)
    await _until(lambda: len(platform.arrived) > before, house)
    assert [each.state for each in await _to_look_at(house)] == [DeliveryState.DEAD] * 2
    assert platform.shown() == {}


async def test_a_lost_acknowledgement_is_no_double_where_keys_are_known(house: House, platform: Platform) -> None:
    platform.deaf = 1.0
    await _say(house, "hello")
    await _until(lambda: bool(platform.arrived), house)
    platform.deaf = 0.0
    await _until(lambda: len(platform.arrived) >= 2, house)
    assert platform.shown() == {"ann": ["1: hello"]}
    assert await _to_look_at(house) == []


async def test_a_lost_acknowledgement_elsewhere_is_noted_as_uncertain(house: House, platform: Platform) -> None:
    platform.deduplicates = False
    await _sends_to(house, _callback(platform.url, deduplicates=False))
    platform.deaf = 1.0
    await _say(house, "hello")
    await _until(lambda: bool(platform.arrived), house)
    platform.deaf = 0.0
    await _until(lambda: len(platform.arrived) >= 2, house)
    (noted,) = await _to_look_at(house)
    assert (noted.state, noted.uncertain) == (DeliveryState.SENT, True)
    assert list(platform.doubled().values()) == [2]


@pytest.mark.parametrize("deduplicates", [True, False])
async def test_a_sender_that_died_is_followed_by_another(
    house: House, platform: Platform, monkeypatch: pytest.MonkeyPatch, deduplicates: bool
) -> None:
    await _sends_to(house, _callback(platform.url, deduplicates=deduplicates))
    monkeypatch.setattr(deliveries, "LEASE_SECONDS", 0.2)

    async def dies(parcel: Parcel) -> str | None:
        raise asyncio.CancelledError

    monkeypatch.setattr(house.senders["callback"], "send", dies)
    await _say(house, "hello")
    await house.deliveries.drain(within_seconds=5)
    monkeypatch.undo()
    await _until(lambda: bool(platform.shown()), house)
    assert platform.shown() == {"ann": ["1: hello"]}
    assert [each.uncertain for each in await _to_look_at(house)] == ([] if deduplicates else [True])


async def test_who_lost_the_lease_marks_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def take(seconds: float) -> Parcel | None:
        return await house.database.run(
            outbox.take,
            receipt.conversation,
            deduplicating=["callback"],
            lease_clock=house.database.lease_clock,
            lease_seconds=seconds,
        )

    monkeypatch.setattr(house.deliveries, "nudge", lambda conversation: None)
    receipt = await house.router.receive(_by_callback(house.message("hello")))
    await house.router.nudge(receipt.conversation)
    old = await take(0)
    assert old is not None
    new = await take(60)
    assert new is not None
    assert await take(60) is None
    with pytest.raises(GuitaiError):
        await house.database.run(outbox.delivered, old, platform_id=None, now=house.clock())
    await house.database.run(outbox.delivered, new, platform_id="7", now=house.clock())


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (400, DeliveryRefused),
        (422, DeliveryRefused),
        (401, NotDelivered),
        (404, NotDelivered),
        (307, NotDelivered),
        (410, CustomerLeft),
        (429, TryLater),
        (503, TryLater),
        (408, MaybeDelivered),
        (500, MaybeDelivered),
        (502, MaybeDelivered),
    ],
)
async def test_what_the_receiver_answers_becomes_our_words(
    platform: Platform, status: int, raised: type[GuitaiError]
) -> None:
    platform.refuse = status
    channel = _callback(platform.url)
    with pytest.raises(raised):
        await channel.send(_parcel())
    await channel.aclose()


async def test_nobody_there_is_surely_not_delivered(platform: Platform) -> None:
    channel = _callback("http://127.0.0.1:1/replies")
    with pytest.raises(NotDelivered):
        await channel.send(_parcel())
    await channel.aclose()


@pytest.mark.parametrize(("said", "waited"), [("7", 7), ("soon", 5), ("", 5), ("-3", 0), ("nan", 5), ("1e999", 5)])
async def test_how_long_to_wait_is_read_with_care(platform: Platform, said: str, waited: float) -> None:
    platform.refuse, platform.retry_after = 429, said
    channel = _callback(platform.url)
    with pytest.raises(TryLater) as later:
        await channel.send(_parcel())
    assert later.value.wait_seconds == waited
    await channel.aclose()


async def test_a_date_to_wait_for_is_read(platform: Platform) -> None:
    platform.refuse, platform.retry_after = 429, format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    channel = _callback(platform.url)
    with pytest.raises(TryLater) as later:
        await channel.send(_parcel())
    assert 25 < later.value.wait_seconds <= 30
    await channel.aclose()


def test_there_is_no_such_channel_without_an_address() -> None:
    assert make(read(demo=True, callback_url="", _env_file=None)) is None
    assert make(read(demo=True, callback_url="http://x", _env_file=None)) is not None


def _parcel() -> Parcel:
    return Parcel(1, 1, "c", "callback", "default", "ann", {"text": "hello"}, 0, FakeClock()())

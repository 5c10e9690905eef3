"""What the web channel refuses: pages off the list, floods, frames that are none, readers who do not read."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import pytest
from sqlalchemy import select
from websockets.exceptions import InvalidStatus

from bot import metrics, server
from bot.errors import StoreDown
from bot.live import talk
from bot.store import lines
from bot.store.lines import Entry
from bot.store.tables import ratings, thumbs
from channels.web import Web
from channels.web.origins import Origins
from tests.bot.served import Served, served
from tests.channels.widgets import SHOP, Widget, opened, web
from tests.house import House


@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example.evil", "http://shop.example", "null"])
async def test_a_page_that_is_not_on_the_list_is_refused(site: Served, origin: str) -> None:
    widget = Widget(site.address)
    with pytest.raises(InvalidStatus) as refused:
        await widget.connect(origin=origin)
    assert refused.value.response.status_code == 403
    answer = await site.client.post("/web/hello", json=widget.hello(), headers={"origin": origin})
    assert answer.status_code == 403


async def test_pages_on_the_list_and_our_own_are_let_in(site: Served) -> None:
    for origin in (SHOP, site.address, site.address.replace("http:", "https:")):
        widget = Widget(site.address)
        await widget.open(origin=origin)
        await widget.leave()


def test_in_the_demo_any_page_of_this_machine_is_let_in() -> None:
    demo, product = Origins([], any_local=True), Origins([], any_local=False)
    for origin in ("http://localhost:8080", "http://127.0.0.1:3000", "http://localhost"):
        assert demo.allows(origin, host="localhost:5005")
        assert not product.allows(origin, host="localhost:5005")
    for origin in (
        "http://localhost.evil.example",
        "http://evil.example#localhost",
        "http://localhost:80@evil.example",
    ):
        assert not demo.allows(origin, host="localhost:5005")


@pytest.mark.parametrize(
    "first", ["nonsense", "[]", '{"t": "msg", "id": "1", "text": "x"}', '{"t": "hello"}', b"\x00\x01", "[" * 10_000]
)
async def test_whoever_does_not_say_hello_first_is_sent_away(site: Served, first: str | bytes) -> None:
    widget = Widget(site.address)
    await widget.connect()
    await widget.send(first)
    assert await widget.closed() == 1008


async def test_whoever_says_nothing_is_sent_away(site: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.web.sockets.HELLO_SECONDS", 0.1)
    widget = Widget(site.address)
    await widget.connect()
    assert await widget.closed() == 1008


async def test_a_screen_in_the_background_stays_while_it_answers_pings_and_is_cut_when_it_does_not(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BEAT_SECONDS", 0.1)
    async with served(house, [web(tmp_path)]) as site, opened(Widget(site.address)) as (widget,):
        await asyncio.sleep(0.5)  # some beats
        assert widget.close_code is None
        assert _screens() == 1
        widget.mute()
        await _until_nobody_is_there()


async def test_nobody_waits_for_frames_of_a_screen_that_was_cut_while_it_spoke(
    house: House, site: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, began = asyncio.Event(), asyncio.Event()

    async def older(*_: object) -> None:
        began.set()
        await busy.wait()

    monkeypatch.setattr(house.talks, "older", older)
    async with opened(Widget(site.address)) as (widget,):
        await widget.ask("hello")
        for _ in range(5):
            await widget.send({"t": "older", "before": 10})
        await began.wait()
        await widget.cut()
    busy.set()
    await _until_nobody_is_there()
    async with asyncio.timeout(10):
        while any("async_data_received" in repr(task) for task in asyncio.all_tasks()):  # noqa: ASYNC110 - none tells
            await asyncio.sleep(0.05)
    gc.collect()
    assert "destroyed" not in caplog.text


def _screens() -> float:
    return metrics.screens.collect()[0].samples[0].value


async def _until_nobody_is_there() -> None:
    async with asyncio.timeout(10):
        while _screens():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)


async def test_an_address_may_bring_so_many_new_visitors_and_those_it_knows(
    site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.web.session.NEWCOMERS", 2)
    monkeypatch.setattr("channels.web.session.HERE", ())
    first, second, third = (Widget(site.address) for _ in range(3))
    async with opened(first, second):
        await third.connect()
        await third.send(third.hello())
        assert await third.closed() == 1013
        assert third.frames[-1]["code"] == "slow_down"
        refused = await site.client.post("/web/hello", json=third.hello())
        assert refused.status_code == 429
        sent = await site.client.post("/web/send", json={"tab": "1", "frames": [{"t": "ping"}]})
        assert sent.status_code == 429
    await first.open()
    await first.leave()


async def test_a_widget_of_another_version_is_told_to_reload(site: Served) -> None:
    widget = Widget(site.address)
    await widget.connect()
    await widget.send({**widget.hello(), "v": 2})
    await widget.wait("error", code="upgrade")
    assert await widget.closed() == 1008


@pytest.mark.parametrize(
    "frame",
    [
        {"t": "msg", "text": "no id"},
        {"t": "msg", "id": "a b", "text": "x"},
        {"t": "msg", "id": "1", "text": " \n"},
        {"t": "msg", "id": "1", "text": 5},
        {"t": "msg", "id": "1", "text": "x", "button": "btn:1"},
        {"t": "msg", "id": "1", "files": "abc"},
        {"t": "thumb", "seq": 1, "up": "yes"},
        {"t": "thumb", "seq": True, "up": True},
        {"t": "rate", "stars": 6},
        {"t": "older", "before": 0},
        {"t": "read", "seq": 10**12},
        {"t": "something"},
        {"t": ["msg"]},
        "no json",
        b"\x00",
    ],
    ids=str,
)
async def test_a_frame_that_is_none_is_answered_so_and_the_talk_goes_on(site: Served, frame: object) -> None:
    async with opened(Widget(site.address)) as (widget,):
        await widget.send(frame)  # type: ignore[arg-type]  # any of the kinds above
        await widget.wait("error", code="bad_frame")
        await widget.ask("hello")


@pytest.mark.parametrize(
    "text", ["/return_item{}", "\x00a\x1b", "\ud83d half", "👨‍👩‍👧‍👦 مرحبا 你好", "<img src=x onerror=alert(1)>"]
)
async def test_any_text_comes_back_as_text(site: Served, text: str) -> None:
    async with opened(Widget(site.address)) as (widget,):
        await widget.say(text)
        shown = (await widget.wait("line", seq=1))["text"]
        assert shown.encode()
        if text.isprintable() or "👨" in text:
            assert shown == text


async def test_a_text_that_is_too_long_is_refused_by_its_id(site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        number = await widget.say("长" * 2001)
        error = await widget.wait("error", code="too_long", id=number)
        assert set(error["message"]) == {"zh", "en"}
        await widget.ask("长" * 2000)


async def test_a_frame_above_64_kb_ends_the_connection(site: Served) -> None:
    widget = Widget(site.address)
    await widget.open()
    await widget.send("x" * 65_537)
    assert await widget.closed() == 1009


async def test_a_flood_is_slowed_down_and_the_visitor_told(site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        numbers = [await widget.say(f"{number}") for number in range(25)]
        error = await widget.wait("error", code="slow_down")
        assert error["retry"]
        assert error["id"] in numbers[20:]
        await widget.until(lambda: widget.seen == 40)


async def test_a_screen_that_sends_far_too_much_is_sent_away(site: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.web.session.FRAMES", 10)
    widget = Widget(site.address)
    await widget.open()
    for _ in range(20):
        await widget.send({"t": "ping"})
    assert await widget.closed() == 1008


async def test_a_reader_that_does_not_read_is_cut_and_gets_everything_when_it_comes_back(
    house: House, site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.web.outgoing.MOST_BYTES", 200_000)
    slow, before = Widget(site.address), metrics.screens._value.get()
    async with opened(slow):
        await slow.ask("hello")
        conversation = house.engine.heard[0]["conversation"]
        quick = Widget(site.address, visitor=slow.visitor)
        async with opened(quick):
            slow.mute()
            wide = [Entry("system", data={"text": "x" * 60_000})]
            for seq in range(3, 153):
                await house.database.run(lines.append, conversation, wide, at=house.clock())
                await house.live.wake(talk(conversation))
                await quick.wait("line", seq=seq)
            async with asyncio.timeout(10):
                while metrics.screens._value.get() - before != 1:  # the slow one is cut, the quick one is not
                    await quick.send({"t": "ping"})
                    await asyncio.sleep(0.01)
        await slow.cut()
    monkeypatch.undo()
    async with opened(slow):
        await slow.until(lambda: slow.seen == 152)
        await slow.send({"t": "older", "before": slow.lines[0]["seq"]})
        slow.lines[:0] = (await slow.wait("lines"))["lines"]
    assert [line["seq"] for line in slow.lines] == list(range(slow.lines[0]["seq"], 153))
    assert len(slow.lines) > 20


async def test_when_the_database_is_away_the_message_is_not_acknowledged(
    house: House, site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> None:
        raise StoreDown("away")

    async with opened(Widget(site.address)) as (widget,):
        await widget.ask("hello")
        with monkeypatch.context() as patch:
            patch.setattr(house.talks._router, "receive", away)
            number = await widget.say("lost?")
            assert (await widget.wait("error", code="not_stored", id=number))["retry"]
        await widget.say("lost?", number=number)
        assert (await widget.wait("ack", id=number))["seq"] == 3


async def test_a_thumb_in_one_window_shows_in_the_others(site: Served) -> None:
    first = Widget(site.address)
    async with opened(first):
        await first.ask("hello")
        async with opened(Widget(site.address, visitor=first.visitor)) as (second,):
            for up in (True, False, None):
                await first.send({"t": "thumb", "seq": 2, "up": up})
                await second.wait("thumb", seq=2, up=up)


async def test_thumbs_and_ratings_are_kept_and_may_be_changed(house: House, site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        await widget.ask("hello")
        for up in (True, False):
            await widget.send({"t": "thumb", "seq": 2, "up": up})
        for stars in (2, 5):
            await widget.send({"t": "rate", "stars": stars, "text": "fine"})
        await widget.send({"t": "thumb", "seq": 1, "up": True})  # the customer's own line
        await widget.wait("error", code="not_yours")
        again = Widget(site.address, visitor=widget.visitor)
        async with opened(again):
            assert (await again.wait("line", seq=2))["thumb"] is False
            await widget.send({"t": "thumb", "seq": 2, "up": None})
            await widget.send({"t": "ping"})
            await widget.wait("pong")
    liked = await house.database.read(lambda connection: connection.execute(select(thumbs)).all())
    (rated,) = await house.database.read(lambda connection: connection.execute(select(ratings)).all())
    assert liked == []
    assert (rated.stars, rated.text, rated.episode) == (5, "fine", 1)


async def test_what_was_read_is_written_down(house: House, site: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.web.hub.READ_SECONDS", 0.0)
    async with opened(Widget(site.address)) as (widget,):
        await widget.ask("hello")
        await widget.send({"t": "read", "seq": 2})
        await widget.send({"t": "read", "seq": 2_000})  # more than there is
        conversation = house.engine.heard[0]["conversation"]
        await widget.send({"t": "read", "seq": 2})
        async with asyncio.timeout(10):
            while (await house.talks.look({conversation: 2}))[conversation][0].read_by_customer != 2:
                await asyncio.sleep(0.05)
                await widget.send({"t": "read", "seq": 2})


async def test_a_stop_sends_everybody_to_another_worker(house: House, tmp_path: Path) -> None:
    widget = Widget("")
    channel: Web = web(tmp_path)
    async with served(house, [channel]) as site:
        widget = Widget(site.address)
        await widget.open()
    assert await widget.closed() == 1012

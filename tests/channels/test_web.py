"""The web channel over a served app and real sockets: nothing lost, nothing twice, nothing to the wrong person."""

from __future__ import annotations

import asyncio

import pytest

from bot.store import lines
from bot.store.lines import Entry
from tests.bot.served import Served
from tests.channels.widgets import Widget, opened
from tests.house import House


async def test_a_message_is_acknowledged_shown_and_answered(site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        number = await widget.say("hello")
        assert (await widget.wait("ack", id=number))["seq"] == 1
        line = await widget.wait("line", seq=1)
        assert (line["who"], line["text"], line["client_id"]) == ("customer", "hello", number)
        answer = await widget.wait("line", seq=2)
        assert (answer["who"], answer["text"], answer["thumb"]) == ("bot", "1: hello", None)
        assert await widget.wait("read", by="bot", seq=1)
        assert await widget.wait("typing", who="bot", on=False) or True


async def test_a_new_visitor_is_welcomed_with_what_the_widget_needs(site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        welcome = await widget.wait("welcome")
    assert (welcome["conversation"], welcome["seq"], welcome["resume"]) == (None, 0, "partial")
    assert (welcome["status"], welcome["customer"]) == ({"owner": "bot"}, None)
    assert set(welcome["config"]["greeting"]) == {"zh", "en"}
    assert "image/png" in welcome["config"]["files"]["types"]


async def test_whoever_comes_back_gets_what_they_missed_and_nothing_twice(site: Served) -> None:
    widget = Widget(site.address)
    async with opened(widget):
        await widget.ask("one")
        other = Widget(site.address, visitor=widget.visitor)
        await widget.cut()
        async with opened(other):
            await other.wait("line", seq=2)
            await other.ask("two")
        await widget.open()
        await widget.wait("line", seq=4)
        assert [line["seq"] for line in widget.lines] == [1, 2, 3, 4]


async def test_a_message_sent_again_is_stored_once_and_acknowledged_again(house: House, site: Served) -> None:
    widget = Widget(site.address)
    async with opened(widget):
        number = await widget.say("hello")
        await widget.cut()
        await widget.open()
        await widget.say("hello", number=number)
        assert (await widget.wait("ack", id=number))["seq"] == 1
        await widget.wait("line", seq=2)
        await widget.ask("next")
    assert [line["seq"] for line in widget.lines] == [1, 2, 3, 4]
    assert len(house.engine.heard) == 2


async def test_another_message_under_a_used_id_is_refused(site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        number = await widget.say("hello")
        await widget.wait("ack", id=number)
        await widget.say("goodbye", number=number)
        assert (await widget.wait("error", id=number))["retry"] is False


async def test_two_windows_are_in_step_from_the_first_message(site: Served) -> None:
    first = Widget(site.address)
    async with opened(first):
        second = Widget(site.address, visitor=first.visitor)
        async with opened(second):
            await first.ask("hello")
            await second.wait("line", seq=2)
            await second.ask("and again")
            await first.wait("line", seq=4)
            assert [line["text"] for line in first.lines] == [line["text"] for line in second.lines]
            assert "client_id" in second.lines[0]


async def test_a_button_means_what_the_server_wrote_down(site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        choice = await widget.ask("choose")
        await widget.send({"t": "msg", "id": "b1", "button": choice["buttons"][0]["payload"]})
        assert (await widget.wait("line", seq=3))["text"] == "Yes"
        assert (await widget.wait("line", seq=4))["text"] == "2: /affirm"
        await widget.send({"t": "msg", "id": "b2", "button": "/affirm"})
        assert (await widget.wait("line", seq=6))["text"] == "3: /nlu_fallback"


async def test_a_customer_who_waits_sees_their_place_and_the_bot_types_while_it_thinks(
    house: House, site: Served
) -> None:
    async with opened(Widget(site.address), Widget(site.address)) as (first, second):
        await first.ask("human")
        assert await first.wait("status", owner="queue", place=1, wait_minutes=15)
        house.clock.forward(seconds=1)  # or it would be nobody's turn first
        await second.ask("human")
        assert await second.wait("status", owner="queue", place=2)
        house.engine.gate = asyncio.Event()
        third = Widget(site.address)
        async with opened(third):
            await third.say("hello")
            await third.wait("typing", who="bot", on=True)
            house.engine.gate.set()
            await third.wait("typing", who="bot", on=False)


async def test_history_is_resumed_by_the_newest_lines_and_read_back_by_the_page(house: House, site: Served) -> None:
    widget = Widget(site.address)
    async with opened(widget):
        await widget.ask("hello")
        conversation = next(iter((await house.talks.homes([f"visitor:{widget.subject}"])).values()))
        entries = [Entry("system", data={"text": f"{n}"}) for n in range(300)]
        await house.database.run(lines.append, conversation, entries, at=house.clock())
        again = Widget(site.address, visitor=widget.visitor)
        async with opened(again):
            assert (await again.wait("welcome"))["resume"] == "partial"
            await again.wait("line", seq=302)
            assert [line["seq"] for line in again.lines] == list(range(103, 303))
            await again.send({"t": "older", "before": 103})
            older = await again.wait("lines")
            assert ([line["seq"] for line in older["lines"]], older["more"]) == (list(range(53, 103)), True)
            await again.send({"t": "older", "before": 3})
            assert (await again.wait("lines", more=False))["lines"][0]["text"] == "hello"


async def test_a_hundred_cuts_lose_nothing_and_double_nothing(site: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.web.session.MESSAGES", 1000)
    widget = Widget(site.address)
    await widget.open()
    sent: list[tuple[str, str]] = []
    for number in range(100):
        sent.append((f"m{number}", f"message {number}"))
        try:
            await widget.say(sent[-1][1], number=sent[-1][0])
            if number % 3:
                await widget.wait("ack", id=sent[-1][0])
            if number % 3 == 2:
                await widget.until(lambda: widget.seen >= 2)
        finally:
            await widget.cut()
        await widget.open()
        await widget.say(sent[-1][1], number=sent[-1][0])  # a widget sends again what was not acknowledged
        await widget.wait("ack", id=sent[-1][0])
    await widget.until(lambda: widget.seen == 200)
    await widget.leave()
    assert [line["seq"] for line in widget.lines] == list(range(1, 201))
    said = [line["text"] for line in widget.lines if line["who"] == "customer"]
    assert said == [text for _, text in sent]


@pytest.mark.parametrize(("lang", "said", "begins"), [("en", "8812", "en"), ("en", "你好", None), ("xx", "8812", None)])
async def test_a_talk_that_begins_without_words_speaks_as_the_screen_does(
    house: House, site: Served, lang: str, said: str, begins: str | None
) -> None:
    widget = Widget(site.address)
    await widget.open(first={**widget.hello(), "lang": lang})
    await widget.ask(said)
    await widget.leave()
    assert house.engine.heard[0]["past"].carry.get("language") == begins

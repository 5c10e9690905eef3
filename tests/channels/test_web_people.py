"""Who sees which talk on the web: visitors, customers, whoever was signed in before, and whoever pretends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from bot.customers import AUDIENCE, sign
from tests.bot.served import Served
from tests.channels.widgets import Widget, opened
from tests.house import SECRET, House


def token(house: House, customer: str = "C001", *, minutes: float = 10) -> str:
    return sign(customer, SECRET, now=house.clock(), lasts=timedelta(minutes=minutes))


async def test_an_anonymous_talk_becomes_the_customers_when_they_sign_in(house: House, site: Served) -> None:
    widget = Widget(site.address)
    async with opened(widget):
        await widget.ask("hello")
        await widget.send({"t": "identify", "customer": token(house)})
        welcome = await widget.wait("welcome", customer={"name": ""})
        await widget.ask("and now?")
        assert welcome["conversation"] == house.engine.heard[0]["conversation"]
        assert [line["seq"] for line in widget.lines] == [1, 2, 3, 4]
        assert house.engine.heard[-1]["past"].events
        phone = Widget(site.address, customer=token(house))
        async with opened(phone):
            await phone.until(lambda: phone.seen == 4)
            assert phone.texts[0] == "hello"


async def test_a_talk_on_a_second_device_is_put_behind_the_customers_own(house: House, site: Served) -> None:
    desktop = Widget(site.address, customer=token(house))
    async with opened(desktop):
        await desktop.ask("on the desktop")
        phone = Widget(site.address)
        async with opened(phone):
            await phone.ask("on the phone")
            choice = await phone.ask("choose")
            await phone.send({"t": "thumb", "seq": choice["seq"], "up": True})
            await phone.send({"t": "identify", "customer": token(house)})
            await phone.wait("line", seq=6)
            assert phone.texts == [
                "on the desktop",
                "1: on the desktop",
                "on the phone",
                "1: on the phone",
                "choose",
                "yes?",
            ]
            assert phone.lines[-1]["thumb"] is True
            await phone.send({"t": "msg", "id": "b", "button": choice["buttons"][0]["payload"]})
            assert (await phone.wait("line", seq=8))["text"] == "3: /affirm"
            await desktop.wait("line", seq=8)
            assert desktop.texts == phone.texts
            assert [line["seq"] for line in desktop.lines] == list(range(1, 9))


async def test_a_place_in_line_goes_with_the_customer(house: House, site: Served) -> None:
    desktop, phone = Widget(site.address, customer=token(house)), Widget(site.address)
    async with opened(desktop, phone):
        await desktop.ask("hello")
        await phone.ask("human")
        await phone.wait("status", owner="queue")
        await phone.send({"t": "identify", "customer": token(house)})
        await desktop.wait("status", owner="queue", place=1)


async def test_another_window_of_the_visitor_no_longer_shows_the_talk_that_became_a_customers(
    house: House, site: Served
) -> None:
    first = Widget(site.address)
    async with opened(first):
        second = Widget(site.address, visitor=first.visitor)
        async with opened(second):
            await first.ask("my secret")
            await second.wait("line", seq=2)
            await first.send({"t": "identify", "customer": token(house)})
            await first.wait("welcome", customer={"name": ""})
            await second.until(lambda: second.conversation is None and not second.lines)


async def test_a_customers_talk_is_shown_only_while_they_are_signed_in(house: House, site: Served) -> None:
    widget = Widget(site.address, customer=token(house))
    async with opened(widget):
        await widget.ask("my order")
    stranger = Widget(site.address, visitor=widget.visitor)
    async with opened(stranger):
        assert (await stranger.wait("welcome"))["conversation"] is None
        await stranger.ask("who am I?")
        assert stranger.texts == ["who am I?", "1: who am I?"]
    other = Widget(site.address, visitor=widget.visitor, customer=token(house, "C002"))
    async with opened(other):
        await other.until(lambda: other.seen == 2)
        assert "my order" not in other.texts


async def test_when_the_sign_in_ends_the_open_widget_goes_back_to_the_visitors_talk(
    house: House, site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.web.hub.PEOPLE_SECONDS", 0.1)
    widget = Widget(site.address, customer=token(house))
    async with opened(widget):
        await widget.ask("my order")
        house.clock.forward(minutes=11)
        await widget.wait("error", code="expired")
        await widget.wait("welcome", customer=None)
        assert (widget.conversation, widget.lines) == (None, [])
        await widget.send({"t": "identify", "customer": token(house)})
        await widget.until(lambda: widget.seen == 2)


async def test_a_sign_in_that_is_renewed_goes_on_without_a_break(house: House, site: Served) -> None:
    widget = Widget(site.address, customer=token(house))
    async with opened(widget):
        await widget.ask("one")
        house.clock.forward(minutes=9)
        await widget.send({"t": "identify", "customer": token(house)})
        house.clock.forward(minutes=9)
        await widget.ask("two")
        assert [line["seq"] for line in widget.lines] == [1, 2, 3, 4]
        assert house.engine.heard[-1]["conversation"] == house.engine.heard[0]["conversation"]


async def test_signing_out_ends_both_tokens_in_every_window_and_for_whoever_copied_them(
    house: House, site: Served
) -> None:
    shops = token(house)
    first = Widget(site.address, customer=shops)
    async with opened(first):
        await first.ask("my order")
        stolen = first.visitor
        second = Widget(site.address, visitor=first.visitor, customer=shops)
        async with opened(second):
            await first.send({"t": "logout"})
            await first.wait("signed_out")
            await second.wait("signed_out")
            assert (await first.closed(), await second.closed()) == (1000, 1000)
    thief = Widget(site.address, visitor=stolen)
    await thief.connect()
    await thief.send(thief.hello())
    assert await thief.closed() == 4001
    replay = Widget(site.address, customer=shops)
    async with opened(replay):
        await replay.wait("error", code="expired")
        assert (replay.conversation, replay.lines) == (None, [])
    again = Widget(site.address, customer=token(house, minutes=9))
    async with opened(again):
        await again.until(lambda: again.seen == 2)


@pytest.mark.parametrize("fault", ["tampered", "none", "other key", "other audience", "too old", "the shop's"])
async def test_a_visitors_token_that_is_not_ours_opens_nothing(house: House, site: Served, fault: str) -> None:
    widget = Widget(site.address)
    async with opened(widget):
        await widget.ask("hello")
    good = widget.visitor
    assert good is not None
    now = datetime.now(UTC)
    claims = {"sub": widget.subject, "aud": "guitai-web", "iat": now, "exp": now + timedelta(days=1)}
    forged = {
        "tampered": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "none": jwt.encode(claims, "", algorithm="none"),
        "other key": jwt.encode(claims, "x" * 40, algorithm="HS256"),
        "other audience": token(house),
        "the shop's": jwt.encode(claims, SECRET, algorithm="HS256"),
        "too old": good,
    }
    if fault == "too old":
        house.clock.forward(days=181)
    bad = Widget(site.address, visitor=forged[fault])
    await bad.connect()
    await bad.send(bad.hello())
    assert await bad.closed() == 4001
    assert bad.frames == []
    if fault != "too old":
        async with opened(Widget(site.address, visitor=good)) as (fine,):
            await fine.until(lambda: fine.seen == 2)


@pytest.mark.parametrize("fault", ["none", "other key", "other audience", "too old"])
async def test_a_customers_token_that_is_not_the_shops_signs_nobody_in(house: House, site: Served, fault: str) -> None:
    async with opened(Widget(site.address, customer=token(house))) as (owner,):
        await owner.ask("my order")
    now = house.clock()
    claims = {"sub": "C001", "aud": AUDIENCE, "iat": now, "exp": now + timedelta(minutes=10)}
    forged = {
        "none": jwt.encode(claims, "", algorithm="none"),
        "other key": jwt.encode(claims, "x" * 40, algorithm="HS256"),
        "other audience": jwt.encode({**claims, "aud": "another shop"}, SECRET, algorithm="HS256"),
        "too old": jwt.encode({**claims, "exp": now - timedelta(minutes=1)}, SECRET, algorithm="HS256"),
    }
    async with opened(Widget(site.address, customer=forged[fault])) as (widget,):
        await widget.wait("error", code="expired")
        assert (await widget.wait("welcome"))["customer"] is None
        assert widget.lines == []


async def test_another_persons_conversation_is_like_one_that_does_not_exist(site: Served) -> None:
    async with opened(Widget(site.address)) as (owner,):
        await owner.ask("private")
        again = Widget(site.address, visitor=owner.visitor)
        async with opened(again):
            conversation = again.conversation
    assert conversation is not None
    welcomes = []
    for pretended in (conversation, "0" * 32):
        thief = Widget(site.address)
        thief.conversation = pretended
        async with opened(thief):
            welcome = await thief.wait("welcome")
            welcomes.append({name: value for name, value in welcome.items() if name != "visitor"})
            assert thief.lines == []
            await thief.send({"t": "older", "before": 3})
            assert (await thief.wait("lines"))["lines"] == []
    assert welcomes[0] == welcomes[1]


async def test_a_message_sent_before_signing_in_is_known_again_after(house: House, site: Served) -> None:
    widget = Widget(site.address)
    async with opened(widget):
        number = await widget.say("hello")
        await widget.wait("line", seq=2)
        await widget.cut()
        widget.customer = token(house)
        await widget.open()
        await widget.say("hello", number=number)
        assert (await widget.wait("ack", id=number))["seq"] == 1
        await widget.ask("next")
    assert [line["seq"] for line in widget.lines] == [1, 2, 3, 4]
    assert len(house.engine.heard) == 2


async def test_a_turn_that_runs_while_they_sign_in_is_answered_once_where_the_message_is_now(
    house: House, site: Served
) -> None:
    import asyncio

    desktop, phone = Widget(site.address, customer=token(house)), Widget(site.address)
    async with opened(desktop, phone):
        await desktop.ask("hello")
        house.engine.gate, house.engine.asked = asyncio.Event(), asyncio.Event()
        await phone.say("am I lost?")
        await house.engine.asked.wait()
        await phone.send({"t": "identify", "customer": token(house)})
        await desktop.wait("line", seq=3)
        house.engine.gate.set()
        await desktop.wait("line", seq=4)
        await desktop.ask("more")
        assert desktop.texts == ["hello", "1: hello", "am I lost?", "1: am I lost?", "more", "2: more"]

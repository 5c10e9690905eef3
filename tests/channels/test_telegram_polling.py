"""Telegram without a public address: one worker of all asks for updates, and none is lost or read twice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.errors import SettingsError, StoreDown
from bot.settings import read
from bot.store.database import Database
from channels import telegram as module
from channels.base import Inside, discover
from channels.telegram import receiving
from channels.telegram.receiving import Receiving
from tests.channels.telegrams import LI, SECRET, Line, channel, hurry, line
from tests.house import House
from tests.platforms.telegram import TOKEN


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    monkeypatch.setattr(receiving, "REST_SECONDS", 0.05)


async def test_updates_are_asked_for_and_answered(sqlite_database: Database, tmp_path: Path) -> None:
    async with line(House(sqlite_database), tmp_path, webhook=False) as talk:
        for text in ("one", "two"):
            talk.telegram.say(LI, text)
        assert await talk.shown(LI, 2) == ["1: one", "2: two"]
        asked = [call for call in talk.telegram.calls if call.method == "getUpdates"]
        assert "my_chat_member" in asked[0].parameters["allowed_updates"]
        menus = [call.parameters for call in talk.telegram.calls if call.method.lower() == "setmycommands"]
        shown = [json.loads(menu["commands"])[2]["description"] for menu in menus]
        assert shown == ["转人工客服", "Talk to a person"]


async def test_a_restart_goes_on_where_it_stopped(sqlite_database: Database, tmp_path: Path) -> None:
    house = House(sqlite_database)
    async with line(house, tmp_path, webhook=False) as talk:
        talk.telegram.say(LI, "one")
        await talk.shown(LI)
        await talk.until(lambda: _offset(talk) is not None)
        old = _offset(talk)
    async with line(house, tmp_path, webhook=False) as talk:
        talk.telegram._next_update = int(old or 0)
        talk.telegram.say(LI, "two")
        await talk.shown(LI)
        offsets = [call.parameters.get("offset") for call in talk.telegram.calls if call.method == "getUpdates"]
        assert offsets[0] == old


def _offset(talk: Line) -> str | None:
    offsets = [call.parameters.get("offset") for call in talk.telegram.calls if call.method == "getUpdates"]
    return offsets[-1] if offsets else None


async def test_what_was_not_stored_is_asked_for_again(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(sqlite_database)
    receive, failures = house.router.receive, 1

    async def sometimes(message: object) -> object:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreDown("away")
        return await receive(message)  # type: ignore[arg-type]

    monkeypatch.setattr(house.router, "receive", sometimes)
    async with line(house, tmp_path, webhook=False) as talk:
        for text in ("one", "two"):
            talk.telegram.say(LI, text)
        assert await talk.shown(LI, 2) == ["1: one", "2: two"]


async def test_after_a_quiet_week_lower_numbers_are_read(sqlite_database: Database, tmp_path: Path) -> None:
    house = House(sqlite_database)
    async with line(house, tmp_path, webhook=False) as talk:
        talk.telegram.say(LI, "one")
        await talk.shown(LI)
        await talk.until(lambda: _offset(talk) is not None)
        house.clock.forward(days=8)
        talk.telegram.after_a_quiet_week()
        talk.telegram._pending.clear()
        talk.telegram._polls += 1  # the request that waits is over, as it is after seconds
        talk.telegram.say(LI, "two")
        assert (await talk.shown(LI, 2))[1] == "1: two"


async def test_one_worker_asks_for_all_and_another_follows_it(sqlite_database: Database, tmp_path: Path) -> None:
    house = House(sqlite_database)
    async with line(house, tmp_path, webhook=False) as talk:
        inside = Inside(house.router, house.live, house.talks, house.database)
        other = channel(talk.telegram.url, tmp_path, secret="")
        other.blueprint(inside)
        second = asyncio.create_task(Receiving(other._api, inside, other.take_in, other._texts).poll())
        for number in range(5):
            talk.telegram.say(LI, f"m{number}")
        await talk.shown(LI, 5)
        polls = talk.telegram._polls
        await asyncio.sleep(0.3)
        assert talk.telegram._polls <= polls + 1, "nobody asks while another waits for an answer"
        await talk.channel.stop()
        talk.telegram.say(LI, "m5")
        assert (await talk.shown(LI, 6))[-1] == "6: m5"
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        await other.aclose()


async def test_the_address_is_announced_once_with_all_that_we_want(sqlite_database: Database, tmp_path: Path) -> None:
    house = House(sqlite_database)
    async with line(house, tmp_path, webhook=False) as talk:
        await talk.channel.stop()
        inside = Inside(house.router, house.live, house.talks, house.database)
        workers = [Receiving(talk.channel._api, inside, talk.channel.take_in, talk.channel._texts) for _ in range(3)]
        talk.telegram.broken = 1
        url = "https://chat.shop.example/webhooks/telegram/webhook"
        await asyncio.gather(*(worker.announce(url, SECRET) for worker in workers))
        assert talk.telegram.webhook == {
            "url": url,
            "secret_token": SECRET,
            "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
        }
        calls = [call for call in talk.telegram.calls if call.method.lower() == "setwebhook"]
        assert len(calls) == 1
        assert calls[0].parameters.get("drop_pending_updates") in (None, "false", "False")


def test_without_a_token_there_is_no_channel(tmp_path: Path) -> None:
    assert module.make(read(_env_file=None, demo=True)) is None
    wanted = read(_env_file=None, demo=True, telegram_token=TOKEN, files=tmp_path)
    assert "telegram" in [each.name for each in discover(wanted)]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"telegram_token": "123"}, "BotFather"),
        ({"telegram_secret": "with spaces", "public_url": "https://chat.shop.example"}, "GUITAI_TELEGRAM_SECRET"),
        ({"telegram_secret": SECRET}, "GUITAI_PUBLIC_URL"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read(_env_file=None, demo=True, **{"telegram_token": TOKEN, **settings})


def test_outside_the_demo_the_secret_is_long() -> None:
    ours = {"customer_token_secret": "c" * 32, "rest_token": "r" * 32, "public_url": "https://chat.shop.example"}
    with pytest.raises(SettingsError, match="GUITAI_TELEGRAM_SECRET is shorter"):
        read(_env_file=None, demo=False, telegram_token=TOKEN, telegram_secret="short", **ours)

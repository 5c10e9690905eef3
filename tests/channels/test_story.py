"""A customer begins a return in the widget, proves who they are, goes on in Telegram and finishes in WeChat."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from actions.base import discover as routines
from bot.engine.engine import Engine
from bot.nlu.clauses import split
from bot.store.database import Database
from tests.bot.served import served
from tests.channels import telegrams, wechats
from tests.channels.widgets import Widget, opened, web
from tests.linking import LinkedHouse
from tests.platforms import telegram as telegram_platform
from tests.platforms import wechat as wechat_platform
from tests.platforms.telegram import Telegram
from tests.platforms.wechat import WeChat
from tests.trained import trained

LI, OPENID = telegrams.LI, wechats.ANN
ASKED_AGAIN = re.compile(
    r"order number|last four digits|six digits|Which item|请[^。]*订单号|后四位|验证码|哪一件", re.IGNORECASE
)


@dataclass
class Town:
    """A shop with its website, a Telegram bot and an official account."""

    house: LinkedHouse
    address: str
    telegram: Telegram
    wechat: WeChat

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                await self.house.deliveries.sweep()
                await asyncio.sleep(0.02)

    async def tell_telegram(self, text: str, *hears: str) -> str:
        """What the bot sends there, once all of `hears` stands in it."""
        before = len(self.telegram.texts(LI))
        self.telegram.say(LI, text)
        return await self._heard(lambda: self.telegram.texts(LI)[before:], hears)

    async def tell_wechat(self, text: str, *hears: str) -> str:
        before = len(self.wechat.texts(OPENID))
        await self.wechat.say(OPENID, text)
        return await self._heard(lambda: self.wechat.texts(OPENID)[before:], hears)

    async def _heard(self, came: Callable[[], list[str]], hears: tuple[str, ...]) -> str:
        try:
            await self.until(lambda: all(wanted in "\n".join(came()) for wanted in hears))
        except TimeoutError:
            raise AssertionError(f"no {hears} in {came()}") from None
        return "\n".join(came())


@asynccontextmanager
async def town(database: Database, folder: Path, *, model: Path | None = None) -> AsyncIterator[Town]:
    """`model` understands and decides; without one it is written down what a text means."""
    house: Any = LinkedHouse(database)
    if model is not None:
        house.engine = Engine.load(model, actions=routines(house.services), split=split)
    async with (
        telegram_platform.served(Telegram()) as telegram,
        wechat_platform.served(WeChat()) as wechat,
    ):
        bot, account = telegrams.channel(telegram.url, folder), wechats.official(wechat, folder)
        wechat.now = house.clock
        house.senders |= {"telegram": bot, "wechat": account}
        house.held["wechat"] = account.holds_seconds
        house.deliveries = house.another_deliverer()
        house.router = house.another_worker(house.engine)
        house.talks = house.talks_over(house.router)
        try:
            async with served(house, [web(folder), bot, account]) as site:
                wechat.hook = f"{site.address}/webhooks/wechat/webhook"
                telegram.webhook = {
                    "url": f"{site.address}{telegrams.PATH}",
                    "secret_token": telegrams.SECRET,
                    "allowed_updates": ["message", "callback_query"],
                }
                yield Town(house, site.address, telegram, wechat)
                await house.router.drain(within_seconds=5)
                await house.deliveries.drain(within_seconds=5)
        finally:
            await bot.aclose()
            await account.aclose()


@pytest.fixture(scope="module")
def trained_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with trained(tmp_path_factory) as model:
        return model


def _code(text: str) -> str:
    found = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", text)
    assert found is not None, text
    return found[0]


@pytest.mark.timeout(120)
async def test_a_return_goes_from_widget_to_telegram_to_wechat_and_nothing_is_said_twice(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with town(sqlite_database, tmp_path) as here, opened(Widget(here.address)) as (widget,):
        assert "last four digits" in (await widget.ask("return GT2600010043"))["text"]
        await widget.send({"t": "identify", "customer": here.house.token()})
        await widget.until(lambda: sum(frame["t"] == "welcome" for frame in widget.frames) > 1)
        assert "Which item" in (await widget.ask("yes, return it"))["text"]
        assert "reason" in (await widget.ask("the second"))["text"]
        code = _code((await widget.ask("link my Telegram"))["text"])

        link = f"/start {code.replace('-', '')}"
        said = [
            await here.tell_telegram(link, "李** 138****8812", "Shall I link"),
            await here.tell_telegram("yes", "Linked.", "reason"),  # what waits in the widget is asked here
            await here.tell_telegram("quality", "Shall I open the return?"),
            await here.tell_telegram("link my WeChat", "Your link code", "Shall I open the return?"),
        ]
        code = _code(said[-1])
        said += [
            await here.tell_wechat(code, "李**", "Shall I link"),
            await here.tell_wechat("yes", "Linked.", "Shall I open the return?"),
            await here.tell_wechat("yes", "RMA"),
        ]
        assert not [text for text in said if ASKED_AGAIN.search(text)]
        assert [done[:3] for done in here.house.shop.done] == [("open_return", "GT2600010043", "P1304")]
        await widget.until(lambda: any("RMA" in text for text in widget.texts))
        assert here.telegram.texts(LI)[-1].startswith("[utter_linked_notice"), "who was linked before hears of it"


@pytest.mark.timeout(300)
async def test_the_trained_bot_is_told_nothing_twice_either(
    sqlite_database: Database, tmp_path: Path, trained_model: Path
) -> None:
    async with (
        town(sqlite_database, tmp_path, model=trained_model) as here,
        opened(Widget(here.address)) as (widget,),
    ):
        assert "后四位" in (await widget.ask("你好，我想把 GT2600010043 退掉"))["text"]
        await widget.send({"t": "identify", "customer": here.house.token()})
        await widget.until(lambda: sum(frame["t"] == "welcome" for frame in widget.frames) > 1)
        assert "哪一件" in (await widget.ask("我登录好了，退吧"))["text"]
        assert "原因" in (await widget.ask("第二件"))["text"]
        code = _code((await widget.ask("帮我绑定 Telegram"))["text"])
        said = [
            await here.tell_telegram(f"/start {code.replace('-', '')}", "李**"),
            await here.tell_telegram("好的", "原因"),
            await here.tell_telegram("充不进电，坏的", "退款 149 元", "现在办理吗"),
            await here.tell_telegram("先帮我绑一下微信", "绑定码", "现在办理吗"),
        ]
        code = _code(said[-1])
        said += [
            await here.tell_wechat(code, "李**"),
            await here.tell_wechat("对，绑定", "现在办理吗"),
            await here.tell_wechat("办吧", "RMA"),
        ]
        assert not [text for text in said if ASKED_AGAIN.search(text)]
        assert [done[:3] for done in here.house.shop.done] == [("open_return", "GT2600010043", "P1304")]


async def test_ones_own_contact_card_proves_the_phone_and_another_ones_does_not(
    sqlite_database: Database, tmp_path: Path
) -> None:
    house = LinkedHouse(sqlite_database)
    async with telegrams.line(house, tmp_path) as line:
        line.telegram.share_contact(LI, "+8613800138812", user_id=LI)
        await line.shown(LI)
        line.telegram.say(LI, "where is GT2600010042")
        await line.until(lambda: any("SF1380013880042" in text for text in line.telegram.texts(LI)))
        line.telegram.share_contact(telegrams.WU, "+8613800138812", user_id=LI)
        await line.shown(telegrams.WU)
        line.telegram.say(telegrams.WU, "where is GT2600010042")
        assert "last four digits" in (await line.shown(telegrams.WU, 2))[-1]

"""A Telegram channel served over a house with a fake engine, and a pretended Telegram at its other end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import deliveries
from bot.files import Files
from bot.settings import ROOT
from channels.telegram.api import Api
from channels.telegram.channel import Telegram
from channels.telegram.texts import Texts
from tests.bot.served import Served
from tests.channels.quickly import served
from tests.house import House
from tests.platforms import telegram as platform

PATH = "/webhooks/telegram/webhook"
SECRET = "w" * 40
LI, WU = 5001, 5002
"""Two people."""


@dataclass
class Line:
    """Everything between a person and the engine."""

    house: House
    telegram: platform.Telegram
    channel: Telegram
    site: Served

    async def until(self, holds: Callable[[], object], *, within_seconds: float = 60) -> None:
        """Wait until something holds; replies that were put off are sent meanwhile."""
        async with asyncio.timeout(within_seconds):
            while not holds():
                await self.house.deliveries.sweep()
                await asyncio.sleep(0.02)

    async def heard(self, count: int) -> list[str]:
        """What the engine was asked, once it was asked so often."""
        await self.until(lambda: len(self.house.engine.heard) >= count)
        return [said["intent"] or said["text"] for said in self.house.engine.heard]

    async def shown(self, chat: int, count: int = 1) -> list[str]:
        """What a person was sent, once it is so much."""
        await self.until(lambda: len(self.telegram.chats[chat]) >= count)
        return self.telegram.texts(chat)

    async def acknowledged(self, count: int) -> None:
        await self.until(lambda: len(self.telegram.acknowledged) >= count)


def channel(
    url: str, folder: Path, *, secret: str = SECRET, public_url: str = "", max_bytes: int = 100_000
) -> Telegram:
    return Telegram(
        Api(platform.TOKEN, url=url, proxy=None),
        texts=Texts.read(ROOT / "data" / "telegram.yml", default="zh"),
        files=Files(folder / "files", max_bytes=max_bytes),
        secret=secret,
        public_url=public_url,
    )


@asynccontextmanager
async def line(house: House, folder: Path, *, webhook: bool = True) -> AsyncIterator[Line]:
    """With a webhook that Telegram knows already, or with a bot that asks for updates."""
    async with platform.served(platform.Telegram()) as telegram:
        made = channel(telegram.url, folder, secret=SECRET if webhook else "")
        house.senders = {"telegram": made}
        house.deliveries = house.another_deliverer()
        try:
            async with served(house, made) as site:
                if webhook:
                    telegram.webhook = {
                        "url": f"{site.address}{PATH}",
                        "secret_token": SECRET,
                        "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
                    }
                yield Line(house, telegram, made, site)
                await house.router.drain(within_seconds=5)
                await house.deliveries.drain(within_seconds=5)
        finally:
            await made.aclose()


def hurry(monkeypatch: object) -> None:
    """Nobody waits long in tests."""
    patch = monkeypatch.setattr  # type: ignore[attr-defined]  # a pytest.MonkeyPatch
    patch(deliveries, "FIRST_WAIT_SECONDS", 0.01)

"""An official account over a house with a fake engine, and a pretended WeChat that pushes to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.settings import read
from bot.store.database import Database
from channels.wechat import OfficialAccount
from channels.wechat import make as make_official
from tests.channels.quickly import served
from tests.house import House
from tests.platforms import wechat as platform
from tests.platforms.wechat import Request, WeChat

ANN, BOB = "oAnn-1_openid", "oBob-2_openid"


def official(wechat: WeChat, folder: Path, **more: Any) -> OfficialAccount:
    """The channel as the settings make it."""
    given = {
        "wechat_app_id": wechat.app_id,
        "wechat_secret": wechat.secret,
        "wechat_token": wechat.token,
        "wechat_mode": wechat.mode,
        "wechat_aes_key": "" if wechat.mode == "plain" else wechat.key,
        "wechat_url": wechat.url,
        "files": folder / "files",
        "customer_token_secret": "s" * 40,
        **more,
    }
    made = make_official(read(demo=True, _env_file=None, **given))
    assert made is not None
    return made


@dataclass
class Talk:
    """Everything between a customer's WeChat and the engine."""

    house: House
    wechat: WeChat
    account: Any
    """The channel, whichever of the three."""
    client: httpx.AsyncClient
    hook: str

    async def post(self, request: Request) -> httpx.Response:
        """A push by hand."""
        return await self.client.post(
            self.hook, params=dict(request.query), content=request.body, headers={"content-type": request.kind}
        )

    async def shown(self, who: str, count: int) -> list[str]:
        """What a customer sees, once that is so many messages."""
        await until(lambda: len(self.wechat.texts(who)) >= count, self.house)
        return self.wechat.texts(who)


@asynccontextmanager
async def talking(
    database: Database,
    folder: Path,
    *,
    wechat: WeChat | None = None,
    make: Callable[..., Any] = official,
    application: Callable[[Any], Any] = platform.application,
    **more: Any,
) -> AsyncIterator[Talk]:
    """Serve both for the block; `more` are settings."""
    pretended = wechat or WeChat()
    async with (
        platform.served(pretended, application=application),
        _worker(House(database), pretended, make(pretended, folder, **more)) as made,
    ):
        yield made


@asynccontextmanager
async def another_worker(talk: Talk, folder: Path) -> AsyncIterator[Talk]:
    """A worker beside it, over the same database and engine; WeChat pushes to the first."""
    house, hook = House(talk.house.database), talk.wechat.hook
    house.engine, house.clock = talk.house.engine, talk.house.clock
    house.router = house.another_worker()
    async with _worker(house, talk.wechat, official(talk.wechat, folder)) as made:
        talk.wechat.hook = hook
        yield made


@asynccontextmanager
async def _worker(house: House, wechat: WeChat, account: Any) -> AsyncIterator[Talk]:
    wechat.now = house.clock
    if holds_seconds := getattr(account, "holds_seconds", 0.0):
        house.held[account.name] = holds_seconds
    house.senders[account.name] = account
    house.deliveries = house.another_deliverer()
    async with served(house, account) as site:
        wechat.hook = f"{site.address}/webhooks/{account.name}/webhook"
        try:
            yield Talk(house, wechat, account, site.client, wechat.hook)
        finally:
            for router in house.routers:
                await router.drain(within_seconds=5)
            await house.deliveries.drain(within_seconds=5)
            await account.aclose()


async def until(holds: Callable[[], bool], house: House, *, seconds: float = 60) -> None:
    """Sweep as a worker does until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await house.router.sweep()
            await house.deliveries.sweep()
            await asyncio.sleep(0.02)

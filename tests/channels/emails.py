"""A mailbox served over a house with a fake engine, and real mail servers at its other end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.files import Files
from bot.store import cursors
from channels.email.channel import Email
from tests.bot.served import Served
from tests.channels.quickly import served
from tests.house import House
from tests.platforms import mail as platform
from tests.platforms.mail import PASSWORD, USER, Mail


@dataclass
class Post:
    house: House
    mail: Mail
    channel: Email
    site: Served

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not holds():
                await self.house.deliveries.sweep()
                await asyncio.sleep(0.02)

    async def answered(self, who: str, count: int = 1) -> list[Any]:
        await self.until(lambda: len(self.mail.to(who)) >= count)
        return self.mail.to(who)

    async def count(self, table: Any) -> int:
        query = select(func.count()).select_from(table)
        return int(await self.house.database.read(lambda connection: connection.execute(query).scalar_one()))


def words(answer: Any) -> str:
    """A letter's text."""
    return str(answer.get_content()).replace("\r\n", "\n").strip()


def email(mail: Mail, folder: Path) -> Email:
    return Email(
        address=USER,
        shown_as="柜台客服",
        user=USER,
        password=PASSWORD,
        imap_url=mail.imap_url,
        smtp_url=mail.smtp_url,
        authserv="mx.shop.example",
        secret="s" * 40,
        files=Files(folder / "files", max_bytes=50_000),
        choose={"zh": "回复数字即可选择：", "en": "Reply with a number to choose:"},
    )


@asynccontextmanager
async def open_post(house: House, folder: Path, mail: Mail | None = None) -> AsyncIterator[Post]:
    async with platform.served(mail or Mail()) as pretended:
        made = email(pretended, folder)
        house.senders = {"email": made}
        house.joining.add(made.name)
        house.deliveries = house.another_deliverer()
        async with served(house, made) as site:
            post = Post(house, pretended, made, site)
            async with asyncio.timeout(60):
                while not pretended.logins or not await _is_placed(house):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.02)
            yield post
            await house.router.drain(within_seconds=5)
            await house.deliveries.drain(within_seconds=5)
        await made.aclose()


async def _is_placed(house: House) -> bool:
    return bool(await house.database.read(cursors.value_of, f"email:{USER}"))

"""A house with colleagues in it: the desk over a router whose engine does as it is told."""

from __future__ import annotations

import uuid
from typing import Any

from bot.accounts import NewAccount
from bot.accounts import add as add_account
from bot.desk.staff import Staff
from bot.desk.work import me_of
from bot.messages import Inbound
from bot.store import accounts, lines, presence
from bot.store import desk as store
from bot.store.accounts import Account
from bot.store.database import Database
from bot.store.desk import Item
from bot.store.deskwork import Me
from tests.house import House

NO_PASSWORD = "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"


class DeskHouse(House):
    """A house with a desk."""

    def __init__(self, database: Database, shop: object = None) -> None:
        super().__init__(database)
        self.settings = self.settings.model_copy(update={"desk_assignment": "pull"})
        self.shop = shop
        self.at = self.staff(shop)
        self.desk = self.at.desk

    def automatic(self) -> None:
        """From now on talks are given out."""
        self.settings = self.settings.model_copy(update={"desk_assignment": "auto"})
        self.at = self.staff(self.shop)
        self.desk = self.at.desk

    def another_desk(self) -> Staff:
        """The same, as another worker has it."""
        return self.staff(self.shop)

    async def colleague(self, name: str, *, online: bool = True, **more: Any) -> Me:
        """Somebody who has an account, and is there."""
        known = {"shown_zh": name.upper(), "shown_en": name.title(), "roles": ("agent",), **more}
        await add_account(self.database, NewAccount(name=name, **known), password_hash=NO_PASSWORD, now=self.clock())
        me = me_of(await self.account(name))
        if online:
            await self.here(me)
        return me

    async def account(self, name: str) -> Account:
        found = await self.database.read(accounts.find, name)
        assert found is not None
        return found

    async def here(self, me: Me, status: str | None = None) -> None:
        await self.database.run(presence.seen, me.id, status=status, now=self.clock())

    async def ask(self, sender: str = "ann", text: str = "human", **more: Any) -> Item:
        """A customer asks for a person, a second after whoever asked before; the item."""
        self.clock.forward(seconds=1)
        await self.say(text, sender=sender, **more)
        return await self.item(sender)

    async def item(self, sender: str = "ann") -> Item:
        message = Inbound("rest", "default", uuid.uuid4().hex, sender, text="")
        home = self.router._homes[(message.channel, message.account, sender)]
        found = await self.database.read(store.newest_item, home)
        assert found is not None
        return found

    async def read(self, conversation: str, who: str = "") -> list[str]:
        """What stands in the log, or what one kind of speaker said there."""
        found = await self.database.read(lines.after, conversation, 0)
        return [str(line.data.get("text")) for line in found if who in ("", line.who)]

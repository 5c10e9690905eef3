"""A house whose bot has its real routines and no model: what a text means is written down here.

Customers write from any channel. Proofs, links and talks are the real ones, in a real database.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from actions.link_account import LinkAccount
from actions.list_orders import ListOrders
from actions.return_item import ReturnItem
from actions.services import Written
from actions.talk import Services
from actions.track_order import TrackOrder
from actions.unlink_account import UnlinkAccount
from bot.customers import sign
from bot.customers.links import Links
from bot.errors import CustomerLeft
from bot.messages import Address, Button, Inbound, Past, Reply, Turn
from bot.retail.demo import DemoShop, read_demo
from bot.retail.proof import Proof
from bot.router import Router
from bot.settings import ROOT
from bot.store import lines
from bot.store.database import Database
from bot.store.outbox import Parcel
from bot.store.proofs import StoredProofs
from tests.actions.stage import Said, Stage
from tests.fakes import FakeEngine, FakeShop
from tests.house import SECRET, House

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROUTINES: dict[str, type[Any]] = {
    "link_account": LinkAccount,
    "unlink_account": UnlinkAccount,
    "track_order": TrackOrder,
    "list_orders": ListOrders,
    "return_item": ReturnItem,
}
_MEANS = (
    (r".*unlink.*|.*解绑.*", "unlink_account"),
    (r".*\blink.*|.*绑定.*", "link_account"),
    (r".*return.*", "return_item"),
    (r"my orders", "list_orders"),
    (r"where is.*", "track_order"),
    (r"yes.*|好的", "affirm"),
    (r"no|不用了", "deny"),
)
_ORDER = re.compile(r"GT\d{10}")
_DIGITS = re.compile(r"\d{4}")
_CODE = re.compile(r"\d{6}")


@cache
def _written() -> tuple[Written, DemoShop]:
    """The shop's rules and words, and its demo, read once for all tests: nothing changes them."""
    return Written.read(ROOT), read_demo(ROOT / "data" / "demo", date(2026, 11, 22))


class Scripted(FakeEngine):
    """Runs routines on a stage; the dialogue is what the events say, as with Rasa."""

    services: Services

    async def reply(
        self,
        text: str,
        *,
        conversation: str,
        message_id: str,
        past: Past,
        channel: str = "rest",
        intent: str | None = None,
    ) -> Turn:
        self.heard.append({"text": text, "conversation": conversation, "past": past, "intent": intent})
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        name, entities = _pressed(intent) if intent else _meant(text)
        slots = {event["name"]: event["value"] for event in past.events if event.get("event") == "slot"}
        stage = Stage(self.services, conversation=conversation, turn=len(past.events))
        stage.slots |= dict(past.carry) | slots
        before = dict(stage.slots)
        said = await _played(stage, text, name, entities)
        events = [{"event": "user", "text": text, "parse_data": {"intent": {"name": name}, "entities": []}}]
        events += [
            {"event": "slot", "name": slot, "value": value}
            for slot, value in stage.slots.items()
            if value != before.get(slot)
        ]
        replies = [_reply(each) for each in said] or [Reply(text=f"echo: {text}")]
        return Turn(replies=tuple(replies), events=tuple(events), slots={"language": "en"})


async def _played(stage: Stage, text: str, name: str, entities: dict[str, Any]) -> list[Said]:
    if stage.slots.get("question") and await stage.answers(text, intent=name, **entities):
        return stage.said
    if name in ROUTINES:
        await stage.hears(ROUTINES[name], text, intent=name, **entities)
        return stage.said
    if stage.slots.get("question"):
        return [Said(str(stage.slots["question"]["response"]), {}, [], str(stage.slots["question"]["response"]))]
    return []


def _reply(said: Said) -> Reply:
    return Reply(text=said.text, buttons=tuple(Button(each, each) for each in said.choices))


def _pressed(payload: str) -> tuple[str, dict[str, Any]]:
    name, brace, rest = payload.removeprefix("/").partition("{")
    found = json.loads(brace + rest) if brace else {}
    return name, {entity: value for entity, value in found.items() if value is not None}


def _meant(text: str) -> tuple[str, dict[str, Any]]:
    name = next((name for pattern, name in _MEANS if re.fullmatch(pattern, text, re.IGNORECASE)), "inform")
    entities: dict[str, Any] = {}
    if (order := _ORDER.search(text)) is not None:
        entities["order_number"] = order[0]
    if _DIGITS.fullmatch(text):
        entities["phone_tail"] = text
    if _CODE.fullmatch(text):
        entities["code"] = text
    if text in ("no_reason", "quality"):
        entities["reason"] = text
    return name, entities


@dataclass
class Platform:
    """A channel that is sent to: what arrived, in order."""

    sent: list[Parcel] = field(default_factory=list)
    blocked: bool = False
    deduplicates: bool = True
    sends_per_second: int = 1000

    async def send(self, parcel: Parcel) -> str | None:
        if self.blocked:
            raise CustomerLeft(parcel.recipient)
        self.sent.append(parcel)
        return None

    def texts(self, sender: str) -> list[str]:
        return [str(parcel.data.get("text")) for parcel in self.sent if parcel.recipient == sender]


class LinkedHouse(House):
    """A house with the shop's own routines and three more channels."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.platform = Platform()
        self.senders |= dict.fromkeys(("telegram", "wechat", "callback"), self.platform)
        self.deliveries = self.another_deliverer()
        written, demo = _written()
        self.shop = FakeShop(demo)
        self.engine = Scripted()
        self.router = self.another_worker(self.engine)
        self.talks = self.talks_over(self.router)
        self.links = Links(customers=self.customers, database=database, secret=SECRET, now=self.clock)
        self.services = self.engine.services = Services(
            shop=self.shop,
            policies=written.policies,
            proof=Proof(
                shop=self.shop,
                book=StoredProofs(database),
                access=written.access,
                tries=5,
                window_minutes=15,
                now=self.clock,
                refusal_seconds=0,
            ),
            customers=self.customers,
            clock=lambda: self.clock().astimezone(SHANGHAI),
            words=written.words,
            links=self.links,
        )

    def token(self, customer: str = "C001", *, secret: str = SECRET) -> str:
        return sign(customer, secret, now=self.clock(), lasts=timedelta(hours=1))

    async def write(self, channel: str, sender: str, text: str, *, router: Router | None = None, **more: Any) -> str:
        """Everything that is answered, in one text."""
        said = await self.answered(channel, sender, text, router=router, **more)
        return "\n".join(str(bubble.get("text", "")) for bubble in said)

    async def answered(
        self, channel: str, sender: str, text: str, *, router: Router | None = None, **more: Any
    ) -> Sequence[Any]:
        message = Inbound(channel, "default", uuid.uuid4().hex, sender, text=text, **more)
        return await self.answer(message, router)

    async def home(self, channel: str, sender: str) -> str:
        homes = await self.database.read(_home, Address(channel, "default", sender))
        assert homes is not None
        return homes

    async def log(self, channel: str, sender: str) -> list[str]:
        found = await self.database.read(lines.after, await self.home(channel, sender), 0)
        return [str(line.data.get("text")) for line in found]

    async def code(self, *, customer: str = "C001", ask: str = "link my account") -> str:
        """The code that the website shows to a customer who is signed in there."""
        said = await self.write("web", f"customer:{customer}", ask, customer_token=self.token(customer))
        found = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", said)
        assert found is not None, said
        return found[0]

    async def linked(self, channel: str, sender: str, *, customer: str = "C001") -> None:
        """Link a chat as a customer does."""
        said = await self.write(channel, sender, await self.code(customer=customer))
        assert "Shall I link" in said, said
        said = await self.write(channel, sender, "yes")
        assert "Linked." in said, said


def _home(connection: Any, address: Address) -> str | None:
    from bot.store import merging

    names = {"channel": address.channel, "account": address.account, "sender": address.sender}
    row = merging.locked_home(connection, names)
    return None if row is None else str(row.id)

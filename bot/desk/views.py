"""A talk opened at the desk: its lines, what was handed over, the customer with live orders, what can be done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.desk import ways
from bot.desk.board import item_shown, moment
from bot.desk.money import Money
from bot.desk.texts import DeskTexts, filled, lacks
from bot.desk.work import Desk, variables
from bot.errors import DeskRefused, ShopError
from bot.handoff.queue import VIP_TAGS
from bot.messages import Address, Reply
from bot.retail.shop import Order, ShopBackend
from bot.store import desk as store
from bot.store import linking, presence, reading
from bot.store.accounts import Account
from bot.store.handoffs import IN_LINE
from bot.store.lines import Line
from bot.store.linking import Way
from bot.store.presence import Colleague
from bot.store.reading import Page
from bot.store.speaking import Note

logger = logging.getLogger(__name__)

MOST_ORDERS = 10
SUGGESTED = 4
LEAST_CONFIDENCE = 0.05
SHOP_SECONDS = 4.0


class StatusWords(Protocol):
    def text(self, name: str, language: str) -> str: ...
    def has(self, name: str) -> bool: ...


class Understood(Protocol):
    @property
    def ranking(self) -> Sequence[tuple[str, float]]: ...


class Knowing(Protocol):
    """The part of the engine that suggestions need."""

    def understand(self, text: str) -> Understood: ...
    def say(self, name: str, language: str, /, **values: object) -> Reply: ...


class Views:
    """Reads what a desk opens."""

    def __init__(
        self,
        *,
        desk: Desk,
        money: Money,
        shop: ShopBackend,
        engine: Knowing,
        texts: DeskTexts,
        words: StatusWords,
        link: Callable[[str], str],
    ) -> None:
        """`link` gives a file's key."""
        self._desk = desk
        self._money = money
        self._shop = shop
        self._engine = engine
        self._texts = texts
        self._words = words
        self._link = link

    async def opened(self, conversation: str, account: Account) -> dict[str, Any]:
        """Everything about a talk.

        Raises:
            DeskRefused: there is no such talk.
        """
        read = await self._desk.database.read(_opened, conversation, self._desk.now())
        if read is None:
            raise DeskRefused("not_found")
        head, item, page, packet = read.head, read.item, read.page, read.packet
        person, orders, is_whole = await self._at_the_shop(packet, head.shop_customer)
        by_id = {each.id: each for each in read.people}
        return {
            "conversation": {
                "id": conversation,
                "owner": head.owner,
                "channel": head.channel,
                "language": head.language or (item.language if item else "zh"),
                "item": None if item is None else item_shown(item, place=read.place, people=by_id),
            },
            "lines": self.lines(page),
            "older": page.older,
            "customer_read": page.read_by_customer,
            "packet": packet,
            "packet_versions": read.versions,
            "customer": self._customer(person, orders, packet, head.shop_customer)
            | {
                "channels": ways.shown(read.ways, conversation),
                "perhaps_also": [each.channel for each in read.perhaps_also],
                "past": read.past,
                "incomplete": not is_whole,
            },
            "actions": self._money.shown(self._money.offers(orders), account),
            "looking": looking_shown(read.people, conversation, self._desk),
        }

    async def older(self, conversation: str, seq: float) -> dict[str, Any]:
        """The lines before a place."""
        page = await self._desk.database.read(reading.before, conversation, seq)
        return {"lines": self.lines(page), "older": page.older}

    def lines(self, page: Page) -> list[dict[str, Any]]:
        """Lines and notes in their order."""
        shown = [self._line(line, page) for line in page.lines]
        shown += [self.note(note, page.client_ids.get(note.seq)) for note in page.notes]
        return sorted(shown, key=lambda line: line["seq"])

    def note(self, note: Note, client_id: str | None = None) -> dict[str, Any]:
        """A note as the wire has it."""
        frame: dict[str, Any] = {
            "seq": note.seq,
            "who": "note",
            "kind": note.kind,
            "name": note.author_name,
            "at": moment(note.at),
            "text": note.text,
            "mentions": list(note.mentions),
        }
        if client_id:
            frame["client_id"] = client_id
        return frame

    async def suggestions(self, conversation: str) -> dict[str, Any]:
        """Answers that may fit the customer's last words."""
        last = await self._desk.database.read(reading.last_customer_line, conversation)
        head = await self._desk.database.read(store.head, conversation)
        packet = await self._desk.database.read(store.packet_of, conversation) or {}
        language = (head.language if head else None) or "zh"
        faq = await asyncio.to_thread(self._faq, last[0][:2000], language) if last else []
        values = variables(packet, agent_name="")
        replies = [
            {"title": each["title"][language], "text": filled(each["text"][language], values)}
            for name, each in self._texts.canned.items()
            if name != "hello" and not lacks(each["text"][language], values)
        ]
        return {"faq": faq, "replies": replies[:SUGGESTED]}

    def _faq(self, text: str, language: str) -> list[dict[str, Any]]:
        try:
            ranking = self._engine.understand(text).ranking
        except Exception:  # a bot that is broken suggests nothing
            logger.exception("no suggestions")
            return []
        found: list[dict[str, Any]] = []
        for name, confidence in ranking:
            if not name.startswith("faq/") or confidence < LEAST_CONFIDENCE or len(found) >= SUGGESTED:
                continue
            try:
                answer = self._engine.say(f"utter_{name}", language).text
            except LookupError:
                continue
            key = name.removeprefix("faq/")
            found.append(
                {
                    "key": key,
                    "question": key.replace("_", " "),
                    "answer": answer,
                    "confidence": round(float(confidence), 3),
                }
            )
        return found

    def _line(self, line: Line, page: Page) -> dict[str, Any]:
        data = line.data
        frame: dict[str, Any] = {"seq": line.seq, "who": line.who, "at": moment(line.at)}
        frame |= {name: data[name] for name in ("text", "image", "custom") if data.get(name)}
        if data.get("buttons"):
            frame["buttons"] = [{"title": button["title"], "payload": ""} for button in data["buttons"]]
        if data.get("files"):
            frame["files"] = [
                {**file, "url": f"/web/files/{file['id']}?k={self._link(file['id'])}"} for file in data["files"]
            ]
        frame |= {name: getattr(line, name) for name in ("channel", "level") if getattr(line, name)}
        if line.agent_name:
            frame["name"] = line.agent_name
        if line.seq in page.understood:
            frame["understood"] = page.understood[line.seq]
        if line.seq in page.client_ids:
            frame["client_id"] = page.client_ids[line.seq]
        if line.who in ("bot", "agent", "system"):
            frame["read"] = line.seq <= page.read_by_customer
        return frame

    async def _at_the_shop(
        self, packet: Mapping[str, Any] | None, signed_in: str | None
    ) -> tuple[Any, list[Order], bool]:
        """The customer and their orders as they are now; as much as the shop gives."""
        view = (packet or {}).get("customer") or {}
        number = signed_in or view.get("customer_id")
        try:
            async with asyncio.timeout(SHOP_SECONDS):
                person = await self._shop.find_customer(number) if number else None
                orders = list(await self._shop.orders_of(number))[:MOST_ORDERS] if number else []
                known = {order.number for order in orders}
                for slot in (packet or {}).get("slots") or ():
                    if slot["name"] == "order_number" and slot["value"] in view.get("proven_orders", ()):
                        found = await self._shop.find_order(slot["value"])
                        if found is not None and found.number not in known:
                            orders.insert(0, found)
        except (ShopError, TimeoutError):
            return None, [], False
        return person, orders, True

    def _customer(
        self, person: Any, orders: Sequence[Order], packet: Mapping[str, Any] | None, signed_in: str | None
    ) -> dict[str, Any]:
        view = (packet or {}).get("customer") or {}
        tags = list(person.tags) if person else list(view.get("tags") or ())
        returns = [
            {"rma": order.rma, "order": order.number, "status": str(order.status)} for order in orders if order.rma
        ]
        claims = [{"number": order.claim, "order": order.number} for order in orders if order.claim]
        return {
            "id": person.customer_id if person else signed_in or view.get("customer_id"),
            "name": person.name if person else view.get("name"),
            "phone": person.phone if person else view.get("phone"),
            "email": person.email if person else view.get("email"),
            "tier": person.tier if person else view.get("tier"),
            "tags": tags,
            "vip": any(tag.casefold() in VIP_TAGS for tag in tags),
            "known_by": view.get("known_by", "signed_in" if signed_in else "nothing"),
            "orders": [self._order(order) for order in orders],
            "returns": returns,
            "tickets": claims,
        }

    def _order(self, order: Order) -> dict[str, Any]:
        name = f"status_{order.status}"
        words = {
            language: self._words.text(name, language) if self._words.has(name) else str(order.status)
            for language in ("zh", "en")
        }
        return {
            "number": order.number,
            "status": str(order.status),
            "status_words": words,
            "placed_on": order.placed_on.isoformat(),
            "total": str(order.total),
            "goods": [f"{item.product.name.zh} / {item.product.name.en} ×{item.quantity}" for item in order.items],
            "tracking": order.tracking_number,
            "rma": order.rma,
        }


def looking_shown(people: Sequence[Colleague], conversation: str, desk: Desk) -> list[dict[str, Any]]:
    """Who has a talk open, and who types in it."""
    return [
        {"id": each.id, "name": each.called("zh"), "typing": is_typing(each, desk)}
        for each in people
        if each.looking_at == conversation and each.status != "offline"
    ]


TYPING_SECONDS = 6.0
"""How long somebody counts as typing after a stroke."""


def is_typing(person: Colleague, desk: Desk) -> bool:
    return person.typing_at is not None and (desk.now() - person.typing_at).total_seconds() < TYPING_SECONDS


@dataclass(frozen=True, slots=True)
class _Read:
    head: store.Head
    item: store.Item | None
    place: int | None
    page: Page
    packet: Mapping[str, Any] | None
    versions: list[dict[str, Any]]
    past: list[dict[str, Any]]
    ways: list[Way]
    perhaps_also: list[Address]
    people: list[Colleague]


def _opened(connection: Any, conversation: str, now: datetime) -> _Read | None:
    head = store.head(connection, conversation)
    if head is None:
        return None
    item = store.newest_item(connection, conversation)
    waits = item is not None and item.state in IN_LINE
    return _Read(
        head=head,
        item=item,
        place=presence.place_before(connection, item.rank_at) - 1 if item and waits else None,
        page=reading.newest(connection, conversation),
        packet=store.packet_of(connection, conversation),
        versions=store.versions_of(connection, item.id) if item else [],
        past=store.past_of(connection, conversation),
        ways=linking.ways_of(connection, conversation),
        perhaps_also=linking.perhaps_also(connection, conversation),
        people=presence.colleagues(connection, now=now),
    )

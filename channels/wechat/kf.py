"""微信客服: a feed that is read page by page, and messages sent while no servicer has the customer."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.errors import DeliveryRefused, GuitaiError, StoreDown
from bot.live import talk
from bot.messages import Address, Inbound
from bot.replies import BUTTON, clean
from bot.store import cursors, feeds
from bot.store.database import Database
from bot.store.feeds import Entry, Failed, Said, Served
from bot.store.inbox import Receipt
from bot.store.platforms import Allowance
from channels.base import Inside
from channels.wechat.api import Api
from channels.wechat.outgoing import Menu, Words
from channels.wechat.post import message_key
from channels.wechat.texts import Texts
from channels.wechat.waiting import kept
from channels.wechat.wire import field

logger = logging.getLogger(__name__)

CHANNEL = "wechat_kf"
PAGE = 1000
LEASE_SECONDS = 30.0
"""Who reads a feed and dies is followed by another after this."""
AGAIN_SECONDS = 0.5
LONGEST_AGAIN_SECONDS = 60.0
FRESH = timedelta(minutes=10)
"""Where nothing was read before, the feed gives three days: what is older than this was answered by others."""
WELCOME = timedelta(seconds=20)
"""How long somebody who came in can be welcomed."""
CUSTOMER, SYSTEM = 3, 4
"""Origins in the feed; a servicer's own messages have another."""
POOL, SERVED, ENDED = 2, 3, 4
"""States of a session in which it is not the bot's turn."""
FILES = frozenset({"image", "file"})


class KfSend:
    """Messages to a customer of one of the company's service accounts."""

    path = "/cgi-bin/kf/send_msg"
    numbered = False

    async def check(self, who: Address, api: Api) -> None:
        asked = {"open_kfid": who.account, "external_userid": who.sender}
        state = (await api.call("/cgi-bin/kf/service_state/get", asked)).get("service_state")
        if state in (POOL, SERVED, ENDED):
            raise DeliveryRefused(f"the session is in state {state}; it is not the bot's turn")

    def payload(self, who: Address, key: str, part: Words | Menu | str) -> dict[str, Any]:
        made: Mapping[str, Any]
        match part:
            case str():
                made = {"msgtype": "image", "image": {"media_id": part}}
            case Words():
                made = {"msgtype": "text", "text": {"content": part.text}}
            case Menu():
                listed = [
                    {"type": "click", "click": {"id": each["payload"], "content": each["title"]}}
                    for each in part.buttons
                ]
                made = {"msgtype": "msgmenu", "msgmenu": {"head_content": part.head, "list": listed}}
        return {"touser": who.sender, "open_kfid": who.account, "msgid": key, **made}


@dataclass(frozen=True, slots=True)
class Page:
    entries: list[Entry]
    welcomes: list[str]
    """Codes with which those who came in just now may be welcomed."""


class Feed:
    """The company's feeds, each read by one worker at a time."""

    def __init__(self, inside: Inside, *, api: Api, company: str, texts: Texts, allowed: Allowance) -> None:
        self._inside = inside
        self._api = api
        self._prefix = f"{CHANNEL}:{company}:"
        self._texts = texts
        self._allowed = allowed
        self._holder = uuid.uuid4().hex
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._told: dict[str, str] = {}

    @property
    def _database(self) -> Database:
        return self._inside.database

    async def know(self, account: str) -> None:
        """There is such a service account: from now on it is read at every start."""
        await self._database.run(feeds.know, f"{self._prefix}{account}", now=self._inside.talks.now())

    async def read_all(self) -> None:
        """Read what came while nobody read."""
        while True:
            try:
                names = await self._database.read(feeds.known, self._prefix)
            except StoreDown:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            for name in names:
                self.read(name.removeprefix(self._prefix), "")
            return

    def read(self, account: str, token: str) -> None:
        """Read what is new in a service account's feed; the callback's token lets us ask more often."""
        self._told[account] = token
        if account not in self._reading:
            task = asyncio.create_task(self._read_on(account), name=f"read {account}")
            self._reading[account] = task

    async def stop(self) -> None:
        tasks = list(self._reading.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_on(self, account: str) -> None:
        """Read until there is nothing new, however long another worker or the platform makes us wait."""
        wait = AGAIN_SECONDS
        try:
            while account in self._told:
                token = self._told.pop(account)
                try:
                    done = await self._read_pages(account, token)
                except (GuitaiError, OSError) as error:
                    logger.warning("a feed was not read", extra={"channel": CHANNEL, "why": type(error).__name__})
                    done = False
                    wait = min(wait * 2, LONGEST_AGAIN_SECONDS)
                if done:
                    wait = AGAIN_SECONDS
                else:
                    self._told.setdefault(account, token)
                    await asyncio.sleep(wait)
        finally:
            del self._reading[account]

    async def _read_pages(self, account: str, token: str) -> bool:
        """False while another worker reads."""
        name = f"{self._prefix}{account}"
        try:
            while True:
                place = await self._database.run(
                    cursors.take,
                    name,
                    holder=self._holder,
                    lease_clock=self._database.lease_clock,
                    lease_seconds=LEASE_SECONDS,
                    now=self._inside.talks.now(),
                )
                if place is None:
                    return False
                if not await self._read_page(account, name, place.value, token):
                    return True
        finally:
            await self._database.run(cursors.let_go, name, holder=self._holder)

    async def _read_page(self, account: str, name: str, cursor: str, token: str) -> bool:
        """Whether there is another page."""
        asked = {"cursor": cursor, "token": token, "open_kfid": account, "limit": PAGE, "voice_format": 0}
        answer = await self._api.call("/cgi-bin/kf/sync_msg", asked)
        now = self._inside.talks.now()
        listed = [each for each in answer.get("msg_list") or () if isinstance(each, dict)]
        page = read_page(listed, account=account, texts=self._texts, since=None if cursor else now - FRESH, now=now)
        receipts = await self._database.run(
            feeds.take_page,
            name,
            page.entries,
            cursor=str(answer.get("next_cursor") or cursor),
            holder=self._holder,
            allowed=self._allowed,
            clock=self._database.lease_clock,
            now=now,
        )
        for receipt in receipts:
            await self._answer(receipt)
        for code in page.welcomes:
            await self._welcome(code)
        return bool(answer.get("has_more"))

    async def _answer(self, receipt: Receipt) -> None:
        self._inside.router.nudge(receipt.conversation)
        if receipt.fresh:
            await self._inside.live.wake(talk(receipt.conversation))

    async def _welcome(self, code: str) -> None:
        """Welcome somebody, which can be done once; when it fails they are greeted when they write."""
        text = self._texts.word("welcome", "")
        payload = {"code": code, "msgid": message_key(code, 0), "msgtype": "text", "text": {"content": text}}
        try:
            await self._api.call("/cgi-bin/kf/send_msg_on_event", payload)
        except GuitaiError as error:
            logger.info("somebody was not welcomed", extra={"why": type(error).__name__})


def read_page(
    listed: list[dict[str, Any]], *, account: str, texts: Texts, since: datetime | None, now: datetime
) -> Page:
    """What a page says, in order. Customers' messages from before `since` are passed over."""
    page = Page([], [])
    for each in listed:
        sent_at = _moment(each.get("send_time"), now)
        if each.get("origin") == CUSTOMER and field(each, "msgtype") != "event":
            if since is None or sent_at >= since:
                page.entries.extend(_said(each, account, texts))
        elif field(each, "msgtype") == "event":
            _read_event(each, page, account, is_new=now - sent_at < WELCOME)
    return page


def _said(each: Mapping[str, Any], account: str, texts: Texts) -> list[Entry]:
    sender, number, kind = (field(each, name) for name in ("external_userid", "msgid", "msgtype"))
    if not sender or not number:
        return []
    content = each.get(kind)
    inner: Mapping[str, Any] = content if isinstance(content, dict) else {}
    text, button = field(inner, "content"), None
    if kind == "text" and field(inner, "menu_id").startswith(BUTTON):
        text, button = "", field(inner, "menu_id")[:255]
    elif kind in FILES:
        text = ""
    elif kind != "text":
        told = " ".join(filter(None, (field(inner, name) for name in ("title", "name", "address", "url"))))
        text = texts.unreadable(kind, told)
    message = Inbound(CHANNEL, account, number, sender, text=clean(text), button=button)
    media_id = field(inner, "media_id") if kind in FILES else ""
    return [Said(message, kept(message, media_id))]


def _read_event(each: Mapping[str, Any], page: Page, account: str, *, is_new: bool) -> None:
    content = each.get("event")
    event: Mapping[str, Any] = content if isinstance(content, dict) else {}
    who = Address(CHANNEL, account, field(event, "external_userid"))
    match field(event, "event_type"):
        case "enter_session":
            if is_new and (code := field(event, "welcome_code")):
                page.welcomes.append(code)
        case "msg_send_fail":
            why = f"WeChat could not deliver it: {field(event, 'fail_type')}"
            page.entries.append(Failed(who, field(event, "fail_msgid"), why))
        case "session_status_change":
            page.entries.append(Served(who, elsewhere=field(event, "change_type") != "3"))
        case other:
            logger.info("an event of no concern", extra={"channel": CHANNEL, "kind": other[:64]})


def _moment(seconds: object, now: datetime) -> datetime:
    if not isinstance(seconds, int) or not 0 <= seconds < 10**10:
        return now
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)

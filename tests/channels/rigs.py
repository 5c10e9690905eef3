"""Each channel with a pretended platform at its other end, all handled alike by tests/channels/test_contract.py.

A new channel gets a rig here and keeps the contract.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from bot.settings import read
from bot.store import cursors
from channels.base import Channel, SendingChannel
from channels.callback import Callback
from channels.rest import make as make_rest
from channels.splitting import Size, utf8_bytes, utf16_units
from tests.bot.served import Served
from tests.channels import emails, telegrams, wechats
from tests.channels.carrier import LETTERS, Carrier
from tests.channels.quickly import served
from tests.house import House
from tests.platform_server import TOKEN, Platform
from tests.platform_server import served as platform_served
from tests.platforms import mail as mail_platform
from tests.platforms import telegram as telegram_platform
from tests.platforms import wechat as wechat_platform
from tests.platforms.mail import Mail
from tests.platforms.wechat import WeChat

ANN, BOB = "5001", "5002"
"""Two people; numbers, since some platforms know no other names."""


class Rig(Protocol):
    """One channel, served, and what its platform sends and shows."""

    house: House
    channel: Channel
    site: Served

    def body(self, sender: str, text: str, number: str) -> bytes:
        """What the platform posts for a message under an id of its own."""

    def headers(self, body: bytes) -> dict[str, str]:
        """With which the platform posts it."""

    def forgeries(self, body: bytes) -> list[dict[str, str]]:
        """Headers with which nobody may come in: none, short, in capitals, of another body."""

    def shown(self, sender: str) -> list[str]:
        """What a person was sent, oldest first."""

    def refuse(self, sender: str, how: str) -> None:
        """From now on the platform says `wait` to what is sent to them, that they are `gone`, or `fine` again."""

    @property
    def most(self) -> tuple[int, Size] | None:
        """How much one message takes, and in what; None when nothing limits it."""

    @property
    def secrets(self) -> list[str]:
        """What must never stand in a log."""


class Base:
    """What the rigs have in common."""

    name: str
    path: str
    most: tuple[int, Size] | None = None
    secrets: tuple[str, ...] = (TOKEN,)

    def __init__(self, house: House, channel: Channel, site: Served) -> None:
        self.house, self.channel, self.site = house, channel, site

    def body(self, sender: str, text: str, number: str) -> bytes:
        return json.dumps({"sender": sender, "message": text, "message_id": number}).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        return {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}

    def forgeries(self, body: bytes) -> list[dict[str, str]]:
        right = self.headers(body)["authorization"]
        wrong = ["", right[:-1], right.upper(), right + "t", TOKEN]
        return [{"content-type": "application/json", "authorization": each} for each in wrong]

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> int:
        headers = self.headers(body) if headers is None else headers
        return (await self.site.client.post(self.path, content=body, headers=headers)).status_code

    async def say(self, sender: str, text: str, number: str = "") -> int:
        return await self.post(self.body(sender, text, number or uuid.uuid4().hex))


class RestRig(Base):
    name, path = "rest", "/webhooks/rest/webhook"

    def __init__(self, house: House, channel: Channel, site: Served) -> None:
        super().__init__(house, channel, site)
        self._shown: dict[str, list[str]] = defaultdict(list)
        self._asked: set[bytes] = set()

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> int:
        headers = self.headers(body) if headers is None else headers
        answer = await self.site.client.post(self.path, content=body, headers=headers)
        if answer.is_success and body not in self._asked:
            self._asked.add(body)
            for bubble in answer.json():
                self._shown[bubble["recipient_id"]].append(bubble["text"])
        return answer.status_code

    def shown(self, sender: str) -> list[str]:
        return self._shown[sender]

    def refuse(self, sender: str, how: str) -> None:
        raise NotImplementedError("nothing is sent")


class CallbackRig(Base):
    name, path = "callback", "/webhooks/callback/webhook"

    def __init__(self, house: House, channel: Channel, site: Served, platform: Platform) -> None:
        super().__init__(house, channel, site)
        self._platform = platform
        self._refused: dict[str, int] = {}
        answer = platform.answer

        async def decides(headers: dict[str, str], body: bytes) -> int | None:
            platform.refuse = self._refused.get(json.loads(body)["recipient_id"], 0)
            return await answer(headers, body)

        platform.answer = decides  # type: ignore[method-assign]  # it refuses some and not others

    def shown(self, sender: str) -> list[str]:
        return self._platform.shown().get(sender, [])

    def refuse(self, sender: str, how: str) -> None:
        self._refused[sender] = {"wait": 429, "gone": 410, "fine": 0}[how]


class CarrierRig(Base):
    name, path = "carrier", "/webhooks/carrier/webhook"
    most = (LETTERS, len)

    def __init__(self, house: House, channel: Channel, site: Served, inbox: Inbox) -> None:
        super().__init__(house, channel, site)
        self._inbox = inbox

    def body(self, sender: str, text: str, number: str) -> bytes:
        return json.dumps({"from": sender, "text": text, "id": number}).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        return {"x-carrier-signature": hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()}

    def forgeries(self, body: bytes) -> list[dict[str, str]]:
        right = self.headers(body)["x-carrier-signature"]
        other = self.headers(body + b" ")["x-carrier-signature"]
        return [{}] + [{"x-carrier-signature": each} for each in ("", right[:-1], right.upper(), other)]

    def shown(self, sender: str) -> list[str]:
        return self._inbox.shown[sender]

    def refuse(self, sender: str, how: str) -> None:
        self._inbox.refused[sender] = {"wait": 429, "gone": 410, "fine": 200}[how]


class Inbox:
    """Carrier's other half: what people were sent, and to whom nothing can be."""

    def __init__(self) -> None:
        self.shown: dict[str, list[str]] = defaultdict(list)
        self.refused: dict[str, int] = {}

    async def take(self, request: web.Request) -> web.Response:
        message = await request.json()
        status = self.refused.get(message["to"], 200)
        if status == 200:
            self.shown[message["to"]].append(message["text"])
        return web.Response(status=status, headers={"retry-after": "1"})


class TelegramRig(Base):
    name, path = "telegram", telegrams.PATH
    most = (4096, utf16_units)
    secrets = (telegrams.SECRET, telegram_platform.TOKEN)

    def __init__(self, talk: telegrams.Line) -> None:
        super().__init__(talk.house, talk.channel, talk.site)
        self._telegram = talk.telegram
        for person in (ANN, BOB):
            talk.telegram._people.add(int(person))

    def body(self, sender: str, text: str, number: str) -> bytes:
        given = int.from_bytes(hashlib.sha256(number.encode()).digest()[:6], "big")
        message = {**self._telegram.message(int(sender), text=text), "message_id": given, "date": 1_790_000_000}
        return json.dumps({"update_id": given, "message": message}).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        return {"x-telegram-bot-api-secret-token": telegrams.SECRET}

    def forgeries(self, body: bytes) -> list[dict[str, str]]:
        wrong = ["", telegrams.SECRET[:-1], telegrams.SECRET.upper(), telegrams.SECRET + "w"]
        return [{}] + [{"x-telegram-bot-api-secret-token": each} for each in wrong]

    def shown(self, sender: str) -> list[str]:
        return self._telegram.texts(int(sender))

    def refuse(self, sender: str, how: str) -> None:
        self._telegram.flooded[int(sender)] = time.monotonic() + 60 if how == "wait" else 0.0
        (self._telegram.blocked.add if how == "gone" else self._telegram.blocked.discard)(int(sender))


class WeChatRig(Base):
    name, path = "wechat", "/webhooks/wechat/webhook"
    most = (wechat_platform.TEXT_BYTES, utf8_bytes)
    secrets = (wechat_platform.TOKEN, wechat_platform.SECRET)

    def __init__(self, house: House, channel: Channel, site: Served, pretended: WeChat) -> None:
        super().__init__(house, channel, site)
        self._wechat = pretended

    def body(self, sender: str, text: str, number: str) -> bytes:
        given = int.from_bytes(hashlib.sha256(number.encode()).digest()[:6], "big")
        push = {
            "ToUserName": wechat_platform.OFFICIAL,
            "FromUserName": sender,
            "CreateTime": int(self.house.clock().timestamp()),
        }
        return json.dumps({**push, "MsgType": "text", "Content": text, "MsgId": given}).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        """Shown in the address rather than in the head."""
        stamp, nonce = str(int(self.house.clock().timestamp())), uuid.uuid4().hex
        signature = hashlib.sha1("".join(sorted((wechat_platform.TOKEN, stamp, nonce))).encode()).hexdigest()  # noqa: S324
        return {"timestamp": stamp, "nonce": nonce, "signature": signature}

    def forgeries(self, body: bytes) -> list[dict[str, str]]:
        right = self.headers(body)
        wrong = ["", right["signature"][:-1], right["signature"].upper(), "0" * 40]
        return [{}] + [{**right, "signature": each} for each in wrong]

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> int:
        shown = self.headers(body) if headers is None else headers
        kind = {"content-type": "application/json"}
        answer = await self.site.client.post(self.path, params=shown, content=body, headers=kind)
        if answer.is_success and answer.content not in (b"", b"success"):
            self._wechat._show("", answer.content)
        return answer.status_code

    def shown(self, sender: str) -> list[str]:
        return self._wechat.texts(sender)

    def refuse(self, sender: str, how: str) -> None:
        raise NotImplementedError("quotas have their own tests")


class EmailRig(Base):
    """Letters are fetched, so there is no door: a letter is posted when it was read."""

    name = "email"
    secrets = (mail_platform.PASSWORD,)

    def __init__(self, house: House, channel: Channel, site: Served, mail: Mail) -> None:
        super().__init__(house, channel, site)
        self._mail = mail

    def body(self, sender: str, text: str, number: str) -> bytes:
        trusted = "mx.shop.example; dmarc=pass header.from=mail.example"
        headers = {"Authentication_Results": trusted, "In_Reply_To": "<before@mail.example>"}
        made = mail_platform.letter(f"{sender}@mail.example", text, subject="Re: x", number=number, **headers)
        return bytes(made)

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> int:
        number = self._mail.deliver(body)
        async with asyncio.timeout(20):
            while await self._read() < number:  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.01)
        return 200

    async def _read(self) -> int:
        place = await self.house.database.read(cursors.value_of, f"email:{mail_platform.USER}")
        return int(place.partition(":")[2] or -1)

    def shown(self, sender: str) -> list[str]:
        return [emails.words(letter) for letter in self._mail.to(f"{sender}@mail.example")]


def _sends(house: House, channel: SendingChannel) -> None:
    house.senders = {channel.name: channel}
    house.deliveries = house.another_deliverer()


@asynccontextmanager
async def rest(house: House, folder: Path) -> AsyncIterator[RestRig]:
    channel = make_rest(read(_env_file=None, demo=True, rest_token=TOKEN))
    async with served(house, channel) as site:
        yield RestRig(house, channel, site)


@asynccontextmanager
async def callback(house: House, folder: Path) -> AsyncIterator[CallbackRig]:
    async with platform_served(Platform(retry_after="60")) as platform:
        channel = Callback(url=platform.url, token=TOKEN, deduplicates=True, messages_per_minute=0)
        _sends(house, channel)
        async with served(house, channel) as site:
            yield CallbackRig(house, channel, site, platform)
        await channel.aclose()


@asynccontextmanager
async def carrier(house: House, folder: Path) -> AsyncIterator[CarrierRig]:
    inbox, application = Inbox(), web.Application()
    application.router.add_post("/messages", inbox.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    channel = Carrier(url=f"http://127.0.0.1:{runner.addresses[0][1]}", key=TOKEN)
    _sends(house, channel)
    async with served(house, channel) as site:
        yield CarrierRig(house, channel, site, inbox)
    await channel.aclose()
    await runner.cleanup()


@asynccontextmanager
async def telegram(house: House, folder: Path) -> AsyncIterator[TelegramRig]:
    async with telegrams.line(house, folder) as talk:
        yield TelegramRig(talk)


@asynccontextmanager
async def wechat(house: House, folder: Path) -> AsyncIterator[WeChatRig]:
    async with wechat_platform.served(WeChat(mode="plain", as_json=True, quota=100)) as pretended:
        pretended.now = house.clock
        for person in (ANN, BOB):
            pretended._count(person, "text", "")
        channel = wechats.official(pretended, folder, wechat_answer_seconds=0.3, wechat_messages=100)
        house.held[channel.name] = channel.holds_seconds
        _sends(house, channel)
        async with served(house, channel) as site:
            yield WeChatRig(house, channel, site, pretended)
        await channel.aclose()


@asynccontextmanager
async def email(house: House, folder: Path) -> AsyncIterator[EmailRig]:
    async with emails.open_post(house, folder) as post:
        yield EmailRig(house, post.channel, post.site, post.mail)


Open = Callable[[House, Path], AbstractAsyncContextManager[Any]]
RIGS: dict[str, Open] = {
    "rest": rest,
    "callback": callback,
    "carrier": carrier,
    "telegram": telegram,
    "wechat": wechat,
    "email": email,
}

"""A pretended WeChat: pushes to an account and repeats them, takes its calls, counts its quotas, and has moods.

In tests it is `served`; by hand `guitai demo wechat` serves it with a page on which you chat as anybody. The same
server plays official accounts and mini programs; `tests.platforms.wechat_kf` adds 微信客服.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientError, ClientSession, TCPConnector, web

from channels.wechat import wire
from channels.wechat.crypto import Envelope, signature

APP_ID, SECRET, TOKEN = "wx2c2769f8efd9abc2", "0123456789abcdef" * 2, "a-token-of-our-own"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OFFICIAL = "gh_97417a04a28d"
TEXT_BYTES = 2048
NOTICE = "该公众号提供的服务出现故障，请稍后再试"
ANSWER_SECONDS, RETRIES = 5.0, 3
TOKEN_SECONDS = 7200


class No(Exception):
    """The API refuses, with a number of the platform's."""

    def __init__(self, code: int, said: str = "refused") -> None:
        super().__init__(said)
        self.body = {"errcode": code, "errmsg": f"{said} rid: 0"}


@dataclass(frozen=True, slots=True)
class Shown:
    """Something on a customer's screen."""

    how: str
    """passive, sent or notice."""
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    """Id and title of each."""
    picture: bytes | None = None
    at: float = 0.0


@dataclass
class Person:
    shown: list[Shown] = field(default_factory=list)
    follows: bool = True
    left: int = 0
    """How many messages may be sent to them."""
    until: float = 0.0
    heard_at: float = 0.0
    typing_until: float = 0.0


@dataclass
class Pushed:
    """A push, and what came of it."""

    sender: str
    kind: str
    seconds: list[float] = field(default_factory=list)
    """How long each attempt took."""
    statuses: list[int] = field(default_factory=list)
    """0 where there was no answer in time."""
    answers: list[bytes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Request:
    """A push as it goes over the line."""

    query: Mapping[str, str]
    body: bytes
    kind: str


@dataclass
class WeChat:
    """What it knows, and how it behaves."""

    hook: str = ""
    """Where it pushes to."""
    app_id: str = APP_ID
    secret: str = SECRET
    token: str = TOKEN
    mode: str = "safe"
    key: str = KEY
    as_json: bool = False
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    scale: float = 1.0
    """Of its own patience: 0.01 makes five seconds a twentieth of one."""
    quota: int = 5
    busy: float = 0.0
    """Share of sendings that are answered with -1."""
    broken: int = 0
    """The next so many calls are answered with 500."""
    deaf: int = 0
    """Of the next so many sendings the connection ends without an answer, though they were done."""
    slow_seconds: float = 0.0
    refuse: int = 0
    """When set, every sending is refused with this number."""
    refuse_tokens: bool = False
    """Every token is stale, whatever was given."""
    chance: random.Random = field(default_factory=random.Random)
    people: dict[str, Person] = field(default_factory=lambda: defaultdict(Person))
    pushed: list[Pushed] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    """Of sendings, as they came."""
    typed: list[tuple[str, str]] = field(default_factory=list)
    """Who was shown that somebody writes, and the path it was asked at."""
    token_calls: list[bool] = field(default_factory=list)
    """Calls for a token, and whether each was forced."""
    media: dict[str, bytes] = field(default_factory=dict)
    url: str = ""
    _token: str = ""
    _token_until: float = 0.0
    _numbers: Any = field(default_factory=lambda: itertools.count(6054768590064713728))
    _client: ClientSession | None = None

    # What people do.

    async def say(self, who: str, text: str, **more: Any) -> Pushed:
        return await self.push(who, MsgType="text", Content=text, MsgId=next(self._numbers), **more)

    async def choose(self, who: str, title: str) -> Pushed:
        """Tap the newest choice with this title."""
        choices = [choice for shown in self.people[who].shown for choice in shown.choices]
        number = next(number for number, named in reversed(choices) if named == title)
        return await self.say(who, title, bizmsgmenuid=number)

    async def send_picture(self, who: str, data: bytes) -> Pushed:
        return await self.send_media(who, "image", data, PicUrl="http://mmbiz.example/x")

    async def send_media(self, who: str, kind: str, data: bytes, **more: Any) -> Pushed:
        number = self.keep(data)
        return await self.push(who, MsgType=kind, MediaId=number, MsgId=next(self._numbers), **more)

    async def tap(self, who: str, entry: str) -> Pushed:
        return await self.event(who, "CLICK", EventKey=entry)

    async def follow(self, who: str) -> Pushed:
        self.people[who].follows = True
        return await self.event(who, "subscribe", EventKey="")

    async def leave(self, who: str) -> Pushed:
        self.people[who].follows = False
        return await self.event(who, "unsubscribe", EventKey="")

    async def event(self, who: str, name: str, **more: Any) -> Pushed:
        return await self.push(who, MsgType="event", Event=name, **more)

    # What the platform does.

    async def push(self, who: str, **fields: Any) -> Pushed:
        """Push it until it is answered, or four times, and show what comes of it."""
        self._count(who, str(fields["MsgType"]), str(fields.get("Event", "")))
        request = self.request(who, **fields)
        pushed = Pushed(who, str(fields.get("Event") or fields["MsgType"]))
        self.pushed.append(pushed)
        for _ in range(1 + RETRIES):
            answer = await self.deliver(request, pushed)
            if answer is not None:
                self._show(who, answer)
                return pushed
        self.people[who].shown.append(Shown("notice", NOTICE, at=time.monotonic()))
        return pushed

    async def deliver(self, request: Request, pushed: Pushed) -> bytes | None:
        """One attempt; None when the account did not answer in time, or not well."""
        began = time.monotonic()
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS * self.scale),
                self._connected().post(
                    self.hook, params=request.query, data=request.body, headers={"content-type": request.kind}
                ) as answer,
            ):
                said = await answer.read()
        except (TimeoutError, ClientError):
            pushed.statuses.append(0)
            return None
        finally:
            pushed.seconds.append(time.monotonic() - began)
        pushed.statuses.append(answer.status)
        if not answer.ok:
            return None
        pushed.answers.append(said)
        return said

    def request(self, who: str, **fields: Any) -> Request:
        """A signed push, sealed as the mode has it."""
        when = int(self.now().timestamp())
        data = {"ToUserName": OFFICIAL, "FromUserName": who, "CreateTime": when, **fields}
        return self.sealed(data, inner=wire.render(data, as_json=self.as_json))

    def sealed(self, data: Mapping[str, Any], *, inner: str) -> Request:
        stamp, nonce = str(int(self.now().timestamp())), str(random.randrange(10**9))
        query = {"timestamp": stamp, "nonce": nonce, "signature": signature(self.token, stamp, nonce)}
        kind = "application/json" if self.as_json else "text/xml"
        if self.mode == "plain":
            return Request(query, inner.encode(), kind)
        encrypted = Envelope((self.key,), receiver=self.app_id).seal(inner.encode(), self.key)
        query |= {
            "encrypt_type": "aes",
            "msg_signature": signature(self.token, stamp, nonce, encrypted),
        }
        outer = {"ToUserName": data["ToUserName"], "Encrypt": encrypted}
        if self.mode == "compatible":
            outer = {**data, **outer}
        return Request(query, wire.render(outer, as_json=self.as_json).encode(), kind)

    def opened(self, answer: bytes) -> dict[str, Any] | None:
        """The reply in an answer; None for one that says nothing.

        Raises:
            AssertionError: the real one would show its notice of a fault.
        """
        if answer in (b"success", b""):
            return None
        data = wire.parse(answer)
        if self.mode != "plain":
            sealed = wire.field(data, "Encrypt")
            stamp, nonce = wire.field(data, "TimeStamp"), wire.field(data, "Nonce")
            assert data["MsgSignature"] == signature(self.token, stamp, nonce, sealed)
            data = wire.parse(Envelope((self.key,), receiver=self.app_id).open(sealed).text)
        assert data["MsgType"] == "text"
        assert data["FromUserName"] == OFFICIAL
        assert len(data["Content"].encode()) < TEXT_BYTES
        return data

    def expire_token(self) -> None:
        """The token that was given is stale from now on."""
        self._token_until = 0.0
        self._token = ""

    def keep(self, data: bytes) -> str:
        number = secrets.token_urlsafe(12)
        self.media[number] = data
        return number

    def texts(self, who: str) -> list[str]:
        return [each.text for each in self.people[who].shown]

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _show(self, who: str, answer: bytes) -> None:
        try:
            data = self.opened(answer)
        except Exception:  # whatever is wrong with it, the customer sees this
            self.people[who].shown.append(Shown("notice", NOTICE, at=time.monotonic()))
            return
        if data is not None:
            self.people[data["ToUserName"]].shown.append(Shown("passive", data["Content"], at=time.monotonic()))

    def _count(self, who: str, kind: str, event: str) -> None:
        person, moment = self.people[who], self.now().timestamp()
        brief = {"subscribe": 3, "scan": 3, "click": 3, "user_enter_tempsession": 2}
        if kind != "event":
            person.left, person.until = self.quota, moment + timedelta(hours=48).total_seconds()
            person.heard_at = moment
        elif event.lower() in brief:
            person.left, person.until = brief[event.lower()], moment + 60

    # What the account calls.

    def stable_token(self, said: Mapping[str, Any]) -> dict[str, Any]:
        if (said.get("appid"), said.get("secret")) != (self.app_id, self.secret):
            raise No(40125, "invalid appsecret")
        forced = bool(said.get("force_refresh"))
        self.token_calls.append(forced)
        moment = self.now().timestamp()
        if forced or not self._token or moment > self._token_until - 300:
            self._token, self._token_until = secrets.token_urlsafe(96), moment + TOKEN_SECONDS
        return {"access_token": self._token, "expires_in": int(self._token_until - moment)}

    def check_token(self, shown: str) -> None:
        if self.refuse_tokens or not self._token or shown != self._token:
            raise No(40001, "invalid credential, access_token is invalid or not latest")
        if self.now().timestamp() > self._token_until:
            raise No(42001, "access_token expired")

    def send(self, body: bytes) -> dict[str, Any]:
        """A customer-service message."""
        self.bodies.append(body)
        if b"\\u" in body:
            raise No(40033, "invalid charset")
        said = json.loads(body)
        if self.refuse:
            raise No(self.refuse)
        if self.chance.random() < self.busy:
            raise No(-1, "system error")
        who = said["touser"]
        if who not in self.people:
            raise No(40003, "invalid openid")
        self._allow(who)
        self.people[who].shown.append(self.drawn(said))
        self.people[who].typing_until = 0.0
        return {"errcode": 0, "errmsg": "ok"}

    def drawn(self, said: Mapping[str, Any]) -> Shown:
        """A message as its reader sees it."""
        kind, at = said["msgtype"], time.monotonic()
        if kind == "text":
            return Shown("sent", self._short(said["text"]["content"]), at=at)
        if kind == "msgmenu":
            menu = said["msgmenu"]
            choices = tuple((each["id"], each["content"]) for each in menu["list"])
            return Shown("sent", self._short(menu["head_content"]), choices, at=at)
        if kind == "image":
            if said["image"]["media_id"] not in self.media:
                raise No(40007, "invalid media_id")
            return Shown("sent", "", picture=self.media[said["image"]["media_id"]], at=at)
        raise No(40008, "invalid message type")

    def typing(self, said: Mapping[str, Any], path: str) -> dict[str, Any]:
        person, moment = self.people[said["touser"]], self.now().timestamp()
        if said.get("command") != "Typing":
            raise No(45072, "command must be Typing or CancelTyping")
        if moment - person.heard_at > 30:
            raise No(45080, "no message from the user lately")
        if moment < person.typing_until:
            raise No(45081, "already typing")
        person.typing_until = moment + 15
        self.typed.append((said["touser"], path))
        return {"errcode": 0, "errmsg": "ok"}

    def _allow(self, who: str) -> None:
        person = self.people[who]
        if not person.follows:
            raise No(43004, "require subscribe")
        if self.now().timestamp() > person.until:
            raise No(45015, "response out of time limit or subscription is canceled")
        if person.left < 1:
            raise No(45047, "out of response count limit")
        person.left -= 1

    @staticmethod
    def _short(text: str) -> str:
        if len(text.encode()) > TEXT_BYTES:
            raise No(45002, "content size out of limit")
        return text

    def _connected(self) -> ClientSession:
        if self._client is None:
            self._client = ClientSession(connector=TCPConnector(limit=0))
        return self._client


def application(wechat: WeChat) -> web.Application:
    """The API's routes."""
    routes = web.RouteTableDef()

    async def answered(request: web.Request, work: Callable[[], dict[str, Any]]) -> web.StreamResponse:
        if wechat.slow_seconds:
            await asyncio.sleep(wechat.slow_seconds)
        if wechat.broken:
            wechat.broken -= 1
            return web.Response(status=502)
        try:
            return web.json_response(work())
        except No as refused:
            return web.json_response(refused.body)

    def checked(request: web.Request, work: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
        def whole() -> dict[str, Any]:
            wechat.check_token(request.query.get("access_token", ""))
            return work()

        return whole

    @routes.post("/cgi-bin/stable_token")
    async def token(request: web.Request) -> web.StreamResponse:
        said = await request.json()
        return await answered(request, lambda: wechat.stable_token(said))

    @routes.post("/cgi-bin/message/custom/send")
    async def send(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        answer = await answered(request, checked(request, lambda: wechat.send(body)))
        if wechat.deaf:
            wechat.deaf -= 1
            assert request.transport is not None
            request.transport.abort()
        return answer

    @routes.post("/cgi-bin/message/custom/typing")
    @routes.post("/cgi-bin/message/custom/business/typing")
    async def typing(request: web.Request) -> web.StreamResponse:
        said = await request.json()
        return await answered(request, checked(request, lambda: wechat.typing(said, request.path)))

    @routes.post("/cgi-bin/media/upload")
    async def upload(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        sent = form["media"]
        assert isinstance(sent, web.FileField)
        data = sent.file.read()
        made = checked(request, lambda: {"type": "image", "media_id": wechat.keep(data), "created_at": 0})
        return await answered(request, made)

    @routes.get("/cgi-bin/media/get")
    async def media(request: web.Request) -> web.StreamResponse:
        def found() -> dict[str, Any]:
            if request.query["media_id"] not in wechat.media:
                raise No(40007, "invalid media_id")
            return {}

        answer = await answered(request, checked(request, found))
        if not isinstance(answer, web.Response) or answer.status != 200 or answer.text != "{}":
            return answer
        return web.Response(body=wechat.media[request.query["media_id"]], content_type="image/jpeg")

    made = web.Application(client_max_size=20 * 1024 * 1024)
    made.add_routes(routes)
    return made


@asynccontextmanager
async def served(
    wechat: WeChat, *, port: int = 0, application: Callable[[Any], web.Application] = application
) -> AsyncIterator[Any]:
    """Serve it on `port`, a free one when 0, until the block ends."""
    runner = web.AppRunner(application(wechat), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
    await site.start()
    wechat.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield wechat
    finally:
        await wechat.aclose()
        await runner.cleanup()

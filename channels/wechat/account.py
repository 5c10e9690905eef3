"""One account that WeChat pushes to: what it is sent, when it is answered, and how.

The platform wants an answer within five seconds, or it sends the push again, three times. A turn that is done in time
rides in the answer; one that is not is sent as a customer-service message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from bot.arrivals import Arrivals
from bot.deliveries import More
from bot.errors import BadMessage, NotDelivered, StoreDown, TryLater
from bot.files import Files
from bot.messages import Address, Inbound
from bot.store import inbox, passive, platforms
from bot.store.inbox import Receipt
from bot.store.outbox import Parcel
from bot.store.platforms import Allowance
from channels.base import Inside, Limits
from channels.wechat import wire
from channels.wechat.api import Api, Http
from channels.wechat.gate import PATIENCE, Gate, Mode, Push
from channels.wechat.outgoing import AddressOf, riding
from channels.wechat.post import CustomSend, Post
from channels.wechat.pushes import Doing, Heard, Reader
from channels.wechat.texts import Texts
from channels.wechat.tokens import StableToken, TokenKeeper
from channels.wechat.waiting import Waiting, kept

logger = logging.getLogger(__name__)

BODY_BYTES = 65_536
LATEST_SECONDS = 4.5
"""What is not stored by then is not acknowledged: the platform sends it again."""
SUCCESS = "success"
"""Says that nothing rides in the answer."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the console shows of one account."""

    app_id: str
    secret: str
    token: str
    keys: tuple[str, ...]
    """EncodingAESKeys, the current one first."""
    mode: Mode
    url: str
    """Of the platform's API."""


class Account:
    """Takes pushes and sends customer-service messages."""

    name: ClassVar[str]
    limits: ClassVar[Limits] = Limits(body_bytes=BODY_BYTES)
    answered_in_response: ClassVar[bool] = False
    sends_per_second: ClassVar[int] = 100
    typing_path: ClassVar[str] = "/cgi-bin/message/custom/typing"
    numbered: ClassVar[bool] = False
    rides: ClassVar[bool] = True
    """A turn that is done in time is answered in the response."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        texts: Texts,
        files: Files,
        allowances: Mapping[Doing, Allowance],
        answer_seconds: float,
        public_url: str = "",
    ) -> None:
        """A turn that takes longer than `answer_seconds` is answered by a message of its own.

        Under `public_url` customers open what colleagues send them and WeChat cannot show.
        """
        self.deduplicates = False
        self._credentials = credentials
        self._texts = texts
        self._files = files
        self._allowances = allowances
        self._answer_seconds = answer_seconds
        self._public_url = public_url
        self._gate = Gate(
            token=credentials.token, mode=credentials.mode, keys=credentials.keys, receiver=credentials.app_id
        )
        self._reader = Reader(channel=self.name, account=credentials.app_id, texts=texts)
        self._http = Http(credentials.url)
        self._post: Post | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def blueprint(self, inside: Inside) -> Blueprint:
        routes = Blueprint(self.name, url_prefix=f"/webhooks/{self.name}")
        post = self._post = self._open(inside)
        arrivals = Arrivals(inside.database, now=inside.talks.now)

        @routes.get("/webhook")
        @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
        async def check(request: Request) -> HTTPResponse:
            echo = self._gate.echo(query_of(request), now=inside.talks.now())
            return HTTPResponse(echo, content_type="text/plain", headers={"x-content-type-options": "nosniff"})

        @routes.post("/webhook")
        @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
        async def webhook(request: Request) -> HTTPResponse:
            began = asyncio.get_running_loop().time()
            if len(request.body) > BODY_BYTES:
                raise BadMessage(f"a push has {BODY_BYTES} bytes at most", status=413)
            push = self._gate.open(query_of(request), request.body, now=inside.talks.now())
            answering = asyncio.create_task(
                self._answer(push, inside, arrivals, until=began + self._answer_seconds), name=f"{self.name} push"
            )
            self._keep(answering)  # it goes on when it is late, or WeChat gone: the repeat gets what it made
            await asyncio.wait({answering}, timeout=LATEST_SECONDS)
            if not answering.done():
                raise TryLater(1)
            answer = answering.result()
            kind = "text/plain" if answer == SUCCESS else "application/json" if push.as_json else "text/xml"
            return HTTPResponse(answer, content_type=f"{kind}; charset=utf-8")

        @routes.after_server_start
        async def begin(_: object) -> None:
            waiting = Waiting(inside, api=post.api, files=self._files, texts=self._texts)
            self._fetching = asyncio.create_task(arrivals.work(self.name, waiting.see_to), name=f"{self.name} files")

        @routes.before_server_stop
        async def end(_: object) -> None:
            await _ended(self._fetching)

        return routes

    async def send(self, parcel: Parcel) -> str | More | None:
        """Send one bubble, or a part of it; see `bot.deliveries.Sender`."""
        if self._post is None:
            raise NotDelivered("the server is not up yet")
        return await self._post.send(parcel)

    async def aclose(self) -> None:
        await _ended(self._fetching, *self._tasks)
        await self._http.aclose()

    def _open(self, inside: Inside) -> Post:
        shown, now = self._credentials, inside.talks.now
        source = StableToken(self._http, shown.app_id, shown.secret)
        keeper = TokenKeeper(source, inside.database, name=f"wechat:{shown.app_id}", now=now)
        return Post(
            CustomSend(numbered=self.numbered),
            api=Api(self._http, keeper),
            database=inside.database,
            files=self._files,
            texts=self._texts,
            address_of=address_of(self._public_url, inside),
            now=now,
        )

    async def _answer(self, push: Push, inside: Inside, arrivals: Arrivals, *, until: float) -> str:
        """The body that answers a push."""
        now, database = inside.talks.now, inside.database
        heard = self._reader.read(push.data)
        waits = await database.run_first(
            platforms.hear,
            push.signed,
            PATIENCE,
            heard.who,
            allowed=self._allowances[heard.doing] if heard.doing else None,
            left=heard.left,
            now=now(),
        )
        if heard.message is None:
            return SUCCESS
        if heard.media_id or waits:
            await arrivals.keep(heard.who, external_id=heard.external_id, data=kept(heard.message, heard.media_id))
            return SUCCESS
        receipt = await self._received(await self._with_number(heard, inside), inside)
        if not self.rides:
            return SUCCESS
        return await self._ridden(push, receipt, heard.who, inside, until=until)

    async def _received(self, message: Inbound, inside: Inside) -> Receipt:
        try:
            return await inside.router.receive(message)
        except BadMessage:
            # The same push, read otherwise: a number meant a button that has been replaced since.
            stored = await inside.database.read(inbox.same_id, message.channel, message.account, message.external_id)
            if stored is None:
                raise
            return stored

    async def _with_number(self, heard: Heard, inside: Inside) -> Inbound:
        """The message, a number being the button that was shown beside it."""
        message = heard.message
        assert message is not None  # noqa: S101 - asked before
        said = message.text.strip()
        if not self.numbered or not said.isascii() or not said.isdecimal() or len(said) > 2:
            return message
        offered = await inside.database.read(platforms.offered, heard.who)
        if not 1 <= int(said) <= len(offered):
            return message
        return replace(message, text="", button=offered[int(said) - 1])

    async def _ridden(self, push: Push, receipt: Receipt, who: Address, inside: Inside, *, until: float) -> str:
        """What rides in the answer: the turn when it is done in time, and the same bytes for a repeat."""
        database, now = inside.database, inside.talks.now
        left = max(until - asyncio.get_running_loop().time(), 0.01)
        answer = await inside.router.answer_to(receipt, within_seconds=left)
        if answer is None:
            # It is stored: that much is said at once, however busy the database is.
            self._keep(asyncio.create_task(self._give_up(receipt, who, inside)))
            return SUCCESS
        compose = self._composer(push, now)
        body = await database.run_first(passive.answer, receipt.message, compose, now=now(), clock=database.lease_clock)
        if not body:
            inside.router.send_now(receipt.conversation)
        return body or SUCCESS

    async def _give_up(self, receipt: Receipt, who: Address, inside: Inside) -> None:
        """Have the turn answered by a message of its own, and show meanwhile that somebody writes."""
        try:
            await inside.database.run(passive.give_up, receipt.message, now=inside.talks.now())
        except StoreDown:
            logger.warning("a reply waits for a webhook that has gone", extra={"channel": self.name})
        inside.router.send_now(receipt.conversation)
        if self._post is not None:
            await self._post.show_typing(self.typing_path, who.sender)

    def _composer(self, push: Push, now: Any) -> passive.Compose:
        def compose(bubbles: Sequence[Mapping[str, Any]]) -> tuple[int, str]:
            count, text = riding(bubbles)
            if not count:
                return 0, passive.NOTHING
            moment: datetime = now()
            fields = {
                "ToUserName": wire.field(push.data, "FromUserName"),
                "FromUserName": wire.field(push.data, "ToUserName"),
                "CreateTime": int(moment.timestamp()),
                "MsgType": "text",
                "Content": text,
            }
            return count, self._gate.seal(wire.render(fields, as_json=push.as_json), push, now=moment)

        return compose

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _ended(*tasks: asyncio.Task[Any] | None) -> None:
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def address_of(public_url: str, inside: Inside) -> AddressOf | None:
    """Where a file can be opened for a while; None when we do not know our own address."""
    if not public_url:
        return None
    return lambda file: f"{public_url}/web/files/{file}?k={inside.talks.visitors.link(file)}"


def query_of(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in request.args.items() if values}

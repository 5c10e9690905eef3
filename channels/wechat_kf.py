"""WeChat Customer Service (微信客服): the platform says that there is something new, we read it and answer it.

A callback carries no message, so it is acknowledged at once; the feed is read from the place that the database has.
See docs/wechat.md.
"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import ClassVar

from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi

from bot.arrivals import Arrivals
from bot.deliveries import More
from bot.errors import BadMessage, NotDelivered
from bot.files import Files
from bot.settings import Settings
from bot.store import platforms
from bot.store.outbox import Parcel
from bot.store.platforms import Allowance
from channels.base import Inside, Limits
from channels.wechat.account import SUCCESS, Credentials, address_of, query_of
from channels.wechat.api import Api, Http
from channels.wechat.gate import PATIENCE, Gate
from channels.wechat.kf import CHANNEL, Feed, KfSend
from channels.wechat.post import Post
from channels.wechat.texts import Texts
from channels.wechat.tokens import CorpToken, TokenKeeper
from channels.wechat.waiting import Waiting
from channels.wechat.wire import field

BODY_BYTES = 65_536
_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{1,128}")


class CustomerService:
    """The channel of a company's service accounts."""

    name: ClassVar[str] = CHANNEL
    limits: ClassVar[Limits] = Limits(body_bytes=BODY_BYTES)
    answered_in_response: ClassVar[bool] = False
    sends_per_second: ClassVar[int] = 50

    def __init__(
        self, credentials: Credentials, *, texts: Texts, files: Files, allowed: Allowance, public_url: str = ""
    ) -> None:
        """`allowed` is what a customer's message lets us send."""
        self.deduplicates = False
        self._credentials = credentials
        self._texts = texts
        self._files = files
        self._allowed = allowed
        self._public_url = public_url
        self._gate = Gate(
            token=credentials.token,
            mode="safe",
            keys=credentials.keys,
            receiver=credentials.app_id,
            always_sealed=True,
        )
        self._http = Http(credentials.url)
        self._post: Post | None = None
        self._feed: Feed | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def blueprint(self, inside: Inside) -> Blueprint:
        routes = Blueprint(self.name, url_prefix=f"/webhooks/{self.name}")
        shown, now = self._credentials, inside.talks.now
        keeper = TokenKeeper(
            CorpToken(self._http, shown.app_id, shown.secret),
            inside.database,
            name=f"wechat_kf:{shown.app_id}",
            now=now,
        )
        api = Api(self._http, keeper)
        self._post = Post(
            KfSend(),
            api=api,
            database=inside.database,
            files=self._files,
            texts=self._texts,
            address_of=address_of(self._public_url, inside),
            now=now,
        )
        feed = self._feed = Feed(inside, api=api, company=shown.app_id, texts=self._texts, allowed=self._allowed)
        arrivals = Arrivals(inside.database, now=now)

        @routes.get("/webhook")
        @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
        async def check(request: Request) -> HTTPResponse:
            echo = self._gate.echo(query_of(request), now=now())
            return HTTPResponse(echo, content_type="text/plain", headers={"x-content-type-options": "nosniff"})

        @routes.post("/webhook")
        @openapi.exclude()  # type: ignore[untyped-decorator]  # sanic_ext has no types
        async def webhook(request: Request) -> HTTPResponse:
            if len(request.body) > BODY_BYTES:
                raise BadMessage(f"a push has {BODY_BYTES} bytes at most", status=413)
            push = self._gate.open(query_of(request), request.body, now=now())
            await inside.database.run_first(platforms.note_push, push.signed, PATIENCE, now=now())
            account = field(push.data, "OpenKfId")
            if field(push.data, "Event") == "kf_msg_or_event" and _ACCOUNT.fullmatch(account):
                await feed.know(account)
                feed.read(account, field(push.data, "Token"))
            return HTTPResponse(SUCCESS, content_type="text/plain; charset=utf-8")

        @routes.after_server_start
        async def begin(_: object) -> None:
            waiting = Waiting(inside, api=api, files=self._files, texts=self._texts)
            self._tasks.append(asyncio.create_task(arrivals.work(self.name, waiting.see_to), name="kf files"))
            self._tasks.append(asyncio.create_task(feed.read_all(), name="kf catch up"))

        @routes.before_server_stop
        async def end(_: object) -> None:
            await self._stop()

        return routes

    async def send(self, parcel: Parcel) -> str | More | None:
        """Send one bubble, or a part of it; see `bot.deliveries.Sender`."""
        if self._post is None:
            raise NotDelivered("the server is not up yet")
        return await self._post.send(parcel)

    async def aclose(self) -> None:
        await self._stop()
        await self._http.aclose()

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._feed is not None:
            await self._feed.stop()


def make(settings: Settings) -> CustomerService | None:
    """The channel; None when no company is set."""
    if not settings.wechat_kf_corp_id:
        return None
    return CustomerService(
        Credentials(
            app_id=settings.wechat_kf_corp_id,
            secret=settings.wechat_kf_secret,
            token=settings.wechat_kf_token,
            keys=(settings.wechat_kf_aes_key, settings.wechat_kf_previous_aes_key),
            mode="safe",
            url=settings.wechat_kf_url,
        ),
        texts=Texts.read(settings.root / "data" / "wechat.yml", language=settings.default_language),
        files=Files(settings.files, max_bytes=settings.file_bytes),
        allowed=Allowance(settings.wechat_messages, timedelta(hours=settings.wechat_window_hours)),
        public_url=settings.public_url,
    )

"""微信客服 as WeCom has it: a feed of messages with a cursor, sessions with states, and the sending of messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from channels.wechat import wire
from tests.platforms import wechat
from tests.platforms.wechat import No, Pushed, WeChat

CORP, ACCOUNT = "ww1234567890abcdef", "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"
NEW, BOT, POOL, SERVED, ENDED = range(5)


@dataclass
class WeCom(WeChat):
    """The company's side of WeChat; `people` and moods as `WeChat` has them."""

    app_id: str = CORP
    page: int = 1000
    """How many entries it gives at a time."""
    empty_pages: int = 0
    """How often it first gives nothing and says that there is more."""
    feed: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Cursor and token of every reading."""
    numbers: list[str] = field(default_factory=list)
    """Message ids that were sent."""
    welcomed: list[str] = field(default_factory=list)

    # What people do.

    async def say(self, who: str, text: str, **more: Any) -> Pushed:
        menu = {"menu_id": more["bizmsgmenuid"]} if "bizmsgmenuid" in more else {}
        self.enter(who, msgtype="text", text={"content": text, **menu})
        return await self.call_back()

    async def send_picture(self, who: str, data: bytes) -> Pushed:
        self.enter(who, msgtype="image", image={"media_id": self.keep(data)})
        return await self.call_back()

    async def come_in(self, who: str, *, code: str = "welcome-1") -> Pushed:
        self.happens("enter_session", external_userid=who, welcome_code=code)
        return await self.call_back()

    def enter(self, who: str, *, ago: int = 0, origin: int = 3, **content: Any) -> None:
        """Put a message into the feed without telling anybody."""
        self._count(who, "text", "")
        self.states.setdefault(who, NEW)
        if self.states[who] == ENDED:
            self.states[who] = NEW
        self._append(who, ago=ago, origin=origin, **content)

    def happens(self, event: str, *, ago: int = 0, **more: Any) -> None:
        self._append(
            None, ago=ago, origin=4, msgtype="event", event={"event_type": event, "open_kfid": ACCOUNT, **more}
        )

    def _append(self, who: str | None, *, ago: int, origin: int, **content: Any) -> None:
        entry = {"msgid": f"m{len(self.feed)}", "send_time": int(self.now().timestamp()) - ago, "origin": origin}
        people = {"external_userid": who, "open_kfid": ACCOUNT} if who else {}
        self.feed.append({**entry, **people, **content})

    async def call_back(self) -> Pushed:
        """Say that there is something new."""
        data = {
            "ToUserName": self.app_id,
            "CreateTime": int(self.now().timestamp()),
            "MsgType": "event",
            "Event": "kf_msg_or_event",
            "Token": f"token-{len(self.feed)}",
            "OpenKfId": ACCOUNT,
        }
        request = self.sealed(data, inner=wire.render(data, as_json=False))
        pushed = Pushed("", "kf_msg_or_event")
        self.pushed.append(pushed)
        await self.deliver(request, pushed)
        return pushed

    # What the company calls.

    def read(self, said: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append((said["cursor"], said["token"]))
        start = int(said["cursor"].removeprefix("c") or 0)
        if self.empty_pages:
            self.empty_pages -= 1
            return {"errcode": 0, "has_more": 1, "next_cursor": f"c{start}", "msg_list": []}
        end = min(start + min(self.page, said["limit"]), len(self.feed))
        more = int(end < len(self.feed))
        return {"errcode": 0, "has_more": more, "next_cursor": f"c{end}", "msg_list": self.feed[start:end]}

    def send(self, body: bytes) -> dict[str, Any]:
        said = json.loads(body)
        if self.states.get(said["touser"], NEW) not in (NEW, BOT):
            raise No(95018, "send msg session status invalid")
        assert said["open_kfid"] == ACCOUNT
        assert len(said["msgid"]) <= 32
        if said["msgtype"] == "msgmenu":
            menu = said["msgmenu"]
            listed = [{"id": each["click"]["id"], "content": each["click"]["content"]} for each in menu["list"]]
            body = json.dumps({**said, "msgmenu": {**menu, "list": listed}}, ensure_ascii=False).encode()
        answer = super().send(body)
        self.numbers.append(said["msgid"])
        return {**answer, "msgid": said["msgid"]}

    def welcome(self, said: Mapping[str, Any]) -> dict[str, Any]:
        if said["code"] in self.welcomed:
            raise No(95017, "invalid code")
        self.welcomed.append(said["code"])
        return {"errcode": 0, "msgid": said["msgid"]}

    def state_of(self, said: Mapping[str, Any]) -> dict[str, Any]:
        return {"errcode": 0, "service_state": self.states.get(said["external_userid"], NEW), "servicer_userid": ""}

    def corp_token(self, company: str, secret: str) -> dict[str, Any]:
        return {"errcode": 0, **self.stable_token({"appid": company, "secret": secret})}


def application(wecom: WeCom) -> web.Application:
    """The API's routes; tokens, pictures and moods are WeChat's."""
    routes = web.RouteTableDef()

    async def answered(request: web.Request, work: Any) -> web.Response:
        body = await request.read()
        try:
            wecom.check_token(request.query.get("access_token", ""))
            return web.json_response(work(json.loads(body)))
        except No as refused:
            return web.json_response(refused.body)

    @routes.get("/cgi-bin/gettoken")
    async def token(request: web.Request) -> web.Response:
        try:
            return web.json_response(wecom.corp_token(request.query["corpid"], request.query["corpsecret"]))
        except No as refused:
            return web.json_response(refused.body)

    @routes.post("/cgi-bin/kf/sync_msg")
    async def read(request: web.Request) -> web.Response:
        return await answered(request, wecom.read)

    @routes.post("/cgi-bin/kf/send_msg")
    async def send(request: web.Request) -> web.Response:
        body = await request.read()
        return await answered(request, lambda _: wecom.send(body))

    @routes.post("/cgi-bin/kf/send_msg_on_event")
    async def welcome(request: web.Request) -> web.Response:
        return await answered(request, wecom.welcome)

    @routes.post("/cgi-bin/kf/service_state/get")
    async def state(request: web.Request) -> web.Response:
        return await answered(request, wecom.state_of)

    made = wechat.application(wecom)
    made.add_routes(routes)
    return made

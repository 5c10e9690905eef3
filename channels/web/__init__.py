"""Web: a widget in a shop's page, by WebSocket, or by a stream of events and posts (docs/web.md).

What is said goes through the inbox as on every channel. What is answered needs no sending: screens are shown the
conversation's log, so a reply counts as sent when it is committed, and whoever comes back gets what they missed.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from sanic import Blueprint, HTTPResponse, Request, json
from sanic.blueprint_group import BlueprintGroup

from bot.files import Files
from bot.settings import Settings
from channels.base import Inside, Limits
from channels.web import downloads, pages, sockets
from channels.web.hub import Hub
from channels.web.origins import Origins
from channels.web.session import Desk
from channels.web.texts import Texts


class Web:
    """The web channel."""

    name: ClassVar[str] = "web"
    limits: ClassVar[Limits] = Limits(body_bytes=65536)
    answered_in_response: ClassVar[bool] = True

    def __init__(
        self, *, texts: Texts, files: Files, origins: Origins, dist: Path, zone: ZoneInfo, max_text: int, demo: bool
    ) -> None:
        """`dist` holds the built widget; `zone` is the shop's; `max_text` is in characters."""
        self._texts = texts
        self._files = files
        self._origins = origins
        self._dist = dist
        self._zone = zone
        self._max_text = max_text
        self._demo = demo

    def blueprint(self, inside: Inside) -> BlueprintGroup:
        hub = Hub(inside.talks, inside.live)
        desk = Desk(inside.talks, inside.live, self._texts, self._files, self._max_text)
        talking, keeping = sockets.routes(desk, hub), downloads.routes(desk, self._zone)
        for routes in (talking, keeping):

            @routes.on_request
            async def refuse(request: Request) -> HTTPResponse | None:
                return self._refuse_strangers(request)

        @talking.after_server_start
        async def begin(_: object) -> None:
            hub.start()

        @talking.before_server_stop
        async def end(_: object) -> None:
            await hub.stop()

        return Blueprint.group(talking, keeping, pages.routes(self._dist, self._origins, demo=self._demo))

    def _refuse_strangers(self, request: Request) -> HTTPResponse | None:
        """Other pages' scripts are not talked to: browsers say truly where they come from."""
        if self._origins.allows(request.headers.get("origin"), host=request.host):
            return None
        return json({"error": "this page is not on the list in GUITAI_WEB_ORIGINS"}, status=403)


def make(settings: Settings) -> Web:
    return Web(
        texts=Texts.read(settings.root / "data" / "web.yml"),
        files=Files(settings.files, max_bytes=settings.file_bytes),
        origins=Origins(settings.allowed_origins, any_local=settings.demo),
        dist=settings.root / "web" / "dist",
        zone=ZoneInfo(settings.shop_timezone),
        max_text=settings.max_text,
        demo=settings.demo,
    )

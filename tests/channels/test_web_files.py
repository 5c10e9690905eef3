"""Files both ways, the transcript, the talk without sockets, and the widget's own pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.customers import sign
from tests.bot.served import Served, served
from tests.channels.widgets import PATIENCE, Widget, opened, web
from tests.house import SECRET, House
from tests.pictures import JPEG_WITH_PLACE, PNG_WITH_TEXT


async def _upload(site: Served, widget: Widget, data: bytes, name: str = "photo.jpg") -> httpx.Response:
    headers = {"authorization": f"Bearer {widget.visitor}"}
    return await site.client.post("/web/files", files={"file": (name, data, "image/png")}, headers=headers)


async def test_a_photo_goes_to_the_talk_without_its_place_and_the_bot_says_what_it_can_do(
    house: House, site: Served
) -> None:
    async with opened(Widget(site.address)) as (widget,):
        answer = await _upload(site, widget, JPEG_WITH_PLACE, "../../我的 照片.jpg")
        assert answer.status_code == 201
        file = answer.json()
        assert (file["name"], file["type"], file["width"], file["height"]) == ("我的 照片.jpg", "image/jpeg", 2, 1)
        await widget.send({"t": "msg", "id": "1", "files": [file["id"]]})
        line = await widget.wait("line", seq=1)
        assert line["files"][0].items() >= file.items()
        assert "utter_files_kept" in (await widget.wait("line", seq=2))["text"]
        assert house.engine.heard == []
        shown = await site.client.get(line["files"][0]["url"])
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
        assert b"GPS" not in shown.content
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["content-disposition"].startswith("inline; filename*=UTF-8''%E6%88%91")
        assert "sandbox" in shown.headers["content-security-policy"]
        await widget.send({"t": "msg", "id": "2", "files": [file["id"]], "text": "what is this?"})
        await widget.until(lambda: widget.seen == 5)
        assert widget.texts[-1] == "1: what is this?"


async def test_a_file_with_a_message_for_a_person_stands_in_what_they_are_handed(house: House, site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        file = (await _upload(site, widget, PNG_WITH_TEXT, "receipt.png")).json()
        await widget.send({"t": "msg", "id": "1", "files": [file["id"]]})
        await widget.wait("line", seq=2)
        await widget.ask("human")
    place = await house.place()
    assert place is not None
    assert "[receipt.png]" in json.dumps(place.packet, ensure_ascii=False)


async def test_a_link_opens_one_file_for_an_hour(house: House, site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        ids = [(await _upload(site, widget, PNG_WITH_TEXT)).json()["id"] for _ in range(2)]
        await widget.send({"t": "msg", "id": "1", "files": ids})
        urls = [file["url"] for file in (await widget.wait("line", seq=1))["files"]]
        assert (await site.client.get(urls[0])).status_code == 200
        swapped = urls[0].replace(ids[0], ids[1])
        for wrong in (swapped, urls[0].split("?")[0], f"{urls[0]}0", f"/web/files/{'0' * 32}?k=1.a", "/web/files/x?k="):
            assert (await site.client.get(wrong)).status_code == 404
        house.clock.forward(minutes=61)
        assert (await site.client.get(urls[0])).status_code == 404
        await widget.send({"t": "older", "before": 2})
        fresh = (await widget.wait("lines"))["lines"][0]["files"][0]["url"]
        assert (await site.client.get(fresh)).status_code == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"\x89PNG\r\n\x1a\n broken", 415),
        (b"MZ\x90\x00\x03", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>\x00", 415),
        (b"x" * 100_001, 413),
        (b"x" * 200_000, 413),
    ],
    ids=["empty", "broken", "program", "binary", "too big", "far too big"],
)
async def test_a_file_that_is_not_taken_is_refused_in_both_languages(site: Served, data: bytes, status: int) -> None:
    async with opened(Widget(site.address)) as (widget,):
        try:
            answer = await _upload(site, widget, data)
        except httpx.TransportError:  # the server need not read to the end what it will not take
            assert status == 413
            return
        assert answer.status_code == status
        assert set(answer.json()["message"]) == {"zh", "en"}


async def test_what_looks_like_a_page_is_only_ever_a_text_to_download(site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        file = (await _upload(site, widget, b"<script>alert(1)</script>", "page.html")).json()
        assert (file["type"], file["name"]) == ("text/plain", "page.html.txt")
        await widget.send({"t": "msg", "id": "1", "files": [file["id"]]})
        shown = await site.client.get((await widget.wait("line", seq=1))["files"][0]["url"])
        assert shown.headers["content-type"] == "text/plain; charset=utf-8"
        assert shown.headers["content-disposition"].startswith("attachment")


async def test_somebody_elses_file_cannot_be_sent_and_nobody_uploads_without_a_token(site: Served) -> None:
    async with opened(Widget(site.address), Widget(site.address)) as (ann, bob):
        file = (await _upload(site, ann, PNG_WITH_TEXT)).json()
        for stolen in (file["id"], "0" * 32):
            await bob.send({"t": "msg", "id": "1", "files": [stolen]})
            await bob.wait("error", code="not_yours", id="1")
            bob.frames.clear()
    answer = await site.client.post("/web/files", files={"file": ("a.png", PNG_WITH_TEXT)})
    assert answer.status_code == 401


async def test_the_transcript_is_in_the_customers_language_with_times_of_the_shop(house: House, site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        await widget.ask("choose")
        body = {"visitor": widget.visitor, "lang": "zh"}
        chinese = await site.client.post("/web/transcript", json=body)
        english = await site.client.post("/web/transcript", json={**body, "lang": "en"})
    assert chinese.headers["content-disposition"].startswith("attachment")
    assert chinese.headers["content-type"] == "text/plain; charset=utf-8"
    assert "2026-11-22 12:00:00  您: choose" in chinese.text
    assert "2026-11-22 12:00:00  智能客服: yes? [Yes] [No]" in chinese.text
    assert "Times are Asia/Shanghai" in english.text
    assert "You: choose" in english.text


async def test_nobody_gets_another_persons_transcript(house: House, site: Served) -> None:
    customer = sign("C001", SECRET, now=house.clock(), lasts=timedelta(minutes=5))
    async with opened(Widget(site.address, customer=customer)) as (widget,):
        await widget.ask("my order")
        mine = await site.client.post("/web/transcript", json={"visitor": widget.visitor, "customer": customer})
        theirs = await site.client.post("/web/transcript", json={"visitor": widget.visitor})
    assert "my order" in mine.text
    assert "my order" not in theirs.text
    for visitor in (None, "forged"):
        assert (await site.client.post("/web/transcript", json={"visitor": visitor})).status_code == 401


class Stream:
    """A widget behind a network that blocks sockets."""

    def __init__(self, site: Served) -> None:
        self._site = site
        self.visitor: str | None = None
        self.customer: str | None = None
        self._frames: AsyncIterator[dict[str, Any]] | None = None

    async def listen(self, response: httpx.Response) -> None:
        async def frames() -> AsyncIterator[dict[str, Any]]:
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

        self._frames = frames()
        self.visitor = (await self.wait("welcome"))["visitor"]

    async def wait(self, kind: str, **wanted: Any) -> dict[str, Any]:
        assert self._frames is not None
        async with asyncio.timeout(PATIENCE):
            async for frame in self._frames:
                if frame["t"] == kind and wanted.items() <= frame.items():
                    return frame
        raise ConnectionError("the stream ended")

    async def send(self, *frames: dict[str, Any]) -> httpx.Response:
        body = {"visitor": self.visitor, "customer": self.customer, "tab": "1", "frames": frames}
        return await self._site.client.post("/web/send", json=body)


async def test_the_talk_works_without_sockets(house: House, site: Served) -> None:
    stream = Stream(site)
    hello = {"t": "hello", "v": 1, "since": 0, "lang": "en", "tab": "1"}
    async with site.client.stream("POST", "/web/stream", json=hello) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        await stream.listen(response)
        message = {"t": "msg", "id": "1", "text": "hello"}
        for _ in range(2):
            answer = await stream.send(message, {"t": "ping"})
            assert answer.json()["frames"] == [{"t": "ack", "id": "1", "seq": 1}, {"t": "pong"}]
        assert (await stream.wait("line", seq=1))["client_id"] == "1"
        assert (await stream.wait("line", seq=2))["text"] == "1: hello"
        async with opened(Widget(site.address, visitor=stream.visitor)) as (socket,):
            await socket.ask("by socket")
            assert (await stream.wait("line", seq=4))["text"] == "2: by socket"
        identify = await stream.send({"t": "identify", "customer": "x"})
        assert identify.status_code == 409
        assert (await stream.send({"t": "logout"})).json()["frames"] == [{"t": "signed_out"}]
        assert await stream.wait("signed_out")
    assert (await stream.send({"t": "ping"})).status_code == 401
    assert (await site.client.post("/web/stream", json={**hello, "visitor": stream.visitor})).status_code == 401
    assert len(house.engine.heard) == 2


async def test_hello_alone_gives_a_visitor_and_their_talk(site: Served) -> None:
    async with opened(Widget(site.address)) as (widget,):
        await widget.ask("hello")
        answer = await site.client.post("/web/hello", json={**widget.hello(), "since": 0})
    assert [frame["t"] for frame in answer.json()["frames"]][:3] == ["welcome", "line", "line"]


@pytest.mark.parametrize("body", [{}, {"frames": "x"}, {"frames": [1]}, {"frames": [{"t": "ping"}] * 21}, []])
async def test_a_post_that_is_none_is_refused(site: Served, body: object) -> None:
    assert (await site.client.post("/web/send", json=body)).status_code == 400


async def test_the_widgets_pages_are_served_as_built_with_a_strict_policy(house: House, tmp_path: Any) -> None:
    dist = tmp_path / "dist"
    (dist / "static").mkdir(parents=True)
    for name in ("widget.js", "widget.html", "demo.html", "static/app-1A2B3C4D.js", "secret.txt"):
        (dist / name).write_text(name)
    async with served(house, [web(tmp_path)]) as site:
        loader = await site.client.get("/widget.js")
        assert (loader.text, loader.headers["access-control-allow-origin"]) == ("widget.js", "*")
        assert loader.headers["content-type"].startswith("text/javascript")
        page = await site.client.get("/web/widget")
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors 'self' https://shop.example" in policy
        assert "unsafe" not in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        asset = await site.client.get("/web/static/app-1A2B3C4D.js")
        assert "immutable" in asset.headers["cache-control"]
        assert (await site.client.get("/demo")).text == "demo.html"
        for path in (
            "/web/static/..%2fsecret.txt",
            "/web/static/%2e%2e/secret.txt",
            "/web/static/nothing.js",
            "/web/static/",
        ):
            assert (await site.client.get(path)).status_code == 404, path


async def test_an_unbuilt_widget_is_said_so_and_the_demo_page_is_the_demos(house: House, tmp_path: Any) -> None:
    async with served(house, [web(tmp_path, demo=False)]) as site:
        assert "not built" in (await site.client.get("/widget.js")).text
        assert (await site.client.get("/demo")).status_code == 404

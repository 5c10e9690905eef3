"""`guitai demo wechat`: a page on which a developer chats as somebody on WeChat."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import read
from bot.store.database import Database
from channels import wechat, wechat_kf, wechat_mini
from tests.channels.wechats import ANN, official, talking, until
from tests.pictures import PNG_WITH_TEXT
from tests.platforms import wechat_page
from tests.platforms.wechat import WeChat


async def test_what_is_done_on_the_page_reaches_the_bot_and_its_answers_are_shown(
    sqlite_database: Database, tmp_path: Path
) -> None:
    page = wechat_page.application("official")
    async with (
        talking(sqlite_database, tmp_path, wechat=WeChat(), make=official, application=page) as talk,
        httpx.AsyncClient(base_url=talk.wechat.url) as browser,
    ):

        async def do(what: str, **more: Any) -> None:
            before = len(talk.wechat.people[ANN].shown)
            assert (await browser.post("/page/do", json={"who": ANN, "what": what, **more})).is_success
            await until(lambda: len(talk.wechat.people[ANN].shown) > before, talk.house)

        assert "A pretended WeChat" in (await browser.get("/")).text
        await do("say", text="choose")
        (shown,) = (await browser.get("/page/look", params={"who": ANN})).json()["shown"]
        assert (shown["how"], shown["text"]) == ("sent", "yes?")
        number, title = shown["choices"][0]
        await do("choose", text=title, id=number)
        await do("menu", entry="track_order")
        await do("voice")
        await do("picture", data=base64.b64encode(PNG_WITH_TEXT).decode())
        await do("follow")
        told = [said["intent"] for said in talk.house.engine.heard]
    assert told == [None, "/affirm", "/track_order", "/greet"]


@pytest.mark.parametrize(("kind", "channel"), [("official", wechat), ("mini", wechat_mini), ("kf", wechat_kf)])
def test_the_bot_can_be_started_with_what_is_said(kind: str, channel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = wechat_page.pretended(kind, "http://localhost:5005/")
    for name, value in wechat_page.settings_for(kind, made).items():
        monkeypatch.setenv(name, value)
    started = channel.make(read(demo=True, _env_file=None))
    assert made.hook == f"http://localhost:5005/webhooks/{started.name}/webhook"


def test_an_unknown_account_is_named() -> None:
    told = CliRunner().invoke(app, ["demo", "wechat", "--account", "fax"])
    assert (told.exit_code, "--account is one of official, mini, kf" in told.output) == (1, True)

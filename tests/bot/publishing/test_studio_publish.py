"""The studio's publishing over its wire: approved, tried, published, followed and taken back."""

from __future__ import annotations

import json
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.settings import ROOT
from bot.store.database import Database
from channels import rest
from tests.bot.publishing.conftest import SHOP, House, Worker
from tests.bot.screens import client, session
from tests.bot.served import served
from tests.bot.studios import POLICIES, Studio, StudioHouse

FREE, PAID = "Gift wrapping is free.", "Gift wrapping costs 10 yuan."


async def _wire(stack: AsyncExitStack, worker: Worker, root: Path, folder: Path, database: Database) -> Studio:
    """The studio over this worker's content, with an editor and a reviewer."""
    shutil.copy(ROOT / "data" / "studio.yml", root / "data")
    (root / "data" / "demo").mkdir()
    (root / "data" / "demo" / "policies.yml").write_text(POLICIES, encoding="utf-8")
    desks = StudioHouse(database, folder)
    room = desks.room(root)
    publishing = worker.publishing
    at = await stack.enter_async_context(served(desks, [rest.make(desks.settings)], room=room, publishing=publishing))
    people = {}
    for name, role in {"ed": "editor", "rex": "reviewer"}.items():
        me = await desks.colleague(name, roles=(role,), online=False)
        people[name] = await stack.enter_async_context(client(at.address, await session(desks, me)))
    return Studio(desks, room, people)


async def _followed(studio: Studio, number: str) -> list[dict[str, Any]]:
    """What the stream of a publication told."""
    told = []
    async with studio.people["ed"].stream("GET", f"/api/studio/publications/{number}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                told.append(json.loads(line.removeprefix("data: ")))
    return told


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_approved_answer_is_tried_published_and_followed(
    house: House, tmp_path: Path, database: Database
) -> None:
    worker = await house.worker()
    async with AsyncExitStack() as stack:
        studio = await _wire(stack, worker, house.root, tmp_path / "other", database)
        saved = await studio.says("faq/gift_wrap", "en", PAID)

        tried = await studio.ask("ed", "POST", "try", {"text": "is gift wrapping free", "entry": saved})
        assert tried.status_code == 200, tried.text
        guess = tried.json()
        assert guess["published"]["reply"][0]["text"] == FREE
        assert guess["draft"]["reply"][0]["text"] == PAID
        assert guess["draft"]["nearest"][0]["intent"] == "faq/gift_wrap"
        assert (await studio.ask("ed", "POST", "try", {"text": ""})).status_code == 400

        assert (await studio.ask("ed", "POST", "publish", {"keys": None})).status_code == 403
        early = await studio.ask("rex", "POST", "publish", {"keys": ["faq/gift_wrap"]})
        refused = (await _followed(studio, early.json()["publication"]))[-1]
        assert (refused["state"], refused["revision"]) == ("refused", None)
        assert refused["reasons"][0]["words"]["zh"] == "faq/gift_wrap 还没有通过审核。"

        assert (await studio.do("faq/gift_wrap", "review")).status_code == 200
        assert (await studio.do("faq/gift_wrap", "approve", who="rex")).status_code == 200
        begun = await studio.ask("rex", "POST", "publish", {"keys": None})
        assert begun.status_code == 202
        told = await _followed(studio, begun.json()["publication"])
        assert (told[-1]["state"], told[-1]["who"], told[-1]["done"]) == ("live", "rex", 1.0)
        assert await worker.says("is gift wrapping free") == PAID
        assert PAID in (house.root / SHOP).read_text(encoding="utf-8")
        assert (await studio.entry("faq/gift_wrap"))["status"] == "published"

        listed = (await studio.get("publications"))["publications"]
        assert [one["state"] for one in listed] == ["live", "refused"]
        assert (
            await studio.ask("rex", "POST", f"publications/{early.json()['publication']}/rollback", {})
        ).status_code == 404
        assert (await studio.ask("ed", "GET", "publications/nobody")).status_code == 404
        assert (await studio.ask("ed", "GET", "publications/nobody/events")).status_code == 404

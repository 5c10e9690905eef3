"""A studio over a small shop's content, and people at it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from sqlalchemy import Connection

from bot.messages import Turn
from bot.settings import ROOT
from bot.store.database import Database
from bot.store.tables import studio_audit, studio_drafts, studio_open, studio_settled, studio_versions
from bot.studio.room import Room
from channels import rest
from tests.bot.desks import DeskHouse
from tests.bot.screens import client, session
from tests.bot.served import served
from tests.fakes import FakeEngine, FakeUnderstood

STORES = """\
# A shop's own remarks stay.
version: "3.1"

nlu:
- intent: faq/opening   # asked daily
  metadata:
    quotes:
      hours.open_hours: {zh: "{} 小时", en: "{} hours"}   # a rule
  examples: |
    - 几点开门
    - 你们早上几点营业
    - when do you open
    - opening hours
- intent: faq/parking
  examples: |
    - 能停车吗
    - 有停车场吗
    - is there parking
    - can I park my car

responses:
  utter_faq/opening:
  - condition: [{type: slot, name: language, value: zh}]
    text: 我们每天开门 13 小时。
    buttons: &usual_zh
    - {title: 查门店, payload: /find_store}
  - text: "We are open 13 hours a day."

  utter_faq/parking:
  - condition: [{type: slot, name: language, value: zh}]
    text: "有停车位。"
    buttons: *usual_zh
  - text: "There is parking."
"""
ALWAYS = """\
responses:
  utter_greet:
  - condition: [{type: slot, name: language, value: zh}]
    text: 您好，{agent} 为您服务。
  - text: "Hello, {agent} here."
"""
SKILLS = """\
nlu:
- intent: find_store
  examples: |
    - 最近的门店在哪
    - where is the nearest store
"""
DOMAIN = """\
intents: [find_store, human, faq: {is_retrieval_intent: true}]
entities: [store]
slots:
  language: {type: text, mappings: [{type: from_entity, entity: language}]}
  store: {type: text, mappings: [{type: from_entity, entity: store}]}
"""
POLICIES = """\
hours: {open_hours: 13}
returns: {no_reason_days: 7}
"""


def folder(at: Path) -> Path:
    """The shop's content, in a folder."""
    for name, text in (
        ("data/faq/stores.yml", STORES),
        ("data/always.yml", ALWAYS),
        ("data/skills/find_store.yml", SKILLS),
        ("data/demo/policies.yml", POLICIES),
        ("domain.yml", DOMAIN),
    ):
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "data" / "studio.yml", at / "data" / "studio.yml")
    return at


@dataclass
class Classifier(FakeEngine):
    """Understands what it is told to."""

    means: dict[str, tuple[str, float]] = field(default_factory=dict)
    meanings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Rasa's parse data by text, one for each clause."""

    async def reply(self, text: str, *, message_id: str, **more: Any) -> Turn:
        turn = await super().reply(text, message_id=message_id, **more)
        found = self.meanings.get(text)
        if not found:
            return turn
        heard = [{"event": "user", "text": text, "message_id": message_id, "parse_data": each} for each in found]
        return replace(turn, events=(*heard, turn.events[-1]))

    def understand(self, text: str) -> FakeUnderstood:
        label, sure = self.means.get(text, ("nlu_fallback", 0.1))
        return FakeUnderstood(label.partition("/")[0], "zh", ranking=((label, sure),))


class StudioHouse(DeskHouse):
    """A house with a studio over a folder."""

    def __init__(self, database: Database, root: Path) -> None:
        super().__init__(database)
        self.engine: Classifier = Classifier()
        self.root = folder(root)
        self.router = self.another_worker()
        self.at_work = self.room(self.root)


def _forget(connection: Connection) -> None:
    for table in (studio_drafts, studio_versions, studio_audit, studio_open, studio_settled):
        connection.execute(table.delete())


@dataclass
class Studio:
    """The studio's wire, as several people have it."""

    house: StudioHouse
    room: Room
    people: dict[str, httpx.AsyncClient]

    async def ask(self, who: str, method: str, path: str, body: Any = None, *, language: str = "en") -> httpx.Response:
        headers = {"accept-language": language}
        return await self.people[who].request(method, f"/api/studio/{path}", json=body, headers=headers)

    async def anew(self) -> None:
        """Forget what was done here."""
        shutil.rmtree(self.house.root / "data")
        folder(self.house.root)
        self.house.engine.means.clear()
        await self.house.database.run(_forget)

    async def get(self, path: str, *, who: str = "ed") -> dict[str, Any]:
        response = await self.ask(who, "GET", path)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def entry(self, key: str, *, who: str = "ed") -> dict[str, Any]:
        return await self.get(f"entries/{quote(key, safe='')}", who=who)

    async def do(self, key: str, what: str, body: Any = None, *, who: str = "ed") -> httpx.Response:
        return await self.ask(who, "POST", f"entries/{quote(key, safe='')}/{what}", body)

    async def save(self, entry: dict[str, Any], *, who: str = "ed", revision: str | None = None) -> httpx.Response:
        body = {"revision": revision or entry["revision"], "entry": entry}
        return await self.ask(who, "PUT", f"entries/{quote(entry['key'], safe='')}", body)

    async def says(self, key: str, language: str, text: str, *, who: str = "ed") -> dict[str, Any]:
        """Save another answer; the entry."""
        entry = await self.entry(key, who=who)
        entry["answers"][language][0]["text"] = text
        response = await self.save(entry, who=who)
        assert response.status_code == 200, response.text
        saved: dict[str, Any] = response.json()
        return saved


@asynccontextmanager
async def studio(database: Database, root: Path) -> AsyncIterator[Studio]:
    """Served, with two editors, a reviewer, an admin, and an agent who has no business here."""
    house = StudioHouse(database, root)
    roles = {"ed": "editor", "eva": "editor", "rex": "reviewer", "ada": "admin", "sam": "agent"}
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(served(house, [rest.make(house.settings)], room=house.at_work))
        people = {"": await stack.enter_async_context(client(at.address))}
        for name, role in roles.items():
            me = await house.colleague(name, roles=(role,), online=False)
            people[name] = await stack.enter_async_context(client(at.address, await session(house, me)))
        yield Studio(house, house.at_work, people)

"""A router with all it needs and an engine that does as it is told, and customers who write to it."""

from __future__ import annotations

import uuid
from functools import cache
from pathlib import Path
from typing import Any, cast

from argon2 import PasswordHasher

from actions.words import Words
from bot.customers import Customers
from bot.deliveries import Deliveries, Sender
from bot.desk.staff import Staff
from bot.desk.staff import build as build_staff
from bot.desk.texts import DeskTexts
from bot.live import InProcess, Live
from bot.messages import Inbound
from bot.previews import renders
from bot.retail import policies
from bot.retail.policies import Policies
from bot.router import Answer, Router
from bot.settings import ROOT, Settings
from bot.store import handoffs
from bot.store.database import Database
from bot.store.handoffs import Place
from bot.studio.room import Room
from bot.studio.room import build as build_room
from bot.switchboard import ServiceHours, Switchboard, Tempo
from bot.talks import Talks
from bot.turns import Turns
from bot.visitors import Visitors
from bot.voice import Voice
from tests.fakes import FakeClock, FakeEngine, FakeShopView

SECRET = "s" * 40
_desk_texts = cache(DeskTexts.read)
_renders = cache(renders)
"""Nobody changes them, and reading them takes longer than most tests."""


class House:
    """A router with all it needs, and customers who write to it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FakeClock()
        self.engine = FakeEngine()
        self.open = True
        self.settings = Settings(demo=True, customer_token_secret=SECRET, _env_file=None)
        self.customers = Customers(database=database, secret=SECRET, proof_minutes=30, now=self.clock)
        self.live = InProcess()
        self.line = Tempo()
        self.desk_texts = _desk_texts(ROOT / "data" / "desk.yml")
        self.senders: dict[str, Sender] = {}
        self.held: dict[str, float] = {}
        self.joining: set[str] = set()
        self.deliveries = self.another_deliverer()
        self.routers: list[Router] = []
        self.router = self.another_worker()
        self.talks = self.talks_over(self.router)

    def talks_over(self, router: Router, live: Live | None = None) -> Talks:
        return Talks(
            database=self.database,
            live=live or self.live,
            router=router,
            customers=self.customers,
            visitors=Visitors(secret=SECRET, now=self.clock),
            shop=FakeShopView(),
            answer_minutes={"urgent": 2, "high": 5, "normal": 15},
            line=self.line,
            now=self.clock,
        )

    def hours(self) -> ServiceHours:
        return ServiceHours(
            is_open=lambda: self.open,
            opens="09:00",
            closes="22:00",
            answer_minutes={"urgent": 2, "high": 5, "normal": 15},
        )

    def another_worker(self, engine: FakeEngine | None = None, live: Live | None = None) -> Router:
        hours = self.hours()
        switchboard = Switchboard(
            voice=Voice(engine or self.engine, {}),
            database=self.database,
            customers=self.customers,
            shop=FakeShopView(),
            hours=hours,
            groups=self.desk_texts.groups,
            line=self.line,
            settings=self.settings,
            now=self.clock,
        )
        turns = Turns(
            engine=engine or self.engine,
            switchboard=switchboard,
            customers=self.customers,
            settings=self.settings,
            now=self.clock,
            answered_in_response=frozenset({"rest", "web"}),
            held=self.held,
            joining=self.joining,
        )
        router = Router(
            database=self.database,
            turns=turns,
            customers=self.customers,
            live=live or self.live,
            now=self.clock,
            deliver=lambda conversation: self.deliveries.nudge(conversation),
        )
        self.routers.append(router)
        return router

    def staff(self, shop: object = None) -> Staff:
        """The desk over this house; colleagues' passwords cost next to nothing."""
        return build_staff(
            self.settings,
            database=self.database,
            live=self.live,
            shop=cast("Any", shop or FakeShopView()),
            engine=cast("Any", self.engine),
            voice=Voice(self.engine, {}),
            line=self.line,
            texts=self.desk_texts,
            hours=self.hours(),
            policies=_policies(),
            words=_words(),
            link=self.talks.visitors.link,
            carried=["rest", "web"],
            deliver=lambda conversation: self.deliveries.nudge(conversation),
            now=self.clock,
            hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
        )

    def room(self, root: Path = ROOT) -> Room:
        """The studio over a folder's content."""
        settings = self.settings.model_copy(update={"root": root})
        return build_room(settings, database=self.database, engine=self.engine, renders=_renders(ROOT), now=self.clock)

    def another_deliverer(self) -> Deliveries:
        return Deliveries(database=self.database, live=InProcess(), senders=self.senders, tries=3, now=self.clock)

    def message(self, text: str = "", *, sender: str = "ann", number: str = "", **more: Any) -> Inbound:
        return Inbound("rest", "default", number or uuid.uuid4().hex, sender, text=text, **more)

    async def answer(self, message: Inbound, router: Router | None = None) -> Answer:
        router = router or self.router
        answer = await router.answer_to(await router.receive(message), within_seconds=20)
        assert answer is not None
        return answer

    async def say(self, text: str = "", **more: Any) -> list[str]:
        return [bubble["text"] for bubble in await self.answer(self.message(text, **more))]

    async def place(self) -> Place | None:
        places = await self.database.read(handoffs.listed, every=True)
        return places[-1] if places else None


@cache
def _policies() -> Policies:
    return policies.read(ROOT / "data" / "demo" / "policies.yml")


@cache
def _words() -> Words:
    return Words.read(ROOT / "data" / "words.yml")

"""Everything that runs, built once from the settings and closed in turn."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from actions.base import discover as routines
from actions.base import import_all
from actions.services import Written
from actions.services import build as build_services
from actions.talk import Services
from actions.words import Words
from bot import accounts
from bot.customers import Customers
from bot.deliveries import Deliveries
from bot.desk.staff import Staff
from bot.desk.staff import build as build_staff
from bot.desk.texts import DeskTexts
from bot.errors import ModelError
from bot.live import Live, connect
from bot.previews import renders
from bot.retail.opening import connect as connect_shop
from bot.retail.opening import ensure_demo_shop, open_shop
from bot.retail.shop import ShopBackend
from bot.router import Router
from bot.settings import Settings
from bot.store.database import Database, opened
from bot.studio.room import Room
from bot.studio.room import build as build_room
from bot.switchboard import ServiceHours, Switchboard, Tempo
from bot.talks import Talks
from bot.turns import Turns
from bot.visitors import Visitors
from bot.voice import Voice
from channels.base import Channel, discover, held, joining, senders

if TYPE_CHECKING:
    from bot.engine.engine import Engine
    from bot.publishing.build import Publishing
    from bot.publishing.following import Follower
    from bot.wording import WordedEngine

logger = logging.getLogger(__name__)

Progress = Callable[[str, float], None]
"""Told what is being done, and how much of it is done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a running Guitai is made of."""

    settings: Settings
    database: Database
    shop: ShopBackend
    engine: Engine
    customers: Customers
    router: Router
    deliveries: Deliveries
    live: Live
    talks: Talks
    staff: Staff
    channels: tuple[Channel, ...]
    words: Words
    publishing: Publishing
    studio: Room
    closing: AsyncExitStack

    async def aclose(self) -> None:
        """Let running turns end, then give everything back."""
        await self.publishing.publisher.aclose()
        await self.router.drain(within_seconds=self.settings.drain_seconds)
        await self.deliveries.drain(within_seconds=self.settings.drain_seconds)
        await self.closing.aclose()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What many workers begin with: read and loaded once, then shared by being copied."""

    follower: Follower
    """The engine, and which revision it says."""
    written: Written


def prepare(settings: Settings, *, progress: Progress = lambda step, done: None) -> Prepared:
    """Do what needs doing once for all workers: the tables' newest form, the demo shop, a loaded model.

    Nothing is left open and no thread runs, so that the process can be copied.

    Raises:
        GuitaiError: something cannot be had; the text says what to do.
    """
    progress("opening the database", 0.0)
    database = opened(settings.database_url)
    try:
        if settings.demo:
            asyncio.run(accounts.ensure_demo(database, now=_now()))
        progress("opening the shop", 0.0)
        ensure_demo_shop(settings)
        progress("loading the engine", 0.0)
        import_all()
        made = Prepared(
            follower=asyncio.run(_follower(settings, progress, database, None)), written=Written.read(settings.root)
        )
    finally:
        database.close()
    progress("ready", 1.0)
    return made


async def build(
    settings: Settings,
    *,
    progress: Progress = lambda step, done: None,
    prepared: Prepared | None = None,
    worker: str = "",
) -> Parts:
    """Build all parts; trains the bot in the demo when its content has changed.

    With what was `prepared` this is quick, and works while the database is away. `worker` is this process's name.

    Raises:
        GuitaiError: a part cannot be built; the text says which and what to do.
    """
    closing = AsyncExitStack()
    try:
        return await _build(settings, progress, closing, prepared, worker)
    except BaseException:
        await closing.aclose()
        raise


async def _build(
    settings: Settings, progress: Progress, closing: AsyncExitStack, prepared: Prepared | None, worker: str
) -> Parts:
    timezone = ZoneInfo(settings.shop_timezone)
    progress("opening the database", 0.0)
    database = await asyncio.to_thread(Database if prepared else opened, settings.database_url)
    closing.push_async_callback(database.aclose)
    live = connect(settings.redis_url)
    await live.start()
    closing.push_async_callback(live.aclose)
    progress("opening the shop", 0.0)
    shop = await asyncio.to_thread(connect_shop if prepared else open_shop, settings)
    closing.push_async_callback(shop.aclose)
    written = prepared.written if prepared else Written.read(settings.root)
    customers = Customers(
        database=database,
        secret=settings.signing_secret,
        proof_minutes=settings.proof_minutes,
        recent_minutes=written.access.recent_minutes,
        now=_now,
    )
    services = build_services(settings, written=written, shop=shop, database=database, customers=customers, now=_now)
    if prepared is None:
        follower = await _follower(settings, progress, database, services)
    else:
        follower = prepared.follower
        follower.engine.act_with(routines(services))
    engine = follower.engine
    found = tuple(discover(settings))
    rules = written.policies
    opens, closes = rules.human_service_hours
    hours = ServiceHours(
        is_open=lambda: opens <= datetime.now(timezone).time() < closes,
        opens=f"{opens:%H:%M}",
        closes=f"{closes:%H:%M}",
        answer_minutes=dict(rules.first_response_target_minutes.items()),
        opening_after=lambda moment: _opening_after(moment, opens, closes, timezone),
    )
    voice = Voice.read(engine, settings.root / "data" / "system.yml")
    desk_texts = DeskTexts.read(settings.root / "data" / "desk.yml")
    line = Tempo()
    switchboard = Switchboard(
        voice=voice,
        database=database,
        customers=customers,
        shop=shop,
        hours=hours,
        groups=desk_texts.groups,
        line=line,
        settings=settings,
        now=_now,
    )
    turns = Turns(
        engine=_worded(engine, settings, closing),
        switchboard=switchboard,
        customers=customers,
        settings=settings,
        now=_now,
        answered_in_response=frozenset(channel.name for channel in found if channel.answered_in_response),
        held=held(found),
        joining=joining(found),
    )
    sending = senders(found)
    for channel in sending.values():
        closing.push_async_callback(channel.aclose)
    deliveries = Deliveries(database=database, live=live, senders=sending, tries=settings.send_tries, now=_now)
    router = Router(
        database=database,
        turns=turns,
        customers=customers,
        live=live,
        now=_now,
        worker=worker,
        deliver=deliveries.nudge,
    )
    talks = Talks(
        database=database,
        live=live,
        router=router,
        customers=customers,
        visitors=Visitors(secret=settings.signing_secret, now=_now),
        shop=shop,
        answer_minutes=hours.answer_minutes,
        line=line,
        now=_now,
    )
    staff = build_staff(
        settings,
        database=database,
        live=live,
        shop=shop,
        engine=engine,
        voice=voice,
        line=line,
        texts=desk_texts,
        hours=hours,
        policies=rules,
        words=written.words,
        link=talks.visitors.link,
        carried=[channel.name for channel in found if channel.answered_in_response],
        deliver=deliveries.nudge,
        now=_now,
    )
    from bot.publishing.build import build as build_publishing

    publishing = build_publishing(
        follower,
        root=settings.root,
        models=settings.models,
        database=database,
        live=live,
        worker=worker or uuid.uuid4().hex,
        now=_now,
    )
    if prepared is None and settings.demo:
        await accounts.ensure_demo(database, now=_now())
    progress("ready", 1.0)
    return Parts(
        settings=settings,
        database=database,
        shop=shop,
        engine=engine,
        customers=customers,
        router=router,
        deliveries=deliveries,
        live=live,
        talks=talks,
        staff=staff,
        channels=found,
        words=written.words,
        publishing=publishing,
        studio=build_room(settings, database=database, engine=engine, renders=renders(settings.root), now=_now),
        closing=closing,
    )


async def current_model(settings: Settings, progress: Progress) -> Path:
    """The newest model; in the demo, one made of today's content.

    Raises:
        ModelError: there is none.
        ContentError: the demo cannot be trained.
    """
    from bot.engine import training

    newest = training.latest(settings.models)
    if newest is not None and await asyncio.to_thread(training.is_current, newest, settings.root):
        return newest
    if settings.demo:
        return await training.train_in_process(settings.root, settings.models, progress)
    if newest is None:
        raise ModelError(f"there is no model in {settings.models}; make one with `guitai train`")
    logger.warning("the content has changed since the model was made; run guitai train", extra={"model": newest.name})
    return newest


def _worded(engine: Engine, settings: Settings, closing: AsyncExitStack) -> Engine | WordedEngine:
    """The engine as it speaks: through a language model where the settings name one."""
    if not settings.wording_url:
        return engine
    from bot.faithful import Glue
    from bot.wording import WordedEngine, Wording

    wording = Wording(
        url=settings.wording_url,
        model=settings.wording_model,
        key=settings.wording_key,
        seconds=settings.wording_seconds,
        glue=Glue.read(settings.root / "data" / "wording.yml"),
    )
    closing.push_async_callback(wording.aclose)
    return WordedEngine(engine, wording)


async def _follower(settings: Settings, progress: Progress, database: Database, services: Services | None) -> Follower:
    """The engine at what was published last."""
    progress("loading the engine", 0.0)
    await asyncio.to_thread(__import__, "bot.publishing.build")  # Rasa takes seconds to import
    from bot.publishing.following import Follower
    from bot.publishing.start import starting

    start = await starting(
        settings.root, settings.models, database, otherwise=lambda: current_model(settings, progress)
    )
    progress("loading the model", 0.0)
    engine = await asyncio.to_thread(_loaded, settings, start.model, services)
    follower = Follower(engine, base=start.model.name, revision=start.revision)
    await follower.catch_up(database)
    return follower


def _loaded(settings: Settings, model: Path, services: Services | None) -> Engine:
    from bot.engine.engine import Engine
    from bot.nlu.clauses import split

    actions = None if services is None else routines(services)
    return Engine.load(model, actions=actions, split=split, turn_seconds=settings.turn_seconds)


def _opening_after(moment: datetime, opens: time, closes: time, timezone: ZoneInfo) -> datetime:
    """When people are at work next."""
    there = moment.astimezone(timezone)
    if opens <= there.time() < closes:
        return moment
    day = there.date() if there.time() < opens else there.date() + timedelta(days=1)
    return datetime.combine(day, opens, timezone).astimezone(UTC)


def _now() -> datetime:
    return datetime.now(UTC)

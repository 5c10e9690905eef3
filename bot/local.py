"""The whole bot in this process, without a web server: for `guitai chat` and `guitai test`."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from rich.console import Console
from rich.markup import escape

from bot.customers import sign
from bot.errors import GuitaiError
from bot.messages import Inbound
from bot.parts import Parts, Progress, build
from bot.replies import BUTTON
from bot.retail.sql import SqlShop, load_demo
from bot.router import Answer
from bot.settings import Settings
from bot.store import handoffs, linking, proofs
from bot.suite import Fault, Heard, TalkScript, play

CHANNEL = "rest"
PATIENCE_SECONDS = 30.0
SIGNED_IN = timedelta(hours=12)


class Local:
    """Customers who talk to the bot here."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._conversations: dict[str, str] = {}

    async def answer(self, sender: str, text: str, *, customer: str | None = None) -> Answer:
        """What the bot says to `text`, or to a pressed button when `text` is its payload."""
        pressed = text.startswith(BUTTON)
        now = datetime.now(UTC)
        message = Inbound(
            channel=CHANNEL,
            account="local",
            external_id=uuid.uuid4().hex,
            sender=sender,
            text="" if pressed else text,
            button=text if pressed else None,
            customer_token=customer and sign(customer, self._parts.settings.signing_secret, now=now, lasts=SIGNED_IN),
        )
        receipt = await self._parts.router.receive(message)
        self._conversations[sender] = receipt.conversation
        answer = await self._parts.router.answer_to(receipt, within_seconds=PATIENCE_SECONDS)
        if answer is None:
            raise GuitaiError("the bot took too long; see the log")
        return answer

    async def say(self, sender: str, text: str, *, customer: str | None = None) -> Heard:
        answer = await self.answer(sender, text, customer=customer)
        heard = Heard("\n".join(bubble.get("text", "") for bubble in answer))
        for button in itertools.chain.from_iterable(bubble.get("buttons", ()) for bubble in answer):
            heard.buttons[button["title"]] = button["payload"]
        return heard

    async def handoff(self, sender: str) -> str | None:
        conversation = self._conversations.get(sender)
        if conversation is None:
            return None
        place = await self._parts.database.read(handoffs.waiting_place, conversation)
        return place.reason if place else None

    async def code(self) -> str | None:
        shop = self._parts.shop
        sent = await shop.inbox(limit=1) if isinstance(shop, SqlShop) else ()
        return sent[0].code if sent else None

    async def play(self, talk: TalkScript) -> list[Fault]:
        """Play one talk, as somebody new, with nothing left of earlier ones; the clock must show its day."""
        await self.begin_anew()
        return await play(talk, self, sender=uuid.uuid4().hex, day_in_words=_days(self._parts))

    async def begin_anew(self) -> None:
        """The demo shop as it is on the day it is loaded, and no guesses counted."""
        settings = self._parts.settings
        today = datetime.now(ZoneInfo(settings.shop_timezone)).date()
        folder, url = settings.root / "data" / "demo", settings.demo_database_url
        await asyncio.to_thread(load_demo, folder, url, today, timezone=settings.shop_timezone)
        await self._parts.database.run(proofs.forget_guesses)
        await self._parts.database.run(linking.forget_shop_customers)


async def chatting(
    settings: Settings,
    console: Console,
    *,
    customer: str | None,
    progress: Progress,
    ready: Callable[[], None],
) -> None:
    """Talk in the terminal until an empty line."""
    parts = await build(settings, progress=progress)
    ready()
    local, sender = Local(parts), f"terminal-{uuid.uuid4().hex[:8]}"
    console.print("[dim]说点什么吧，空行结束。 Say something; an empty line ends the talk.[/dim]")
    buttons: list[dict[str, Any]] = []
    try:
        while text := (await asyncio.to_thread(_ask, console)).strip():
            chosen = int(text) - 1 if text.isascii() and text.isdigit() else -1
            if 0 <= chosen < len(buttons):
                text = buttons[chosen]["payload"]
            buttons = _show(console, await local.answer(sender, text, customer=customer))
    finally:
        await parts.aclose()


async def play_all(settings: Settings, talks: Sequence[TalkScript], *, progress: Progress) -> list[Fault]:
    """Play every talk on its day; the faults found."""
    faults: list[Fault] = []
    async with playing(settings, progress=progress) as local:
        for done, talk in enumerate(talks, start=1):
            with time_machine.travel(talk.today, tick=True):
                faults += await local.play(talk)
            progress("playing talks", done / len(talks))
    return faults


@asynccontextmanager
async def playing(settings: Settings, *, progress: Progress = lambda step, done: None) -> AsyncIterator[Local]:
    """The bot with a demo shop and a database of its own, which are gone afterwards."""
    with TemporaryDirectory(prefix="guitai-test-") as folder:
        parts = await build(_apart(settings, Path(folder)), progress=progress)
        try:
            yield Local(parts)
        finally:
            await parts.aclose()


def _apart(settings: Settings, folder: Path) -> Settings:
    own = {
        "shop_url": "demo",
        "redis_url": "",
        "database_url": f"sqlite:///{folder / 'guitai.db'}",
        "demo_database_url": f"sqlite:///{folder / 'shop.db'}",
    }
    return settings.model_copy(update=own)


def _days(parts: Parts) -> Callable[..., str]:
    return lambda day, language, today: parts.words.day(day, language, today=today)


def _ask(console: Console) -> str:
    try:
        return console.input("[bold cyan]> [/bold cyan]")
    except (EOFError, KeyboardInterrupt):
        return ""


def _show(console: Console, answer: Answer) -> list[dict[str, Any]]:
    """Print the bubbles; the buttons that can be pressed by number."""
    buttons: list[dict[str, Any]] = []
    for bubble in answer:
        console.print(escape(bubble.get("text", "")), highlight=False)
        for button in bubble.get("buttons", ()):
            buttons.append(button)
            console.print(f"  [bold]{len(buttons)}[/bold] {escape(button['title'])}", highlight=False)
    return buttons

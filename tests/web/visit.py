"""Somebody who opens the shop and talks to the widget, as a person would; and a look into the shop's log."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Frame, FrameLocator, Locator, Page, expect
from sqlalchemy import create_engine

from bot.store import lines
from bot.store.lines import Entry

WIDE, NARROW = (1280, 800), (390, 844)
PATIENCE_MS = 15_000
WATCH = """
addEventListener("securitypolicyviolation", ({ violatedDirective: rule, blockedURI: what }) => {
  console.error(`CSP ${rule} ${what}`);
});
"""
_LINES = """
SELECT l.seq, l.who, coalesce(i.text, '') AS said FROM lines l LEFT JOIN inbox i ON i.id = l.inbox_id
WHERE l.conversation_id = ? ORDER BY l.seq
"""


@dataclass(frozen=True)
class Shop:
    """The served shop, and what its database says."""

    address: str
    port: int
    database: Path

    def conversation_of(self, text: str) -> str:
        """The talk in which somebody wrote `text`."""
        (found,) = self._rows("SELECT DISTINCT conversation_id FROM inbox WHERE text = ?", text)
        return str(found[0])

    def log(self, conversation: str) -> list[tuple[int, str, str]]:
        """Number, who, and the customer's words of each line."""
        return self._rows(_LINES, conversation)

    def tell(self, conversation: str, *entries: Entry) -> None:
        """Add lines to a talk, as a colleague's desk would."""
        engine = create_engine(f"sqlite:///{self.database}")
        with engine.begin() as connection:
            lines.append(connection, conversation, entries, at=datetime.now(UTC))
        engine.dispose()

    def _rows(self, query: str, *values: str) -> list[Any]:
        with closing(sqlite3.connect(self.database, timeout=10)) as connection:
            return connection.execute(query, values).fetchall()


class Visit:
    """One page with the widget in it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def inside(self) -> FrameLocator:
        return self.page.frame_locator("#guitai iframe")

    @property
    def frame(self) -> Frame:
        return next(frame for frame in self.page.frames if "/web/widget" in frame.url)

    @property
    def launcher(self) -> Locator:
        return self.page.locator("#guitai .launcher")

    @property
    def field(self) -> Locator:
        return self.inside.locator(".composer textarea")

    @property
    def bubbles(self) -> Locator:
        return self.inside.locator(".log [data-seq]")

    @property
    def state(self) -> Locator:
        return self.inside.locator(".state")

    def open(self) -> Visit:
        self.launcher.click()
        return self.wait_until_online()

    def wait_until_online(self) -> Visit:
        expect(self.inside.locator('.state[data-reach="online"]')).to_be_visible(timeout=PATIENCE_MS)
        return self

    def say(self, text: str) -> Visit:
        self.field.fill(text)
        self.field.press("Enter")
        return self

    def hear(self, pattern: str) -> Locator:
        """A bubble of the other side that has these words."""
        found = self.inside.locator(".log .bot, .log .agent, .log .system").filter(has_text=re.compile(pattern)).last
        expect(found).to_be_visible(timeout=PATIENCE_MS)
        return found

    def press(self, title: str) -> Visit:
        self.inside.locator(".buttons button:enabled").filter(has_text=title).last.click(timeout=PATIENCE_MS)
        return self

    def numbers(self) -> list[int]:
        """Of the bubbles, as they stand."""
        return [int(number) for number in self.bubbles.evaluate_all("all => all.map(one => one.dataset.seq)")]

    def own(self) -> list[str]:
        """The customer's own bubbles, those on their way among them."""
        return self.inside.locator(".log .customer .bubble").all_inner_texts()

    def settle(self) -> None:
        """Until nothing is on its way."""
        self.wait_until_online()
        expect(self.inside.locator("[data-client]")).to_have_count(0, timeout=PATIENCE_MS)


@dataclass
class Visits:
    """Opens pages and notes what goes wrong in them."""

    browser: Browser
    shop: Shop
    faults: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def context(self, *, language: str = "zh", size: tuple[int, int] = WIDE, dark: bool = False) -> BrowserContext:
        """A browser of its own: nothing is known of earlier visits."""
        made = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            locale="zh-CN" if language == "zh" else "en-GB",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        made.set_default_timeout(PATIENCE_MS)
        made.add_init_script(WATCH)
        self.contexts.append(made)
        return made

    def enter(self, context: BrowserContext, address: str = "", *, language: str = "zh") -> Visit:
        """A page of the shop, with the widget still closed."""
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"error {error}"))
        page.on("dialog", lambda dialog: (self.faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda said: self.faults.append(said.text) if _is_fault(said.text) else None)
        page.goto(address or f"{self.shop.address}/demo?lang={language}")
        return Visit(page)

    def open(self, *, language: str = "zh", size: tuple[int, int] = WIDE, dark: bool = False) -> Visit:
        """A new customer who has just opened the widget."""
        return self.enter(self.context(language=language, size=size, dark=dark), language=language).open()

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def _is_fault(said: str) -> bool:
    """A page's console also tells of cut lines, which are meant here."""
    return said.startswith("CSP ") or "Content Security Policy" in said or "Uncaught" in said

"""Somebody at the agent desk, as a person sits there."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from playwright.sync_api import Locator, Page, expect

from tests.web.visit import PATIENCE_MS, WIDE, Visits

NAMES = {
    "li": {"zh": "李静", "en": "Li Jing"},
    "wang": {"zh": "王磊", "en": "Wang Lei"},
    "sam": {"zh": "Sam Lee", "en": "Sam Lee"},
    "chen": {"zh": "陈曦", "en": "Chen Xi"},
}


class Desk:
    """One page with the desk in it."""

    def __init__(self, page: Page, language: str) -> None:
        self.page = page
        self.language = language

    @property
    def rows(self) -> Locator:
        return self.page.locator(".row")

    @property
    def field(self) -> Locator:
        return self.page.locator(".composer textarea")

    @property
    def packet(self) -> Locator:
        return self.page.locator(".panel.handoff")

    @property
    def window(self) -> Locator:
        return self.page.locator(".window")

    def row(self, text: str) -> Locator:
        return self.rows.filter(has_text=text)

    def open(self, text: str) -> Desk:
        """Open the conversation that shows `text` in the lists."""
        self.row(text).get_by_role("button").click()
        expect(self.page.locator(".talk-head")).to_be_visible()
        expect(self.page.locator(".panels[aria-busy=false]")).to_be_attached(timeout=PATIENCE_MS)
        return self

    def button(self, zh: str, en: str) -> Locator:
        """A button by its words in the desk's language."""
        return self.page.get_by_role("button", name=re.compile(zh if self.language == "zh" else en))

    def say(self, text: str) -> Desk:
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.line("agent", text)).to_be_visible(timeout=PATIENCE_MS)
        return self

    def line(self, who: str, text: str) -> Locator:
        """A stored line of the open talk, none that is still on its way."""
        return self.page.locator(f".log .line.{who}:not(.pending)").filter(has_text=text).last

    def choose(self, zh: str, en: str) -> None:
        """A command of the talk's menu."""
        self.page.locator(".talk-do .icon-button").click()
        self.page.get_by_role("menuitem", name=zh if self.language == "zh" else en).click()

    def be(self, status: str) -> Desk:
        """Online, away or offline, and the server knows."""
        self.page.locator(".status-button").click()
        place = ["online", "away", "offline"].index(status)
        self.page.get_by_role("menuitemradio").nth(place).click()
        expect(self.page.locator(f".status-button .dot.{status}")).to_be_visible()
        return self


def sit_down(
    visits: Visits, name: str, *, language: str = "zh", size: tuple[int, int] = WIDE, dark: bool = False
) -> Desk:
    """Sign in as one of the demo's people."""
    context = visits.context(language=language, size=size, dark=dark)
    page = visits.enter(context, f"{visits.shop.address}/desk").page
    page.locator(".demo-accounts button").filter(has_text=NAMES[name][language]).click()
    page.locator(".sign-in button[type=submit]").click()
    expect(page.locator(".status-button .dot.online")).to_be_visible(timeout=PATIENCE_MS)
    return Desk(page, language)


def noon() -> str:
    """A time zone in which people are at work now."""
    ahead = 13 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"

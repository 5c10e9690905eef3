"""Somebody in the content studio, as a person sits there; and a shop whose content they may change."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from bot.publishing.remembering import GUARDS, MEMORY, Order, look_up, remember
from tests.trained import trained
from tests.web.serving import ROOT, serving
from tests.web.visit import PATIENCE_MS, WIDE, Shop, Visits

NAMES = {
    "editor": {"zh": "周然", "en": "Zhou Ran"},
    "chen": {"zh": "陈曦", "en": "Chen Xi"},
    "admin": {"zh": "管理员", "en": "Admin"},
}
CONTENT = ("config.yml", "domain.yml", "data", "web/dist")


@contextmanager
def serving_own_content(folders: pytest.TempPathFactory) -> Iterator[tuple[Shop, Path]]:
    """A shop with files of its own, which are published to, and the folder of these files."""
    root = folders.mktemp("content")
    for name in CONTENT:
        whence, where = ROOT / name, root / name
        where.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if whence.is_dir() else shutil.copy)(whence, where)
    (root / "models").mkdir()
    with trained(folders) as newest:
        order = Order(str(newest), str(ROOT), 0)
        if look_up(order) is None:
            remember(order)
        for path in (newest, order.path(MEMORY), order.path(GUARDS)):
            shutil.copy(path, root / "models")
    with serving(folders, GUITAI_ROOT=str(root), GUITAI_MODELS=str(root / "models")) as shop:
        yield shop, root


class Studio:
    """One page with the studio in it."""

    def __init__(self, page: Page, language: str, address: str) -> None:
        self.page = page
        self.language = language
        self.address = address

    @property
    def rows(self) -> Locator:
        return self.page.locator(".entry")

    @property
    def window(self) -> Locator:
        return self.page.locator(".window")

    @property
    def checks(self) -> Locator:
        return self.page.locator(".checks")

    @property
    def progress(self) -> Locator:
        return self.page.locator(".progress")

    def answer(self, language: str) -> Locator:
        """The answer that every channel gives in a language."""
        return self.page.locator(f'[data-field="answers.{language}.0.text"]')

    def wordings(self, language: str) -> Locator:
        return self.page.locator(f'.wordings[data-field="examples.{language}"] input')

    def goto(self, page: str) -> Studio:
        self.page.locator(f'.pages a[href="#/{page}"]').click()
        expect(self.page.locator(f'.pages a[href="#/{page}"]')).to_have_attribute("aria-current", "page")
        return self

    def find(self, words: str) -> Studio:
        self.page.locator(".search-field input").fill(words)
        expect(self.page.locator(".found-rows")).to_have_attribute("aria-busy", "false", timeout=PATIENCE_MS)
        return self

    def open(self, key: str) -> Studio:
        """Open an entry out of the list."""
        self.page.locator(f'.entry a[href$="{quote(key, safe="")}"]').click()
        expect(self.page.locator(".editor")).to_be_visible(timeout=PATIENCE_MS)
        return self

    def show(self, key: str) -> Studio:
        """Open an entry by its address."""
        self.page.goto(f"{self.address}/studio#/entries/{quote(key, safe='')}")
        expect(self.page.locator(".editor")).to_be_visible(timeout=PATIENCE_MS)
        return self

    def side(self, tab: str) -> Locator:
        self.page.locator(f"#tab-{tab}").click()
        return self.page.locator(".side-panel")

    def button(self, zh: str, en: str) -> Locator:
        """A button by its words in the studio's language."""
        return self.page.get_by_role("button", name=re.compile(zh if self.language == "zh" else en))

    def settled(self, status: str) -> Studio:
        """The open entry has come to a status, and nothing is unsaved."""
        expect(self.page.locator(".editor-name .chip").first).to_have_text(status, timeout=PATIENCE_MS)
        return self

    def publish(self) -> Studio:
        """Publish all that is approved; customers are told when this returns."""
        self.goto("publish")
        return self.live(self.page.get_by_role("button", name=re.compile("^(发布|Publish) [1-9]")))

    def live(self, begin: Locator) -> Studio:
        """Press what begins a publication, and wait until customers are told."""
        begin.wait_for(timeout=PATIENCE_MS)
        before = self.progress.get_attribute("data-publication") if self.progress.count() else ""
        begin.click()
        expect(self.progress).not_to_have_attribute("data-publication", before or "", timeout=PATIENCE_MS)
        expect(self.progress).to_have_class(re.compile("good|bad"), timeout=4 * PATIENCE_MS)
        assert "good" in (self.progress.get_attribute("class") or ""), self.progress.inner_text()
        return self


def sit_down(
    visits: Visits, name: str, *, language: str = "zh", size: tuple[int, int] = WIDE, dark: bool = False
) -> Studio:
    """Sign in as one of the demo's people."""
    context = visits.context(language=language, size=size, dark=dark)
    page = visits.enter(context, f"{visits.shop.address}/studio").page
    page.locator(".demo-accounts button").filter(has_text=NAMES[name][language]).click()
    page.locator(".sign-in button[type=submit]").click()
    expect(page.locator(".entry").first).to_be_visible(timeout=PATIENCE_MS)
    return Studio(page, language, visits.shop.address)


def told(shop: Shop, words: str, *, sender: str) -> str:
    """What the bot says to a customer over REST."""
    said = httpx.post(
        f"{shop.address}/webhooks/rest/webhook", json={"sender": sender, "message": words}, timeout=30
    ).raise_for_status()
    return "\n".join(str(each.get("text", "")) for each in said.json())

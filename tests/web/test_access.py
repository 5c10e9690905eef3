"""Everybody can use it: by keyboard, with a screen reader, on any screen, in light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.web.visit import NARROW, WIDE, Visit, Visits

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
CHECK = "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations"
SCREENS = [(320, 568), (390, 844), (844, 390), (768, 1024), (1280, 800), (1920, 1080)]


def serious_faults(place: Frame | Page) -> list[str]:
    """What axe finds that keeps somebody out."""
    place.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = place.evaluate(CHECK)
    return [
        f"{fault['id']}: {[node['html'] for node in fault['nodes']][:3]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(
    ("language", "dark", "size"),
    [("zh", False, WIDE), ("zh", True, NARROW), ("en", True, WIDE), ("en", False, NARROW)],
)
def test_axe_finds_nothing_serious(visits: Visits, language: str, dark: bool, size: tuple[int, int]) -> None:
    zh = language == "zh"
    visit = visits.enter(visits.context(language=language, size=size, dark=dark), language=language)
    assert serious_faults(visit.page) == []
    visit.open()
    assert serious_faults(visit.frame) == []
    visit.say("GT2600010042 到哪了？手机尾号 8812" if zh else "Where is GT2600010042? The phone ends in 8812")
    visit.hear("GT2600010042")
    visit.say("你好" if zh else "hello").hear("智能客服" if zh else "assistant")
    visit.inside.get_by_role("button", name="表情" if zh else "Emoji").click()
    assert serious_faults(visit.frame) == []
    visit.page.keyboard.press("Escape")
    visit.inside.get_by_role("button", name="更多" if zh else "More").click()
    assert serious_faults(visit.frame) == []
    visit.inside.get_by_role("menuitem", name="评价" if zh else "Rate").click()
    assert serious_faults(visit.frame) == []


def test_it_fits_any_screen(visit: Visit) -> None:
    for width, height in SCREENS:
        visit.page.set_viewport_size({"width": width, "height": height})
        panel = visit.page.locator("#guitai iframe").bounding_box()
        assert panel is not None
        assert min(panel["x"], panel["y"]) >= 0, (width, height)
        assert panel["x"] + panel["width"] <= width
        assert panel["y"] + panel["height"] <= height
        expect(visit.field).to_be_in_viewport()
        for place in (visit.frame, visit.page):
            assert place.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, height)


def test_the_whole_talk_goes_by_keyboard(visits: Visits) -> None:
    visit = visits.enter(visits.context())
    visit.launcher.focus()
    visit.page.keyboard.press("Enter")
    visit.wait_until_online()
    expect(visit.field).to_be_focused()
    visit.page.keyboard.type("满多少包邮？")
    visit.page.keyboard.press("Shift+Enter")
    visit.page.keyboard.type("谢谢")
    visit.page.keyboard.press("Enter")
    visit.hear("99")
    assert visit.own() == ["满多少包邮？\n谢谢"]
    visit.page.keyboard.press("Escape")
    expect(visit.launcher).to_be_focused()
    expect(visit.launcher).to_have_attribute("aria-expanded", "false")


def test_enter_that_ends_the_choosing_of_a_character_sends_nothing(visit: Visit) -> None:
    visit.field.fill("你好")
    visit.field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
    expect(visit.field).to_have_value("你好")


def test_on_a_phone_focus_stays_inside_until_it_is_closed(visits: Visits) -> None:
    visit = visits.open(size=NARROW)
    expect(visit.inside.get_by_role("dialog")).to_have_attribute("aria-modal", "true")
    for keys in ("Tab", "Shift+Tab"):
        for _ in range(14):
            visit.page.keyboard.press(keys)
            assert visit.page.evaluate("document.activeElement.id") == "guitai"
            assert visit.frame.evaluate("document.activeElement !== document.body")
    visit.page.keyboard.press("Escape")
    expect(visit.launcher).to_be_focused()


def test_new_lines_are_told_to_screen_readers(visit: Visit) -> None:
    log = visit.inside.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    visit.say("你好").hear("智能客服")
    expect(log).to_contain_text("智能客服")
    expect(visit.page.locator("#guitai iframe")).to_have_attribute("title", "打开在线客服")

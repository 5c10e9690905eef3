"""From the bot to a person and back, with the customer in one browser and colleagues in others."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.desk import NAMES, Desk, noon, sit_down
from tests.web.payloads import PAYLOADS
from tests.web.serving import serving
from tests.web.test_access import serious_faults
from tests.web.visit import PATIENCE_MS, WIDE, Shop, Visit, Visits

DIST = Path(__file__).parents[2] / "web" / "dist"
WIDEST = (1920, 1080)
BROUGHT_IN = """
({
  markup: document.querySelectorAll(
    "script:not([src^='/web/static/']), iframe, object, embed, base, style, math, video, audio, marquee, " +
    "img:not([src^='/web/']):not([src^='https:']), form[action], [style*=expression]"
  ).length,
  handlers: [...document.querySelectorAll("*")].filter(
    (one) => [...one.attributes].some(({ name }) => name.startsWith("on"))
  ).length,
  links: [...document.links].filter((link) => !["http:", "https:", "mailto:", "tel:"].includes(link.protocol)).length,
  globals: Number("pwned" in window),
})
"""
NOTHING = {"markup": 0, "handlers": 0, "links": 0, "globals": 0}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop of its own, where nobody else asks for people, and where they are at work."""
    with serving(tmp_path_factory, GUITAI_SHOP_TIMEZONE=noon()) as shop:
        yield shop


class Staff:
    """Those who sit down at desks in a test; they leave at its end, so that the next begins with nobody there."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits
        self._desks: list[Desk] = []

    def __call__(self, name: str, *, language: str = "zh", size: tuple[int, int] = WIDE, dark: bool = False) -> Desk:
        desk = sit_down(self._visits, name, language=language, size=size, dark=dark)
        self._desks.append(desk)
        return desk

    def leave(self) -> None:
        for desk in self._desks:
            desk.page.reload()
            expect(desk.page.locator(".status-button .dot:not(.offline)")).to_be_visible(timeout=PATIENCE_MS)
            desk.be("offline")


@pytest.fixture
def sit(visits: Visits) -> Iterator[Staff]:
    staff = Staff(visits)
    yield staff
    staff.leave()


@dataclass(frozen=True)
class Story:
    """One return that the bot may not approve, as it goes in one language."""

    language: str
    wish: str
    reason: str | None
    agree: str
    order: str
    item: str
    facts: tuple[str, ...]
    asks_again: str
    known: str
    answer: str
    sum: str
    first: str
    second: str
    last_words: str
    category: str
    after: str
    back: str


STORIES = [
    Story(
        language="zh",
        wish="我要退货 GT2600010112，手机尾号 6655",
        reason="质量问题",
        agree="好的",
        order="GT2600010112",
        item="75 英寸 MiniLED 电视",
        facts=("退货", "超出机器人权限", "订单号 + 手机尾号", "质量问题", "符合规则", "¥7,999.00"),
        asks_again="请问您的订单号是多少？",
        known="订单号 GT2600010112",
        answer="您好，我是李静，这笔退货我马上为您提交审批。",
        sum="¥7,999.00",
        first="li",
        second="wang",
        last_words="师傅明天上午上门取件。",
        category="return_exchange",
        after="你好",
        back="智能客服",
    ),
    Story(
        language="en",
        wish="I want to return GT2600010111, it is faulty, phone ends in 6655",
        reason=None,
        agree="Yes",
        order="GT2600010111",
        item="K35",
        facts=(
            "Return an item",
            "Above the bot's limit",
            "Order number + phone digits",
            "Faulty",
            "Within the rules",
            "¥2,899.00",
        ),
        asks_again="Could you tell me your order number?",
        known="Order number GT2600010111",
        answer="Hello, this is Sam. I am asking for approval of your return now.",
        sum="¥2,899.00",
        first="sam",
        second="li",
        last_words="The courier comes tomorrow morning.",
        category="return_exchange",
        after="hello",
        back="assistant",
    ),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.language)
def test_a_return_that_needs_people_goes_from_the_bot_through_three_of_them_and_back(
    visits: Visits, sit: Staff, story: Story
) -> None:
    first = sit(story.first, language=story.language)
    customer = visits.open(language=story.language)
    _get_stuck(customer, story)
    _sees_everything_and_answers(first, customer, story)
    _is_approved(sit, first, story)
    second = sit(story.second, language=story.language)
    _passes_it_on(first, second, customer, story)
    _ends(second, customer, story)


def _get_stuck(customer: Visit, story: Story) -> None:
    customer.say(story.wish)
    if story.reason:
        customer.press(story.reason)
    customer.press(story.agree)
    customer.hear(NAMES[story.first][story.language])


def _sees_everything_and_answers(desk: Desk, customer: Visit, story: Story) -> None:
    desk.open("VIP")
    for fact in (story.order, story.item, *story.facts):
        expect(desk.packet).to_contain_text(fact)
    expect(desk.page.locator(".log .bot .understood").first).to_be_visible()
    desk.field.fill(story.asks_again)
    expect(desk.page.locator(".hint")).to_contain_text(story.known, timeout=PATIENCE_MS)
    desk.say(story.answer)
    expect(desk.page.locator(".hint")).to_have_count(0)
    customer.hear(re.escape(story.answer))
    expect(desk.page.locator(".mark.read").last).to_be_visible(timeout=PATIENCE_MS)


def _is_approved(sit: Staff, desk: Desk, story: Story) -> None:
    chief = sit("chen", language=story.language, size=WIDEST)
    action = desk.packet.locator(".action").filter(has_text=story.order).filter(has_text=story.sum)
    action.get_by_role("button").first.click()
    expect(action.locator(".limit.above")).to_be_visible()
    action.locator("button[type=submit]").click()
    expect(desk.packet.locator(".approval.open")).to_contain_text(story.sum)
    asked = chief.page.locator(".approvals")
    expect(asked).to_contain_text(story.sum, timeout=PATIENCE_MS)
    expect(asked).to_contain_text(NAMES[story.first][story.language])
    asked.locator("input").fill("OK")
    asked.locator(".primary").click()
    expect(asked).to_have_count(0)
    approved = desk.packet.locator(".approval.approved")
    expect(approved).to_contain_text(NAMES["chen"][story.language], timeout=PATIENCE_MS)
    expect(desk.line("note", "RMA")).to_be_visible(timeout=PATIENCE_MS)


def _passes_it_on(desk: Desk, to: Desk, customer: Visit, story: Story) -> None:
    desk.page.keyboard.press("Escape")
    desk.page.locator(".talk-do .secondary").click()
    desk.window.get_by_text(NAMES[story.second][story.language]).click()
    desk.window.locator("textarea").fill(story.last_words)
    desk.window.locator("button[type=submit]").click()
    expect(desk.window).to_have_count(0)
    expect(desk.rows).to_have_count(0)
    to.open("VIP")
    expect(to.line("note", story.last_words)).to_be_visible()
    expect(to.packet).to_contain_text(story.order)
    to.say(story.last_words)
    customer.hear(re.escape(story.last_words))


def _ends(desk: Desk, customer: Visit, story: Story) -> None:
    desk.page.locator(".talk-do .primary").click()
    expect(desk.window.locator("select")).to_have_value(story.category)
    expect(desk.window.locator("textarea")).to_have_value(re.compile(story.order))
    desk.window.locator("button[type=submit]").click()
    expect(desk.rows).to_have_count(0, timeout=PATIENCE_MS)
    rating = customer.inside.locator(".rating")
    expect(rating).to_be_visible(timeout=PATIENCE_MS)
    rating.locator("label").nth(4).click()
    rating.locator("button[type=submit]").click()
    expect(customer.inside.locator(".rating.thanks")).to_be_visible()
    customer.say(story.after).hear(story.back)


def test_of_two_colleagues_who_claim_a_customer_one_has_them(visits: Visits, sit: Staff) -> None:
    desks = [sit(name).be("away") for name in ("li", "wang")]
    customer = _who_waits(visits, "转人工")
    for desk in desks:
        desk.open("访客")
    others = desks[1].page.locator(".collision")
    expect(others).to_contain_text(NAMES["li"]["zh"], timeout=PATIENCE_MS)
    for desk in desks:  # neither waits for the other
        desk.page.evaluate("document.querySelector('.talk-do .primary').click()")
    customer.hear("已接入")
    for desk in desks:
        expect(desk.page.locator(".talk-do .primary kbd")).to_have_count(0)
    owners = [desk.page.locator(".talk-head .owner").inner_text() for desk in desks]
    assert sorted("您在接待" in owner for owner in owners) == [False, True], owners
    _give_back(desks["您在接待" in owners[1]])


def test_hostile_words_from_either_side_stay_words(visits: Visits, sit: Staff) -> None:
    desk = sit("li")
    customer = _who_waits(visits, "转人工")
    expect(desk.rows).to_have_count(1, timeout=PATIENCE_MS)
    desk.rows.get_by_role("button").click()
    for first in range(0, len(PAYLOADS), 10):
        customer.field.fill("\n".join(PAYLOADS[first : first + 10]))
        customer.field.press("Enter")
    expect(desk.line("customer", PAYLOADS[-1].strip())).to_be_visible(timeout=PATIENCE_MS)
    desk.say(PAYLOADS[0])
    customer.hear(re.escape(PAYLOADS[0]))
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("n")
    desk.field.fill(PAYLOADS[1])
    desk.field.press("Enter")
    expect(desk.line("note", PAYLOADS[1])).to_be_visible()
    assert desk.page.evaluate(BROUGHT_IN) == NOTHING
    _give_back(desk)


def test_a_conversation_is_served_with_the_keyboard_alone(visits: Visits, sit: Staff) -> None:
    desk = sit("li", language="en").be("away")
    customer = _who_waits(visits, "talk to a person please", language="en")
    expect(desk.rows).to_have_count(1, timeout=PATIENCE_MS)
    keys = desk.page.keyboard
    desk.page.locator("body").focus()
    keys.press("j")
    keys.press("c")
    expect(desk.page.locator(".talk-head")).to_contain_text("With you", timeout=PATIENCE_MS)
    keys.press("r")
    expect(desk.field).to_be_focused()
    keys.type("/hello")
    expect(desk.page.locator("#options [aria-selected=true]")).to_be_visible()
    keys.press("Enter")
    expect(desk.field).to_have_value(re.compile("this is Li Jing"))
    keys.press("Enter")
    customer.hear("this is Li Jing")
    keys.press("Escape")
    keys.press("?")
    expect(desk.window.locator(".sheet")).to_be_visible()
    keys.press("Escape")
    expect(desk.window).to_have_count(0)
    keys.press("Control+k")
    keys.type("person")
    expect(desk.window.locator("[role=option]").first).to_be_visible(timeout=PATIENCE_MS)
    keys.press("Escape")
    expect(desk.window).to_have_count(0)
    keys.press("e")
    expect(desk.window.locator("textarea")).to_be_focused()
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Enter")
    expect(desk.rows).to_have_count(0, timeout=PATIENCE_MS)
    expect(customer.inside.locator(".rating")).to_be_visible(timeout=PATIENCE_MS)


def test_what_is_written_while_the_line_is_down_arrives_once(visits: Visits, sit: Staff) -> None:
    desk = sit("li")
    customer = _who_waits(visits, "转人工")
    expect(desk.rows).to_have_count(1, timeout=PATIENCE_MS)
    desk.rows.get_by_role("button").click()
    desk.page.context.set_offline(True)
    expect(desk.page.locator(".line-down")).to_be_visible()
    desk.field.fill("断线时写的话")
    desk.field.press("Enter")
    expect(desk.page.locator(".pending")).to_contain_text("断线时写的话")
    desk.field.fill("还没写完")
    desk.page.context.set_offline(False)
    customer.hear("断线时写的话")
    expect(desk.page.locator(".pending")).to_have_count(0, timeout=PATIENCE_MS)
    desk.page.reload()
    desk.rows.get_by_role("button").click()
    expect(desk.field).to_have_value("还没写完")
    expect(desk.page.locator(".log .agent")).to_have_count(1)
    assert customer.inside.locator(".log .agent").count() == 1
    desk.field.fill("")
    _give_back(desk)


def test_a_supervisor_watches_whispers_and_takes_over(visits: Visits, sit: Staff) -> None:
    desk = sit("li")
    customer = _who_waits(visits, "转人工")
    chief = sit("chen", size=WIDEST)
    expect(chief.rows).to_have_count(1, timeout=PATIENCE_MS)
    chief.rows.get_by_role("button").click()
    chief.field.fill("先道歉")
    chief.field.press("Enter")
    desk.rows.get_by_role("button").click()
    expect(desk.line("note", "先道歉")).to_be_visible(timeout=PATIENCE_MS)
    chief.choose("接管会话", "Take over")
    chief.window.locator("button[type=submit]").click()
    expect(chief.page.locator(".talk-head .owner")).to_contain_text("您在接待", timeout=PATIENCE_MS)
    expect(desk.rows).to_have_count(0, timeout=PATIENCE_MS)
    chief.say("我是主管，由我来为您处理。")
    customer.hear("我是主管")
    assert customer.inside.get_by_text("先道歉").count() == 0
    _give_back(chief)


@pytest.mark.parametrize(("language", "dark"), [("zh", False), ("en", True)])
def test_axe_finds_nothing_serious_at_the_desk(visits: Visits, sit: Staff, language: str, dark: bool) -> None:
    page = visits.enter(visits.context(language=language, dark=dark), f"{visits.shop.address}/desk").page
    expect(page.locator(".demo-accounts")).to_be_visible()
    assert serious_faults(page) == []
    desk = sit("li", language=language, dark=dark)
    assert serious_faults(desk.page) == []
    _who_waits(visits, "转人工" if language == "zh" else "human please", language=language)
    expect(desk.rows).to_have_count(1, timeout=PATIENCE_MS)
    desk.rows.get_by_role("button").click()
    expect(desk.packet.locator(".wanted")).to_be_visible(timeout=PATIENCE_MS)
    assert serious_faults(desk.page) == []
    desk.page.locator(".side-tabs button").nth(1).click()
    desk.page.locator(".me-button").click()
    assert serious_faults(desk.page) == []
    desk.page.keyboard.press("Escape")
    for key in ("n", "t", "e", "s", "?"):
        desk.page.keyboard.press(key)
        assert serious_faults(desk.page) == [], key
        desk.page.keyboard.press("Escape")
        expect(desk.window).to_have_count(0)
    _give_back(desk)


def test_the_desk_weighs_at_most_sixty_kilobytes() -> None:
    page = (DIST / "desk.html").read_text(encoding="utf-8")
    loaded = re.findall(r'"/web/static/([^"]+)"', page)
    assert len(loaded) == 2
    assert sum(len(gzip.compress((DIST / "static" / name).read_bytes(), 9)) for name in loaded) <= 60_000
    assert "style=" not in page
    assert page.count("<script") == page.count('<script type="module" src=')


def test_a_wrong_password_opens_nothing_and_says_so(visits: Visits) -> None:
    page = visits.enter(visits.context(), f"{visits.shop.address}/desk").page
    page.locator("[name=username]").fill("li")
    page.locator("[name=password]").fill("guess")
    page.locator(".sign-in button[type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".desk")).to_have_count(0)


def _who_waits(visits: Visits, wish: str, *, language: str = "zh") -> Visit:
    """A customer who asks for a person and is in line, or served at once."""
    customer = visits.open(language=language).say(wish)
    expect(customer.inside.locator('.state[data-owner="queue"], .state[data-owner="agent"]')).to_be_visible(
        timeout=PATIENCE_MS
    )
    return customer


def _give_back(desk: Desk) -> None:
    """The open talk goes back to the bot, so that the next test finds nobody waiting."""
    desk.choose("交还机器人", "Hand back to the bot")
    desk.window.locator("button[type=submit]").click()
    expect(desk.page.locator(".row.open")).to_have_count(0, timeout=PATIENCE_MS)

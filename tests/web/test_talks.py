"""Whole talks in a real browser, in both languages, on a desk and on a phone."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.sync_api import expect

from bot.store.lines import Entry
from tests.web.visit import NARROW, WIDE, Shop, Visit, Visits

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""One pixel."""


def _return(visit: Visit, wish: str, presses: tuple[str, ...]) -> None:
    visit.say(wish)
    for title in presses:
        visit.press(title)
    visit.hear(r"RMA26\d{4}")


@pytest.mark.parametrize(
    ("size", "order", "returned"),
    [(WIDE, ("GT2600010042", "8812"), ("GT2600010043", "8812")), (NARROW, ("GT2600010081", "4417"), None)],
    ids=["wide", "narrow"],
)
def test_a_chinese_customer_asks_where_the_parcel_is_and_sends_something_back(
    visits: Visits, size: tuple[int, int], order: tuple[str, str], returned: tuple[str, str] | None
) -> None:
    visit = visits.open(size=size)
    expect(visit.inside.locator(".greeting")).to_contain_text("您好")
    visit.inside.get_by_role("button", name="我的快递到哪了").click()
    visit.hear("订单号")
    visit.say(order[0]).hear("四位")
    visit.say(order[1]).hear(order[0])
    expect(visit.inside.locator(".card").last).to_contain_text(order[0])
    expect(visit.inside.locator(".card .steps .done").last).to_be_visible()
    expect(visit.state).to_contain_text("智能客服")
    if returned:
        _return(visit, f"空气炸锅 {returned[0]} 想退，尾号 {returned[1]}", ("不想要", "好的"))
    numbers = visit.numbers()
    assert numbers == list(range(1, len(numbers) + 1))
    expect(visit.inside.locator(".mark.read").first).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_an_english_customer_asks_where_the_parcel_is_and_sends_something_back(
    visits: Visits, size: tuple[int, int]
) -> None:
    visit = visits.open(language="en", size=size)
    expect(visit.inside.locator(".greeting")).to_contain_text("assistant")
    visit.say("Where is GT2600010071? The phone ends in 9901").hear("GT2600010071")
    expect(visit.inside.get_by_role("article", name="GT2600010071")).to_contain_text("Out for delivery")
    if size == NARROW:
        _return(visit, "I want to return GT2600010072, phone ending 9901", ("mind", "Yes"))
    expect(visit.inside.locator("html")).to_have_attribute("lang", "en")


def test_a_button_is_pressed_once(visit: Visit) -> None:
    visit.say("你好")
    visit.hear("智能客服")
    offered = visit.inside.locator(".buttons button")
    before = offered.count()
    visit.press("门店营业时间")
    visit.hear("店")
    expect(visit.inside.locator(".log .customer .bubble").last).to_have_text("门店营业时间")
    for index in range(before):
        expect(offered.nth(index)).to_be_disabled()


def test_a_person_is_one_press_away_and_the_line_is_shown(visit: Visit) -> None:
    visit.inside.get_by_role("button", name="转人工").last.click()
    visit.hear("转接|人工")
    expect(visit.inside.locator('.state[data-owner="queue"]')).to_contain_text(re.compile("排队|转接"), timeout=15_000)
    expect(visit.inside.locator("button.person")).to_have_count(0)


def test_a_closed_widget_tells_of_what_is_new_and_gives_focus_back(visit: Visit, shop: Shop) -> None:
    visit.say("满多少包邮？关上窗口").hear("99")
    visit.field.press("Escape")
    expect(visit.launcher).to_be_focused()
    talk = shop.conversation_of("满多少包邮？关上窗口")
    shop.tell(talk, *(Entry("agent", data={"text": "在吗？"}, agent_id="a1", agent_name="小李") for _ in range(2)))
    expect(visit.page.locator("#guitai b")).to_have_text("2")
    expect(visit.page).to_have_title(re.compile(r"^\(2\) 柜台"))
    visit.open()
    expect(visit.page.locator("#guitai b")).to_be_hidden()
    expect(visit.page).to_have_title(re.compile("^柜台"))
    expect(visit.inside.locator(".log .who").filter(has_text="小李").first).to_be_visible()


def test_history_thumbs_and_a_rating_are_there_on_return(visits: Visits) -> None:
    context = visits.context()
    visit = visits.enter(context).open()
    visit.say("满多少包邮？").hear("99")
    visit.inside.get_by_role("button", name="有帮助", exact=True).last.click()
    visit.inside.get_by_role("button", name="更多").click()
    visit.inside.get_by_role("menuitem", name="评价").click()
    visit.inside.get_by_role("radio", name="4 星").check(force=True)
    visit.inside.get_by_role("button", name="提交").click()
    expect(visit.inside.locator(".rating.thanks")).to_be_visible()
    visit.say("谢谢")
    expect(visit.inside.locator(".rating")).to_have_count(0)
    visit.settle()
    expect(visit.bubbles.last).to_have_class(re.compile("bot"))
    seen = visit.numbers()
    visit.page.close()
    again = visits.enter(context).open()
    expect(again.bubbles).to_have_count(len(seen))
    expect(again.page).to_have_title(re.compile("^柜台"))
    pressed = again.inside.get_by_role("button", name="有帮助", exact=True, pressed=True)
    expect(pressed).to_have_count(1)


def test_a_picture_goes_out_and_comes_back_and_what_is_no_picture_is_refused(visit: Visit) -> None:
    chooser = visit.inside.locator("input[type=file]")
    chooser.set_input_files({"name": "照片.png", "mimeType": "image/png", "buffer": PNG})
    expect(visit.inside.locator(".log .picture img")).to_be_visible(timeout=15_000)
    chooser.set_input_files({"name": "run.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})
    expect(visit.inside.locator(".upload.failed")).to_contain_text("只能发送")


def test_the_transcript_can_be_kept_and_the_language_switched(visit: Visit) -> None:
    visit.say("满多少包邮？").hear("99")
    visit.inside.get_by_role("button", name="更多").click()
    with visit.page.expect_download() as download:
        visit.inside.get_by_role("menuitem", name="下载").click()
    assert "满多少包邮？" in download.value.path().read_text(encoding="utf-8")
    visit.inside.get_by_role("button", name="更多").click()
    visit.inside.get_by_role("menuitem", name="English").click()
    expect(visit.field).to_have_attribute("placeholder", "Type your question…")
    visit.page.reload()
    expect(visit.wait_until_online().field).to_have_attribute("placeholder", "Type your question…")


def test_a_question_on_the_page_opens_the_widget_and_asks(visits: Visits) -> None:
    visit = visits.enter(visits.context())
    visit.page.locator(".try button").first.click()
    visit.hear("GT2600010042")


def test_signed_in_a_customer_needs_no_number_no_address_has_a_token_and_signing_out_leaves_nothing(
    visits: Visits,
) -> None:
    context = visits.context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    visit = visits.enter(context)
    visit.page.on("websocket", lambda socket: asked.append(socket.url))
    visit.page.get_by_role("button", name="登录").click()
    visit.page.locator(".people button").first.click()
    expect(visit.page.locator(".account span")).to_have_text("李女士")
    visit.open()
    expect(visit.inside.locator(".signed")).to_be_visible()
    visit.say("我的订单").hear("GT2600010042")
    expect(visit.inside.locator(".card").first).to_contain_text("GT2600010042")
    expect(visit.inside.locator(".bot .bubble").last).not_to_contain_text("GT2600010042")
    visit.page.get_by_role("button", name="退出").click()
    expect(visit.bubbles).to_have_count(0)
    expect(visit.inside.locator(".signed")).to_have_count(0)
    visit.wait_until_online().say("你好").hear("智能客服")
    visit.page.reload()
    visit.wait_until_online()
    expect(visit.inside.locator(".log")).not_to_contain_text("GT2600010042")
    assert any("/ws/web" in address for address in asked)
    assert [address for address in asked if "eyJ" in address] == []

"""Lines that are cut, blocked or away, and several tabs: nothing is lost and nothing stands twice."""

from __future__ import annotations

import random
import time

from playwright.sync_api import Route, WebSocketRoute, expect

from bot.store.lines import Entry
from tests.web.cutting import cable_to
from tests.web.visit import Shop, Visit, Visits

CUTS = 100
SAID_EVERY = 5
QUICK = "Math.random = () => 0.1"
"""Waits are short, so that a hundred cuts fit into a test."""


def _agrees_with_the_log(visit: Visit, shop: Shop, said: list[str]) -> None:
    """Every line of the log stands in the widget once, in its order, and what was said was stored once."""
    log = shop.log(shop.conversation_of(said[0]))
    assert visit.numbers() == [seq for seq, _, _ in log] == list(range(1, len(log) + 1))
    assert [words for _, who, words in log if who == "customer"] == said
    assert visit.own() == said


def test_after_a_hundred_cuts_nothing_is_lost_and_nothing_stands_twice(visits: Visits, shop: Shop) -> None:
    chance = random.Random(7)
    said: list[str] = []
    with cable_to(shop.port) as cable:
        context = visits.context()
        context.add_init_script(QUICK)
        visit = visits.enter(context, f"http://localhost:{cable.port}/demo?lang=zh").open()
        for number in range(CUTS):
            if number % SAID_EVERY == 0:
                said.append(f"满多少包邮？第 {number} 次")
                visit.say(said[-1])
            visit.page.wait_for_timeout(chance.uniform(10, 150))
            cable.cut()
        visit.settle()
        visit.say("最后一句")
        said.append("最后一句")
        visit.settle()
        expect(visit.bubbles.last).to_have_class("line bot opens", timeout=30_000)
        _wait_for_the_end(visit, shop, said)
    assert cable.cuts >= CUTS
    _agrees_with_the_log(visit, shop, said)


def _wait_for_the_end(visit: Visit, shop: Shop, said: list[str]) -> None:
    """Until each message is answered, and the screen has caught up with the log."""
    ends = time.monotonic() + 30
    conversation = shop.conversation_of(said[0])
    while time.monotonic() < ends:
        log = shop.log(conversation)
        if log[-1][1] == "bot" and len(log) == visit.bubbles.count() and len(visit.own()) == len(said):
            return
        visit.page.wait_for_timeout(100)


def test_two_tabs_show_the_same_talk(visits: Visits, shop: Shop) -> None:
    context = visits.context()
    one = visits.enter(context).open()
    other = visits.enter(context).open()
    one.say("满多少包邮？两个标签页").hear("99")
    other.hear("99")
    other.say("南京路店几点开门？")
    one.hear("南京路")
    one.settle()
    one.inside.get_by_role("button", name="有帮助", exact=True).last.click()
    expect(other.inside.get_by_role("button", name="有帮助", exact=True, pressed=True)).to_have_count(1)
    expect(one.inside.locator(".log .customer .bubble")).to_have_count(2)
    assert one.numbers() == other.numbers()
    _agrees_with_the_log(one, shop, ["满多少包邮？两个标签页", "南京路店几点开门？"])
    one.inside.get_by_role("button", name="更多").click()
    one.inside.get_by_role("menuitem", name="退出").click()
    one.inside.get_by_role("button", name="确定").click()
    for tab in (one, other):
        expect(tab.bubbles).to_have_count(0)


def test_what_is_written_without_a_network_goes_out_when_it_is_back(visits: Visits, shop: Shop) -> None:
    context = visits.context()
    visit = visits.enter(context).open()
    visit.say("满多少包邮？有网").hear("99")
    context.set_offline(True)
    said = ["满多少包邮？有网", "断网时的第一句", "断网时的第二句"]
    visit.say(said[1]).say(said[2])
    expect(visit.inside.locator("[data-client] .mark.sending")).to_have_count(2)
    expect(visit.inside.locator(".notice")).to_contain_text("断开")
    visit.page.close()
    context.set_offline(False)
    again = visits.enter(context)
    again.open().settle()
    _wait_for_the_end(again, shop, said)
    _agrees_with_the_log(again, shop, said)


def test_where_sockets_are_blocked_a_stream_carries_the_talk(visits: Visits, shop: Shop) -> None:
    def refuse(socket: WebSocketRoute) -> None:
        socket.close(code=1008)

    context = visits.context()
    context.add_init_script(QUICK)
    context.route_web_socket("**/ws/web", refuse)
    visit = visits.enter(context).open()
    visit.say("满多少包邮？没有套接字").hear("99")
    visit.settle()
    _agrees_with_the_log(visit, shop, ["满多少包邮？没有套接字"])


def test_a_server_that_is_away_is_told_and_come_back_to(visits: Visits) -> None:
    def away(route: Route) -> None:
        route.abort()

    context = visits.context()
    context.add_init_script(QUICK)
    visit = visits.enter(context).open()
    context.route("**/web/stream", away)
    context.route_web_socket("**/ws/web", lambda socket: socket.close(code=1011))
    visit.page.reload()
    expect(visit.inside.locator(".notice")).to_be_visible()
    context.unroute_all()
    context.route_web_socket("**/ws/web", lambda socket: socket.connect_to_server())
    visit.wait_until_online()


def test_older_lines_come_when_the_customer_scrolls_up(visits: Visits, shop: Shop) -> None:
    context = visits.context()
    visit = visits.enter(context).open()
    visit.say("满多少包邮？从前").hear("99")
    visit.settle()
    more = [Entry("agent", data={"text": f"第 {number} 句"}, agent_id="a", agent_name="小李") for number in range(330)]
    shop.tell(shop.conversation_of("满多少包邮？从前"), *more)
    total = visit.bubbles.count() + len(more)
    visit.page.reload()
    visit.wait_until_online()
    expect(visit.bubbles.last).to_have_attribute("data-seq", str(total))
    assert visit.bubbles.count() < total
    while visit.bubbles.count() < total:
        before = visit.bubbles.count()
        visit.inside.locator(".log-frame").evaluate("frame => { frame.scrollTop = 0 }")
        expect(visit.bubbles).not_to_have_count(before)
    assert visit.numbers() == list(range(1, total + 1))


def test_a_browser_that_keeps_nothing_still_talks(visits: Visits) -> None:
    context = visits.context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
    )
    visit = visits.enter(context).open()
    visit.say("满多少包邮？").hear("99")

"""Hostile words from any side stay words, and strict pages need no exception for us."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import expect

from bot.store.lines import Entry
from tests.web.payloads import PAYLOADS
from tests.web.visit import Shop, Visit, Visits

AT_ONCE = 10
"""Payloads in one message: twenty messages in ten seconds are too many."""
MADE_BY_US = """
({
  markup: document.querySelectorAll(
    "script:not([src^='/web/static/']), iframe, object, embed, base, meta[http-equiv], style, " +
    "img:not([src^='/web/']):not([src^='https:']), form[action], math, video, audio, marquee, details, template"
  ).length,
  handlers: [...document.querySelectorAll("*")].filter(
    (one) => [...one.attributes].some(({ name }) => name.startsWith("on"))
  ).length,
  links: [...document.links].map((link) => link.protocol).filter(
    (protocol) => !["http:", "https:", "mailto:", "tel:"].includes(protocol)
  ).length,
  bare: [...document.querySelectorAll("a[target]")].filter((link) => !link.rel.includes("noopener")).length,
  globals: Number("pwned" in window) + Number("pwned" in parent),
})
"""


def _is_untouched(visit: Visit) -> None:
    assert visit.frame.evaluate(MADE_BY_US.replace('Number("pwned" in parent)', "0")) == {
        "markup": 0,
        "handlers": 0,
        "links": 0,
        "bare": 0,
        "globals": 0,
    }
    assert visit.page.evaluate("'pwned' in window") is False


def test_there_are_a_hundred_payloads() -> None:
    assert len(set(PAYLOADS)) >= 100


def test_a_hundred_payloads_from_a_customer_stay_text(visit: Visit) -> None:
    for first in range(0, len(PAYLOADS), AT_ONCE):
        visit.field.fill("\n".join(PAYLOADS[first : first + AT_ONCE]))
        visit.field.press("Enter")
    visit.settle()
    shown = "\n".join(visit.own())
    for payload in PAYLOADS:
        assert payload.strip() in shown, payload
    _is_untouched(visit)


def test_a_hundred_payloads_from_bot_agent_and_system_stay_text(visit: Visit, shop: Shop) -> None:
    visit.say("满多少包邮？敌意").hear("99")
    talk = shop.conversation_of("满多少包邮？敌意")
    before = visit.bubbles.count()
    shop.tell(talk, *(entry for number, payload in enumerate(PAYLOADS) for entry in _hostile(number, payload)))
    expect(visit.bubbles).to_have_count(before + len(PAYLOADS), timeout=30_000)
    _is_untouched(visit)
    visit.inside.locator(".buttons button").last.hover(force=True)
    visit.page.reload()
    expect(visit.wait_until_online().bubbles).to_have_count(before + len(PAYLOADS), timeout=30_000)
    _is_untouched(visit)


def _hostile(number: int, payload: str) -> list[Entry]:
    """A line that carries a payload in every place it has."""
    who = ("bot", "agent", "system")[number % 3]
    card = {"card": "order", "number": payload, "status": payload, "items": [{"name": payload, "price": payload}]}
    store = {"card": "store", "name": payload, "address": payload, "phone": payload, "services": [payload]}
    file = {"id": "x", "name": payload, "type": "image/png", "bytes": 1, "url": payload}
    data = {
        "text": payload,
        "image": payload,
        "custom": {"cards": [card, store, {"card": payload}, {"card": "product", "name": payload}]},
        "buttons": [{"title": payload, "payload": payload}],
        "files": [file] if number % 5 == 0 else [],
    }
    return [Entry(who, data=data, agent_id="a1", agent_name=payload)]  # type: ignore[arg-type]


@contextmanager
def _host(body: str, policy: str) -> Iterator[str]:
    """Somebody else's page, under a strict policy."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-security-policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def _page(shop: Shop, options: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>'
        f'<script src="{shop.address}/widget.js" {options} async></script>'
    )


def _strict(shop: Shop) -> str:
    return f"default-src 'none'; script-src {shop.address}; style-src 'self'; frame-src {shop.address}"


def test_a_page_of_another_origin_with_a_strict_policy_needs_no_exception(visits: Visits, shop: Shop) -> None:
    with _host(_page(shop, 'data-position="left" data-color="#1677ff"'), _strict(shop)) as address:
        visit = visits.enter(visits.context(language="en"), address).open()
        visit.say("Where is GT2600010042? The phone ends in 8812").hear("GT2600010042")
        box = visit.launcher.bounding_box()
    assert box is not None
    assert box["x"] < 100


def test_a_colour_that_is_no_colour_changes_nothing(visits: Visits, shop: Shop) -> None:
    trick = 'data-color="red;}</style><script>pwned=1</script>" data-theme="x" data-greeting="off"'
    with _host(_page(shop, trick), _strict(shop)) as address:
        visit = visits.enter(visits.context(language="en"), address).open()
        painted = visit.inside.locator(".sign").evaluate("one => getComputedStyle(one).backgroundColor")
    assert painted == "rgb(181, 71, 47)"
    _is_untouched(visit)


def test_messages_of_other_frames_are_not_listened_to(visits: Visits, shop: Shop) -> None:
    visit = visits.enter(visits.context()).open()
    visit.page.evaluate("window.postMessage({ guitai: 'unread', count: 99, talked: true }, '*')")
    visit.page.evaluate("window.postMessage({ guitai: 'close' }, '*')")
    visit.frame.evaluate("window.postMessage({ guitai: 'say', text: 'not me' }, '*')")
    visit.say("是我").settle()
    expect(visit.launcher).to_have_attribute("aria-expanded", "true")
    expect(visit.page).to_have_title("柜台 · 演示店铺")
    assert visit.own() == ["是我"]

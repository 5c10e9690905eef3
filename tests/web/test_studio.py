"""Content staff change what the bot says, from the search to the customer's answer, with a real browser and server."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.studio import Studio, serving_own_content, sit_down, told
from tests.web.test_access import serious_faults
from tests.web.visit import NARROW, PATIENCE_MS, WIDE, Shop, Visits

DIST = Path(__file__).parents[2] / "web" / "dist"
STUDIO_BYTES = 60_000


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, Path]]:
    """A shop whose files may be changed, and where they are."""
    with serving_own_content(tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="module")
def shop(own: tuple[Shop, Path]) -> Shop:
    return own[0]


def test_an_answer_goes_from_the_search_through_review_to_the_customer_and_back(
    visits: Visits, own: tuple[Shop, Path]
) -> None:
    shop, root = own
    question = "下单后多久发货"
    before = told(shop, question, sender="before")
    editor = sit_down(visits, "editor").find(question).open("faq/dispatch_time")
    written = editor.answer("zh").input_value()
    assert written in before

    editor.answer("zh").fill("付款后 ${HOME} 小时内发货。")
    fault = editor.page.locator(".answer-card .fault-line.error")
    expect(fault.first).to_be_visible(timeout=PATIENCE_MS)
    expect(editor.answer("zh")).to_have_attribute("aria-invalid", "true")
    expect(editor.button("提交审核", "Ask")).to_be_disabled()

    mended = "付款后 24 小时内发货，周末和节假日也照常。"
    editor.answer("zh").fill(mended)
    expect(fault).to_have_count(0, timeout=PATIENCE_MS)
    for phone in ("web", "wechat", "telegram"):
        expect(editor.page.locator(f".phone.{phone} .bubble")).to_contain_text("节假日也照常", timeout=PATIENCE_MS)

    panel = editor.side("trial")
    panel.get_by_role("textbox").fill(question)
    panel.get_by_role("textbox").press("Enter")
    published, draft = panel.locator(".guess").nth(0), panel.locator(".guess").nth(1)
    expect(published.locator(".guess-reply")).to_contain_text(written, timeout=4 * PATIENCE_MS)
    expect(draft.locator(".guess-reply")).to_contain_text("节假日也照常")
    expect(draft.locator(".bars").last.locator("li").first).to_contain_text(question)

    editor.button("提交审核", "Ask").click()
    editor.settled("待审核")

    reviewer = sit_down(visits, "chen").show("faq/dispatch_time")
    expect(reviewer.page.locator(".side-panel .diff ins")).to_contain_text("节假日也照常")
    expect(reviewer.page.locator(".side-panel .diff del")).to_contain_text(written)
    reviewer.button("^通过", "Approve").click()
    reviewer.settled("待发布")
    reviewer.publish()
    assert mended in told(shop, question, sender="after")
    assert mended in (root / "data" / "faq" / "delivery.yml").read_text(encoding="utf-8")
    expect(reviewer.page.locator(".publications li").first).to_contain_text("已上线", timeout=PATIENCE_MS)

    _wording_is_learnt(editor, reviewer, shop)

    first = reviewer.page.locator(".publications li").last
    first.get_by_role("button", name="回退到此版本").click()
    reviewer.live(reviewer.window.get_by_role("button", name="回退"))
    assert mended in told(shop, question, sender="back")
    delivery = (root / "data" / "faq" / "delivery.yml").read_text(encoding="utf-8")
    assert "宝贝何时启程" not in delivery


def _wording_is_learnt(editor: Studio, reviewer: Studio, shop: Shop) -> None:
    """A wording that the bot did not know is added, published, and understood."""
    words, answer = "宝贝何时启程", "节假日也照常"
    assert answer not in told(shop, words, sender="unknown")
    editor.goto("entries").show("faq/dispatch_time")
    count = editor.wordings("zh").count()
    editor.wordings("zh").last.press("Enter")
    editor.page.keyboard.type(words)
    expect(editor.wordings("zh")).to_have_count(count + 1)
    editor.button("提交审核", "Ask").click()
    editor.settled("待审核")
    reviewer.show("faq/dispatch_time")
    reviewer.button("^通过", "Approve").click()
    reviewer.settled("待发布")
    reviewer.publish()
    assert answer in told(shop, words, sender="known")


def test_of_two_who_change_the_same_words_neither_is_overwritten_unseen(visits: Visits) -> None:
    key = "faq/return_window"
    first, second = sit_down(visits, "editor").show(key), sit_down(visits, "admin").show(key)
    untouched = first.answer("en").input_value()
    first.answer("zh").fill("签收后 7 天内可以无理由退货。")
    first.page.keyboard.press("Control+s")
    first.settled("草稿")
    second.answer("zh").fill("签收后 7 天内都可以退，不用说理由。")
    second.page.keyboard.press("Control+s")
    expect(second.window).to_contain_text("签收后 7 天内可以无理由退货。", timeout=PATIENCE_MS)
    expect(second.button("合并并保存", "Merge")).to_be_disabled()
    second.window.get_by_role("radio", name=re.compile("我的")).check()
    second.button("合并并保存", "Merge").click()
    expect(second.window).to_have_count(0, timeout=PATIENCE_MS)
    first.show("faq/dispatch_time").show(key)
    assert first.answer("zh").input_value() == "签收后 7 天内都可以退，不用说理由。"
    assert first.answer("en").input_value() == untouched
    expect(first.side("history").locator(".version")).not_to_have_count(0, timeout=PATIENCE_MS)


def test_an_english_editor_pastes_wordings_leaves_with_a_question_and_imports_a_table(visits: Visits) -> None:
    studio = sit_down(visits, "editor", language="en", size=NARROW).show("faq/carriers")
    count = studio.wordings("en").count()
    studio.wordings("en").last.press("Enter")
    studio.page.evaluate(
        """() => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", "- which courier firm brings it\\n- who drops my box off");
          const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
          document.activeElement.dispatchEvent(paste);
        }"""
    )
    expect(studio.wordings("en")).to_have_count(count + 2)
    studio.page.locator('.pages a[href="#/inbox"]').click()
    expect(studio.window).to_contain_text("Unsaved changes")
    studio.button("", "Save and leave").click()
    expect(studio.page.locator(".inbox-page")).to_be_visible(timeout=PATIENCE_MS)
    studio.goto("entries")
    studio.button("", "Import and export").click()
    with studio.page.expect_download() as download:
        studio.window.get_by_role("link", name="Export CSV").click()
    exported = download.value.path().read_bytes()
    changed = exported.replace(b"We ship within 24 hours of payment.", b"We ship within 24 hours of being paid.")
    assert changed != exported
    studio.window.locator("input[type=file]").set_input_files(
        {"name": "faq.csv", "mimeType": "text/csv", "buffer": changed + b"not a key,,,,\r\n"}
    )
    states = studio.window.locator(".report li > .chip")
    expect(states.get_by_text("Refused", exact=True)).to_have_count(1, timeout=PATIENCE_MS)
    expect(states.get_by_text("Changed", exact=True)).to_have_count(1)


@pytest.mark.parametrize(("language", "dark", "size"), [("zh", False, WIDE), ("en", True, NARROW)])
def test_axe_finds_nothing_serious_in_the_studio(
    visits: Visits, language: str, dark: bool, size: tuple[int, int]
) -> None:
    studio = sit_down(visits, "admin", language=language, size=size, dark=dark)
    assert serious_faults(studio.page) == []
    for page in ("try", "publish", "inbox", "insights", "audit"):
        studio.goto(page)
        expect(studio.page.locator(".page")).not_to_contain_text(re.compile("正在加载|Loading"), timeout=PATIENCE_MS)
        assert serious_faults(studio.page) == [], page
    studio.show("utter_greet")
    expect(studio.page.locator(".phone, .editor-switch >> visible=true").first).to_be_visible(timeout=PATIENCE_MS)
    assert serious_faults(studio.page) == []
    assert studio.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_whoever_has_no_business_with_content_is_told_so(visits: Visits) -> None:
    page = visits.enter(visits.context(), f"{visits.shop.address}/studio").page
    page.locator(".demo-accounts button").filter(has_text="李静").click()
    page.locator(".sign-in button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("没有内容权限", timeout=PATIENCE_MS)
    expect(page.locator(".entry")).to_have_count(0)


def test_the_studio_weighs_at_most_sixty_kilobytes() -> None:
    page = (DIST / "studio.html").read_text(encoding="utf-8")
    names = re.findall(r'"/web/static/([^"]+)"', page)
    assert len(names) == 2
    weight = sum(len(gzip.compress((DIST / "static" / name).read_bytes(), 9)) for name in names)
    assert weight <= STUDIO_BYTES

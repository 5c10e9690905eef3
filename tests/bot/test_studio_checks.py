"""What the studio finds in an entry while it is typed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.content.entries import Entry
from bot.content.pen import Pen
from bot.messages import Language
from bot.settings import ROOT
from bot.studio.checker import Checker
from bot.studio.nearness import Nearness
from bot.studio.quantities import contradicted, quantities, rules
from bot.studio.shape import Shape
from bot.studio.words import StudioWords
from tests.bot.studios import Classifier, Studio, folder

pytestmark = pytest.mark.asyncio(loop_scope="session")
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def words() -> StudioWords:
    return StudioWords.read(ROOT / "data" / "studio.yml")


def entry(**more: Any) -> dict[str, Any]:
    """Nothing is wrong with it but that it has few wordings."""
    return {
        "key": "faq/chargers",
        "topic": "stores",
        "examples": {"zh": ["有充电桩吗"], "en": ["do you have chargers"]},
        "answers": {"zh": [{"text": "有的，就在门口。"}], "en": [{"text": "Yes, at the door."}]},
        **more,
    }


def says(zh: str, en: str = "Yes, at the door.", **more: Any) -> dict[str, Any]:
    return entry(answers={"zh": [{"text": zh, **more}], "en": [{"text": en}]})


async def found(at: Studio, given: dict[str, Any]) -> list[tuple[str, str]]:
    response = await at.ask("ed", "POST", "check", {"entry": given})
    assert response.status_code == 200, response.text
    return [(each["code"], each["field"]) for each in response.json()["faults"] if each["code"] != "too_few"]


async def test_nothing_is_found_in_what_is_fine(at: Studio) -> None:
    assert await found(at, entry()) == []


ZH = "answers.zh.0"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (entry(examples={"zh": ["有充电桩吗"]}), ("missing_language", "examples.en")),
        (entry(answers={"zh": [{"text": "有。"}]}), ("missing_language", "answers.en")),
        (says(""), ("empty", f"{ZH}.text")),
        (says("有的。", channel="wechat"), ("missing_language", "answers.zh")),
        (says("有的。", channel="pigeon"), ("unknown_channel", f"{ZH}.channel")),
        (says("Yes."), ("wrong_language", f"{ZH}.text")),
        (entry(examples={"zh": ["有充电桩吗", "有充电桩吗？"], "en": ["x"]}), ("too_similar", "examples.zh.1")),
        (entry(examples={"zh": ["能停车吗"], "en": ["chargers"]}), ("near_duplicate", "examples.zh.0")),
        (entry(examples={"zh": ["我能停车吗"], "en": ["chargers"]}), ("near_duplicate", "examples.zh.0")),
        (entry(examples={"zh": ["最近的门店在哪"], "en": ["chargers"]}), ("near_duplicate", "examples.zh.0")),
        (entry(examples={"zh": ["去[南京路店](shop)充电"], "en": ["chargers"]}), ("template", "examples.zh.0")),
        (says("有 {store 的。"), ("template", f"{ZH}.text")),
        (says("${HOME} 有的。"), ("template", f"{ZH}.text")),
        (says("有 {nothing} 的。", "Yes {nothing}."), ("template", f"{ZH}.text")),
        (says("{store}有的。"), ("template", "answers.en")),
        (says("看 https://shop.example:99999/x 这里"), ("bad_link", f"{ZH}.text")),
        (says("看 javascript:alert(1) 这里"), ("bad_link", f"{ZH}.text")),
        (says("看 http://user@shop.example/ 这里"), ("bad_link", f"{ZH}.text")),
        (says("长" * 683), ("too_long", f"{ZH}.text")),
        (says("有。", buttons=[{"title": "", "payload": "/human"}]), ("bad_button", f"{ZH}.buttons.0")),
        (says("有。", buttons=[{"title": "去", "payload": "/nowhere"}]), ("bad_button", f"{ZH}.buttons.0")),
        (says("有。", buttons=[{"title": "去", "payload": "/faq/nothing"}]), ("bad_button", f"{ZH}.buttons.0")),
        (says("有。", buttons=[{"title": "去", "payload": '/human{"shoe": "1"}'}]), ("bad_button", f"{ZH}.buttons.0")),
        (says("有。", buttons=[{"title": "去", "url": "https://x.example"}]), ("bad_button", f"{ZH}.buttons.0")),
        (
            entry(editors={"valid_from": "2026-12-31", "valid_until": "2026-12-01"}),
            ("dates_crossed", "editors.valid_until"),
        ),
        (entry(editors={"valid_until": "2026-11-01"}), ("not_valid_now", "editors.valid_until")),
    ],
)
async def test_each_fault_is_found_beside_its_field(
    at: Studio, given: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert expected in await found(at, given)


async def test_an_answer_that_quotes_a_rule_must_say_its_value(at: Studio) -> None:
    opening = await at.entry("faq/opening")
    opening["answers"]["zh"][0]["text"] = "我们每天开门 12 小时。"
    response = await at.ask("ed", "POST", "check", {"entry": opening})
    faults = [each for each in response.json()["faults"] if each["code"] == "contradicts_policy"]
    assert [(each["severity"], each["field"]) for each in faults] == [
        ("error", "answers.zh.0.text"),
        ("warning", "answers.zh.0.text"),
    ]
    assert "13 小时" in faults[0]["words"]["zh"]


async def test_a_wording_that_something_else_is_understood_by_is_told(at: Studio) -> None:
    at.house.engine.means["哪里能充电"] = ("faq/parking", 0.83)
    at.house.engine.means["怎么充值"] = ("faq/parking", 0.3)
    given = entry(examples={"zh": ["哪里能充电", "怎么充值"], "en": ["chargers"]})
    response = await at.ask("ed", "POST", "check", {"entry": given})
    won = [each for each in response.json()["faults"] if each["code"] == "other_intent_wins"]
    assert [(each["field"], each["other"]) for each in won] == [("examples.zh.0", "faq/parking")]
    assert "能停车吗" in won[0]["words"]["zh"]
    assert "83" in won[0]["words"]["en"]


POLICIES = {
    "returns": {"no_reason_days": "7", "quality_return_days": "15"},
    "shipping": {"fee_cny": "10", "x_hours": "24"},
}


@pytest.mark.parametrize(
    ("text", "language", "wrong"),
    [
        ("7 天内可退，质量问题 15 天。", "zh", []),
        ("十五天内可退。", "zh", []),
        ("10 天内可退。", "zh", ["10 天"]),
        ("三十天内可退。", "zh", ["三十天"]),
        ("运费 ¥12，或 10 元。", "zh", ["¥12"]),
        ("第 3 件起没有单位的数不算。", "zh", []),
        ("一天内发货。", "zh", []),
        ("Within 7 days; fifteen days for faults.", "en", []),
        ("You have 30 days and pay ¥10.", "en", ["30 days"]),
        ("We ship within 1 day.", "en", []),
        ("It takes 2-4 days.", "en", ["2-4 days"]),
    ],
)
async def test_amounts_that_no_rule_has_are_found_in_both_languages(
    text: str, language: Language, wrong: list[str]
) -> None:
    known = rules(POLICIES, ["returns", "shipping"])
    assert [each.said for each in quantities(text, language) if contradicted(each, known)] == wrong


async def test_the_shops_own_content_has_no_errors_and_hardly_a_warning(words: StudioWords) -> None:
    checker = Checker(Pen(ROOT), Classifier(), words, today=lambda: TODAY)
    around = await checker.around()
    counts = [checker.count(each, around) for each in around.entries.values()]
    assert len(counts) > 300
    assert sum(counts) <= 3


def many(root: Path, topics: int, each: int) -> None:
    """So many questions with ten wordings in each language."""
    things = ("耳机", "电视", "手表", "外套", "咖啡机", "冰箱", "手机壳", "礼品卡", "空调", "积分")
    for topic in range(topics):
        nlu, responses = ["nlu:"], ["responses:"]
        for number in range(each):
            key = f"faq/t{topic}_{number}"
            nlu += [f"- intent: {key}", "  examples: |"]
            nlu += [f"    - {thing}第{topic}款{number}号怎么办理" for thing in things]
            nlu += [f"    - how does model {topic} number {number} of {word} work" for word in "abcdefghij"]
            responses += [f"  utter_{key}:", "  - condition: [{type: slot, name: language, value: zh}]"]
            responses += [f'    text: "第 {number} 号说明。"', f'  - text: "Note {number}."']
        text = "\n".join([*nlu, *responses, ""])
        (root / "data" / "faq" / f"t{topic}.yml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("topics", [4, pytest.param(20, marks=pytest.mark.slow)])
async def test_a_thousand_questions_are_checked_within_a_pause_in_typing(
    tmp_path: Path, words: StudioWords, topics: int
) -> None:
    root = folder(tmp_path)
    many(root, topics, each=50)
    checker = Checker(Pen(root), Classifier(), words, today=lambda: TODAY)
    shape = Shape(words)

    def typed(number: int) -> Entry:
        more = {"zh": [f"耳机第3款{each}号在哪买" for each in range(10)] + [f"新问法{number}"], "en": ["where to buy"]}
        return shape.entry(entry(examples=more), known=None)

    await checker.faults(typed(0))  # the first reads the files
    spent = [await _timed(lambda number=number: checker.faults(typed(number))) for number in range(1, 6)]
    assert sorted(spent)[2] < 0.3


async def _timed(work: Callable[[], Any]) -> float:
    """Seconds of this process's own."""
    began = time.process_time()
    await work()
    return time.process_time() - began


async def test_an_index_of_wordings_is_made_anew_for_wordings_and_not_for_answers(words: StudioWords) -> None:
    nearness, one = Nearness(words, Classifier()), Pen(ROOT).entries()["faq/return_window"]
    nearness.prepare({one.key: one}, list)
    assert nearness.nearest(one.examples["zh"][0], 1)[0].score == 1.0
    index = nearness._likeness
    nearness.prepare({one.key: replace(one, answers={"zh": (), "en": ()})}, list)
    assert nearness._likeness is index
    more = {**one.examples, "zh": (*one.examples["zh"], "门口能充电吗")}
    nearness.prepare({one.key: replace(one, examples=more)}, list)
    building = nearness._building
    assert building is not None
    building.join()
    assert nearness._likeness is not index
    assert nearness.nearest("门口能充电吗", 1)[0].score == 1.0

"""Answers that hold for a time only."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.content import validate
from bot.content.entries import Entry
from bot.content.pen import Pen
from bot.content.validity import RESTING, holds
from bot.studio.resting import Resting
from tests.bot.studios import STORES, folder

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("begins", "ends", "is_said"),
    [
        (None, None, True),
        ("2026-11-22", "2026-11-22", True),
        ("2026-11-23", None, False),
        (None, "2026-11-21", False),
        ("soon", None, True),
    ],
)
def test_both_days_are_included(begins: str | None, ends: str | None, is_said: bool) -> None:
    assert holds(Entry("faq/x", "faq", "stores", valid_from=begins, valid_until=ends), DAY) is is_said


def test_dates_that_cannot_be_read_are_named_with_their_line(tmp_path: Path) -> None:
    path = folder(tmp_path) / "data/faq/stores.yml"
    dated = "- intent: faq/parking\n  metadata: {valid_from: soon, valid_until: 2026-11-22}\n"
    path.write_text(STORES.replace("- intent: faq/parking\n", dated), encoding="utf-8")
    found = [fault for fault in validate(tmp_path) if "date" in fault.message]
    assert [(fault.path.name, fault.line) for fault in found] == [("stores.yml", 15)]
    path.write_text(STORES.replace("- intent: faq/parking\n", dated.replace("soon", "2026-11-23")), encoding="utf-8")
    assert any("before it begins" in fault.message for fault in validate(tmp_path))


class FakeEngine:
    """Remembers what it was told not to say."""

    def __init__(self) -> None:
        self.texts = self
        self.told: list[tuple[frozenset[str], str]] = []

    def resting(self, names: Any, *, instead: str) -> tuple[frozenset[str], str]:
        return frozenset(names), instead

    def exchange(self, *, texts: Any) -> None:
        self.told.append(texts)


async def test_an_answer_rests_from_midnight_in_the_shop_and_from_when_it_is_published(tmp_path: Path) -> None:
    pen, engine, today = Pen(folder(tmp_path)), FakeEngine(), [DAY]
    resting = Resting(pen, engine, today=lambda: today[0])
    await resting.look()
    assert engine.told == []
    path = tmp_path / "data/faq/stores.yml"
    dated = "- intent: faq/parking\n  metadata: {valid_until: 2026-11-22}\n"
    path.write_text(STORES.replace("- intent: faq/parking\n", dated), encoding="utf-8")
    await resting.look()
    assert engine.told == []
    today[0] = replace_day(DAY)
    await resting.look()
    await resting.look()
    assert engine.told == [(frozenset({"utter_faq/parking"}), RESTING)]
    path.write_text(STORES, encoding="utf-8")
    await resting.look()
    assert engine.told[1:] == [(frozenset(), RESTING)]


def replace_day(day: date) -> date:
    return day.replace(day=day.day + 1)


def test_texts_say_one_sentence_in_place_of_those_that_rest() -> None:
    from rasa.shared.core.trackers import DialogueStateTracker

    from bot.engine.texts import Texts

    tracker = DialogueStateTracker("ann", [])
    texts = Texts({"utter_faq/a": [{"text": "A"}], "utter_faq/b": [{"text": "B"}], RESTING: [{"text": "later"}]})
    resting = texts.resting(["utter_faq/a"], instead=RESTING).changed({"utter_faq/b": [{"text": "C"}]})
    said = [resting.say(name, tracker, "", {}) for name in ("utter_faq/a", "utter_faq/b")]
    assert said == [{"text": "later"}, {"text": "C"}]
    assert texts.say("utter_faq/a", tracker, "", {}) == {"text": "A"}

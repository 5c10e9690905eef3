"""Editing files as an editor's pen does: only the lines that must change do, and they say what was meant."""

from __future__ import annotations

import difflib
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.content.entries import Answer, Change, Entry
from bot.content.pen import Files, Pen
from bot.errors import StudioRefused
from bot.settings import ROOT

SHELF = """\
# A shop's own remarks stay.
version: "3.1"

nlu:
- intent: faq/opening   # asked daily
  metadata:
    quotes: {hours.opens: {zh: "{} 点", en: "{} am"}}   # a rule
  examples: |
    - 几点开门
    - 8812
    - when do you open
    - 你们早上几点营业

# between two questions
- intent: faq/parking
  examples: |
    - 能停车吗
    - is there parking

responses:
  utter_faq/opening:
  - condition: [{type: slot, name: language, value: zh}]
    text: 早上 9 点开门。   # plain
    buttons: &usual_zh
    - {title: 查门店, payload: /find_store}
  - text: 'We open at 9 am.'
    metadata: {says: promise}

  utter_faq/parking:
  - condition:
    - type: slot
      name: language
      value: zh
    text: "有停车位。"
    buttons: *usual_zh
  - text: "There is parking."
# the end
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data" / "faq").mkdir(parents=True)
    (tmp_path / "data" / "faq" / "stores.yml").write_text(SHELF, encoding="utf-8")
    return tmp_path


def edited(pen: Pen, key: str, change: Callable[[Entry], Entry | None]) -> Change:
    before = pen.entries()[key]
    return Change(key, before, change(before))


def changed_lines(files: Files) -> list[str]:
    """What a diff would show of it."""
    shown = []
    for path, after in files.after.items():
        old, new = ((data or b"").decode().splitlines() for data in (files.before[path], after))
        diff = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
        shown += [line for line in diff if not line.startswith("@@")]
    return shown


def put(root: Path, files: Files, *, back: bool = False) -> None:
    """As a publication puts them down, or its rollback."""
    for path, data in (files.before if back else files.after).items():
        if data is None:
            (root / path).unlink()
        else:
            (root / path).write_bytes(data)


def saying(entry: Entry, language: str, text: str, **more: object) -> Entry:
    first, *rest = entry.answers[language]
    return replace(entry, answers={**entry.answers, language: (replace(first, text=text, **more), *rest)})


def test_a_changed_answer_changes_its_line_alone(root: Path) -> None:
    pen = Pen(root)
    files = pen.render([edited(pen, "faq/opening", lambda entry: saying(entry, "en", "We open at 10 am: sharp."))])
    assert changed_lines(files) == ["-  - text: 'We open at 9 am.'", '+  - text: "We open at 10 am: sharp."']


def test_a_plain_text_stays_plain_and_keeps_its_remark(root: Path) -> None:
    pen = Pen(root)
    files = pen.render([edited(pen, "faq/opening", lambda entry: saying(entry, "zh", "早上 10 点开门。"))])
    assert changed_lines(files) == ["-    text: 早上 9 点开门。   # plain", "+    text: 早上 10 点开门。   # plain"]


def test_wordings_keep_their_order_and_new_ones_stand_behind_their_language(root: Path) -> None:
    pen = Pen(root)
    more = {"zh": ("几点开门", "8812", "你们早上几点营业", "周末几点开"), "en": ("opening hours",)}
    files = pen.render([edited(pen, "faq/opening", lambda entry: replace(entry, examples=more))])
    assert changed_lines(files) == ["-    - when do you open", "+    - opening hours", "+    - 周末几点开"]


def test_owner_tags_and_dates_stand_in_the_metadata(root: Path) -> None:
    pen = Pen(root)
    fields = {"owner": "zhou", "tags": ("shop", "热门"), "valid_until": "2027-02-01"}
    one = edited(pen, "faq/parking", lambda entry: replace(entry, **fields))
    two = edited(pen, "faq/opening", lambda entry: replace(entry, category="stores"))
    put(root, pen.render([one, two]))
    meta = {item["intent"]: item["metadata"] for item in read(root)["nlu"]}
    assert meta["faq/parking"]["tags"] == ["shop", "热门"]
    assert meta["faq/opening"]["quotes"] == {"hours.opens": {"zh": "{} 点", "en": "{} am"}}
    assert pen.entries()["faq/parking"] == one.after
    back = pen.render([Change("faq/parking", one.after, one.before), Change("faq/opening", two.after, two.before)])
    assert back.after[Path("data/faq/stores.yml")] == SHELF.encode()


def read(root: Path, topic: str = "stores") -> dict:
    return yaml.safe_load((root / "data" / "faq" / f"{topic}.yml").read_text(encoding="utf-8"))


def test_what_two_answers_shared_is_parted_when_one_of_them_changes(root: Path) -> None:
    pen = Pen(root)
    buttons = ({"title": "导航", "payload": "/find_store"},)
    change = edited(pen, "faq/opening", lambda entry: saying(entry, "zh", "早上 9 点开门。", buttons=buttons))
    put(root, pen.render([change]))
    says = read(root)["responses"]
    assert says["utter_faq/opening"][0]["buttons"] == [{"title": "导航", "payload": "/find_store"}]
    assert says["utter_faq/parking"][0]["buttons"] == [{"title": "查门店", "payload": "/find_store"}]


def test_an_answer_of_one_channels_own_comes_and_goes(root: Path) -> None:
    pen = Pen(root)
    own = Answer("看地图：https://shop.example/map", channel="wechat", image="https://shop.example/map.png")
    change = edited(
        pen,
        "faq/parking",
        lambda entry: replace(entry, answers={**entry.answers, "zh": (*entry.answers["zh"], own)}),
    )
    put(root, pen.render([change]))
    variations = read(root)["responses"]["utter_faq/parking"]
    assert [each.get("channel") for each in variations] == [None, "wechat", None]
    assert variations[1]["condition"] == [{"type": "slot", "name": "language", "value": "zh"}]
    back = pen.render([Change(change.key, change.after, change.before)])
    assert back.after[Path("data/faq/stores.yml")] == SHELF.encode()


def question(key: str, topic: str) -> Entry:
    return Entry(
        key,
        "faq",
        topic,
        examples={"zh": ("有充电桩吗", "能给电动车充电吗"), "en": ("do you have chargers: for cars",)},
        answers={"zh": (Answer('有，"免费"。'),), "en": (Answer("Yes: free."),)},
        tags=("cars",),
    )


@pytest.mark.parametrize("topic", ["stores", "brand_new"])
def test_a_question_is_added_and_taken_away_again(root: Path, topic: str) -> None:
    pen = Pen(root)
    news = [question("faq/charging", topic), question("faq/charging_2", topic)]
    for entry in news[1:]:
        news[1] = replace(entry, examples={"zh": ("第二个",), "en": ("the second",)})
    put(root, pen.render([Change(entry.key, None, entry) for entry in news]))
    assert [pen.entries()[entry.key] for entry in news] == news
    gone = pen.render([Change(entry.key, entry, None) for entry in news])
    assert gone.after[Path(f"data/faq/{topic}.yml")] == (SHELF.encode() if topic == "stores" else None)
    put(root, gone)
    assert set(pen.entries()) == {"faq/opening", "faq/parking"}


def test_a_question_moves_to_another_topic_and_another_name(root: Path) -> None:
    pen = Pen(root)
    moved = edited(pen, "faq/parking", lambda entry: replace(entry, key="faq/car_park", topic="cars"))
    put(root, pen.render([moved]))
    assert set(pen.entries()) == {"faq/opening", "faq/car_park"}
    assert pen.entries()["faq/car_park"].topic == "cars"
    assert "utter_faq/parking" not in read(root)["responses"]


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(root: Path) -> None:
    pen = Pen(root)
    change = edited(pen, "faq/opening", lambda entry: saying(entry, "en", "We open at 8 am."))
    (root / "data" / "faq" / "stores.yml").write_text(SHELF.replace("at 9 am", "at 10 am"), encoding="utf-8")
    with pytest.raises(StudioRefused, match="changed_in_file"):
        pen.render([change])


def test_a_file_that_cannot_be_read_is_as_it_was(root: Path) -> None:
    pen = Pen(root)
    before = dict(pen.entries())
    (root / "data" / "faq" / "stores.yml").write_text("nlu: [", encoding="utf-8")
    assert dict(pen.entries()) == before


def test_the_code_says_which_texts_there_are(root: Path) -> None:
    (root / "data" / "always.yml").write_text('responses:\n  utter_greet:\n  - text: "Hi"\n', encoding="utf-8")
    pen = Pen(root)
    assert pen.entries()["utter_greet"].topic == "always"
    with pytest.raises(StudioRefused, match="text_stays"):
        pen.render([edited(pen, "utter_greet", lambda _: None)])


def test_a_question_without_an_answer_gets_one(root: Path) -> None:
    path = root / "data" / "faq" / "stores.yml"
    path.write_text(SHELF[: SHELF.index("\nresponses:")], encoding="utf-8")
    pen = Pen(root)
    assert pen.entries()["faq/parking"].answers == {"zh": (), "en": ()}
    answers = {"zh": (Answer("有。"),), "en": (Answer("Yes."),)}
    changes = [
        edited(pen, key, lambda entry: replace(entry, answers=answers)) for key in ("faq/parking", "faq/opening")
    ]
    put(root, pen.render(changes))
    assert [each["text"] for each in read(root)["responses"]["utter_faq/opening"]] == ["有。", "Yes."]


def test_windows_line_ends_stay(root: Path) -> None:
    path = root / "data" / "faq" / "stores.yml"
    path.write_bytes(SHELF.replace("\n", "\r\n").encode())
    pen = Pen(root)
    more = {"zh": ("能停车吗", "停车收费吗"), "en": ("is there parking",)}
    one = edited(pen, "faq/parking", lambda entry: replace(entry, examples=more))
    files = pen.render([one])
    data = files.after[Path("data/faq/stores.yml")]
    assert data is not None
    assert data.count(b"\n") == data.count(b"\r\n")
    assert changed_lines(files) == ["+    - 停车收费吗"]


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_whatever_is_edited_in_the_shops_own_content_the_rest_stays(tmp_path: Path, rounds: int) -> None:
    """Random edits, each checked by the pen itself and taken back to the byte."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    pen, dice = Pen(tmp_path), random.Random(7)
    keys = sorted(pen.entries())
    for _ in range(rounds):
        changes = [edited(pen, key, lambda entry: scrambled(entry, dice)) for key in dice.sample(keys, 100)]
        files = pen.render(changes)
        put(tmp_path, files)
        put(tmp_path, files, back=True)
    assert all(pen.entries()[key].key == key for key in keys)


def scrambled(entry: Entry, dice: random.Random) -> Entry | None:
    """The entry with something else in it."""
    texts = (
        "好的，没问题。",
        'Say "yes": it\'s {order_number}',
        "true",
        "第一行\n第二行",
        "# no remark",
        "emoji 😀 & *",
    )
    match dice.randrange(6 if entry.kind == "faq" else 3):
        case 0:
            language = dice.choice(["zh", "en"])
            return saying(entry, language, dice.choice(texts)) if entry.answers[language] else entry
        case 1:
            if not entry.answers["zh"]:
                return entry
            buttons = tuple({"title": dice.choice(texts), "payload": "/affirm"} for _ in range(dice.randrange(3)))
            return saying(entry, "zh", entry.answers["zh"][0].text, buttons=buttons)
        case 2:
            own = Answer(dice.choice(texts), channel=dice.choice(["wechat", "telegram"]))
            return replace(entry, answers={**entry.answers, "en": (*entry.answers["en"], own)})
        case 3:
            return replace(entry, tags=("a", "b: c"), owner="li", valid_from="2026-11-22")
        case 4:
            zh = list(entry.examples["zh"])
            dice.shuffle(zh)
            return replace(entry, examples={"zh": (*zh[1:], "新的问法，[南京路店](store)"), "en": entry.examples["en"]})
        case _:
            return None

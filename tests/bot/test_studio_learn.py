"""What customers asked, masked, in groups, and what editors make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.store.accounts import Account
from bot.store.database import Database
from bot.studio.learn import Learn
from bot.studio.masking import masked
from tests.bot.studios import StudioHouse


class Shop:
    """A house in which customers said something, and an editor who reads of it."""

    def __init__(self, database: Database, root: Path) -> None:
        self.house = StudioHouse(database, root)
        self.studio = self.house.at_work.studio
        self.learn = Learn(self.studio, self.house.engine, now=self.house.clock, keep_seconds=0)

    async def editor(self) -> Account:
        await self.house.colleague("ed", roles=("editor",), online=False)
        return await self.house.account("ed")

    async def says(self, text: str, name: str, sure: float = 0.9, *, sender: str = "ann", **more: Any) -> None:
        """A customer writes something that is understood like this."""
        intent = {"name": name.partition("/")[0], "confidence": sure}
        if "/" in name:
            intent["full_retrieval_intent_name"] = name
        self.house.engine.meanings[text] = [{"intent": intent, **more}]
        self.house.clock.forward(seconds=5)
        await self.house.say(text, sender=sender)

    async def groups(self, kind: str) -> list[tuple[int, str]]:
        found = (await self.learn.inbox(kind, 1))["groups"]
        return [(group["count"], group["examples"][0]["text"]) for group in found]


@pytest.fixture
def shop(sqlite_database: Database, tmp_path: Path) -> Shop:
    return Shop(sqlite_database, tmp_path / "shop")


async def test_what_nobody_answers_is_grouped_by_what_it_says_and_masked(shop: Shop) -> None:
    await shop.says("店里有充电桩吗，我电话13812348812", "nlu_fallback", sender="a")
    await shop.says("店里有充电桩吗", "out_of_scope", sender="b")
    await shop.says("do you hire people", "nlu_fallback", sender="c")
    await shop.says("能停车吗", "faq/parking", sender="d")
    found = await shop.learn.inbox("unknown", 1)
    assert [group["count"] for group in found["groups"]] == [2, 1]
    assert found["groups"][0]["examples"][-1]["text"] == "店里有充电桩吗，我电话138********"
    assert found["groups"][1]["language"] == "en"
    assert found["counts"] == {"unknown": 3, "unsure": 0, "corrected": 0, "by_hand": 0}


async def test_what_was_doubtful_or_denied_or_disliked_is_shown_apart(shop: Shop) -> None:
    await shop.says("停车那个多少钱", "faq/parking", 0.4, sender="a")
    await shop.says("有车位吗", "faq/parking", ambiguous=True, sender="b")
    await shop.says("停一晚可以吗", "faq/parking", sender="c")
    await shop.says("不是这个", "correct", sender="c")
    await shop.says("88", "inform", 0.2, sender="d")
    await shop.says("几点关门", "faq/opening", sender="e")
    await _dislike(shop, "e")
    assert sorted(text for _, text in await shop.groups("unsure")) == ["停车那个多少钱", "有车位吗"]
    assert sorted(text for _, text in await shop.groups("corrected")) == ["停一晚可以吗", "几点关门"]


async def _dislike(shop: Shop, sender: str) -> None:
    home = shop.house.router._homes["rest", "default", sender]
    assert await shop.house.talks.thumb(home, 2, up=False)


async def test_what_a_person_answered_becomes_a_new_question_with_that_answer(
    database: Database, tmp_path: Path
) -> None:
    shop = Shop(database, tmp_path / "shop")
    li = await shop.house.colleague("li")
    item = await shop.house.ask(sender="ann", text="human")
    await shop.house.desk.claim(li, item.id)
    await shop.house.say("你们收旧手机吗", sender="ann")
    await shop.house.desk.say(li, item.conversation, "收的，拿到店里就行。", file_ids=(), client_id="1")
    (group,) = (await shop.learn.inbox("by_hand", 1))["groups"]
    assert (group["examples"][0]["text"], group["answer"]) == ("你们收旧手机吗", "收的，拿到店里就行。")
    made = await shop.learn.new(group["id"], "stores", await shop.editor())
    assert made.entry is not None
    assert made.entry.examples["zh"] == ("你们收旧手机吗",)
    assert made.entry.answers["zh"][0].text == "收的，拿到店里就行。"
    assert await shop.groups("by_hand") == []


async def test_wordings_are_assigned_to_a_question_and_questions_can_be_dismissed(shop: Shop) -> None:
    await shop.says("车能放哪", "nlu_fallback", sender="a")
    await shop.says("hello dear robot", "nlu_fallback", sender="b")
    shop.house.engine.means["车能放哪"] = ("faq/parking", 0.3)
    groups = (await shop.learn.inbox("unknown", 1))["groups"]
    parking = next(group for group in groups if group["language"] == "zh")
    assert [each["key"] for each in parking["suggested"]] == ["faq/parking"]
    editor = await shop.editor()
    state = await shop.learn.assign(parking["id"], "faq/parking", editor)
    assert state.entry is not None
    assert state.entry.examples["zh"][-1] == "车能放哪"
    other = next(group for group in groups if group["language"] == "en")
    await shop.learn.dismiss(other["id"], editor)
    assert await shop.groups("unknown") == []
    with pytest.raises(Exception, match="group_gone"):
        await shop.learn.dismiss(other["id"], editor)


async def test_figures_tell_what_is_asked_and_what_does_not_help(database: Database, tmp_path: Path) -> None:
    shop = Shop(database, tmp_path / "shop")
    for number in range(3):
        await shop.says("能停车吗", "faq/parking", sender=f"a{number}")
    await shop.says("几点开门", "faq/opening", sender="b")
    await _dislike(shop, "b")
    await shop.says("有停车场吗", "faq/parking", sender="c")
    await shop.house.say("human", sender="c")
    await shop.says("???", "nlu_fallback", sender="d")
    figures = await shop.learn.figures()
    assert (figures["faq/parking"].asked, figures["faq/parking"].handoffs, figures["faq/opening"].down) == (4, 1, 1)
    told = await shop.learn.insights(30)
    assert [(row["key"], row["count"]) for row in told["asked"]] == [("faq/parking", 4), ("faq/opening", 1)]
    assert [row["key"] for row in told["unhelpful"]] == ["faq/opening", "faq/parking"]
    assert (told["coverage"]["asked"], told["coverage"]["unknown"]) == (6, 1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我的电话是138 1234 8812", "我的电话是138********"),
        ("订单GT2600010042到哪了", "订单GT**********到哪了"),
        ("写信给 ann.lee@mail.example", "写信给 ***@***"),
        ("尾号8812，住南京路88号3单元", "尾号****，住南京路**号**单元"),
        ("卡号 6222 0212 3456 7890 123", "卡号 ****"),
        ("满 2000 元送什么，2027年的活动", "满 2000 元送什么，2027年的活动"),
        ("¥1500 and 3000mAh", "¥1500 and 3000mAh"),
    ],
)
def test_what_leads_to_somebody_is_masked_and_prices_are_not(text: str, shown: str) -> None:
    assert masked(text) == shown

"""The line for a person: its order, how long it takes, who gets whom, and by which words one gets into it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.handoff import queue
from bot.handoff.assignment import PATIENCE, Agent, Group, Wish, choose, group_of
from bot.handoff.escape import asks_for_person, asks_for_person_too
from bot.handoff.queue import Pace
from bot.handoff.repeats import asked_again
from bot.messages import HandoffReason, Priority

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _order(*waiting: tuple[str, Priority, int]) -> list[str]:
    ranked = sorted((queue.rank(priority, NOON - minutes * MINUTE), name) for name, priority, minutes in waiting)
    return [name for _, name in ranked]


def test_the_more_urgent_come_first_and_then_who_waits_longer() -> None:
    normal, high, urgent = Priority.NORMAL, Priority.HIGH, Priority.URGENT
    assert _order(("a", normal, 3), ("b", normal, 5), ("c", high, 1), ("d", urgent, 0)) == ["d", "c", "b", "a"]


def test_ten_minutes_of_waiting_are_worth_one_step_of_priority() -> None:
    assert _order(("new and high", Priority.HIGH, 0), ("old", Priority.NORMAL, 11)) == ["old", "new and high"]
    assert _order(("new and urgent", Priority.URGENT, 0), ("old", Priority.NORMAL, 11)) == ["new and urgent", "old"]


@pytest.mark.parametrize(
    ("priority", "reason", "mood", "vip", "raised"),
    [
        (Priority.NORMAL, HandoffReason.ASKED, None, False, Priority.NORMAL),
        (Priority.NORMAL, HandoffReason.ASKED, None, True, Priority.HIGH),
        (Priority.NORMAL, HandoffReason.ASKED, "unhappy", False, Priority.HIGH),
        (Priority.NORMAL, HandoffReason.ASKED, "angry", False, Priority.HIGH),
        (Priority.HIGH, HandoffReason.COMPLAINT, "legal_threat", False, Priority.URGENT),
        (Priority.NORMAL, HandoffReason.ASKED, "distressed", False, Priority.URGENT),
        (Priority.NORMAL, HandoffReason.COMPLAINT, None, False, Priority.HIGH),
        (Priority.HIGH, HandoffReason.DISTRESS, None, False, Priority.URGENT),
        (Priority.URGENT, HandoffReason.COMPLAINT, None, True, Priority.URGENT),
    ],
)
def test_mood_and_vip_raise_the_priority(
    priority: Priority, reason: HandoffReason, mood: str | None, vip: bool, raised: Priority
) -> None:
    assert queue.raised(priority, reason, mood=mood, vip=vip) is raised


def test_the_waiting_time_comes_from_recent_talks_and_who_is_there() -> None:
    aim, four = 15 * MINUTE, 4 * MINUTE
    assert queue.wait(1, Pace(desks=0, free=0, handling=four), aim=aim) is None
    assert queue.wait(2, Pace(desks=4, free=2, handling=four), aim=aim) == MINUTE
    assert queue.wait(1, Pace(desks=4, free=0, handling=four), aim=aim) == MINUTE
    assert queue.wait(4, Pace(desks=4, free=0, handling=four), aim=aim) == four
    assert queue.wait(9, Pace(desks=4, free=0, handling=four), aim=aim) == 3 * four
    assert queue.wait(4, Pace(desks=4, free=0, handling=None), aim=aim) == aim


def test_minutes_are_rather_too_many_than_too_few() -> None:
    assert [queue.minutes(timedelta(seconds=each)) for each in (1, 60, 61, 600)] == [1, 1, 2, 10]


def test_a_talk_that_was_forgotten_over_night_does_not_spoil_the_handling_time() -> None:
    spans = [4 * MINUTE, 5 * MINUTE, 6 * MINUTE, timedelta(hours=14)]
    assert queue.handling_time(spans) == 5.5 * MINUTE
    assert queue.handling_time([]) is None


LI = Agent("li", frozenset({"general", "returns"}), frozenset({"zh", "en"}), capacity=2, load=0)
WANG = Agent("wang", frozenset({"general"}), frozenset({"zh"}), capacity=2, load=0)
SAM = Agent("sam", frozenset({"general"}), frozenset({"en"}), capacity=2, load=0)
ALL = [LI, WANG, SAM]
RETURN = Wish("h", "returns", "zh", timedelta(0))


def _given(wish: Wish, online: list[Agent]) -> str | None:
    agent = choose(wish, online)
    return agent.id if agent else None


def test_a_talk_goes_to_somebody_of_its_group_who_speaks_the_language() -> None:
    assert _given(RETURN, ALL) == "li"
    assert _given(replace(RETURN, group="general"), [replace(LI, load=1), WANG, SAM]) == "wang"
    assert _given(replace(RETURN, group="general", language="en"), [replace(LI, load=1), WANG, SAM]) == "sam"


def test_who_had_the_customer_last_time_has_them_again() -> None:
    assert _given(replace(RETURN, last_agent="wang"), ALL) == "wang"
    assert _given(replace(RETURN, last_agent="wang"), [LI, replace(WANG, load=2)]) == "li"


def test_nobody_waits_for_ever_for_one_group() -> None:
    online = [replace(LI, load=2), WANG]
    assert _given(RETURN, online) is None
    assert _given(replace(RETURN, waited=PATIENCE), online) == "wang"
    assert _given(RETURN, [WANG]) == "wang", "nobody of the group is there at all"


def test_a_language_is_given_up_only_when_nobody_speaks_it() -> None:
    assert _given(RETURN, [SAM]) == "sam"
    assert _given(replace(RETURN, waited=PATIENCE), [replace(WANG, load=2), SAM]) is None


def test_who_did_not_answer_is_not_asked_again() -> None:
    assert _given(replace(RETURN, skipped=frozenset({"li"}), waited=PATIENCE), ALL) == "wang"


def test_the_group_follows_from_what_was_wanted_last() -> None:
    groups = [
        Group("returns", {}, frozenset({"return_item", "faq/*"})),
        Group("delivery", {}, frozenset({"track_order"}), frozenset({"tv"})),
    ]
    assert group_of(groups, ["return_item", "track_order", "human"], {}) == "delivery"
    assert group_of(groups, ["faq/return_days"], {}) == "returns"
    assert group_of(groups, ["human"], {"category": ["tv"]}) == "delivery"
    assert group_of(groups, ["human"], {}) == "general"


@pytest.mark.parametrize(
    "text",
    [
        "转人工",
        "人工",
        "人工！！",
        "转 人 工",
        "轉人工",
        "麻烦转人工，谢谢",
        "我要找真人客服",
        "人工人工人工",
        "human please",
        "Human.",
        "I want to talk to a human",
        "can I speak with a real person now",
        "AGENT",
        "Talk to a person",
        "Ｈｕｍａｎ please",
    ],
)
def test_plain_words_for_a_person_are_known_without_understanding(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize(
    "text", ["", "人工智能", "人工费多少", "is this a human", "a person stole my parcel", "转", "please", "x" * 500]
)
def test_other_words_are_not_taken_for_them(text: str) -> None:
    assert not asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "GT2600010042 尾号 8812，转人工",
        "我的快递还没到！人工客服",
        "转人工。我要退货",
        "Where is GT2600010042? Human please",
        "it broke - agent now",
    ],
)
def test_a_person_may_be_asked_for_beside_something_else(text: str) -> None:
    assert asks_for_person_too(text)
    assert not asks_for_person(text)


@pytest.mark.parametrize(
    "text", ["不要转人工，你说就行", "人工费多少，贵吗", "Two people came, nobody was home", "ok, bye"]
)
def test_people_may_be_spoken_of_without_being_asked_for(text: str) -> None:
    assert not asks_for_person_too(text)


def test_hostile_repetition_costs_no_time() -> None:
    began = time.perf_counter()
    for text in ("转接" * 20, "a " * 20, "人工" * 20 + "x", "please " * 6):
        asks_for_person(text)
    assert time.perf_counter() - began < 0.5


PACKET = {
    "slots": [{"name": "order_number", "value": "GT2600010042"}, {"name": "reason", "value": "quality"}],
    "customer": {"phone": "13800138812", "name": "李女士", "email": None, "proven_orders": []},
    "looked_up": {"size": "M", "items": ["Air fryer"]},
}


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        ("请提供一下您的订单号", ["order_number"]),
        ("您好，怎么称呼您？方便留一下手机号吗", ["phone", "name"]),
        ("请问退货原因是什么？", ["reason"]),
        ("What's your order number?", ["order_number"]),
        ("Could you tell me the order number and your phone number please", ["order_number", "phone"]),
        ("Thanks. What size do you need? Why do you want to return it?", ["size", "reason"]),
        ("Which item is it?", ["product"]),
    ],
)
def test_asking_for_what_is_known_is_noticed(draft: str, fields: list[str]) -> None:
    assert sorted(known.field for known in asked_again(draft, PACKET)) == sorted(fields)


@pytest.mark.parametrize(
    "draft",
    [
        "",
        "我已经看到您的订单号了，马上处理",
        "不用再提供订单号了",
        "您说的是订单 GT2600010042 吗？订单号 GT2600010042 对吗？",
        "I can see your order number.",
        "Is GT2600010042 the order number you mean?",
        "Please wait a moment, the reason is being checked.",
        "麻烦发一下快递单号",
        "Could you give me your e-mail address?",
        "I'll send the label by e-mail.",
    ],
)
def test_what_is_not_asked_or_not_known_gives_no_hint(draft: str) -> None:
    assert asked_again(draft, PACKET) == []


def test_a_hint_says_what_is_known_and_where_it_stands() -> None:
    (known,) = asked_again("请问您的电话号码是多少？", PACKET)
    assert (known.field, known.value, known.where) == ("phone", "13800138812", "customer")

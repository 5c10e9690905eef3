"""A person is handed all that is known, in words they can use."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.errors import ShopDown
from bot.handoff import packet as handoff
from bot.handoff.packet import CustomerView, Talk
from bot.messages import Caller, Handoff, HandoffReason, Priority
from bot.retail.demo import read_demo
from bot.retail.shop import Customer, Order
from bot.settings import ROOT
from bot.store.outbox import Said
from tests.fakes import FakeClock

VISITOR = CustomerView(known_by="nothing")


def _user(text: str, intent: str, *entities: tuple[str, str]) -> dict[str, Any]:
    found = [{"entity": name, "value": value} for name, value in entities]
    return {"event": "user", "text": text, "parse_data": {"intent": {"name": intent}, "entities": found}}


def _slot(name: str, value: Any) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value}


def _bot(text: str, response: str, says: str | None = None) -> dict[str, Any]:
    marks = {"metadata": {"says": says}} if says else {}
    return {"event": "bot", "text": text, "metadata": {"utter_action": response, **marks}}


def _packet(*events: dict[str, Any], wish: Handoff | None = None, **changed: Any) -> handoff.Packet:
    now = FakeClock()()
    talk = {
        "number": "h-1",
        "now": now,
        "language": "en",
        "channel": "rest",
        "conversation": "c-1",
        "in_hours": True,
        "events": events,
        "carried": {},
        "transcript": [Said("customer", "hello", now)],
    }
    view = changed.pop("view", VISITOR)
    return handoff.packet(wish or Handoff(HandoffReason.ASKED), Talk(**{**talk, **changed}), view, summary="")


def test_the_wants_are_the_intents_in_order_each_change_once() -> None:
    packet = _packet(_user("a", "track_order"), _user("b", "track_order"), _user("c", "complaint"))
    assert packet.wants == ("track_order", "complaint")


def test_a_question_from_the_faq_is_named_in_full() -> None:
    said = _user("a", "faq")
    said["parse_data"]["intent"]["full_retrieval_intent_name"] = "faq/delivery_cost"
    assert _packet(said).wants == ("faq/delivery_cost",)


def test_every_fact_says_where_it_came_from() -> None:
    packet = _packet(
        _slot("city", "Shanghai"),
        _user("where is GT2600010042", "track_order", ("order_number", "GT2600010042")),
        _slot("order_number", "GT2600010042"),
        _slot("product", "P1001"),
        _user('/inform{"reason": "size"}', "inform", ("reason", "size")),
        _slot("reason", "size"),
        carried={"city": "Shanghai"},
    )
    assert [(slot.name, slot.value, slot.source, slot.said) for slot in packet.slots] == [
        ("city", "Shanghai", "earlier", None),
        ("order_number", "GT2600010042", "customer", "where is GT2600010042"),
        ("product", "P1001", "shop", None),
        ("reason", "size", "button", None),
    ]


def test_what_was_corrected_or_dropped_is_not_handed_on() -> None:
    packet = _packet(
        _user("one", "inform", ("order_number", "1")),
        _slot("order_number", "1"),
        _slot("phone_tail", "8812"),
        _user("no, two", "correct", ("order_number", "2")),
        _slot("order_number", "2"),
        _slot("phone_tail", None),
        _slot("skill", "action_track_order"),
    )
    assert [(slot.name, slot.value) for slot in packet.slots] == [("order_number", "2")]


def test_promises_and_failures_are_those_the_content_marks() -> None:
    packet = _packet(
        _bot("Your refund comes in 3 days.", "utter_refund", "promise"),
        _bot("The system is down.", "utter_shop_down", "failure"),
        _bot("Hello.", "utter_greet"),
    )
    assert [remark.text for remark in packet.promised] == ["Your refund comes in 3 days."]
    assert [remark.response for remark in packet.failed] == ["utter_shop_down"]


@pytest.mark.parametrize(
    ("reason", "intent", "mood"),
    [
        (HandoffReason.ASKED, "human", None),
        (HandoffReason.ASKED, "complaint", "unhappy"),
        (HandoffReason.COMPLAINT, "human", "unhappy"),
        (HandoffReason.DISTRESS, "human", "distressed"),
    ],
)
def test_the_mood_is_said_when_something_shows_it(reason: HandoffReason, intent: str, mood: str | None) -> None:
    packet = _packet(_user("x", intent), wish=Handoff(reason))
    assert packet.mood == mood
    assert ("apologise_first" in packet.next_steps) == (mood is not None)


def test_the_mood_that_weighs_most_is_handed_on() -> None:
    angry, threatening = _user("x", "complaint"), _user("y", "track_order")
    angry["parse_data"]["mood"] = "angry"
    threatening["parse_data"]["mood"] = "legal_threat"
    assert _packet(angry, threatening, _user("z", "human")).mood == "legal_threat"
    assert _packet(angry, _user("z", "human")).mood == "angry"


def test_next_steps_follow_from_reason_hours_and_proof() -> None:
    known = CustomerView(known_by="signed_in", open_returns=("RMA260092",))
    wish = Handoff(HandoffReason.ABOVE_AUTHORITY, Priority.HIGH, facts={"amount": "1299"})
    packet = _packet(wish=wish, in_hours=False, view=known)
    assert packet.next_steps == ("write_when_open", "decide_above_bot_limit", "check_open_returns")
    assert packet.looked_up == {"amount": "1299"}
    assert "ask_for_proof" in _packet().next_steps


def test_the_packet_is_json_with_a_version() -> None:
    packet = _packet(_user("x", "human"), _slot("city", "Shanghai"))
    data = json.loads(json.dumps(packet.as_json()))
    assert (data["version"], data["reason"], data["slots"][0]["name"]) == (1, "asked", "city")


class Shop:
    """The demo shop's facts, or no answer."""

    def __init__(self, *, down: bool = False) -> None:
        demo = read_demo(ROOT / "data" / "demo", date(2026, 11, 22))
        self._orders: dict[str, Order] = {order.number: order for order in demo.orders}
        self._customers: dict[str, Customer] = {customer.customer_id: customer for customer in demo.customers}
        self._down = down

    async def find_order(self, number: str) -> Order | None:
        return self._answer(self._orders.get(number))

    async def orders_of(self, customer_id: str) -> tuple[Order, ...]:
        return self._answer(tuple(order for order in self._orders.values() if order.customer_id == customer_id))

    async def find_customer(self, customer_id: str) -> Customer | None:
        return self._answer(self._customers.get(customer_id))

    def _answer(self, value: Any) -> Any:
        if self._down:
            raise ShopDown("no answer")
        return value


def _caller(**known: Any) -> Caller:
    return Caller(conversation="c-1", channel="rest", sender="ann", **known)


async def test_a_signed_in_customer_is_shown_with_orders() -> None:
    view = await handoff.view(_caller(customer_id="C001"), Shop(), [], episode=3)
    assert (view.known_by, view.name, view.tier, view.episode) == ("signed_in", "李女士", "gold", 3)
    assert 0 < len(view.recent_orders) <= handoff.RECENT_ORDERS
    assert Decimal(view.recent_orders[0].total) > 0
    assert " / " in view.recent_orders[0].goods[0]


async def test_a_visitor_who_proved_an_order_is_shown_by_it() -> None:
    view = await handoff.view(_caller(proven_orders=frozenset({"GT2600010042"})), Shop(), [], episode=1)
    assert (view.known_by, view.customer_id, view.proven_orders) == ("order_digits", "C001", ("GT2600010042",))


async def test_a_visitor_is_nobody() -> None:
    view = await handoff.view(_caller(), Shop(), [], episode=1)
    assert (view.known_by, view.customer_id, view.recent_orders) == ("nothing", None, ())


async def test_a_shop_that_is_down_does_not_stop_the_handoff() -> None:
    view = await handoff.view(_caller(customer_id="C001"), Shop(down=True), [], episode=1)
    assert (view.known_by, view.customer_id, view.incomplete) == ("signed_in", "C001", True)


def test_a_transcript_line_has_its_moment() -> None:
    later = FakeClock()() + timedelta(seconds=3)
    packet = _packet(transcript=[Said("customer", "hi", FakeClock()()), Said("bot", "hello", later)])
    assert [(line.who, line.at) for line in packet.transcript] == [
        ("customer", "2026-11-22T04:00:00+00:00"),
        ("bot", "2026-11-22T04:00:03+00:00"),
    ]

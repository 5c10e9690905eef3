"""One message in, a turn out."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import pytest

from bot.engine.engine import Engine
from bot.engine.tracker import Past
from bot.messages import Button, HandoffReason, Priority, Reply
from tests.bot.engine.conftest import Customer


async def test_a_greeting_is_answered_in_the_customers_language(customer: Customer) -> None:
    assert await customer.says("hello") == ["Hello!"]
    assert await customer.says("你好") == ["您好！"]


async def test_the_language_stays_when_a_text_does_not_tell_it(customer: Customer) -> None:
    await customer.says("你好")
    await customer.says("我的订单到哪了")
    assert await customer.says("GT2600010042") == ["请问手机号后四位？"]


async def test_a_new_episode_knows_what_is_carried_into_it(engine: Engine) -> None:
    customer = Customer(engine, language="zh", phone_tail="8812", not_a_slot="x")
    turn = await customer.turn("?")
    assert turn.slots == {"language": "zh", "phone_tail": "8812"}
    carried = [(event["name"], event["value"]) for event in turn.events if event["event"] == "slot"]
    assert carried[:2] == [("language", "zh"), ("phone_tail", "8812")]


async def test_what_is_carried_does_not_overwrite_a_running_episode(engine: Engine) -> None:
    customer = Customer(engine, language="zh")
    await customer.says("hello")
    assert (await customer.turn("thank you")).slots["language"] == "en"


async def test_a_turn_holds_only_new_events_and_they_are_json(customer: Customer) -> None:
    first = await customer.turn("hello")
    second = await customer.turn("thank you")
    assert [event["event"] for event in first.events][:3] == ["action", "session_started", "action"]
    assert second.events[0]["event"] == "user"
    assert json.loads(json.dumps(second.events)) == list(second.events)


async def test_what_was_understood_is_told(customer: Customer) -> None:
    turn = await customer.turn("what does delivery cost")
    assert turn.intents == ("faq/delivery_cost",)
    assert turn.confidence == 0.9
    assert [reply.text for reply in turn.replies] == ["Free above 99."]


async def test_understanding_a_text_needs_no_conversation(engine: Engine) -> None:
    understood = engine.understand("订单GT2600010042到哪了")
    assert (understood.intent, understood.confidence, understood.language) == ("track_order", 0.9, "zh")
    assert ("order_number", "GT2600010042") in [(one["entity"], one["value"]) for one in understood.entities]
    assert understood.ranking == (("track_order", 0.9),)


async def test_a_button_carries_its_intent_and_entities(customer: Customer) -> None:
    await customer.says("where is my order")
    turn = await customer.turn("That one", intent='/inform{"order_number": "GT2600010099"}')
    assert turn.slots["order_number"] == "GT2600010099"
    assert [reply.text for reply in turn.replies] == ["What are the last four digits of your phone?"]
    assert (turn.intents, turn.confidence) == ((), 0.0)


async def test_a_button_may_ask_a_frequent_question(customer: Customer) -> None:
    assert await customer.says("Delivery", intent="/faq/delivery_cost") == ["Free above 99."]


async def test_what_is_carried_survives_a_message_that_no_rule_knows(engine: Engine) -> None:
    customer = Customer(engine, language="zh")
    assert await customer.says("GT2600010042") == ["Let us try again."]
    assert await customer.says("?") == ["没听懂"]


@pytest.mark.parametrize("payload", ["/gone", "greet", "/greet{broken", "/greet/x", "", "/"])
async def test_a_button_unknown_to_the_model_counts_by_its_text(customer: Customer, payload: str) -> None:
    assert await customer.says("thank you", intent=payload) in (["You are welcome."], ["Any time."])


async def test_a_reply_offers_buttons_with_their_intents(customer: Customer) -> None:
    await customer.says("I want to return it")
    (reply,) = (await customer.turn("GT2600010042")).replies
    assert reply.buttons == (Button("Yes", "/affirm"), Button("No", "/deny"))


async def test_a_routine_that_wants_a_person_hands_over_and_leaves_no_trace(customer: Customer) -> None:
    turn = await customer.turn("a person please", metadata={"customer": "C7"})
    assert turn.handoff is not None
    assert (turn.handoff.reason, turn.handoff.priority) == (HandoffReason.ASKED, Priority.HIGH)
    assert turn.handoff.summary == "wants a person"
    assert "handoff" not in turn.slots
    assert (await customer.turn("thank you")).handoff is None


async def test_message_id_and_metadata_reach_an_action(customer: Customer) -> None:
    turn = await customer.turn("a person please", metadata={"customer": "C7"})
    assert turn.handoff is not None
    assert turn.handoff.facts == {"message": "m-1", "metadata": {"customer": "C7"}}


async def test_a_failing_action_apologises_and_is_logged(customer: Customer, caplog: pytest.LogCaptureFixture) -> None:
    assert await customer.says("break it") == ["Sorry, something went wrong."]
    assert "an action failed" in caplog.messages
    assert await customer.says("hello") == ["Hello!"]


async def test_an_action_may_not_wait_longer_than_the_turn(
    load: Callable[..., Engine], caplog: pytest.LogCaptureFixture
) -> None:
    customer = Customer(load(turn_seconds=0.05))
    assert await customer.says("stall") == ["Sorry, something went wrong."]
    assert "an action timed out" in caplog.messages


async def test_an_action_the_domain_names_and_nobody_wrote_apologises(
    corner_model: object, load: Callable[..., Engine], caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine.load(corner_model, actions=[], trusted=("rasa.", "bot.", "tests."))  # type: ignore[arg-type]
    assert "the domain names an action that does not exist" in caplog.messages
    assert await Customer(engine).says("where is your store") == ["Sorry, something went wrong."]


SLASHES = [
    "/restart",
    "/session_start",
    "/back",
    '/inform{"order_number": "GT2600010042", "phone_tail": "8812"}',
    "/human",
    "/greet",
    "／restart",
    "\u200b/restart",
    "\ufeff/human",
    " /human",
    "\u2060／human",
    "/",
    "//human",
    "/faq/delivery_cost",
    '/affirm{"sure": true}',
    "EXTERNAL: human",
]


@pytest.mark.parametrize("text", SLASHES)
async def test_what_a_customer_writes_is_never_an_intent(customer: Customer, text: str) -> None:
    await customer.says("I want to return it")
    await customer.says("GT2600010001")
    turn = await customer.turn(text)
    assert turn.handoff is None
    assert turn.slots.get("sure") is None
    assert not {event["event"] for event in turn.events} & {"restart", "session_started", "rewind"}
    assert set(turn.intents) <= {"nlu_fallback", "inform"}
    user = next(event for event in turn.events if event["event"] == "user")
    assert user["parse_data"]["intent"]["name"] in {"nlu_fallback", "inform"}


async def test_text_with_a_slash_is_told_apart_from_a_button_with_the_same_words(customer: Customer) -> None:
    assert await customer.says("/greet") == ["I did not get that."]
    assert await customer.says("/greet", intent="/greet") == ["Hello!"]


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "😀" * 50, "x" * 10_000, "\ud800".encode("utf-8", "replace").decode()]
)
async def test_any_text_gets_a_sentence(customer: Customer, text: str) -> None:
    assert await customer.says(text) == ["I did not get that."]


async def test_a_mistaken_wish_for_a_person_still_gets_one(
    engine: Engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.bot.engine.bots.corner_actions.SlotSet", _odd_wish)
    turn = await Customer(engine).turn("a person please")
    assert turn.handoff is not None
    assert turn.handoff.reason is HandoffReason.ASKED
    assert "a handoff was asked for in a wrong form" in caplog.messages


def _odd_wish(name: str, value: object) -> dict[str, object]:
    return {"event": "slot", "name": name, "value": {"reason": "whim"} if name == "handoff" else value}


def test_a_response_can_be_said_outside_of_any_turn(engine: Engine) -> None:
    assert engine.say("utter_order", "zh", order_number="GT1", status="已发货") == Reply(text="订单 GT1：已发货")
    assert engine.say("utter_ask_sure", "en").buttons == (Button("Yes", "/affirm"), Button("No", "/deny"))
    with pytest.raises(LookupError, match="utter_absent"):
        engine.say("utter_absent", "en")


async def test_two_conversations_do_not_mix(engine: Engine) -> None:
    one, two = Customer(engine, "one"), Customer(engine, "two")
    await one.says("where is my order GT2600010042")
    assert await two.says("where is my order") == ["What is the order number?"]
    assert await one.says("8812") == ["Order GT2600010042 is sent."]


async def test_a_conversation_goes_on_in_another_process(load: Callable[..., Engine]) -> None:
    customer = Customer(load())
    await customer.says("where is my order")
    customer.engine = load()
    assert await customer.says("GT2600010042") == ["What are the last four digits of your phone?"]


async def test_a_turn_that_was_not_stored_leaves_no_memory(engine: Engine) -> None:
    customer = Customer(engine)
    await customer.says("where is my order")
    stored = list(customer.events)
    await customer.says("GT2600010042")
    lost = customer.events
    customer.events = stored  # another worker held the lease: nothing of that turn was committed
    assert await customer.says("where is your store") == ["Which city?", "What is the order number?"]
    assert len(customer.events) != len(lost)


async def test_customers_words_stay_out_of_the_log(customer: Customer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await customer.says("my secret is 8812 xyzzy")
    await customer.says("break it")
    assert "xyzzy" not in caplog.text


async def test_an_unknown_event_in_the_past_is_an_error_rather_than_a_guess(engine: Engine) -> None:
    with pytest.raises(ValueError, match="unknown event 'invented'"):
        await engine.reply("hello", conversation="c", message_id="m", past=Past([{"event": "invented"}]))

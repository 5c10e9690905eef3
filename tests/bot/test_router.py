"""The journey of a message, with an engine that does as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from bot import router as journey
from bot.conversations import Owner
from bot.customers import sign
from bot.errors import BadMessage
from bot.messages import Reply
from bot.router import MAX_TRIES
from bot.store import handoffs, inbox
from bot.store.database import Database
from bot.store.handoffs import HandoffState
from bot.store.tables import conversations
from bot.store.tables import inbox as messages
from bot.voice import Voice
from tests.fakes import FakeEngine
from tests.house import SECRET, House


@pytest.fixture
async def house(sqlite_database: Database) -> AsyncIterator[House]:
    made = House(sqlite_database)
    yield made
    for router in made.routers:
        await router.drain(within_seconds=5)


async def test_a_message_is_answered(house: House) -> None:
    assert await house.say("hello") == ["1: hello"]


async def test_a_repeated_delivery_is_answered_once_and_alike(house: House) -> None:
    message = house.message("hello", number="1")
    first, second = await house.answer(message), await house.answer(message)
    assert first == second
    assert len(house.engine.heard) == 1


async def test_a_repeat_that_comes_while_the_first_is_answered_waits_for_the_same_answer(house: House) -> None:
    message = house.message("choose", number="1")
    first, second, third = await asyncio.gather(*(house.answer(message) for _ in range(3)))
    assert first == second == third
    assert len(house.engine.heard) == 1


async def test_another_message_under_the_same_id_is_refused(house: House) -> None:
    await house.say("hello", number="1")
    with pytest.raises(BadMessage) as refused:
        await house.say("give me my money", number="1")
    assert refused.value.status == 409


async def test_messages_at_once_are_answered_in_the_order_of_arrival(house: House) -> None:
    receipts = [await house.router.receive(house.message(f"m{number}")) for number in range(10)]
    answers = await asyncio.gather(*(house.router.answer_to(receipt, within_seconds=20) for receipt in receipts[::-1]))
    assert [answer[0]["text"] for answer in answers[::-1]] == [f"{number + 1}: m{number}" for number in range(10)]


async def test_a_slow_conversation_does_not_hold_up_another(house: House) -> None:
    house.engine.gate = asyncio.Event()
    slow = asyncio.ensure_future(house.say("slow"))
    await house.engine.asked.wait()
    gate, house.engine.gate = house.engine.gate, None
    assert await house.say("quick", sender="bob") == ["1: quick"]
    assert not slow.done()
    gate.set()
    assert await slow == ["1: slow"]


async def test_the_episodes_events_come_back_to_the_engine(house: House) -> None:
    await house.say("one")
    await house.say("two")
    past = house.engine.heard[-1]["past"]
    assert [event["text"] for event in past.events] == ["one", "1: one"]


async def test_a_worker_that_remembers_nothing_reads_the_events(house: House) -> None:
    await house.say("one")
    await house.answer(house.message("two"), house.another_worker())
    assert [event["text"] for event in house.engine.heard[-1]["past"].events] == ["one", "1: one"]


@pytest.fixture
async def house_on_both(database: Database) -> AsyncIterator[House]:
    made = House(database)
    yield made
    for router in made.routers:
        await router.drain(within_seconds=5)


async def test_two_workers_answer_each_message_once_and_in_order(house_on_both: House) -> None:
    house = house_on_both
    other_engine = FakeEngine()
    workers = [house.router, house.another_worker(other_engine)]
    receipts = [await workers[number % 2].receive(house.message(f"m{number}")) for number in range(12)]
    waiting = [workers[number % 2].answer_to(receipt, within_seconds=20) for number, receipt in enumerate(receipts)]
    answers = await asyncio.gather(*waiting)
    assert [answer[0]["text"] for answer in answers] == [f"{number + 1}: m{number}" for number in range(12)]
    assert len(house.engine.heard) + len(other_engine.heard) == 12


async def test_what_a_crash_left_is_taken_up_at_the_next_start(house_on_both: House) -> None:
    house = house_on_both
    message = house.message("hello")
    receipt = await house.database.run(
        inbox.record, message, now=house.clock(), signed_in_as=None, signed_in_at=None
    )  # and the process is gone
    fresh = house.another_worker()
    await fresh.sweep()
    await fresh.drain(within_seconds=10)
    assert await fresh.answer_to(receipt, within_seconds=5) is not None
    assert [heard["text"] for heard in house.engine.heard] == ["hello"]


async def test_a_turn_that_fails_is_tried_again_with_the_same_key(house: House) -> None:
    house.engine.failures = 2
    assert await house.say("hello") == ["1: hello"]
    assert len({heard["message_id"] for heard in house.engine.heard}) == 1
    assert len(house.engine.heard) == 3


async def test_a_wish_for_a_person_beside_something_else_is_heard_after_the_answer(house: House) -> None:
    text = "it is late, a human please"
    assert await house.say(text) == [f"1: {text}", "[utter_handoff_in_line en] minutes=15"]
    place = await house.place()
    assert place is not None
    assert place.reason == "asked"


async def test_a_message_that_always_fails_is_set_aside_and_handed_to_a_person(house_on_both: House) -> None:
    house = house_on_both
    house.engine.failures = MAX_TRIES
    assert await house.say("poison") == ["[utter_action_failed en]"]
    assert len(house.engine.heard) == MAX_TRIES
    dead = await house.database.read(inbox.dead)
    assert [(message.tries, message.error) for message in dead] == [(MAX_TRIES + 1, "RuntimeError")]
    place = await house.place()
    assert (place.reason, place.packet["transcript"][0]["text"]) == ("action_down", "poison")
    assert await house.say("still here?") == ["1: still here?"]


@pytest.mark.parametrize(("owner", "heard"), [(Owner.QUEUE, ["[utter_handoff_waiting en]"]), (Owner.AGENT, [])])
async def test_a_message_that_killed_workers_is_read_by_the_person_who_has_the_talk(
    house: House, monkeypatch: pytest.MonkeyPatch, owner: Owner, heard: list[str]
) -> None:
    await house.say("a person please")
    await house.database.run(_give_to, owner)
    monkeypatch.setattr(journey, "MAX_TRIES", 0)
    assert await house.say("it was poison") == heard
    assert await house.database.read(inbox.dead) == []
    place = await house.place()
    assert place is not None
    assert place.reason == "asked"


async def test_a_turn_that_was_only_too_slow_is_no_failed_try(house: House) -> None:
    house.engine.gate = asyncio.Event()
    receipt = await house.router.receive(house.message("hello"))
    await house.engine.asked.wait()
    await house.database.run(_lose_lease, receipt.conversation)
    house.engine.gate.set()
    await house.router.drain(within_seconds=10)
    assert await house.database.read(_tries, receipt.message) == 0
    assert await house.router.answer_to(receipt, within_seconds=10) == [{"text": "1: hello"}]


async def test_a_worker_holds_only_so_many_turns_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journey, "TURNS_AT_ONCE", 2)
    house.router = house.another_worker()
    house.engine.gate = asyncio.Event()
    receipts = [await house.router.receive(house.message("hello", sender=f"s{number}")) for number in range(5)]
    await asyncio.sleep(0.1)
    assert len(house.engine.heard) == 2
    house.engine.gate.set()
    for receipt in receipts:
        assert await house.router.answer_to(receipt, within_seconds=10) == [{"text": "1: hello"}]


def _give_to(connection: Connection, owner: Owner) -> None:
    connection.execute(update(conversations).values(owner=owner))


def _lose_lease(connection: Connection, conversation: str) -> None:
    stolen = update(conversations).where(conversations.c.id == conversation)
    connection.execute(stolen.values(fence=conversations.c.fence + 1, lease_holder=None))


def _tries(connection: Connection, message: int) -> int:
    tries: int = connection.execute(select(messages.c.tries).where(messages.c.id == message)).scalar_one()
    return tries


async def test_a_message_that_cannot_even_be_apologised_for_does_not_stop_the_conversation(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(name: str, language: str, **values: object) -> Reply:
        raise LookupError(name)

    monkeypatch.setattr(house.engine, "say", say)
    house.engine.failures = MAX_TRIES
    assert await house.say("poison") == []
    assert [message.error for message in await house.database.read(inbox.dead)] == ["RuntimeError"]
    assert await house.say("still here?") == ["1: still here?"]


async def test_a_turn_that_takes_too_long_ends_with_an_honest_sentence(house: House) -> None:
    house.settings = house.settings.model_copy(update={"turn_seconds": -0.9})
    house.router = house.another_worker()
    house.engine.gate = asyncio.Event()
    assert await house.say("hello") == ["[utter_action_failed en]"]


async def test_a_turn_without_words_is_still_answered(house: House) -> None:
    assert await house.say("nothing") == ["[utter_action_failed en]"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00"])
async def test_a_message_without_words_is_answered_politely_and_the_engine_is_not_asked(
    house: House, text: str
) -> None:
    assert await house.say(text) == ["[utter_empty zh]"]
    assert house.engine.heard == []


async def test_an_overlong_message_is_kept_whole_and_answered_in_its_language(house: House) -> None:
    assert await house.say("长" * 10_000) == ["[utter_too_long zh] characters=2000"]
    assert await house.say("long " * 2_000, sender="bob") == ["[utter_too_long en] characters=2000"]
    assert house.engine.heard == []


async def test_control_characters_and_half_surrogates_are_taken_out(house: House) -> None:
    await house.say("a\x00b\ud83dc\x07 👨‍👩‍👧\n你好")
    assert house.engine.heard[0]["text"] == "ab\ufffdc 👨‍👩‍👧\n你好"


async def test_free_text_is_never_an_intent(house: House) -> None:
    await house.say('/confirm_refund{"order": "1"}')
    assert house.engine.heard[0]["intent"] is None


async def _offered(house: House, sender: str = "ann") -> dict[str, str]:
    (bubble,) = await house.answer(house.message("choose", sender=sender))
    return {button["title"]: button["payload"] for button in bubble["buttons"]}


async def test_a_button_leaves_as_an_opaque_id_and_comes_back_as_its_intent(house: House) -> None:
    yes = (await _offered(house))["Yes"]
    assert yes.startswith("btn:")
    assert "affirm" not in yes
    await house.say(button=yes)
    assert house.engine.heard[-1]["intent"] == "/affirm"


async def test_a_button_that_is_foreign_old_or_made_up_is_no_intent(house: House) -> None:
    foreign = (await _offered(house, sender="bob"))["Yes"]
    old = (await _offered(house))["Yes"]
    await house.say(button=foreign)
    await house.say(button="btn:made-up")
    house.clock.forward(minutes=house.settings.button_minutes + 1)
    await house.say(button=old)
    assert [heard["intent"] for heard in house.engine.heard[-3:]] == ["/nlu_fallback"] * 3


async def test_after_a_rest_a_new_episode_knows_the_language_and_nothing_else(house: House) -> None:
    await house.say("你好")
    house.clock.forward(minutes=house.settings.episode_rest_minutes + 1)
    await house.say("GT2600010042")
    past = house.engine.heard[-1]["past"]
    assert (list(past.events), dict(past.carry)) == ([], {"language": "zh"})


async def test_a_long_episode_is_begun_anew(house: House) -> None:
    house.settings = house.settings.model_copy(update={"episode_turns": 3})
    house.router = house.another_worker()
    for number in range(4):
        await house.say(f"m{number}")
    assert [len(heard["past"].events) for heard in house.engine.heard] == [0, 2, 4, 0]


async def test_another_customer_on_the_same_device_starts_with_nothing(house: House) -> None:
    def token(customer: str) -> str:
        return sign(customer, SECRET, now=house.clock(), lasts=timedelta(hours=1))

    await house.say("one", customer_token=token("C001"))
    await house.say("two", customer_token=token("C001"))
    await house.say("three", customer_token=token("C002"))
    assert [len(heard["past"].events) for heard in house.engine.heard] == [0, 2, 0]


async def test_asking_for_a_person_puts_the_customer_in_line_with_a_packet(house_on_both: House) -> None:
    house = house_on_both
    await house.say("hello")
    assert await house.say("human") == ["2: human", "[utter_handoff_in_line en] minutes=15"]
    place = await house.place()
    assert (place.reason, place.state, place.in_hours) == ("asked", HandoffState.WAITING, True)
    said = [(line["who"], line["text"]) for line in place.packet["transcript"]]
    assert said == [
        ("customer", "hello"),
        ("bot", "1: hello"),
        ("customer", "human"),
        ("bot", "2: human"),
        ("bot", "[utter_handoff_in_line en] minutes=15"),
    ]


async def test_what_the_house_says_of_a_wish_is_kept_in_each_language_and_other_words_as_they_are(house: House) -> None:
    await house.say("human", sender="ann")
    await house.say("转人工", sender="bob")
    summaries = [place.packet["summary"] for place in await house.database.read(handoffs.listed)]
    assert len(summaries) == 2
    assert "wants a person" in summaries
    assert {"zh": "[utter_summary_asked zh]", "en": "[utter_summary_asked en]"} in summaries


def test_a_value_may_have_any_name() -> None:
    said = Voice(FakeEngine(), {}).say("utter_summary_asked", "en", name="Ann", language="French")
    assert said.text == "[utter_summary_asked en] name=Ann language=French"


async def test_outside_service_hours_the_customer_is_told_so(house: House) -> None:
    house.open = False
    assert (await house.say("human"))[-1] == "[utter_handoff_out_of_hours en] opens=09:00 closes=22:00"
    assert not (await house.place()).in_hours


async def test_who_waits_for_a_person_is_told_once_and_the_bot_keeps_quiet(house: House) -> None:
    await house.say("human")
    assert await house.say("are you there?") == ["[utter_handoff_waiting en]"]
    assert await house.say("hello?") == []
    assert [heard["text"] for heard in house.engine.heard] == ["human"]


@pytest.mark.parametrize("stop", ["stop", "算了"])
async def test_who_waits_may_go_back_to_the_bot(house: House, stop: str) -> None:
    await house.say("human")
    assert await house.say(stop) == ["[utter_handoff_left en]"]
    assert (await house.place()).state is HandoffState.LEFT
    assert await house.say("hello") == ["2: hello"]


async def test_when_nobody_came_the_bot_helps_meanwhile(house: House) -> None:
    await house.say("human")
    house.clock.forward(minutes=house.settings.queue_idle_minutes + 1)
    assert await house.say("hello") == ["[utter_handoff_returned en]", "2: hello"]
    assert (await house.place()).state is HandoffState.MISSED


async def test_asking_again_after_nobody_came_makes_a_new_place(house: House) -> None:
    await house.say("human")
    house.clock.forward(minutes=house.settings.queue_idle_minutes + 1)
    await house.say("human")
    states = [place.state for place in await house.database.read(handoffs.listed, every=True)]
    assert states == [HandoffState.WAITING, HandoffState.LEFT]
    assert await house.say("hello?") == ["[utter_handoff_waiting en]"]


async def test_an_answer_that_takes_too_long_for_the_caller_is_there_later(house: House) -> None:
    house.engine.gate = asyncio.Event()
    message = house.message("hello", number="1")
    receipt = await house.router.receive(message)
    assert await house.router.answer_to(receipt, within_seconds=0.05) is None
    house.engine.gate.set()
    assert (await house.answer(message))[0]["text"] == "1: hello"

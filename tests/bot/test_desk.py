"""Colleagues take talks, answer, pass on and close; the customer always knows, and the bot keeps quiet meanwhile."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.conversations import Owner
from bot.customers import sign
from bot.desk.texts import filled, lacks
from bot.desk.work import WrapUp
from bot.errors import DeskRefused
from bot.handoff.queue import Pace
from bot.store import desk as store
from bot.store import lines, speaking
from bot.store.database import Database
from bot.store.handoffs import HandoffState
from tests.bot.desks import DeskHouse
from tests.fakes import FakeShopView
from tests.house import SECRET

DONE = WrapUp("refund", True, "Refunded the fryer.")


@pytest.fixture
def house(sqlite_database: Database) -> DeskHouse:
    return DeskHouse(sqlite_database)


@pytest.fixture
def house_on_both(database: Database) -> DeskHouse:
    return DeskHouse(database)


async def _notes(house: DeskHouse, conversation: str) -> list[str]:
    return [note.text for note in await house.database.read(speaking.notes_between, conversation, 0)]


async def test_a_colleague_takes_a_talk_and_the_customer_is_told(house_on_both: DeskHouse) -> None:
    house = house_on_both
    li = await house.colleague("li")
    item = await house.ask()
    taken = await house.desk.claim(li, item.id)
    assert (taken.state, taken.agent, taken.owner) == (HandoffState.ASSIGNED, li.id, Owner.AGENT)
    assert (await house.read(item.conversation, "system")) == ["[utter_handoff_joined en] agent=Li"]


async def test_what_the_customer_writes_reaches_the_colleague_and_the_bot_is_silent(house: DeskHouse) -> None:
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    heard = len(house.engine.heard)
    assert await house.say("hello?") == []
    assert len(house.engine.heard) == heard
    item = await house.item()
    assert (item.unread, item.last_text) == (1, "hello?")
    assert item.owner is Owner.AGENT


async def test_a_colleague_answers_and_nothing_is_unread(house_on_both: DeskHouse) -> None:
    house = house_on_both
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    await house.say("are you there?")
    line = await house.desk.say(li, item.conversation, "Yes!", file_ids=(), client_id="1")
    again = await house.desk.say(li, item.conversation, "Yes!", file_ids=(), client_id="1")
    assert line == again
    assert await house.read(item.conversation, "agent") == ["Yes!"]
    assert (await house.item()).unread == 0


@pytest.mark.parametrize("text", ["", "   ", "x" * 5000])
async def test_what_cannot_be_said_is_refused(house: DeskHouse, text: str) -> None:
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    with pytest.raises(DeskRefused):
        await house.desk.say(li, item.conversation, text, file_ids=(), client_id="1")


async def test_nobody_speaks_in_a_talk_that_is_not_theirs(house: DeskHouse) -> None:
    li, wang = await house.colleague("li"), await house.colleague("wang")
    item = await house.ask()
    for who in (li, wang):
        with pytest.raises(DeskRefused, match="not_yours"):
            await house.desk.say(who, item.conversation, "hi", file_ids=(), client_id="1")
    await house.desk.claim(li, item.id)
    with pytest.raises(DeskRefused, match="not_yours"):
        await house.desk.say(wang, item.conversation, "hi", file_ids=(), client_id="1")
    chen = await house.colleague("chen", roles=("supervisor",))
    assert await house.desk.say(chen, item.conversation, "hi", file_ids=(), client_id="1")


async def test_one_of_many_who_claim_wins(house_on_both: DeskHouse) -> None:
    house = house_on_both
    people = [await house.colleague(f"a{number}") for number in range(12)]
    item = await house.ask()
    tries = [house.desk.claim(me, item.id) for me in people]
    results = await asyncio.gather(*tries, return_exceptions=True)
    won = [each for each in results if not isinstance(each, BaseException)]
    lost = [each for each in results if isinstance(each, DeskRefused) and each.code == "taken"]
    assert (len(won), len(lost)) == (1, 11)
    assert len(await house.read(item.conversation, "system")) == 1


async def test_nobody_takes_more_than_they_can(house_on_both: DeskHouse) -> None:
    house = house_on_both
    li = await house.colleague("li", capacity=2)
    items = [await house.ask(f"c{number}") for number in range(4)]
    results = await asyncio.gather(*(house.desk.claim(li, item.id) for item in items), return_exceptions=True)
    refused = [each.code for each in results if isinstance(each, DeskRefused)]
    assert refused == ["limit", "limit"]


async def test_pulling_takes_the_first_whose_language_and_group_fit(house: DeskHouse) -> None:
    sam = await house.colleague("sam", languages=("en",))
    account = await house.account("sam")
    await house.ask("zhang", text="转人工")
    english = await house.ask("ann")
    pulled = await house.desk.pull(sam, account)
    assert pulled is not None
    assert pulled.id == english.id
    assert (await house.desk.pull(sam, account)) is not None, "the rest is for whoever is there"
    assert await house.desk.pull(sam, account) is None


async def test_talks_are_given_out_by_themselves_when_the_setting_says_so(house_on_both: DeskHouse) -> None:
    house = house_on_both
    house.automatic()
    li = await house.colleague("li", capacity=1)
    first, second = await house.ask("ann"), await house.ask("bob")
    assert await house.desk.upkeep.assign() == 1
    assert ((await house.item("ann")).agent, (await house.item("bob")).agent) == (li.id, None)
    await house.desk.close(li, first.id, DONE)
    assert (await house.item("bob")).agent == li.id, "whoever is free gets the next"
    assert (await house.item("bob")).id == second.id


async def test_who_helped_last_time_is_asked_first(house: DeskHouse) -> None:
    house.automatic()
    wang = await house.colleague("wang")
    item = await house.ask()
    await house.desk.upkeep.assign()
    await house.desk.close(wang, item.id, DONE)
    await house.colleague("abe")
    await house.ask()
    await house.desk.upkeep.assign()
    assert (await house.item()).agent == wang.id


async def test_closing_asks_how_it_was_and_the_bot_begins_anew_with_what_was_settled(house_on_both: DeskHouse) -> None:
    house = house_on_both
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    await house.desk.close(li, item.id, DONE)
    closed = await house.item()
    assert (closed.state, closed.owner) == (HandoffState.CLOSED, Owner.CLOSED)
    assert (await house.read(item.conversation, "system"))[-1] == "[utter_handoff_closed en] agent=Li"
    await house.say("hello again")
    past = house.engine.heard[-1]["past"]
    assert past.events == ()
    assert past.carry["settled"]["summary"] == "Refunded the fryer."
    assert (await house.item()).owner is Owner.BOT
    earlier = await house.database.read(store.past_of, item.conversation)
    assert (earlier[0]["summary"], earlier[0]["resolved"]) == ("Refunded the fryer.", True)


async def test_the_bot_goes_on_at_once_with_a_talk_that_is_handed_back(house_on_both: DeskHouse) -> None:
    house = house_on_both
    await house.say("one")
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    await house.desk.back_to_bot(li, item.id, "knows the size")
    assert (await house.item()).owner is Owner.BOT
    assert await house.say("hello again") == ["1: hello again"], "nothing of the old thread"
    assert house.engine.heard[-1]["past"].carry["settled"]["summary"] == "knows the size"


async def test_a_rating_button_rates_the_talk_that_has_ended(house: DeskHouse) -> None:
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    await house.desk.close(li, item.id, DONE)
    asked = (await house.database.read(lines.after, item.conversation, 0))[-1].data["buttons"]
    assert [button["title"] for button in asked] == ["Very good", "Good", "Fair", "Poor", "Very poor"]
    answer = await house.answer(house.message(button=asked[1]["payload"]))
    assert answer[0]["text"] == "[utter_rating_thanks en]"
    stars = await house.database.read(
        lambda connection: connection.exec_driver_sql("SELECT stars, episode FROM ratings").one()
    )
    assert tuple(stars) == (4, 1)
    await house.say("hello")
    assert house.engine.heard[-1]["past"].carry["settled"], "the rating did not use up what was handed back"


async def test_a_talk_is_passed_on_with_a_note_and_everything_said(house_on_both: DeskHouse) -> None:
    house = house_on_both
    li, wang = await house.colleague("li"), await house.colleague("wang")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    await house.desk.say(li, item.conversation, "One moment.", file_ids=(), client_id="1")
    passed = await house.desk.transfer(li, item.id, agent=wang.id, group=None, words="knows fryers")
    assert (passed.agent, passed.owner) == (wang.id, Owner.AGENT)
    packet = await house.database.read(store.packet_of, item.conversation)
    assert packet is not None
    assert packet["handed_on"][0]["note"] == "knows fryers"
    assert [line["who"] for line in packet["transcript"]][-2:] == ["system", "agent"]
    assert [each["why"] for each in await house.database.read(store.versions_of, item.id)] == ["asked", "transferred"]
    assert "knows fryers" in (await _notes(house, item.conversation))[0]
    assert (await house.read(item.conversation, "system"))[-1] == "[utter_handoff_transferred en]"
    with pytest.raises(DeskRefused, match="not_yours"):
        await house.desk.say(li, item.conversation, "hi", file_ids=(), client_id="2")


async def test_a_talk_passed_to_a_group_waits_there_at_its_old_place(house: DeskHouse) -> None:
    li = await house.colleague("li")
    item = await house.ask("ann")
    later = await house.ask("bob")
    await house.desk.claim(li, item.id)
    passed = await house.desk.transfer(li, item.id, agent=None, group="returns", words="")
    assert (passed.state, passed.group, passed.owner) == (HandoffState.WAITING, "returns", Owner.QUEUE)
    order = [each.id for each in await house.database.read(store.open_items)]
    assert order == [item.id, later.id]


@pytest.mark.parametrize("to", ["nobody", "himself", "away"])
async def test_a_talk_is_not_passed_to_whom_it_cannot_be(house: DeskHouse, to: str) -> None:
    li, wang = await house.colleague("li"), await house.colleague("wang", online=False)
    item = await house.ask()
    await house.desk.claim(li, item.id)
    agent = {"nobody": "x", "himself": li.id, "away": wang.id}[to]
    with pytest.raises(DeskRefused) as refused:
        await house.desk.transfer(li, item.id, agent=agent, group=None, words="")
    assert refused.value.code == ("away" if to == "away" else "not_found")
    assert (await house.item()).agent == li.id


async def test_a_supervisor_whispers_joins_and_takes_over(house: DeskHouse) -> None:
    li, chen = await house.colleague("li"), await house.colleague("chen", roles=("supervisor",))
    item = await house.ask()
    await house.desk.claim(li, item.id)
    await house.desk.note(chen, item.conversation, "be kind", client_id="1", whisper=True)
    (note,) = await house.database.read(speaking.notes_between, item.conversation, 0)
    assert (note.kind, note.mentions, note.text) == ("whisper", [li.id], "be kind")
    await house.desk.join(chen, item.id)
    assert "be kind" not in str(await house.read(item.conversation))
    taken = await house.desk.claim(chen, item.id, force=True)
    assert taken.agent == chen.id
    for refused in (house.desk.join(li, item.id), house.desk.claim(li, item.id, force=True)):
        with pytest.raises(DeskRefused, match="forbidden"):
            await refused


async def test_notes_stand_between_the_lines_and_the_customer_never_gets_them(house_on_both: DeskHouse) -> None:
    house = house_on_both
    li = await house.colleague("li")
    item = await house.ask()
    before = await house.read(item.conversation)
    first = await house.desk.note(li, item.conversation, "one", client_id="1")
    second = await house.desk.note(li, item.conversation, "two", client_id="2")
    again = await house.desk.note(li, item.conversation, "one", client_id="1")
    assert (first, second, again) == (len(before) + 0.001, len(before) + 0.002, first)
    assert await house.read(item.conversation) == before


async def test_a_colleague_who_vanishes_gives_talks_back_to_their_old_place(house_on_both: DeskHouse) -> None:
    house = house_on_both
    li = await house.colleague("li")
    first, second = await house.ask("ann"), await house.ask("bob")
    await house.desk.claim(li, first.id)
    house.clock.forward(seconds=40)
    assert await house.desk.upkeep.release_gone() == 0
    house.clock.forward(seconds=6)
    assert await house.desk.upkeep.release_gone() == 1
    item = await house.item("ann")
    assert (item.state, item.owner) == (HandoffState.WAITING, Owner.QUEUE)
    assert [each.id for each in await house.database.read(store.open_items)] == [first.id, second.id]
    said = (await house.read(first.conversation, "system"))[-1]
    assert said == "[utter_handoff_dropped en] agent=Li place=1"
    assert await house.desk.upkeep.release_gone() == 0


async def test_a_colleague_who_is_back_in_time_keeps_their_talks(house: DeskHouse) -> None:
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    house.clock.forward(seconds=44)
    await house.here(li)
    house.clock.forward(seconds=44)
    assert await house.desk.upkeep.release_gone() == 0


async def test_going_offline_gives_talks_back_at_once(house: DeskHouse) -> None:
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    await house.desk.be(li, "offline")
    assert (await house.item()).state is HandoffState.WAITING


async def test_a_colleague_who_does_not_answer_loses_the_talk_to_another(house: DeskHouse) -> None:
    house.automatic()
    li = await house.colleague("li")
    await house.ask()
    await house.desk.upkeep.assign()
    wang = await house.colleague("wang")
    house.clock.forward(minutes=31)
    for me in (li, wang):
        await house.here(me)
    await house.desk.upkeep.release_silent()
    await house.desk.upkeep.assign()
    assert (await house.item()).agent == wang.id


async def test_a_late_first_reply_is_warned_of_then_escalated(house_on_both: DeskHouse) -> None:
    house = house_on_both
    item = await house.ask()
    assert item.first_due is not None
    assert item.first_due - item.since == timedelta(minutes=15)
    house.clock.forward(minutes=12)
    await house.desk.upkeep.watch_deadlines()
    item = await house.item()
    assert (item.warned, item.breached, item.priority) == (True, False, "normal")
    house.clock.forward(minutes=4)
    for _ in range(2):
        await house.desk.upkeep.watch_deadlines()
    item = await house.item()
    assert (item.breached, item.priority) == (True, "high")
    assert len(await _notes(house, item.conversation)) == 1


async def test_the_next_reply_has_a_deadline_too(house: DeskHouse) -> None:
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    await house.desk.say(li, item.conversation, "Yes?", file_ids=(), client_id="1")
    assert (await house.item()).next_due is None
    await house.say("my fryer is broken")
    due = (await house.item()).next_due
    assert due == house.clock() + timedelta(minutes=15)
    house.clock.forward(minutes=1)
    await house.say("really")
    assert (await house.item()).next_due == due, "from the first words that nobody has answered"
    await house.desk.say(li, item.conversation, "Sorry!", file_ids=(), client_id="2")
    assert (await house.item()).next_due is None


async def test_after_thirty_idle_minutes_the_bot_has_the_talk_again(house: DeskHouse) -> None:
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    await house.desk.say(li, item.conversation, "Anything else?", file_ids=(), client_id="1")
    house.clock.forward(minutes=29)
    await house.here(li)
    await house.desk.upkeep.release_idle()
    assert (await house.item()).state is HandoffState.ASSIGNED
    house.clock.forward(minutes=2)
    await house.desk.upkeep.release_idle()
    item = await house.item()
    assert (item.state, item.owner) == (HandoffState.CLOSED, Owner.BOT)
    assert (await house.read(item.conversation, "system"))[-1].startswith("[utter_handoff_back_to_bot en]")


async def test_a_customer_who_waits_for_an_answer_is_not_handed_back_but_queued_again(house: DeskHouse) -> None:
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    await house.desk.say(li, item.conversation, "Which one?", file_ids=(), client_id="1")
    await house.say("the red one")
    house.clock.forward(minutes=31)
    await house.here(li)
    await house.desk.upkeep.release_idle()
    assert (await house.item()).state is HandoffState.WAITING


async def test_who_waits_is_told_place_and_minutes_when_colleagues_are_there(house: DeskHouse) -> None:
    house.line.pace = Pace(desks=2, free=0, handling=timedelta(minutes=6), online=1)
    assert (await house.say("human", sender="ann"))[-1] == "[utter_handoff_place en] place=1 minutes=3"
    house.clock.forward(seconds=1)
    assert (await house.say("human", sender="bob"))[-1] == "[utter_handoff_place en] place=2 minutes=6"
    assert await house.say("human", sender="bob") == ["[utter_handoff_moved en] place=2 minutes=6"]


async def test_who_moves_up_is_told_once_a_minute_at_most(house: DeskHouse) -> None:
    house.line.pace = Pace(desks=1, free=0, handling=timedelta(minutes=6), online=1)
    li = await house.colleague("li")
    items = [await house.ask(name) for name in ("ann", "bob", "cid")]
    await house.desk.claim(li, items[0].id)
    await house.desk.upkeep.tell_places()
    assert await house.read(items[2].conversation, "system") == [], "they were told a moment ago"
    house.clock.forward(seconds=61)
    for _ in range(2):
        await house.desk.upkeep.tell_places()
    assert await house.read(items[2].conversation, "system") == ["[utter_handoff_moved en] place=2 minutes=12"]
    assert await house.read(items[1].conversation, "system") == ["[utter_handoff_moved en] place=1 minutes=6"]


async def test_two_workers_tell_a_place_once(house: DeskHouse) -> None:
    house.line.pace = Pace(desks=1, free=0, handling=timedelta(minutes=6), online=1)
    li = await house.colleague("li")
    first, second = await house.ask("ann"), await house.ask("bob")
    await house.desk.claim(li, first.id)
    house.clock.forward(seconds=61)
    await asyncio.gather(house.desk.upkeep.tell_places(), house.another_desk().desk.upkeep.tell_places())
    assert len(await house.read(second.conversation, "system")) == 1


async def test_a_message_left_outside_hours_waits_for_the_morning(house: DeskHouse) -> None:
    house.open = False
    item = await house.ask()
    assert item.state is HandoffState.WAITING
    house.clock.forward(hours=2)
    assert await house.say("hello") == ["[utter_handoff_returned en]", "2: hello"]
    li = await house.colleague("li")
    missed = await house.item()
    assert (missed.state, missed.owner) == (HandoffState.MISSED, Owner.BOT)
    taken = await house.desk.claim(li, missed.id)
    assert taken.owner is Owner.AGENT


async def test_leaving_the_line_takes_the_item_from_the_desk(house: DeskHouse) -> None:
    li = await house.colleague("li")
    item = await house.ask()
    await house.say("stop")
    assert await house.database.read(store.open_items) == []
    with pytest.raises(DeskRefused, match="gone"):
        await house.desk.claim(li, item.id)


async def test_asking_for_what_is_known_is_counted(house: DeskHouse) -> None:
    li = await house.colleague("li")
    item = await house.ask()
    await house.database.run(_knows_the_order)
    hints = await house.desk.hints(item.conversation, "What is your order number?")
    assert [(hint.field, hint.value, hint.where) for hint in hints] == [("order_number", "GT2600010042", "slots")]
    await house.desk.claim(li, item.id)
    await house.desk.say(li, item.conversation, "What is your order number?", file_ids=(), client_id="1")
    counted = await house.database.read(
        lambda connection: connection.exec_driver_sql("SELECT who, field, account_id FROM repeats").all()
    )
    assert [tuple(row) for row in counted] == [("agent", "order_number", li.id)]


async def test_a_reply_that_names_an_order_is_suggested_only_when_one_is_known(house: DeskHouse) -> None:
    item = await house.ask()

    async def titles() -> list[str]:
        suggested = await house.at.views.suggestions(item.conversation)
        return [reply["title"] for reply in suggested["replies"]]

    assert "Submitted" not in await titles()
    await house.database.run(_knows_the_order)
    assert "Submitted" in await titles()


def test_a_blank_that_stays_empty_leaves_no_gap() -> None:
    hello = "Hello {customer_name}, this is {agent_name}."
    assert filled(hello, {"customer_name": "", "agent_name": "Li"}) == "Hello, this is Li."
    assert lacks(hello, {"customer_name": "", "agent_name": "Li"})
    assert not lacks(hello, {"customer_name": "Ann", "agent_name": "Li", "order_number": ""})


async def test_a_macro_says_tags_and_notes(house: DeskHouse) -> None:
    li = await house.colleague("li")
    item = await house.ask()
    await house.desk.claim(li, item.id)
    await house.desk.macro(li, item.conversation, "apologise_and_tag", client_id="m")
    assert (await house.item()).tags == ["complaint"]
    assert (await house.read(item.conversation, "agent"))[0].startswith("I'm very sorry")


async def test_a_shop_that_is_down_does_not_keep_a_talk_from_opening(sqlite_database: Database) -> None:
    house = DeskHouse(sqlite_database, FakeShopView(down=True))
    await house.colleague("li")
    token = sign("C001", SECRET, now=house.clock(), lasts=timedelta(hours=1))
    item = await house.ask(customer_token=token)
    opened = await house.at.views.opened(item.conversation, await house.account("li"))
    assert opened["customer"]["incomplete"]
    assert opened["lines"][0]["text"] == "human"


async def test_talks_are_found_by_what_was_said_and_by_whose_they_are(house_on_both: DeskHouse) -> None:
    house = house_on_both
    await house.say("my Fryer_2 leaks")
    item = await house.ask()
    await house.ask("bob")
    for words, found in (("fryer_2", 1), ("FRYER", 1), ("fryerX2", 0), ("wants a person", 2), ("%", 0)):
        rows = await house.database.read(store.search, words, before=None)
        assert len(rows) == found, words
    (row,) = await house.database.read(store.search, "leaks", before=None)
    assert (row["conversation"], row["state"]) == (item.conversation, "waiting")


def _knows_the_order(connection: Connection) -> None:
    slots = json.dumps([{"name": "order_number", "value": "GT2600010042", "source": "customer"}])
    connection.exec_driver_sql("UPDATE handoffs SET packet = json_set(packet, '$.slots', json(?))", (slots,))

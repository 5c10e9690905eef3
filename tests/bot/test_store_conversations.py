"""The inbox, the lease and the one transaction that ends a turn, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from bot.conversations import Owner
from bot.errors import LeaseLost
from bot.handoff.queue import rank
from bot.messages import Inbound, Priority
from bot.store import conversations, handoffs, inbox, outbox
from bot.store.conversations import Bubble, Claim, Lease, Outcome, StoredButton
from bot.store.database import Database
from bot.store.handoffs import HandoffState, Heard, StoredHandoff
from bot.store.inbox import MessageState, Receipt
from tests.fakes import FakeClock

LEASE = 5.0


class Worker:
    """Takes conversations, on a lease clock that is moved by hand."""

    def __init__(self, database: Database, name: str, *, lease_time: list[float], clock: FakeClock) -> None:
        self._database = database
        self._name = name
        self._lease_time = lease_time
        self._clock = clock

    async def claim(self, conversation: str, *, known_event: int = -1) -> Claim | None:
        return await self._database.run(
            conversations.claim,
            conversation,
            lease=Lease(self._name, LEASE, self._now),
            now=self._clock(),
            known_event=known_event,
        )

    async def renew(self, claim: Claim) -> None:
        await self._database.run(conversations.renew, claim, lease=Lease(self._name, LEASE, self._now))

    async def finish(self, claim: Claim, **outcome: object) -> conversations.Finished:
        whole = {"state": MessageState.DONE, "owner": Owner.BOT, "episode": claim.episode, **outcome}
        return await self._database.run(conversations.finish, claim, Outcome(**whole), now=self._clock())

    def _now(self, _: Connection) -> float:
        return self._lease_time[0]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lease_time() -> list[float]:
    return [1000.0]


@pytest.fixture
def worker(database: Database, lease_time: list[float], clock: FakeClock) -> Callable[[str], Worker]:
    return lambda name: Worker(database, name, lease_time=lease_time, clock=clock)


@pytest.fixture
def receive(database: Database, clock: FakeClock) -> Callable[..., asyncio.Future[Receipt]]:
    async def receive_(text: str, *, number: str, sender: str = "ann", **more: object) -> Receipt:
        message = Inbound("rest", "default", number, sender, text=text, **more)
        return await database.run(inbox.record, message, now=clock(), signed_in_as=None, signed_in_at=None)

    return receive_


async def test_a_repeated_delivery_is_stored_once(database, receive) -> None:
    first, second = await receive("hello", number="1"), await receive("hello", number="1")
    assert (first.fresh, second.fresh) == (True, False)
    assert replace(second, fresh=True) == first
    assert await database.read(inbox.unfinished) == [first.conversation]


async def test_twenty_deliveries_at_once_are_stored_once(receive) -> None:
    receipts = await asyncio.gather(*(receive("hello", number="1") for _ in range(20)))
    assert sum(receipt.fresh for receipt in receipts) == 1
    assert len({(receipt.message, receipt.conversation) for receipt in receipts}) == 1


async def test_another_message_under_a_used_id_is_noticed(receive) -> None:
    await receive("hello", number="1")
    assert not (await receive("goodbye", number="1")).same


async def test_messages_of_one_sender_share_a_conversation_and_others_do_not(receive) -> None:
    ann, again, bob = (
        await receive("a", number="1"),
        await receive("b", number="2"),
        await receive("c", number="3", sender="bob"),
    )
    assert ann.conversation == again.conversation != bob.conversation


async def test_a_newcomer_who_sends_ten_messages_at_once_gets_one_conversation(receive) -> None:
    receipts = await asyncio.gather(*(receive("hello", number=str(number)) for number in range(10)))
    assert len({receipt.conversation for receipt in receipts}) == 1
    assert len({receipt.message for receipt in receipts}) == 10


async def test_messages_are_taken_in_the_order_of_arrival(receive, worker) -> None:
    conversation = (await receive("one", number="1")).conversation
    await receive("two", number="2")
    me = worker("me")
    first = await me.claim(conversation)
    assert first.message.text == "one"
    assert (await me.finish(first)).more
    second = await me.claim(conversation)
    assert second.message.text == "two"
    assert not (await me.finish(second)).more
    assert await me.claim(conversation) is None


async def test_a_conversation_is_held_by_one_worker(receive, worker) -> None:
    conversation = (await receive("one", number="1")).conversation
    assert await worker("me").claim(conversation) is not None
    assert await worker("you").claim(conversation) is None


async def test_two_workers_at_once_do_not_both_get_it(receive, worker) -> None:
    for number in range(10):
        receipt = await receive("hello", number=str(number), sender=f"s{number}")
        both = await asyncio.gather(*(worker(name).claim(receipt.conversation) for name in ("me", "you")))
        assert [claim is not None for claim in both].count(True) == 1


async def test_a_worker_that_stopped_is_overtaken_and_writes_nothing_afterwards(
    database, receive, worker, lease_time
) -> None:
    conversation = (await receive("one", number="1")).conversation
    mine = await worker("me").claim(conversation)
    lease_time[0] += LEASE + 0.1
    yours = await worker("you").claim(conversation)
    assert (yours.message.text, yours.message.tries) == ("one", 2)
    with pytest.raises(LeaseLost):
        await worker("me").finish(mine, new_events=[{"event": "bot"}], bubbles=[Bubble({"text": "late"}, sent=True)])
    with pytest.raises(LeaseLost):
        await worker("me").renew(mine)
    with pytest.raises(LeaseLost):
        await database.run(conversations.give_back, mine, error="late")
    await worker("you").finish(yours, bubbles=[Bubble({"text": "in time"}, sent=True)])
    assert await database.read(outbox.answers_to, yours.message.number) == [{"text": "in time"}]
    assert await database.read(conversations.events_of, conversation, 1) == []


async def test_a_renewed_lease_is_not_overtaken(receive, worker, lease_time) -> None:
    conversation = (await receive("one", number="1")).conversation
    mine = await worker("me").claim(conversation)
    lease_time[0] += LEASE - 1
    await worker("me").renew(mine)
    lease_time[0] += LEASE - 1
    assert await worker("you").claim(conversation) is None
    await worker("me").finish(mine)


async def test_a_worker_that_looked_at_the_clock_early_does_not_take_a_newer_lease(receive, worker, lease_time) -> None:
    conversation = (await receive("one", number="1")).conversation
    await worker("me").claim(conversation)
    lease_time[0] -= 1.0  # it then waited for the row that "me" was writing
    assert await worker("you").claim(conversation) is None


async def test_a_lease_from_before_a_reboot_holds_nobody_up(receive, worker, lease_time) -> None:
    lease_time[0] = 1_000_000.0
    conversation = (await receive("one", number="1")).conversation
    await worker("me").claim(conversation)
    lease_time[0] = 10.0  # the clock of a machine that has just started
    assert await worker("you").claim(conversation) is not None


async def test_a_turn_is_committed_as_a_whole(database, receive, worker, clock) -> None:
    receipt = await receive("one", number="1")
    mine = await worker("me").claim(receipt.conversation)
    assert await database.read(outbox.answers_to, receipt.message) is None
    finished = await worker("me").finish(
        mine,
        language="zh",
        carry={"language": "zh"},
        new_events=[{"event": "user", "text": "one"}, {"event": "bot", "text": "二"}],
        bubbles=[Bubble({"text": "二"}, sent=True), Bubble({"text": "三"}, sent=True)],
        new_buttons=[StoredButton("btn:1", "Yes", "/affirm", clock() + timedelta(hours=1))],
    )
    assert finished.last_event == 2
    assert await database.read(outbox.answers_to, receipt.message) == [{"text": "二"}, {"text": "三"}]
    await receive("", number="2", button="btn:1")
    again = await worker("me").claim(receipt.conversation)
    assert [event["event"] for event in again.events] == ["user", "bot"]
    assert (again.language, again.carry, again.payload) == ("zh", {"language": "zh"}, "/affirm")


async def test_events_that_the_worker_remembers_are_not_read_again(receive, worker) -> None:
    conversation = (await receive("one", number="1")).conversation
    finished = await worker("me").finish(await worker("me").claim(conversation), new_events=[{"event": "user"}])
    await receive("two", number="2")
    assert (await worker("me").claim(conversation, known_event=finished.last_event)).events == ()


@pytest.mark.parametrize("token", ["btn:old", "btn:other", "btn:never"])
async def test_a_button_that_is_old_or_another_conversations_or_unknown_means_nothing(
    receive, worker, clock, token
) -> None:
    soon = clock() + timedelta(minutes=1)
    other = await worker("me").claim((await receive("x", number="0", sender="bob")).conversation)
    await worker("me").finish(other, new_buttons=[StoredButton("btn:other", "Yes", "/affirm", soon)])
    mine = await worker("me").claim((await receive("x", number="1")).conversation)
    await worker("me").finish(mine, new_buttons=[StoredButton("btn:old", "Yes", "/affirm", soon)])
    clock.forward(minutes=2 if token == "btn:old" else 0)
    await receive("", number="2", button=token)
    assert (await worker("me").claim(mine.conversation)).payload is None


async def test_a_conversation_passes_only_to_an_owner_that_may_follow(receive, worker) -> None:
    conversation = (await receive("x", number="1")).conversation
    await worker("me").finish(await worker("me").claim(conversation), owner=Owner.CLOSED)
    await receive("y", number="2")
    mine = await worker("me").claim(conversation)
    with pytest.raises(ValueError, match="may not pass from closed to queue"):
        await worker("me").finish(mine, owner=Owner.QUEUE)


async def test_a_message_given_back_is_tried_again_and_remembers_why(database, receive, worker) -> None:
    receipt = await receive("x", number="1")
    mine = await worker("me").claim(receipt.conversation)
    await database.run(conversations.give_back, mine, error="RuntimeError")
    again = await worker("you").claim(receipt.conversation)
    assert (again.message.number, again.message.tries, again.message.error) == (receipt.message, 2, "RuntimeError")


async def test_a_dead_message_is_listed_and_replayed_once_as_a_copy(database, receive, worker) -> None:
    receipt = await receive("x", number="1")
    mine = await worker("me").claim(receipt.conversation)
    await worker("me").finish(mine, state=MessageState.DEAD, error="RuntimeError")
    assert [(message.message, message.error) for message in await database.read(inbox.dead)] == [
        (receipt.message, "RuntimeError")
    ]
    copy = await database.run(inbox.replay, receipt.message)
    assert copy.message != receipt.message
    assert await database.run(inbox.replay, receipt.message) is None
    again = await worker("me").claim(receipt.conversation)
    assert (again.message.text, again.message.tries) == ("x", 1)
    assert again.message.key != mine.message.key


def _packet(number: str, now: datetime, priority: str = "normal") -> StoredHandoff:
    return StoredHandoff(
        number=number,
        reason="asked",
        priority=priority,
        in_hours=True,
        packet_version=1,
        packet={"summary": "wants a person"},
        rank_at=rank(Priority(priority), now),
        group="general",
        language="en",
        card={},
        aim=timedelta(minutes=5),
        first_due=now + timedelta(minutes=5),
    )


async def test_the_queue_lists_the_most_urgent_then_the_longest_waiting(database, receive, worker, clock) -> None:
    for number, priority in enumerate(["normal", "urgent", "high", "normal"]):
        claim = await worker("me").claim((await receive("x", number=str(number), sender=f"s{number}")).conversation)
        await worker("me").finish(claim, owner=Owner.QUEUE, handoff=_packet(f"{number}-{priority}", clock(), priority))
        clock.forward(minutes=1)
    listed = await database.read(handoffs.listed)
    assert [place.number for place in listed] == ["1-urgent", "2-high", "0-normal", "3-normal"]


async def test_closing_a_handoff_gives_the_conversation_back_and_overtakes_a_running_turn(
    database, receive, worker, clock
) -> None:
    claim = await worker("me").claim((await receive("x", number="1")).conversation)
    await worker("me").finish(claim, owner=Owner.QUEUE, handoff=_packet("abc", clock()))
    await receive("still there?", number="2")
    waiting = await worker("me").claim(claim.conversation)
    assert (waiting.owner, waiting.place.number) == (Owner.QUEUE, "abc")
    assert await database.run(handoffs.close, "abc", closing_note="done", now=clock())
    assert not await database.run(handoffs.close, "abc", closing_note="twice", now=clock())
    with pytest.raises(LeaseLost):
        await worker("me").finish(waiting, owner=Owner.QUEUE, heard=Heard.ADDED)
    assert (await worker("me").claim(claim.conversation)).owner is Owner.BOT
    assert (await database.read(handoffs.find, "ab")).state is HandoffState.CLOSED


async def test_a_customer_who_leaves_the_line_keeps_the_packet_for_a_follow_up(
    database, receive, worker, clock
) -> None:
    claim = await worker("me").claim((await receive("x", number="1")).conversation)
    await worker("me").finish(claim, owner=Owner.QUEUE, handoff=_packet("abc", clock()))
    await receive("stop", number="2")
    await worker("me").finish(await worker("me").claim(claim.conversation), heard=Heard.LEFT)
    assert await database.read(handoffs.waiting_place, claim.conversation) is None
    assert [place.state for place in await database.read(handoffs.listed, every=True)] == [HandoffState.LEFT]


async def test_the_transcript_has_both_sides_with_buttons_by_their_words(database, receive, worker, clock) -> None:
    conversation = (await receive("return it", number="1")).conversation
    yes = StoredButton("btn:1", "Yes, please", "/affirm", clock() + timedelta(hours=1))
    await worker("me").finish(
        await worker("me").claim(conversation), bubbles=[Bubble({"text": "sure?"}, sent=True)], new_buttons=[yes]
    )
    clock.forward(seconds=5)
    await receive("", number="2", button="btn:1")
    await worker("me").finish(await worker("me").claim(conversation), bubbles=[Bubble({"text": "done"}, sent=True)])
    said = await database.read(outbox.transcript, conversation, 1)
    assert [(line.who, line.text) for line in said] == [
        ("customer", "return it"),
        ("bot", "sure?"),
        ("customer", "Yes, please"),
        ("bot", "done"),
    ]

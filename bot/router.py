"""The journey of a message: received once, answered in order by one worker at a time, committed as a whole."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot import metrics
from bot.conversations import Owner
from bot.customers import Customers
from bot.errors import BadMessage, LeaseLost, StoreDown
from bot.live import LINE, Live, talk
from bot.messages import Inbound
from bot.replies import clean
from bot.store import conversations, inbox, outbox
from bot.store.conversations import Claim, Lease, Outcome
from bot.store.database import Database
from bot.store.inbox import MessageState, Receipt
from bot.turns import Turns

logger = logging.getLogger(__name__)

LEASE_SECONDS = 5.0
"""A conversation whose worker died is taken over after this; a living worker renews in time."""
MAX_TRIES = 3
"""How often a message is tried before it is set aside; it may have killed its worker each time."""
TURNS_AT_ONCE = 64
"""Turns that one worker holds leases for; more of them at once would only all be late."""
FORGIVING = timedelta(minutes=2)
"""How old a message may be whose turn came too late, for that not to count as a failed try."""
POLL_SECONDS = 1.0
"""How often unfinished messages are looked for when no wake-up came."""
REMEMBERED = 1000
"""Conversations whose events are kept in memory."""

Answer = Sequence[Mapping[str, Any]]
"""The bubbles that answer one message, as stored."""
Events = Sequence[Mapping[str, Any]]
K = TypeVar("K")
V = TypeVar("V")


class Router:
    """Takes messages in and has them answered."""

    def __init__(
        self,
        *,
        database: Database,
        turns: Turns,
        customers: Customers,
        live: Live,
        now: Callable[[], datetime],
        worker: str = "",
        deliver: Callable[[str], None] = lambda conversation: None,
    ) -> None:
        """`worker` is this process's name, which no other ever had; made up when empty.

        `deliver` is told of conversations with replies to send.
        """
        self._database = database
        self._turns = turns
        self._customers = customers
        self._live = live
        self._now = now
        self._deliver = deliver
        self._lease = Lease(worker or uuid.uuid4().hex, LEASE_SECONDS, database.lease_clock)
        self._slots = asyncio.Semaphore(TURNS_AT_ONCE)
        self._answering: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._waiters: dict[int, set[asyncio.Future[Answer]]] = {}
        self._known: OrderedDict[str, tuple[int, Events]] = OrderedDict()
        self._homes: OrderedDict[tuple[str, str, str], str] = OrderedDict()
        self._held: dict[str, tuple[Claim, float]] = {}

    async def receive(self, message: Inbound) -> Receipt:
        """Store a message and have it answered; when this returns it cannot be lost, and a repeat has changed nothing.

        Raises:
            BadMessage: another message has this id.
            StoreDown: it was not stored; do not acknowledge it.
        """
        sign_in = self._customers.signed_in(message.customer_token)
        address = (message.channel, message.account, message.sender)
        home = self._homes.get(address)
        known, events = self._known.get(home or "", (-1, ()))
        until = time.monotonic() + LEASE_SECONDS
        receipt, claim = await self._database.run_first(
            conversations.receive,
            replace(message, text=clean(message.text)),
            signed_in_as=sign_in.customer_id if sign_in else None,
            signed_in_at=sign_in.at if sign_in else None,
            lease=self._lease,
            now=self._now(),
            known=(home, known),
            busy=home in self._answering or self._slots.locked(),
        )
        _remember(self._homes, address, receipt.conversation)
        if claim is not None:
            self._held[claim.conversation] = _with_events(claim, events), until
        self.nudge(receipt.conversation)
        metrics.messages.labels(message.channel, str(not receipt.fresh).lower()).inc()
        if receipt.fresh:
            await self._live.wake(talk(receipt.conversation))
        if not receipt.same:
            raise BadMessage("another message was sent under this id before; give each message its own", status=409)
        return receipt

    async def answer_to(self, receipt: Receipt, *, within_seconds: float) -> Answer | None:
        """The bubbles that answer a received message, the same ones for a repeat; None when it takes longer."""
        waiter: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(receipt.message, set()).add(waiter)
        try:
            async with asyncio.timeout(within_seconds):
                return await self._answered(receipt, waiter)
        except TimeoutError:
            return None
        finally:
            others = self._waiters[receipt.message]
            others.discard(waiter)
            if not others:
                del self._waiters[receipt.message]

    def nudge(self, conversation: str) -> asyncio.Task[None]:
        """See to it that what waits in the conversation is answered; the task ends when nothing is left to do here."""
        running = self._answering.get(conversation)
        if running is not None:
            self._again.add(conversation)
            return running
        task = asyncio.create_task(self._answer_all(conversation), name=f"answer {conversation}")
        self._answering[conversation] = task
        return task

    def send_now(self, conversation: str) -> None:
        """What waits to be sent in the conversation waits for its webhook no longer."""
        self._deliver(conversation)

    async def sweep(self) -> None:
        """Take up whatever waits unanswered: left by a crash, by a worker that died, by a database that was away."""
        for conversation in await self._database.read(inbox.unfinished):
            self.nudge(conversation)

    async def work(self, *, dead: Sequence[str] = ()) -> None:
        """Sweep for ever; first give back what `dead` workers held."""
        while True:
            try:
                if dead:
                    await self._database.run(conversations.release, dead)
                    dead = ()
                await self.sweep()
            except StoreDown:
                logger.exception("the database is away")
            await asyncio.sleep(POLL_SECONDS)

    async def drain(self, *, within_seconds: float) -> None:
        """Wait for the turns that run; what is not done by then waits in the inbox."""
        running = list(self._answering.values())
        if running:
            _, late = await asyncio.wait(running, timeout=within_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def answer(self, conversation: str) -> None:
        """Answer what waits in a conversation, oldest first, until nothing does or another worker holds it.

        Raises:
            LeaseLost: another worker took over in the middle; its answer counts.
            StoreDown: the database was away; the message waits.
        """
        more = True
        while more:
            async with self._slots:
                more = await self._answer_next(conversation)

    async def _answer_next(self, conversation: str) -> bool:
        """Answer the oldest message that waits; whether there may be more to do here."""
        taken = await self._take(conversation)
        if taken is None:
            return False
        claim, _ = taken
        began = time.perf_counter()
        try:
            with self._customers.asking(claim) as asking:
                outcome = await self._outcome(claim)
                if outcome is None:
                    return True
                more = await self._commit(claim, outcome)
        except LeaseLost:
            await self._forgive(claim)
            if asking.moved_to is None:
                raise
            await self._answered_there(claim, asking.moved_to)
            return True
        except StoreDown:
            self._held[conversation] = taken  # it is still ours when the database is back soon
            raise
        metrics.turns.labels(outcome.state).inc()
        metrics.turn_seconds.observe(time.perf_counter() - began)
        return more

    async def _answered_there(self, claim: Claim, home: str) -> None:
        """The turn itself has moved its message to another talk: it is answered there."""
        if home != claim.conversation:
            self.nudge(home)
            await self._live.wake(talk(claim.conversation))
        await self._live.wake(talk(home))

    async def _forgive(self, claim: Claim) -> None:
        """A try that was only too slow is none, for a while: this worker lives, so the message did not kill it."""
        if self._now() - claim.message.received_at < FORGIVING:
            await self._database.run(inbox.take_back_try, claim.message.number)

    async def _answered(self, receipt: Receipt, waiter: asyncio.Future[Answer]) -> Answer:
        if not receipt.fresh and (stored := await self._stored(receipt)) is not None:
            return stored
        while True:
            working: set[asyncio.Future[Any]] = {waiter, self.nudge(receipt.conversation)}
            await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
            if waiter.done():
                return waiter.result()
            if (stored := await self._stored(receipt)) is not None:
                return stored
            hears: asyncio.Future[Any] = asyncio.ensure_future(
                self._live.wait(talk(receipt.conversation), timeout_seconds=POLL_SECONDS)
            )
            try:  # what was moved to another talk is answered there
                await asyncio.wait([waiter, hears], return_when=asyncio.FIRST_COMPLETED)
            finally:
                hears.cancel()

    async def _stored(self, receipt: Receipt) -> Answer | None:
        return await self._database.read(outbox.answers_to, receipt.message)

    async def _answer_all(self, conversation: str) -> None:
        try:
            while True:
                self._again.discard(conversation)
                await self.answer(conversation)
                if conversation not in self._again:
                    return
        except LeaseLost:
            metrics.leases_lost.inc()
            logger.warning("another worker took over", extra={"conversation": conversation})
        except StoreDown:
            logger.exception("the database is away", extra={"conversation": conversation})
        finally:
            self._again.discard(conversation)
            del self._answering[conversation]

    async def _take(self, conversation: str) -> tuple[Claim, float] | None:
        """The conversation's oldest message, and until when it is surely ours; None when there is none to be had."""
        held = self._held.pop(conversation, None)
        if held is not None:
            if time.monotonic() < held[1]:
                return held
            await self._forgive(held[0])
        known, events = self._known.get(conversation, (-1, ()))
        until = time.monotonic() + LEASE_SECONDS
        claim = await self._database.run(
            conversations.claim, conversation, lease=self._lease, now=self._now(), known_event=known
        )
        return None if claim is None else (_with_events(claim, events), until)

    async def _outcome(self, claim: Claim) -> Outcome | None:
        """What the message leads to; None when it failed and waits to be tried again."""
        message = claim.message
        if message.tries > MAX_TRIES:
            ids = {"conversation": claim.conversation, "number": message.number, "error": message.error}
            logger.error("a message is set aside", extra=ids)
            return await self._given_up(claim)
        try:
            async with self._lease_kept(claim):
                return await self._turns.outcome(claim)
        except (LeaseLost, StoreDown):
            raise
        except Exception as error:  # whatever a turn raises: tried again, then set aside
            ids = {"conversation": claim.conversation, "number": message.number}
            logger.exception("a turn failed", extra={**ids, "tries": message.tries})
            await self._database.run(conversations.give_back, claim, error=type(error).__name__)
            return None

    async def _given_up(self, claim: Claim) -> Outcome:
        """A message set aside: with an apology and a place in the queue, or, if even that fails, without."""
        try:
            return await self._turns.set_aside(claim)
        except (LeaseLost, StoreDown):
            raise
        except Exception as error:  # the conversation must not stand still for it
            ids = {"conversation": claim.conversation, "number": claim.message.number}
            logger.exception("a message is set aside without a word", extra=ids)
            return Outcome(
                state=MessageState.DEAD,
                owner=Owner.BOT if claim.owner is Owner.CLOSED else claim.owner,
                episode=claim.episode,
                language=claim.language,
                signed_in_as=claim.signed_in_as,
                carry=claim.carry,
                error=claim.message.error or type(error).__name__,
            )

    async def _commit(self, claim: Claim, outcome: Outcome) -> bool:
        """Whether another message of the conversation waits."""
        self._known.pop(claim.conversation, None)  # after an error nobody knows whether it was written
        finished = await self._database.run(
            conversations.finish, claim, outcome, now=self._now(), clock=self._lease.clock
        )
        before = claim.events if outcome.episode == claim.episode else ()
        _remember(self._known, claim.conversation, (finished.last_event, [*before, *outcome.new_events]))
        answer = [bubble.data for bubble in outcome.bubbles]
        for waiter in self._waiters.get(claim.message.number, ()):
            if not waiter.done():
                waiter.set_result(answer)
        if outcome.notices or not all(bubble.sent for bubble in outcome.bubbles):
            self._deliver(claim.conversation)
        await self._live.wake(talk(claim.conversation))
        if outcome.handoff is not None:
            await self._live.wake(LINE)
        return finished.more

    @asynccontextmanager
    async def _lease_kept(self, claim: Claim) -> AsyncIterator[None]:
        """Renew the lease for as long as this holds."""
        keeper = asyncio.create_task(self._keep(claim))
        try:
            yield
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper

    async def _keep(self, claim: Claim) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                await self._database.run(conversations.renew, claim, lease=self._lease)
            except (LeaseLost, StoreDown) as error:
                ids = {"conversation": claim.conversation, "error": type(error).__name__}
                logger.warning("a lease was not renewed", extra=ids)


def _with_events(claim: Claim, known: Events) -> Claim:
    """The claim with its events, whether they were read or remembered."""
    return claim if claim.events_read else replace(claim, events=known)


def _remember(memory: OrderedDict[K, V], key: K, value: V) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > REMEMBERED:
        memory.popitem(last=False)

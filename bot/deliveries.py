"""Replies on channels that are sent to: in order within a conversation, paced, tried again by the kind of error."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot import metrics
from bot.errors import (
    CustomerLeft,
    DeliveryRefused,
    GuitaiError,
    LeaseLost,
    MaybeDelivered,
    NotDelivered,
    StoreDown,
    TryLater,
)
from bot.live import Live
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import Parcel

logger = logging.getLogger(__name__)

SEND_SECONDS = 10.0
"""How long a platform may take for one bubble."""
PACE_SECONDS = 5.0
"""How long a bubble waits for the channel's turn before it is put back."""
LEASE_SECONDS = 30.0
"""A bubble whose sender died is taken over after this; longer than pace, sending and marking take together."""
OLDEST = timedelta(hours=24)
"""A bubble that is older is not worth sending."""
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 300.0
POLL_SECONDS = 1.0
"""How often unsent bubbles are looked for."""
AT_ONCE = 64
"""Bubbles that one process sends at the same time."""


@dataclass(frozen=True, slots=True)
class More:
    """The platform has one piece of the bubble, and there are more: `send` is called again, `pieces` one higher."""


class Sender(Protocol):
    """A channel that is sent to."""

    @property
    def deduplicates(self) -> bool:
        """Whether the platform throws a bubble away whose key it has seen."""

    @property
    def sends_per_second(self) -> int:
        """What the platform takes, from all workers together."""

    async def send(self, parcel: Parcel) -> str | More | None:
        """Hand one bubble to the platform, once; its id there, when there is one.

        A bubble that does not go out in one request goes piece by piece: the one that `parcel.pieces` counts to now.

        Raises:
            TryLater: the platform asks to wait.
            NotDelivered: it does not have the bubble; try again.
            MaybeDelivered: nobody knows.
            DeliveryRefused: it will never take this bubble.
            CustomerLeft: nothing can be sent to this recipient any more.
        """


class Deliveries:
    """Empties the outbox. Any number of workers may do so at once."""

    def __init__(
        self,
        *,
        database: Database,
        live: Live,
        senders: Mapping[str, Sender],
        tries: int,
        now: Callable[[], datetime],
    ) -> None:
        """`senders` by the name of their channel; after `tries` failures a bubble is set aside."""
        self._database = database
        self._live = live
        self._senders = senders
        self._deduplicating = frozenset(name for name, sender in senders.items() if sender.deduplicates)
        self._tries = tries
        self._now = now
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def nudge(self, conversation: str) -> None:
        """See to it that what waits for the conversation's customer is sent."""
        if conversation in self._sending:
            self._again.add(conversation)
            return
        task = asyncio.create_task(self._send_all(conversation), name=f"send {conversation}")
        self._sending[conversation] = task

    async def sweep(self) -> None:
        """Take up whatever is due: put off, or left by a worker that died."""
        for conversation in await self._database.read(outbox.undelivered, lease_clock=self._database.lease_clock):
            self.nudge(conversation)

    async def work(self) -> None:
        """Sweep for ever."""
        if not self._senders:
            return
        while True:
            try:
                await self.sweep()
            except StoreDown:
                logger.exception("the database is away")
            await asyncio.sleep(POLL_SECONDS)

    async def drain(self, *, within_seconds: float) -> None:
        """Let what is being sent be sent; the rest waits in the outbox."""
        self._again.clear()
        running = list(self._sending.values())
        if running:
            _, late = await asyncio.wait(running, timeout=within_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _send_all(self, conversation: str) -> None:
        try:
            while True:
                self._again.discard(conversation)
                while await self._send_next(conversation):
                    pass
                if conversation not in self._again:
                    return
        except LeaseLost:
            logger.warning("another worker sends by now", extra={"conversation": conversation})
        except StoreDown:
            logger.exception("the database is away", extra={"conversation": conversation})
        finally:
            self._again.discard(conversation)
            del self._sending[conversation]

    async def _send_next(self, conversation: str) -> bool:
        """Send the oldest bubble; False when there is none to send now."""
        async with self._slots:
            parcel = await self._database.run(
                outbox.take,
                conversation,
                deduplicating=self._deduplicating,
                lease_clock=self._database.lease_clock,
                lease_seconds=LEASE_SECONDS,
            )
            if parcel is None:
                return False
            outcome = await self._sent(parcel)
        metrics.deliveries.labels(parcel.channel, outcome).inc()
        return outcome in ("sent", "piece sent", "set aside")

    async def _sent(self, parcel: Parcel) -> str:
        """Send one bubble and note down what became of it, in one word."""
        sender = self._senders.get(parcel.channel)
        if sender is None:
            return await self._set_aside(parcel, DeliveryRefused(f"no channel {parcel.channel} sends"))
        try:
            await self._wait_for_turn(parcel.channel, sender)
            platform_id = await self._handed_over(sender, parcel)
        except TryLater as error:
            await self._put_back(parcel, error, wait_seconds=error.wait_seconds, failures=parcel.failures)
            return "put off"
        except CustomerLeft as error:
            await self._database.run(outbox.set_all_aside, parcel, error=_named(error))
            return "customer left"
        except DeliveryRefused as error:
            return await self._set_aside(parcel, error)
        except (NotDelivered, MaybeDelivered) as error:
            failures = parcel.failures + 1
            if failures >= self._tries or self._now() - parcel.created_at > OLDEST:
                return await self._set_aside(parcel, error)
            wait = min(FIRST_WAIT_SECONDS * 2 ** (failures - 1), LONGEST_WAIT_SECONDS)
            jitter = random.uniform(0.8, 1.2)  # noqa: S311 - no secret
            await self._put_back(parcel, error, wait_seconds=wait * jitter, failures=failures)
            return "failed"
        if isinstance(platform_id, More):
            await self._database.run(outbox.advanced, parcel)
            return "piece sent"
        await self._database.run(outbox.delivered, parcel, platform_id=platform_id, now=self._now())
        return "sent"

    async def _handed_over(self, sender: Sender, parcel: Parcel) -> str | More | None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await sender.send(parcel)
        except TimeoutError as error:
            raise MaybeDelivered(f"no answer within {SEND_SECONDS:g} s") from error
        except (TryLater, NotDelivered, MaybeDelivered, DeliveryRefused, CustomerLeft):
            raise
        except Exception as error:  # a fault of the channel's own: the bubble must not be lost to it
            logger.exception("a channel failed", extra={"channel": parcel.channel, "number": parcel.number})
            raise MaybeDelivered(type(error).__name__) from error

    async def _wait_for_turn(self, channel: str, sender: Sender) -> None:
        """Keep to the platform's pace, together with the other workers."""
        deadline = asyncio.get_running_loop().time() + PACE_SECONDS
        while not await self._live.allow(f"send:{channel}", limit=sender.sends_per_second, window_seconds=1):
            if asyncio.get_running_loop().time() > deadline:
                raise TryLater(1)
            await asyncio.sleep(0.1)

    async def _put_back(self, parcel: Parcel, error: GuitaiError, *, wait_seconds: float, failures: int) -> None:
        ids = {"channel": parcel.channel, "number": parcel.number, "failures": failures}
        logger.info("a reply is sent later", extra={**ids, "error": _named(error)})
        await self._database.run(
            outbox.put_back,
            parcel,
            error=_named(error),
            failures=failures,
            uncertain=isinstance(error, MaybeDelivered) and parcel.channel not in self._deduplicating,
            wait_seconds=wait_seconds,
            lease_clock=self._database.lease_clock,
        )

    async def _set_aside(self, parcel: Parcel, error: GuitaiError) -> str:
        ids = {"channel": parcel.channel, "number": parcel.number, "error": _named(error)}
        logger.error("a reply is set aside", extra=ids)
        await self._database.run(outbox.set_aside, parcel, error=_named(error), failures=parcel.failures + 1)
        return "set aside"


def _named(error: GuitaiError) -> str:
    return f"{type(error).__name__}: {error}"

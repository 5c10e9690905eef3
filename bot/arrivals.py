"""For channels: what has arrived and is no message yet, and how far something was read.

Whoever's files must be fetched before their message is whole has it kept here first, so that the platform is answered
at once and nothing is lost. What the same sender sends meanwhile waits behind it.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from bot.errors import StoreDown
from bot.messages import Address
from bot.store import arrivals, cursors
from bot.store.arrivals import Arrival
from bot.store.cursors import Cursor
from bot.store.database import Database

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
"""Who sees to a sender's arrivals and dies is followed by another after this."""
POLL_SECONDS = 1.0
SETTLE_SECONDS = 1.0
"""How long the rest of a bundle is waited for."""
AGAIN_SECONDS = 2.0
"""What failed is tried again after this."""
REMEMBERED = timedelta(days=2)
"""No platform repeats itself for longer."""
SWEEPS = 600
"""After so many, what no platform repeats any more is forgotten."""
AT_ONCE = 16

Handle = Callable[[Address, Sequence[Arrival]], Awaitable[Sequence[Arrival]]]
"""Makes a message of a sender's oldest arrival and what belongs to it; which arrivals are done with."""


class Arrivals:
    """Any number of workers may share the work."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._working: dict[Address, asyncio.Task[None]] = {}
        self._handle: Handle | None = None

    async def keep(
        self, address: Address, *, external_id: str, data: Mapping[str, Any], bundle: str | None = None
    ) -> None:
        """Store it; a repeat changes nothing.

        Raises:
            StoreDown: it was not stored; do not acknowledge it.
        """
        kept = await self._database.run(
            arrivals.keep,
            address,
            external_id=external_id,
            bundle=bundle,
            data=data,
            settle_seconds=SETTLE_SECONDS,
            lease_clock=self._database.lease_clock,
            now=self._now(),
        )
        if kept and self._handle is not None:
            self._nudge(address, self._handle)

    async def waits(self, address: Address) -> bool:
        """Whether something of theirs is kept; then what they send next is to be kept too, so that it comes after."""
        return await self._database.read(arrivals.waits, address)

    async def work(self, channel: str, handle: Handle) -> None:
        """See to what arrives, for ever."""
        self._handle = handle
        try:
            while True:
                try:
                    await self._database.run(arrivals.forget, before=self._now() - REMEMBERED)
                    for _ in range(SWEEPS):
                        await self.sweep(channel, handle)
                        await asyncio.sleep(POLL_SECONDS)
                except StoreDown:
                    logger.exception("the database is away")
                    await asyncio.sleep(POLL_SECONDS)
        finally:
            for task in self._working.values():
                task.cancel()
            await asyncio.gather(*self._working.values(), return_exceptions=True)

    async def sweep(self, channel: str, handle: Handle) -> None:
        """Take up whatever is due."""
        for address in await self._database.read(arrivals.due, channel, lease_clock=self._database.lease_clock):
            self._nudge(address, handle)

    def _nudge(self, address: Address, handle: Handle) -> None:
        if address not in self._working:
            self._working[address] = asyncio.create_task(self._see_to(address, handle))

    async def _see_to(self, address: Address, handle: Handle) -> None:
        try:
            async with self._slots:
                while await self._handled(address, handle):
                    pass
        except StoreDown:
            logger.exception("the database is away", extra={"channel": address.channel})
        finally:
            del self._working[address]

    async def _handled(self, address: Address, handle: Handle) -> bool:
        """Whether there may be more."""
        clock = self._database.lease_clock
        taking = asyncio.ensure_future(
            self._database.run(arrivals.take, address, lease_clock=clock, lease_seconds=LEASE_SECONDS)
        )
        try:
            waiting = await asyncio.shield(taking)
        except asyncio.CancelledError:
            await self._leave(await taking)
            raise
        if not waiting:
            return False
        try:
            done = await handle(address, waiting)
        except StoreDown:
            raise
        except asyncio.CancelledError:
            await self._leave(waiting)
            raise
        except Exception:  # whatever a channel raises: tried again, the channel sees how often
            ids = {"channel": address.channel, "number": waiting[0].number, "tries": waiting[0].tries}
            logger.exception("an arrival failed", extra=ids)
            wait = AGAIN_SECONDS * waiting[0].tries
            await self._database.run(arrivals.put_off, waiting[0].number, wait_seconds=wait, lease_clock=clock)
            return False
        await self._database.run(arrivals.finish, [each.number for each in done], now=self._now())
        return True

    async def _leave(self, waiting: Sequence[Arrival]) -> None:
        """An orderly stop: the next one need not wait for the lease to end."""
        clock = self._database.lease_clock
        for one in waiting[:1]:
            await self._database.run(arrivals.put_off, one.number, wait_seconds=0, lease_clock=clock)


class Reader:
    """Reads something piece by piece, one worker at a time."""

    def __init__(self, database: Database, name: str, *, lease_seconds: float, now: Callable[[], datetime]) -> None:
        """`name` says what is read, such as `telegram:123456`."""
        self._database = database
        self._name = name
        self._holder = uuid.uuid4().hex
        self._lease_seconds = lease_seconds
        self._now = now

    async def take(self) -> Cursor | None:
        """Hold it, or hold it longer; None while another worker reads."""
        return await self._database.run(
            cursors.take,
            self._name,
            holder=self._holder,
            lease_clock=self._database.lease_clock,
            lease_seconds=self._lease_seconds,
            now=self._now(),
        )

    async def move(self, value: str) -> None:
        """All before `value` is stored.

        Raises:
            LeaseLost: another worker reads by now.
        """
        await self._database.run(cursors.move, self._name, value, holder=self._holder, now=self._now())

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold it for as long as this lasts, so that the lease may be short and a worker that dies is followed soon."""
        keeper = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / 3)
            try:
                await self.take()
            except StoreDown:
                logger.warning("a lease was not renewed", extra={"reader": self._name})

    async def let_go(self) -> None:
        """Another worker may read at once."""
        await self._database.run(cursors.let_go, self._name, holder=self._holder)

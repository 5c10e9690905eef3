"""What several processes must hear at once: wake-ups, and limits that they share.

A topic is a kind and a name: `talk:<conversation>` when something in it changed, `visitor:<id>` when somebody signed
out, `typing:<conversation>:<who>:<on|off>`, `desk:line` when somebody waits for a person, `desk:people` when a
colleague comes, goes or has more or less to do, `desk:looks` when one looks elsewhere or types, and
`desk:refresh:<conversation>` when what the shop says of its customer changed.

Nothing here is the only copy of anything. A lost wake-up costs a poll's wait; when Redis is away, a limit counts in
this process alone. `connect` gives the one that the settings name; both kinds pass the same tests.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

REDIS_SECONDS = 0.5
"""How long Redis may take before we go on without it."""
AWAY_SECONDS = 1.0
"""How long Redis is not asked after it did not answer."""
UNTOLD = 1000
"""Wake-ups that wait to be passed on at most."""
REMEMBERED = 10_000
"""Limits that one process counts by itself at most; the least used is forgotten first."""


class Live(Protocol):
    async def start(self) -> None: ...

    async def wake(self, topic: str) -> None:
        """Tell everybody who waits for `topic`, in every process."""

    async def wait(self, topic: str, *, timeout_seconds: float) -> bool:
        """Wait for the next wake-up; False when none came in time. One that came before is not remembered."""

    def listen(self, hear: Callable[[str], None]) -> None:
        """From now on `hear` is told every topic that is woken, once or more often; it must be quick."""

    @property
    def reaches_others(self) -> bool:
        """Whether other processes hear our wake-ups now."""

    async def allow(self, subject: str, *, limit: int, window_seconds: int) -> bool:
        """Count one for `subject`; False when that is more than `limit` in the current window."""

    async def aclose(self) -> None: ...


LINE = "desk:line"
PEOPLE = "desk:people"
LOOKS = "desk:looks"


def refresh(conversation: str) -> str:
    """The topic of what the shop says of a conversation's customer."""
    return f"desk:refresh:{conversation}"


def talk(conversation: str) -> str:
    """The topic of a conversation."""
    return f"talk:{conversation}"


def connect(redis_url: str) -> Live:
    """The kind that the settings ask for: Redis by address, or this process alone."""
    return OverRedis(redis_url) if redis_url else InProcess()


class InProcess:
    """Live for one process."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._listeners: list[Callable[[str], None]] = []
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    async def start(self) -> None:
        """Nothing to open."""

    def listen(self, hear: Callable[[str], None]) -> None:
        self._listeners.append(hear)

    @property
    def reaches_others(self) -> bool:
        return False

    async def wake(self, topic: str) -> None:
        for hear in self._listeners:
            hear(topic)
        for waiting in self._waiting.pop(topic, ()):
            if not waiting.done():
                waiting.set_result(None)

    async def wait(self, topic: str, *, timeout_seconds: float) -> bool:
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(topic, set()).add(waiting)
        try:
            async with asyncio.timeout(timeout_seconds):
                await waiting
        except TimeoutError:
            return False
        finally:
            others = self._waiting.get(topic, set())
            others.discard(waiting)
            if not others:
                self._waiting.pop(topic, None)
        return True

    async def allow(self, subject: str, *, limit: int, window_seconds: int) -> bool:
        window = int(time.monotonic() // window_seconds)
        then, count = self._counts.pop(subject, (window, 0))
        count = count + 1 if then == window else 1
        self._counts[subject] = (window, count)
        if len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)
        return count <= limit

    async def aclose(self) -> None:
        """Nothing to close."""


class OverRedis:
    """Live for many processes. While Redis is away, what it does here it does for this process alone."""

    CHANNEL = "guitai:wake"

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            retry=Retry(NoBackoff(), 0),  # whoever waits for Redis makes a customer wait
            decode_responses=True,
        )
        self._here = InProcess()
        self._name = uuid.uuid4().hex
        self._told: asyncio.Queue[str] = asyncio.Queue(UNTOLD)
        self._tasks: list[asyncio.Task[None]] = []
        self._away_until = 0.0
        self._is_listening = False
        self._closing = False

    async def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._listen(), name="redis-listen"),
            asyncio.create_task(self._tell(), name="redis-tell"),
        ]

    def listen(self, hear: Callable[[str], None]) -> None:
        self._here.listen(hear)

    @property
    def reaches_others(self) -> bool:
        return self._is_listening and time.monotonic() >= self._away_until

    async def wake(self, topic: str) -> None:
        await self._here.wake(topic)
        with suppress(asyncio.QueueFull):  # others will look by themselves
            self._told.put_nowait(topic)

    async def wait(self, topic: str, *, timeout_seconds: float) -> bool:
        return await self._here.wait(topic, timeout_seconds=timeout_seconds)

    async def allow(self, subject: str, *, limit: int, window_seconds: int) -> bool:
        if time.monotonic() < self._away_until:
            return await self._here.allow(subject, limit=limit, window_seconds=window_seconds)
        key = f"guitai:limit:{window_seconds}:{subject}"
        try:
            async with self._redis.pipeline(transaction=True) as both:
                both.set(key, 0, ex=window_seconds, nx=True)
                both.incr(key)
                _, counted = await both.execute()
        except RedisError as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            logger.warning("a limit counts in this process alone", extra={"error": type(error).__name__})
            return await self._here.allow(subject, limit=limit, window_seconds=window_seconds)
        return int(counted) <= limit

    async def aclose(self) -> None:
        self._closing = True  # the client may swallow a cancellation that meets the end of a wait
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    async def _tell(self) -> None:
        """Pass wake-ups on, without anybody waiting for it."""
        while not self._closing:
            topic = await self._told.get()
            if time.monotonic() < self._away_until:
                continue
            try:
                await self._redis.publish(self.CHANNEL, f"{self._name} {topic}")
            except RedisError:
                self._away_until = time.monotonic() + AWAY_SECONDS

    async def _listen(self) -> None:
        away = False
        while not self._closing:
            try:
                async with self._redis.pubsub() as heard:
                    await heard.subscribe(self.CHANNEL)
                    away, self._is_listening = False, True
                    while not self._closing:
                        message = await heard.get_message(ignore_subscribe_messages=True, timeout=REDIS_SECONDS)
                        if message is not None:
                            await self._heard(message["data"])
            except RedisError as error:
                if not away:
                    logger.warning("redis is away, polling goes on", extra={"error": type(error).__name__})
                away, self._is_listening = True, False
                await asyncio.sleep(1)

    async def _heard(self, said: str) -> None:
        speaker, _, topic = said.partition(" ")
        if speaker != self._name:  # our own wake-ups have been heard here already
            await self._here.wake(topic)

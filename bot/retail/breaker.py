"""A circuit breaker for the shop's systems: after a run of failures nobody waits for them for a while."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from purgatory import AsyncCircuitBreakerFactory, ContextChanged, Event
from purgatory.domain.model import HALF_OPENED, OpenedState

from bot.errors import ShopDown

logger = logging.getLogger(__name__)

NAME = "shop"
T = TypeVar("T")


class Breaker:
    """Opens at `failures` within `window_seconds`; after `rest_seconds` one call probes whether it may close.

    Purgatory keeps the states. It counts failures in a row, however old: the window and the single probe are ours.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        window_seconds: float = 10,
        rest_seconds: float = 15,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures = failures
        self._window = window_seconds
        self._clock = clock
        self._recent: deque[float] = deque(maxlen=failures)
        self._probing = False
        self._states = AsyncCircuitBreakerFactory(default_threshold=1, default_ttl=rest_seconds)
        self._states.add_listener(_log)

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work`, whose `ShopDown` counts as a failure; other errors are answers.

        Raises:
            ShopDown: `work` raised it, or the breaker is open and `work` was not asked.
        """
        if self._probing:
            raise ShopDown("the breaker is open; one call is probing")
        failure: BaseException | None = None
        probe = False
        try:
            async with await self._states.get_breaker(NAME) as state:
                self._probing = probe = state.context.state == HALF_OPENED
                try:
                    return await work()
                except ShopDown as error:
                    if probe or self._too_many():
                        raise  # through the door of purgatory's breaker, which opens at it
                    failure = error
                except BaseException as error:
                    failure = error
        except OpenedState as error:
            raise ShopDown("the breaker is open") from error
        finally:
            if probe:
                self._probing = False
        raise failure

    def _too_many(self) -> bool:
        now = self._clock()
        self._recent.append(now)
        return len(self._recent) == self._failures and now - self._recent[0] <= self._window


def _log(name: str, kind: str, event: Event) -> None:
    if isinstance(event, ContextChanged):
        logger.warning("the shop's breaker is %s", event.state)

from __future__ import annotations

import asyncio

import pytest
import time_machine

from bot.errors import ShopDown, ShopRefused
from bot.retail.breaker import Breaker


class Shop:
    """Answers or fails as told, and counts."""

    def __init__(self) -> None:
        self.error: BaseException | None = ShopDown("no answer")
        self.asked = 0
        self.gate: asyncio.Event | None = None

    async def __call__(self) -> str:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return "fine"


class Monotonic:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def fail(breaker: Breaker, shop: Shop, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ShopDown):
            await breaker.call(shop)


async def test_it_opens_at_the_fifth_failure_within_ten_seconds() -> None:
    shop, clock = Shop(), Monotonic()
    breaker = Breaker(clock=clock)
    await fail(breaker, shop, 4)
    clock.now = 10
    await fail(breaker, shop, 1)
    assert shop.asked == 5
    await fail(breaker, shop, 3)
    assert shop.asked == 5


async def test_failures_far_apart_do_not_open_it() -> None:
    shop, clock = Shop(), Monotonic()
    breaker = Breaker(clock=clock)
    for _ in range(20):
        await fail(breaker, shop, 1)
        clock.now += 2.6
    assert shop.asked == 20


async def test_successes_in_between_do_not_hide_failures() -> None:
    shop, clock = Shop(), Monotonic()
    breaker = Breaker(clock=clock)
    for _ in range(5):
        shop.error = ShopDown("no answer")
        await fail(breaker, shop, 1)
        shop.error = None
        if shop.asked < 9:
            assert await breaker.call(shop) == "fine"
    await fail(breaker, shop, 1)


async def opened(shop: Shop) -> Breaker:
    breaker = Breaker(clock=Monotonic())
    await fail(breaker, shop, 5)
    shop.asked = 0
    return breaker


async def test_after_a_rest_one_call_probes_and_success_closes_it() -> None:
    with time_machine.travel(0, tick=False) as traveller:
        shop = Shop()
        breaker = await opened(shop)
        traveller.shift(15)
        await fail(breaker, shop, 1)
        assert shop.asked == 0
        traveller.shift(0.1)
        shop.error, shop.gate = None, asyncio.Event()
        probe = asyncio.create_task(breaker.call(shop))
        await asyncio.sleep(0)
        await fail(breaker, shop, 3)
        assert shop.asked == 1
        shop.gate.set()
        assert await probe == "fine"
        assert await breaker.call(shop) == "fine"


async def test_a_failed_probe_opens_it_for_another_rest() -> None:
    with time_machine.travel(0, tick=False) as traveller:
        shop = Shop()
        breaker = await opened(shop)
        traveller.shift(15.1)
        await fail(breaker, shop, 3)
        assert shop.asked == 1
        traveller.shift(15.1)
        shop.error = None
        assert await breaker.call(shop) == "fine"


async def test_a_probe_that_is_given_up_lets_the_next_one_try() -> None:
    with time_machine.travel(0, tick=False) as traveller:
        shop = Shop()
        breaker = await opened(shop)
        traveller.shift(15.1)
        shop.gate = asyncio.Event()
        probe = asyncio.create_task(breaker.call(shop))
        await asyncio.sleep(0)
        probe.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probe
        shop.error, shop.gate = None, None
        assert await breaker.call(shop) == "fine"


@pytest.mark.parametrize("error", [ShopRefused("already_shipped"), ValueError("a bug of ours")])
async def test_only_a_shop_that_is_down_counts(error: Exception) -> None:
    shop = Shop()
    shop.error = error
    breaker = Breaker(clock=Monotonic())
    for _ in range(9):
        with pytest.raises(type(error)):
            await breaker.call(shop)
    assert shop.asked == 9


async def test_opening_and_closing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    await opened(Shop())
    assert "the shop's breaker is opened" in caplog.text

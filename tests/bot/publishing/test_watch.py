"""What is live is watched, and taken back where customers fare worse or a worker stays behind."""

from __future__ import annotations

import asyncio

import pytest

from bot.engine import training
from bot.errors import ModelError
from bot.publishing import work
from bot.publishing.following import Follower
from bot.store import publications
from bot.store.publications import State
from tests.bot.publishing.conftest import SHOP, House, Worker

FREE, PAID = "Gift wrapping is free.", "Gift wrapping costs 10 yuan."


async def _taken_back(worker: Worker, who: str) -> None:
    """The way back that somebody took is live."""
    async with asyncio.timeout(10):
        while not (back := [one for one in await worker.publisher.listed() if one.who == who]):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert (await worker.ended(back[0].id)).state in (State.LIVE, State.FAILED)
    assert await worker.says("is gift wrapping free") == FREE


async def test_what_is_not_understood_any_more_is_taken_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "WATCH_EVERY", 0.05)
    worker = await house.worker(watch_seconds=20)
    house.edit(FREE, PAID)
    number = await worker.publisher.start(None, "editor")
    async for found in worker.publisher.events(number):
        if found.state is State.LIVE:
            worker.engine.tally.turns, worker.engine.tally.unknown = 40, 39
            await worker.publishing.watch.sign()
    assert found.state is State.FAILED
    assert "39 of 40" in found.reasons[0]["words"]["en"]
    await _taken_back(worker, "watch")


async def test_what_one_worker_does_not_take_is_taken_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "SWAP_SECONDS", 0.2)
    worker = await house.worker()
    database = await house.database()
    await database.run(publications.sign, "stuck", 0, clock=database.lease_clock)
    house.edit(FREE, PAID)
    assert (await worker.publish()).state is State.FAILED
    await _taken_back(worker, "swap")


async def test_those_asked_at_once_are_published_one_after_another(house: House) -> None:
    first, second = await house.worker(), await house.worker()
    house.edit(FREE, PAID)
    numbers = await asyncio.gather(first.publisher.start(None, "one"), second.publisher.start(None, "two"))
    ended = [await first.ended(number) for number in numbers]
    assert {one.state for one in ended} == {State.LIVE}
    assert sorted(one.revision or 0 for one in ended) == [0, 1]  # for the second nothing was left to do


async def test_a_watch_ends_when_something_newer_is_published(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "WATCH_EVERY", 0.05)
    worker = await house.worker(watch_seconds=20)
    house.edit(FREE, PAID)
    first = await worker.publisher.start(None, "editor")
    async for found in worker.publisher.events(first):
        if found.state is State.LIVE and found.done < 1:
            house.edit("Gift wrapping", "Wrapping")
            second = await worker.publisher.start(None, "editor")
    assert (found.state, found.done) == (State.LIVE, 1.0)
    assert await worker.publisher.find(second) is not None


async def test_a_worker_with_another_model_does_not_take_a_lesson(house: House) -> None:
    first = await house.worker()
    house.edit("    - warranty period\n", "    - quelle est la garantie\n")
    assert (await first.publish()).state is State.LIVE
    database = await house.database()
    other = Follower(first.engine.beside(), base="another.tar.gz")
    with pytest.raises(ModelError, match=r"another\.tar\.gz is loaded"):
        await other.catch_up(database)
    assert other.revision == 0


@pytest.mark.slow
async def test_going_back_across_a_full_training_teaches_the_wordings_again(house: House) -> None:
    first = await house.worker()
    text = (house.root / SHOP).read_text(encoding="utf-8")
    house.edit(FREE, PAID)
    number = (await first.publish()).id
    house.edit("    - warranty period\n", "    - quelle est la garantie\n")
    assert (await first.publish()).state is State.LIVE
    await asyncio.to_thread(training.train, house.root, house.models)
    later = await house.worker()
    assert later.publishing.follower.root == 2
    assert later.engine.understand("quelle est la garantie").intent == "faq/warranty"
    first.following.cancel()
    await asyncio.gather(first.following, return_exceptions=True)
    back = await later.publisher.rollback(number, "reviewer")
    assert back is not None
    ended = await later.ended(back)
    assert (ended.state, [stage["name"] for stage in ended.stages]) == (
        State.LIVE,
        ["validate", "train", "gate", "swap", "watch"],
    )
    assert later.engine.understand("quelle est la garantie").intent != "faq/warranty"
    assert later.engine.understand("warranty period").intent == "faq/warranty"
    assert (house.root / SHOP).read_text(encoding="utf-8") == text.replace(FREE, PAID)

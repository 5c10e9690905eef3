"""A worker that is killed while it publishes: what was live stays live, or all of the new is; and it goes on."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.publishing import gate, teaching, work
from bot.publishing.work import Gathered
from bot.store import publications
from bot.store.publications import State
from tests.bot.publishing.conftest import BOT, SHOP, Edited, House, Worker

WORDING = "quelle est la garantie"


class Stalling(Edited):
    """Hands its content over and hangs."""

    def __init__(self, hang: Callable[..., Any]) -> None:
        super().__init__()
        self._hang = hang

    async def gather(self, keys: Collection[str] | None) -> Gathered:
        return Gathered(self._hang())


PLACES: dict[str, tuple[object, str]] = {
    "train": (teaching, "refit"),
    "gate": (gate, "judge"),
    "before the swap": (publications, "commit"),
    "after the swap": (work, "put_down"),
}
"""What is called in each stage."""


async def _doomed(folder: Path, stage: str, marker: Path) -> None:
    def hang(*_: object, **__: object) -> None:
        marker.write_text(f"{os.getpid()}", encoding="utf-8")
        time.sleep(120)

    async with AsyncExitStack() as stack:
        house = House(folder, stack)
        if stage in PLACES:
            setattr(*PLACES[stage], hang)
        else:
            house.source = Stalling(hang)
        house.edit("    - warranty period\n", f"    - {WORDING}\n")
        worker = await house.worker()
        await worker.publisher.start(None, "editor")
        await asyncio.sleep(120)


def _killed(folder: Path, stage: str) -> int:
    """The process that published, dead."""
    marker = folder / "marker"
    process = os.fork()
    if not process:
        try:
            asyncio.run(_doomed(folder, stage, marker))
        finally:
            os._exit(1)
    try:
        for _ in range(9000):
            if marker.exists():
                break
            time.sleep(0.01)
        assert marker.exists(), f"it never came to {stage}"
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    return process


SLOWLY = [pytest.param(stage, marks=pytest.mark.slow) for stage in ("validate", "train", "gate")]


@pytest.mark.parametrize("stage", [*SLOWLY, "before the swap", "after the swap"])
def test_a_kill_leaves_the_old_or_the_new_whole(trained: Path, tmp_path: Path, stage: str) -> None:
    shutil.copytree(BOT, tmp_path / "bot")
    shutil.copytree(trained, tmp_path / "models")
    before = (tmp_path / "bot" / SHOP).read_text(encoding="utf-8")
    process = _killed(tmp_path, stage)

    async def after() -> None:
        async with AsyncExitStack() as stack:
            house = House(tmp_path, stack)
            house.dead = [f"worker-1-{process}"]
            await _look(house, await house.worker(), before, stage)

    asyncio.run(after())


async def _look(house: House, worker: Worker, before: str, stage: str) -> None:
    is_new = stage == "after the swap"
    (publication,) = await worker.publisher.listed()
    ended = await worker.ended(publication.id)
    assert ended.state is (State.LIVE if is_new else State.FAILED)
    text = (house.root / SHOP).read_text(encoding="utf-8")
    assert text == (before.replace("warranty period", WORDING) if is_new else before)
    assert (worker.engine.understand(WORDING).intent == "faq/warranty") is is_new
    assert house.trained == 0
    house.edit("Gift wrapping is free.", "Gift wrapping costs 10 yuan.")
    assert (await worker.publish()).state is State.LIVE
    assert await worker.says("is gift wrapping free") == "Gift wrapping costs 10 yuan."

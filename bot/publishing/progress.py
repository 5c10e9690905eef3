"""How far a publication is: stage by stage, stored so that every worker can show it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from bot.errors import StoreDown
from bot.publishing.gate import Reason
from bot.store import publications
from bot.store.database import Database
from bot.store.publications import State, Step

STAGES = ("validate", "train", "gate", "swap", "watch")
TELL_SECONDS = 0.5
"""How often the progress within a stage is stored."""


class Run:
    """How far one publication is, told to the database as it goes on."""

    def __init__(self, database: Database, publication: str, worker: str, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._worker = worker
        self._now = now
        self._number = publication
        self._stages: list[dict[str, Any]] = []
        self._began = asyncio.get_running_loop().time()
        self._told = self._began
        self._changes: list[Reason] = []
        self._telling: asyncio.Task[None] | None = None
        self.before = (0, 0)
        """Messages and those not understood, by what was said before."""

    async def begin(self, stage: str, *, changes: Sequence[Reason] = (), live: bool = False) -> None:
        """The next stage begins; with `live`, customers are told already."""
        self._close("done")
        self._stages.append({"name": stage, "state": "running", "seconds": 0.0})
        self._changes += changes
        if live:
            await self._end(State.LIVE, [], done=STAGES.index(stage) / len(STAGES))
        else:
            await self._tell(0.0)

    def tell(self, done: float) -> None:
        """How much of the stage is done, from 0 to 1; said now and then."""
        now = asyncio.get_running_loop().time()
        if now - self._told > TELL_SECONDS and (self._telling is None or self._telling.done()):
            self._told = now
            self._telling = asyncio.create_task(self._tell(done), name="tell progress")

    async def end(self, state: State, reasons: Sequence[Reason] = ()) -> None:
        """It has come to this."""
        if self._telling is not None:
            await asyncio.gather(self._telling, return_exceptions=True)
        self._close("done" if state is State.LIVE else state.value)
        with suppress(StoreDown):
            await self._end(state, reasons, done=1.0)

    def _close(self, state: str) -> None:
        now = asyncio.get_running_loop().time()
        if self._stages and self._stages[-1]["state"] == "running":
            self._stages[-1].update(state=state, seconds=round(now - self._began, 3))
        self._began = now

    async def _tell(self, done: float) -> None:
        step = self._step((STAGES.index(self._stages[-1]["name"]) + done) / len(STAGES), ())
        clock = self._database.lease_clock
        await self._database.run(publications.tell, self._number, self._worker, step, clock=clock)

    async def _end(self, state: State, reasons: Sequence[Reason], *, done: float) -> None:
        step = self._step(done, reasons)
        await self._database.run(publications.end, self._number, self._worker, state, step, now=self._now())

    def _step(self, done: float, reasons: Sequence[Reason]) -> Step:
        stage = self._stages[-1]["name"] if self._stages else STAGES[0]
        return Step(stage, round(done, 3), self._stages, reasons, self._changes)

"""The processes that serve: a parent that has loaded everything and watches, and workers that are copies of it.

A copy starts in a fraction of a second, since the model is loaded once and its memory is shared. All accept from the
parent's socket: connections that wait outlive a worker that dies, and one that hangs takes none. The parent keeps no
thread, no event loop and no open database, which a copy could not use.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import sys
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

logger = logging.getLogger(__name__)

SLOWEST_RESTART_SECONDS = 5.0
"""A worker that keeps failing before it is ready is started anew after ever longer rests, up to this one."""
FIRST_REST_SECONDS = 0.2
REMEMBERED = 100
"""Workers that died lately; whoever is started next gives back what they held."""
WATCHED = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Handle:
    """What a worker knows of its parent."""

    name: str
    """Its own, never used again."""
    dead: tuple[str, ...]
    """The names of siblings that have died: what they held is free."""
    ready_end: int
    lifeline: int
    """A file descriptor that can be read when the parent is gone."""

    def ready(self) -> None:
        """Say that messages are taken."""
        with suppress(OSError):  # the parent is gone; the lifeline tells
            os.write(self.ready_end, b"+")


@dataclass(slots=True)
class _Worker:
    name: str
    process: int
    ready_end: int
    was_ready: bool = False


class Workers:
    """Keeps `count` workers alive until SIGINT or SIGTERM."""

    def __init__(
        self, work: Callable[[Handle], int], *, count: int, ready: Callable[[], None], stop_seconds: float
    ) -> None:
        """`work` runs in each worker and gives its exit code; `ready` is called once, when the first can be used.

        `stop_seconds` is how long workers may take to stop before they are killed.
        """
        self._work = work
        self._count = count
        self._ready = ready
        self._stop_seconds = stop_seconds
        self._lifeline, self._held = os.pipe()
        self._alive: list[_Worker] = []
        self._dead: deque[str] = deque(maxlen=REMEMBERED)
        self._ever_ready = False
        self._failures = 0
        self._next_start = 0.0

    def run(self) -> int:
        """Serve until told to stop; the exit code."""
        gc.collect()
        gc.freeze()  # so that collecting in a worker leaves the shared memory shared
        with _signals() as told:
            while True:
                self._start_missing()
                signals = self._wait(told)
                self._reap()
                if signals & {signal.SIGINT, signal.SIGTERM}:
                    self._stop(told)
                    return 0
                if self._failures and not self._ever_ready:
                    self._stop(told)
                    return 1

    def _start_missing(self) -> None:
        while len(self._alive) < self._count and time.monotonic() >= self._next_start:
            self._alive.append(self._start())

    def _start(self) -> _Worker:
        ours, theirs = os.pipe()
        name = uuid.uuid4().hex
        sys.stdout.flush()
        sys.stderr.flush()
        process = os.fork()
        if process:
            os.close(theirs)
            return _Worker(name, process, ours)
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for watched in WATCHED:
                signal.signal(watched, signal.SIG_DFL)
            os.close(self._held)
            for sibling in (ours, *(worker.ready_end for worker in self._alive)):
                os.close(sibling)
            code = self._work(Handle(name, tuple(self._dead), theirs, self._lifeline))
        except BaseException:
            logger.exception("a worker failed")
        finally:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
            os._exit(code)  # what the parent would do at its end is not the worker's to do

    def _wait(self, told: int) -> set[int]:
        """Sleep until something happens; the signals that came."""
        reading = [told, *(worker.ready_end for worker in self._alive if not worker.was_ready)]
        late = len(self._alive) < self._count
        rest = max(self._next_start - time.monotonic(), 0) if late else None
        readable, _, _ = select.select(reading, [], [], rest)
        for worker in self._alive:
            if worker.ready_end in readable and os.read(worker.ready_end, 1):
                worker.was_ready = True
                self._failures = 0
                if not self._ever_ready:
                    self._ever_ready = True
                    self._ready()
        return set(os.read(told, 4096)) if told in readable else set()

    def _reap(self) -> None:
        for worker in list(self._alive):
            process, status = os.waitpid(worker.process, os.WNOHANG)
            if not process:
                continue
            self._alive.remove(worker)
            self._dead.append(worker.name)
            os.close(worker.ready_end)
            code = os.waitstatus_to_exitcode(status)
            logger.error("a worker ended", extra={"worker": process, "code": code})
            if worker.was_ready:
                continue
            self._failures += 1
            rest = FIRST_REST_SECONDS * 2 ** min(self._failures - 1, 10)
            self._next_start = time.monotonic() + min(rest, SLOWEST_RESTART_SECONDS)

    def _stop(self, told: int) -> None:
        for worker in self._alive:
            _signal(worker, signal.SIGTERM)
        deadline = time.monotonic() + self._stop_seconds
        while self._alive and (left := deadline - time.monotonic()) > 0:
            if select.select([told], [], [], left)[0] and set(os.read(told, 4096)) & {signal.SIGINT, signal.SIGTERM}:
                break  # asked twice
            self._forget_ended()
        for worker in self._alive:
            logger.warning("a worker did not stop and is killed", extra={"worker": worker.process})
            _signal(worker, signal.SIGKILL)
            os.waitpid(worker.process, 0)

    def _forget_ended(self) -> None:
        self._alive = [worker for worker in self._alive if not os.waitpid(worker.process, os.WNOHANG)[0]]


def _signal(worker: _Worker, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(worker.process, number)


@contextmanager
def _signals() -> Iterator[int]:
    """A file descriptor on which the numbers of signals arrive while this holds."""
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    before = {number: signal.signal(number, lambda *_: None) for number in WATCHED}
    was = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    try:
        yield told
    finally:
        signal.set_wakeup_fd(was)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(told)
        os.close(tell)

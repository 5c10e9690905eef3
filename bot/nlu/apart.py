"""Long work of training on both cores."""

from __future__ import annotations

import importlib
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

PROCESSES = 2

Job = Callable[[], Any]

_jobs: tuple[Job, ...] = ()
"""Where copies of this process find their work: nothing but its number and its result has to be sent."""
_helper: ProcessPoolExecutor | None = None


def side_by_side(*jobs: Job, apart: bool) -> list[Any]:
    """The jobs' results in their order; `apart` runs them in copies of this process, where a process can be copied.

    Threads would not do: Python runs one at a time, and liblinear draws from one source of chance for the whole
    process, so that models would differ.
    """
    global _jobs
    if not apart or not _can_copy():
        return [job() for job in jobs]
    _jobs = jobs
    try:
        with _copies(PROCESSES) as pool:
            return list(pool.map(_numbered, range(len(jobs))))
    finally:
        _jobs = ()


@contextmanager
def helper(library: str) -> Iterator[None]:
    """A copy of this process that reads `library` while this one has other work, for `by_helper`.

    None is made where the library has been read already: there is nothing to wait for.
    """
    global _helper
    if library in sys.modules or _helper is not None or not _can_copy():
        yield
        return
    with _copies(1) as _helper:
        _helper.submit(importlib.import_module, library)
        try:
            yield
        finally:
            _helper = None


def by_helper(*jobs: Job, apart: bool) -> list[Any]:
    """The jobs' results in their order, done `side_by_side` by the helper, to whom all is sent, or else here."""
    if _helper is None:
        return side_by_side(*jobs, apart=apart)
    done: list[Any] = _helper.submit(side_by_side, *jobs, apart=apart).result()
    return done


def _can_copy() -> bool:
    return "fork" in multiprocessing.get_all_start_methods()


def _copies(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("fork"))


def _numbered(number: int) -> Any:
    return _jobs[number]()

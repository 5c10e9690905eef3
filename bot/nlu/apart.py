"""Long work of training on both cores."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

PROCESSES = 2

_jobs: tuple[Callable[[], Any], ...] = ()
"""Where copies of this process find their work: nothing but its number and its result has to be sent."""


def side_by_side(*jobs: Callable[[], Any], apart: bool) -> list[Any]:
    """The jobs' results in their order; `apart` runs them in copies of this process, where a process can be copied.

    Threads would not do: Python runs one at a time, and liblinear draws from one source of chance for the whole
    process, so that models would differ.
    """
    global _jobs
    if not apart or "fork" not in multiprocessing.get_all_start_methods():
        return [job() for job in jobs]
    _jobs = jobs
    try:
        with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("fork")) as pool:
            return list(pool.map(_done, range(len(jobs))))
    finally:
        _jobs = ()


def _done(number: int) -> Any:
    return _jobs[number]()

"""Workers are kept alive, and stop when they are told to: real processes that do nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

_SCRIPT = """
import os, select, signal, sys
from bot.workers import Workers

def work(worker):
    if {broken!r}:
        return 3
    if {deaf!r}:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(1, f"worker {{os.getpid()}}\\n".encode())
    worker.ready()
    select.select([worker.lifeline], [], [])
    os.write(1, b"parent gone\\n")
    return 0

ready = lambda: os.write(1, b"ready\\n")
sys.exit(Workers(work, count={count}, ready=ready, stop_seconds={stop_seconds}).run())
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(*, count: int = 2, broken: bool = False, deaf: bool = False) -> subprocess.Popen[str]:
        script = _SCRIPT.format(count=count, broken=broken, deaf=deaf, stop_seconds=0.5 if deaf else 20)
        process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _line(process: subprocess.Popen[str], begins: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(begins):
            return line.strip()
    raise AssertionError(f"the process ended without {begins!r}")


def _worker(process: subprocess.Popen[str]) -> int:
    return int(_line(process, "worker").split()[1])


def _is_alive(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


def test_a_worker_that_is_killed_is_started_anew(start: Start) -> None:
    parent = start(count=2)
    first = {_worker(parent), _worker(parent)}
    os.kill(min(first), signal.SIGKILL)
    assert _worker(parent) not in first


def test_it_is_ready_once_however_many_workers_there_are(start: Start) -> None:
    parent = start(count=1)
    _line(parent, "ready")
    parent.send_signal(signal.SIGTERM)
    rest, _ = parent.communicate(timeout=30)
    assert "ready" not in rest


def test_workers_end_when_the_parent_is_told_to_stop(start: Start) -> None:
    parent = start(count=2)
    workers = [_worker(parent), _worker(parent)]
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(timeout=30) == 0
    assert not any(map(_is_alive, workers))


def test_a_worker_that_does_not_stop_is_killed(start: Start) -> None:
    parent = start(count=1, deaf=True)
    worker = _worker(parent)
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(timeout=30) == 0
    assert not _is_alive(worker)


def test_workers_notice_that_their_parent_was_killed(start: Start) -> None:
    parent = start(count=1)
    _worker(parent)
    parent.kill()
    assert _line(parent, "parent gone")


def test_workers_that_cannot_start_end_the_parent(start: Start) -> None:
    assert start(broken=True).wait(timeout=30) == 1

"""A shop served for browsers: `guitai serve --demo` in a process of its own."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.web.visit import Shop

ROOT = Path(__file__).parents[2]
READY_SECONDS = 300  # the bot may have to be trained first


@contextmanager
def serving(folders: pytest.TempPathFactory, **more: str) -> Iterator[Shop]:
    """A shop with a database of its own, under `more` settings; what its server complains of fails the test."""
    folder = folders.mktemp("shop")
    database = folder / "guitai.db"
    settings = {
        "GUITAI_DATABASE_URL": f"sqlite:///{database}",
        "GUITAI_DEMO_DATABASE_URL": f"sqlite:///{folder / 'shop.db'}",
        "GUITAI_FILES": str(folder / "files"),
        "GUITAI_REDIS_URL": "",
        "GUITAI_WORKERS": "1",
        "RASA_TELEMETRY_ENABLED": "false",
        **more,
    }
    port = _free_port()
    log = folder / "server.log"
    with (folders.getbasetemp().parent / "training.lock").open("w") as lock, log.open("w") as out:
        fcntl.flock(lock, fcntl.LOCK_EX)  # others may be training just now
        server = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", "from bot.cli import main; main()", "serve", "--demo", "--port", str(port)],
            cwd=ROOT,
            env=os.environ | settings,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        address = f"http://localhost:{port}"
        _until(lambda: _is_ready(address) or server.poll() is not None, within_seconds=READY_SECONDS)
        assert server.poll() is None, log.read_text()
    yield Shop(address, port, database)
    server.terminate()
    server.wait(timeout=30)
    assert _faults_in(log) == []


def _faults_in(log: Path) -> list[str]:
    """What the server had to complain of. Of a socket that is cut while it speaks, Sanic drops a waiting task."""
    lines = [line for line in log.read_text().splitlines() if '"level": "error"' in line]
    return [line for line in lines if "WebsocketImplProtocol.async_data_received" not in line]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _is_ready(address: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{address}/readyz", timeout=2).status_code == 200
    return False


def _until(is_so: Callable[[], bool], *, within_seconds: float) -> None:
    ends = time.monotonic() + within_seconds
    while not is_so() and time.monotonic() < ends:
        time.sleep(0.2)

"""Starts, kills, freezes and stops servers of the test build."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
BOT = Path(__file__).parent / "shop_bot"
READY_SECONDS = 60
QUICK = {
    "bot.router:LEASE_SECONDS": 1.5,
    "bot.deliveries:LEASE_SECONDS": 3.0,
    "bot.deliveries:SEND_SECONDS": 1.5,
    "bot.deliveries:PACE_SECONDS": 0.5,
    "bot.deliveries:FIRST_WAIT_SECONDS": 0.1,
    "bot.deliveries:POLL_SECONDS": 0.3,
}
"""The product's waits, shortened in proportion."""


class Builds:
    """The process that servers are copied from."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tests.chaos.build", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"RASA_TELEMETRY_ENABLED": "false"},
        )

    def wait(self) -> None:
        """Until servers can be started."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def start(self, environment: dict[str, str], *, log: Path, bug: str, tuning: dict[str, float]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"environment": environment, "log": str(log), "bug": bug, "tuning": tuning}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]  # asked for
        self._process.wait(timeout=10)
        self._process.stdout.close()  # type: ignore[union-attr]  # asked for


class Server:
    """One `guitai serve` with its workers."""

    def __init__(
        self,
        builds: Builds,
        folder: Path,
        *,
        database_url: str,
        workers: int,
        bug: str = "",
        tuning: dict[str, float] | None = None,
        **settings: object,
    ) -> None:
        self.folder = folder
        self.database_url = database_url
        self.shop_database = folder / "shop.db"
        self.log = folder / f"server-{len(list(folder.glob('server-*.log')))}.log"
        self.port = int(str(settings.pop("port", 0))) or free_port()
        self.workers = workers
        self._builds = builds
        self._bug = bug
        self._tuning = QUICK | (tuning or {})
        self.clock = folder / "clock"
        self._environment = {
            "GUITAI_DEMO": "1",
            "GUITAI_PORT": str(self.port),
            "GUITAI_WORKERS": str(workers),
            "GUITAI_ROOT": str(folder / "bot"),
            "GUITAI_MODELS": str(folder / "models"),
            "GUITAI_DATABASE_URL": database_url,
            "GUITAI_DEMO_DATABASE_URL": f"sqlite:///{self.shop_database}",
            "GUITAI_MESSAGES_PER_MINUTE": "0",
            "GUITAI_EPISODE_TURNS": "1000000",
            "GUITAI_DRAIN_SECONDS": "3",
            "GUITAI_LOG_LEVEL": "warning",
            "CHAOS_CLOCK": str(self.clock),
        } | {f"GUITAI_{name.upper()}": str(value) for name, value in settings.items()}
        self.process = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Server:
        self.process = self._builds.start(self._environment, log=self.log, bug=self._bug, tuning=self._tuning)
        return self

    def wait_until_ready(self) -> Server:
        until(lambda: self.is_ready(), "the server is ready", within_seconds=READY_SECONDS, log=self.log)
        return self

    def is_ready(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.address}/readyz", timeout=2).status_code == 200
        return False

    def alive(self) -> list[int]:
        """The workers' process ids."""
        with suppress(OSError):
            return [int(one) for one in Path(f"/proc/{self.process}/task/{self.process}/children").read_text().split()]
        return []

    def step_clock(self, seconds: float) -> None:
        """Set the clock on the wall; workers see it at once."""
        self.clock.write_text(str(seconds))

    def kill_a_worker(self, chance: random.Random) -> int | None:
        workers = self.alive()
        if not workers:
            return None
        chosen = chance.choice(workers)
        send(chosen, signal.SIGKILL)
        return chosen

    def stop(self) -> None:
        """Stop in good order, so that nothing is left to write."""
        if not self.process:
            return
        for worker in self.alive():
            send(worker, signal.SIGCONT)
        send(self.process, signal.SIGTERM)
        until(lambda: not is_alive(self.process), "the server stopped", within_seconds=30, log=self.log)
        self.process = 0

    def kill(self) -> None:
        """Parent and workers at once, as a machine that goes away."""
        workers = self.alive()
        for process in (self.process, *workers):
            send(process, signal.SIGKILL)
        for process in (self.process, *workers):
            until(lambda gone=process: not is_alive(gone), "the server was killed", within_seconds=10, log=self.log)
        self.process = 0


def until(holds: Callable[[], bool], what: str, *, within_seconds: float, log: Path | None = None) -> float:
    """Wait until something holds; how many seconds it took."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > within_seconds:
            said = log.read_text(errors="replace")[-3000:] if log and log.exists() else ""
            raise AssertionError(f"not within {within_seconds:g} s: {what}\n{said}")
        time.sleep(0.05)
    return time.monotonic() - began


def send(process: int, number: int) -> None:
    assert process > 1, "0 and below are whole groups of processes, ours among them"
    with suppress(ProcessLookupError):
        os.kill(process, number)


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port

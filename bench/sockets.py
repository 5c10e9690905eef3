"""How many widgets one worker carries: `python -m bench.sockets` opens idle ones and lets others talk.

A real server with one worker and the real bot is started; 1,000 widgets say hello and wait, 50 talk with pauses as
people make them. Measured are the time from sending a message until its answer is there, and the worker's memory.
The 95th percentile should stay below 150 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ("运费怎么算", "do you wrap gifts", "你们支持哪些付款方式", "what are your opening hours", "会员积分怎么算")
READY_SECONDS = 120
OPENED_AT_ONCE = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle", type=int, default=1000, help="widgets that only listen")
    parser.add_argument("--talking", type=int, default=50, help="widgets that talk")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long they talk")
    parser.add_argument("--pause", type=float, default=4.0, help="seconds between messages of one widget, on average")
    options = parser.parse_args()
    figures = measured(options.idle, options.talking, options.seconds, options.pause)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


def measured(idle: int, talking: int, seconds: float, pause: float) -> dict[str, Any]:
    with TemporaryDirectory(prefix="guitai-bench-") as name:
        port = _free_port()
        environment = os.environ | {
            "GUITAI_DEMO": "1",
            "GUITAI_PORT": str(port),
            "GUITAI_WORKERS": "1",
            "GUITAI_DATABASE_URL": f"sqlite:///{name}/guitai.db",
            "GUITAI_DEMO_DATABASE_URL": f"sqlite:///{name}/shop.db",
            "GUITAI_FILES": f"{name}/files",
        }
        command = [sys.executable, "-c", "from bot.cli import main; main()", "serve"]
        with (Path(name) / "log").open("w") as log:
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_ready(port, server)
            return asyncio.run(_run(port, _worker_of(server.pid), idle, talking, seconds, pause))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)


async def _run(port: int, worker: int, idle: int, talking: int, seconds: float, pause: float) -> dict[str, Any]:
    address = f"ws://127.0.0.1:{port}/ws/web"
    talkers = await _opened(address, talking)
    await asyncio.gather(*(_talk(each, 0.0, pause) for each in talkers))  # the first message of each warms things up
    before = _memory(worker)
    began = time.perf_counter()
    idlers = await _opened(address, idle)
    opened = time.perf_counter() - began
    with_idle = _memory(worker)
    cpu = _cpu(worker)
    began = time.perf_counter()
    answered = [one for each in await asyncio.gather(*(_talk(one, seconds, pause) for one in talkers)) for one in each]
    talked = time.perf_counter() - began
    cpu = _cpu(worker) - cpu
    after = _memory(worker)
    for socket_ in (*talkers, *idlers):
        await socket_.close()
    answered.sort()
    return {
        "idle": idle,
        "talking": talking,
        "messages": len(answered),
        "messages_a_second": round(len(answered) / talked, 1),
        "answer_ms": {
            "median": round(statistics.median(answered) * 1000, 1),
            "p95": round(answered[int(len(answered) * 0.95)] * 1000, 1),
            "slowest": round(answered[-1] * 1000, 1),
        },
        "opened_a_second": round(idle / opened),
        "worker_cpu_percent": round(100 * cpu / talked),
        "worker_mb": {"before": before, "with_idle": with_idle, "after": after},
        "kb_for_an_idle_widget": round((with_idle - before) * 1024 / max(idle, 1), 1),
    }


async def _opened(address: str, count: int) -> list[ClientConnection]:
    """Widgets that have said hello."""
    slots = asyncio.Semaphore(OPENED_AT_ONCE)

    async def one() -> ClientConnection:
        async with slots:
            made = await connect(address, ping_interval=None, compression=None)
            await made.send(json.dumps({"t": "hello", "v": 1, "since": 0, "lang": "zh", "tab": uuid.uuid4().hex}))
            await made.recv()
            return made

    return list(await asyncio.gather(*(one() for _ in range(count))))


async def _talk(widget: ClientConnection, seconds: float, pause: float) -> list[float]:
    """Talk for so long, once at least; how many seconds each answer took."""
    took: list[float] = []
    end = time.perf_counter() + seconds
    while not took or time.perf_counter() < end:
        if seconds:
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)
        number = uuid.uuid4().hex
        began = time.perf_counter()
        await widget.send(json.dumps({"t": "msg", "id": number, "text": random.choice(TEXTS)}))
        async with asyncio.timeout(60):
            await _answer(widget, number)
        took.append(time.perf_counter() - began)
    return took


async def _answer(widget: ClientConnection, number: str) -> None:
    """Until the first line that follows the message is there."""
    asked = None
    newest = 0
    while asked is None or newest <= asked:
        frame = json.loads(await widget.recv())
        if frame["t"] == "ack" and frame["id"] == number:
            asked = frame["seq"]
        elif frame["t"] == "line" and frame["who"] == "bot":
            newest = frame["seq"]
        elif frame["t"] == "error":
            raise RuntimeError(frame["code"])


def _wait_until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise SystemExit("the server did not become ready")


def _worker_of(parent: int) -> int:
    return int(Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0])


def _memory(process: int) -> float:
    """The process's own memory in MB: what it does not share with its parent."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return round(sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024, 1)


def _cpu(process: int) -> float:
    """Seconds of computing so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    main()

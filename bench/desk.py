"""How soon a handoff is seen: `python -m bench.desk` has customers ask for a person while many desks are open.

A real server with the real bot is started; 50 desks watch, and 20 customers a second who were never there before ask
for a person over REST. Measured is the time from sending the request until each desk was told of it. The 95th
percentile should stay below 300 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from sqlalchemy import select
from websockets.asyncio.client import ClientConnection, connect

from bench.sockets import ROOT, _cpu, _free_port, _wait_until_ready
from bot.accounts import IDLE, digest
from bot.api.door import COOKIE
from bot.store import accounts
from bot.store.database import Database
from bot.store.tables import inbox

SETTLE_SECONDS = 2.0
"""How long it is waited for the last of them."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--desks", type=int, default=50)
    parser.add_argument("--rate", type=float, default=20.0, help="handoffs in a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="for how long they are asked for")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--redis", default="", help="address of a Redis; without one workers poll")
    options = parser.parse_args()
    figures = measured(options.desks, options.rate, options.seconds, options.workers, options.redis)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


def measured(desks: int, rate: float, seconds: float, workers: int, redis: str) -> dict[str, Any]:
    with TemporaryDirectory(prefix="guitai-bench-") as name:
        port = _free_port()
        environment = os.environ | {
            "GUITAI_DEMO": "1",
            "GUITAI_PORT": str(port),
            "GUITAI_WORKERS": str(workers),
            "GUITAI_REDIS_URL": redis,
            "GUITAI_DATABASE_URL": f"sqlite:///{name}/guitai.db",
            "GUITAI_DEMO_DATABASE_URL": f"sqlite:///{name}/shop.db",
            "GUITAI_FILES": f"{name}/files",
            "GUITAI_DESK_ASSIGNMENT": "pull",
            "GUITAI_MESSAGES_PER_MINUTE": "0",
        }
        command = [sys.executable, "-c", "from bot.cli import main; main()", "serve"]
        with (Path(name) / "log").open("w") as log:
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_ready(port, server)
            before = _cpu_of_workers(server.pid)
            began = time.perf_counter()
            figures = asyncio.run(_run(port, f"sqlite:///{name}/guitai.db", desks, rate, seconds))
            spent = (_cpu_of_workers(server.pid) - before) / (time.perf_counter() - began)
            return figures | {"workers_cpu_percent": round(100 * spent), "load": os.getloadavg()[0]}
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)


async def _run(port: int, database_url: str, desks: int, rate: float, seconds: float) -> dict[str, Any]:
    database = Database(database_url)
    seen: list[dict[str, float]] = []
    sockets = [await _open(port, await _session(database), seen) for _ in range(desks)]
    watching = [asyncio.create_task(_watch(socket, arrived)) for socket, arrived in zip(sockets, seen, strict=True)]
    asked = await _ask(port, rate, seconds)
    await asyncio.sleep(SETTLE_SECONDS)
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    for socket in sockets:
        await socket.close()
    homes = await database.read(
        lambda connection: {row.sender: row.conversation_id for row in connection.execute(select(inbox))}
    )
    await database.aclose()
    waits, missing, slowest = [], 0, []
    for sender, began in asked.items():
        ends = [arrived.get(homes.get(sender, "")) for arrived in seen]
        missing += ends.count(None)
        waits += [end - began for end in ends if end is not None]
        slowest.append(max((end - began for end in ends if end is not None), default=0.0))
    return {
        "desks": desks,
        "handoffs": len(asked),
        "handoffs_a_second": round(len(asked) / (max(asked.values()) - min(asked.values()) or 1.0), 1),
        "seen_ms": _figures(waits),
        "seen_by_the_last_desk_ms": _figures(slowest),
        "never_seen": missing,
    }


def _cpu_of_workers(parent: int) -> float:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return sum(_cpu(int(child)) for child in children)


def _figures(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "median": round(statistics.median(ordered) * 1000, 1),
        "p95": round(ordered[int(len(ordered) * 0.95)] * 1000, 1),
        "slowest": round(ordered[-1] * 1000, 1),
    }


async def _session(database: Database) -> str:
    now, token = datetime.now(UTC), uuid.uuid4().hex
    number = await database.run(
        accounts.add,
        now=now,
        name=f"a{token[:10]}",
        shown_as={"zh": "甲", "en": "A"},
        password_hash="none",
        roles=["agent"],
        groups=["general"],
        languages=["zh", "en"],
        capacity=5,
    )
    assert number is not None
    await database.run(accounts.begin, number, digest(token), now=now, lasts=IDLE)
    return token


async def _open(port: int, token: str, seen: list[dict[str, float]]) -> ClientConnection:
    cookie = {"cookie": f"{COOKIE}={token}"}
    url = f"ws://127.0.0.1:{port}/ws/desk"
    socket = await connect(url, additional_headers=cookie, max_size=None, ping_interval=None, compression=None)
    await socket.recv()
    seen.append({})
    return socket


async def _watch(socket: ClientConnection, arrived: dict[str, float]) -> None:
    pinged = time.perf_counter()
    async for data in socket:
        now = time.perf_counter()
        frame = json.loads(data)
        if frame["t"] == "item":
            arrived.setdefault(frame["item"]["conversation"], now)
        if now - pinged > 20:
            pinged = now
            await socket.send('{"t":"ping"}')


async def _ask(port: int, rate: float, seconds: float) -> dict[str, float]:
    """Customers who ask for a person, each at their time whether or not others were answered; when each began."""
    asked: dict[str, float] = {}
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=200)) as client:

        async def one(sender: str) -> None:
            asked[sender] = time.perf_counter()
            body = {"sender": sender, "message": "转人工"}
            answer = await client.post(f"http://127.0.0.1:{port}/webhooks/rest/webhook", json=body)
            answer.raise_for_status()

        await one("warm")
        del asked["warm"]
        began = time.perf_counter()
        tasks = []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(one(f"c{number}")))
        await asyncio.gather(*tasks)
    return asked


if __name__ == "__main__":
    main()

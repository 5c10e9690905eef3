"""What the service leans on goes away and comes back: nothing is lost, and it goes on by itself."""

from __future__ import annotations

import asyncio
import random
import resource
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from redis import Redis

from tests.chaos.checker import Verdict
from tests.chaos.conftest import PostgreSQL, StartServer
from tests.chaos.scenarios import Load, Trouble, bursts
from tests.chaos.servers import Server, send
from tests.platform_server import Platform
from tests.redis_server import started as redis_started

SHORT = Load(talks=6, messages=12)
OUT_SECONDS = 2.0

Outage = Callable[[], Awaitable[None]]


async def _through(server: Server, platform: Platform, chance: random.Random, outage: Outage) -> Verdict:
    """Bursts while something is out."""
    await asyncio.sleep(0)
    happening = asyncio.create_task(_soon(outage))
    verdict = await bursts(server, platform, SHORT, chance, Trouble(server, chance))
    await happening
    print(verdict)  # noqa: T201
    return verdict


async def _soon(outage: Outage) -> None:
    await asyncio.sleep(0.2)
    await outage()


# Redis


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "redis").mkdir()
    with redis_started(tmp_path / "redis") as address:
        yield address


async def _without_redis(server: Server, platform: Platform, chance: random.Random, url: str) -> Verdict:
    with Redis.from_url(url) as client:
        process = int(client.info("server")["process_id"])

        async def outage() -> None:
            client.flushall()
            send(process, signal.SIGSTOP)
            await asyncio.sleep(OUT_SECONDS)
            send(process, signal.SIGCONT)
            await asyncio.sleep(0.3)
            client.flushall()
            send(process, signal.SIGKILL)

        return await _through(server, platform, chance, outage)


async def test_redis_flushed_paused_and_killed(
    start_server: StartServer, chance: random.Random, platform: Platform, redis_url: str
) -> None:
    server = start_server(workers=3, redis_url=redis_url, callback_url=platform.url)
    verdict = await _without_redis(server, platform, chance, redis_url)
    assert not verdict.faults, str(verdict)


@pytest.mark.slow
async def test_it_is_noticed_when_only_redis_has_a_message(
    start_server: StartServer, chance: random.Random, platform: Platform, redis_url: str
) -> None:
    server = start_server(workers=2, redis_url=redis_url, callback_url=platform.url, bug="keeps_messages_in_redis")
    assert (await _without_redis(server, platform, chance, redis_url)).faults


# PostgreSQL


async def _without_postgresql(
    server: Server, platform: Platform, chance: random.Random, postgresql: PostgreSQL
) -> Verdict:
    async def outage() -> None:
        await asyncio.to_thread(postgresql.crash)
        await asyncio.sleep(OUT_SECONDS)
        await asyncio.to_thread(postgresql.start)

    return await _through(server, platform, chance, outage)


async def test_postgresql_crashed_and_back(
    start_server: StartServer, chance: random.Random, platform: Platform, own_postgresql: PostgreSQL
) -> None:
    server = start_server(workers=2, database_url=own_postgresql.url, callback_url=platform.url)
    verdict = await _without_postgresql(server, platform, chance, own_postgresql)
    assert not verdict.faults, str(verdict)
    assert server.is_ready()


async def test_workers_that_start_while_postgresql_is_away_serve_when_it_is_back(
    start_server: StartServer, chance: random.Random, own_postgresql: PostgreSQL
) -> None:
    server = start_server(workers=1, database_url=own_postgresql.url)
    own_postgresql.crash()
    server.kill_a_worker(chance)
    async with httpx.AsyncClient(base_url=server.address, timeout=20) as client:
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/healthz")).status_code == 200
        own_postgresql.start()
        answer = await client.post("/webhooks/rest/webhook", json={"sender": "ann", "message": "say hello"})
    assert answer.json()[0]["text"] == "1|say hello|nothing"


# The disk


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """A disk of a few megabytes at `folder`; False where this user may not mount one."""
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "false", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False).returncode:  # noqa: S603 - a command of our own
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run([str(shutil.which("umount")), "-l", folder], check=True)  # noqa: S603 - as above


async def _on_a_full_disk(server: Server, platform: Platform, chance: random.Random, disk: Path) -> Verdict:
    filler = disk / "filler"

    def fill() -> None:
        if disk.is_mount():
            with suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 4096)
        else:
            _let_files_grow(server, to=0)

    async def outage() -> None:
        await asyncio.to_thread(fill)
        await asyncio.sleep(OUT_SECONDS)
        filler.unlink(missing_ok=True)
        _let_files_grow(server, to=resource.RLIM_INFINITY)

    return await _through(server, platform, chance, outage)


def _let_files_grow(server: Server, *, to: int) -> None:
    """What a full disk looks like to one process."""
    for worker in server.alive():
        with suppress(ProcessLookupError):
            _, most = resource.prlimit(worker, resource.RLIMIT_FSIZE)
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (to if to >= 0 else most, most))


@pytest.fixture
async def on_disk(
    start_server: StartServer, platform: Platform, tmp_path: Path, little_bot: Path
) -> AsyncIterator[Callable[[str], tuple[Server, Path]]]:
    disk = tmp_path / "disk"
    with _small_disk(disk):
        shutil.copy(little_bot / "guitai.db", disk / "guitai.db")

        def start(bug: str) -> tuple[Server, Path]:
            url = f"sqlite:///{disk / 'guitai.db'}"
            return start_server(workers=2, database_url=url, callback_url=platform.url, bug=bug), disk

        yield start


async def test_a_full_disk_acknowledges_nothing_and_is_over_when_there_is_room(
    on_disk: Callable[[str], tuple[Server, Path]], platform: Platform, chance: random.Random
) -> None:
    server, disk = on_disk("")
    verdict = await _on_a_full_disk(server, platform, chance, disk)
    assert not verdict.faults, str(verdict)
    assert server.is_ready()


@pytest.mark.slow
async def test_it_is_noticed_when_what_was_not_stored_is_acknowledged(
    on_disk: Callable[[str], tuple[Server, Path]], platform: Platform, chance: random.Random
) -> None:
    server, disk = on_disk("pretends_to_store")
    assert (await _on_a_full_disk(server, platform, chance, disk)).faults


# The clock


async def _with_a_wild_clock(server: Server, platform: Platform, chance: random.Random) -> Verdict:
    async def outage() -> None:
        for step in (3600, -3600, 1800, -7200, 0):
            server.step_clock(step)
            await asyncio.sleep(0.3)

    return await _through(server, platform, chance, outage)


async def test_steps_of_the_clock_change_no_order_and_hold_up_nothing(
    start_server: StartServer, chance: random.Random, platform: Platform
) -> None:
    server = start_server(workers=2, callback_url=platform.url)
    verdict = await _with_a_wild_clock(server, platform, chance)
    assert not verdict.faults, str(verdict)


@pytest.mark.slow
async def test_it_is_noticed_when_order_is_taken_from_the_clock(
    start_server: StartServer, chance: random.Random, platform: Platform
) -> None:
    server = start_server(workers=2, callback_url=platform.url, bug="answers_newest_first")
    assert (await _with_a_wild_clock(server, platform, chance)).faults

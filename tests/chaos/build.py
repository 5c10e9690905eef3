"""The test build of `guitai`: the product as it is, with a little bot, and on request with one bug planted.

Importing Rasa takes seconds. This process does it once, trains the bot in the folder it is given, and then starts
servers as copies of itself: a line of JSON in (`environment`, `log`, `bug`, `tuning`) starts `guitai serve`,
the line out is its process id. Tuning shortens waits that would make tests long: `{"bot.router:LEASE_SECONDS": 1.5}`.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any


def main() -> None:
    import bot.cli
    import bot.engine.engine
    import bot.engine.training
    import bot.parts
    import bot.server
    import tests.chaos.routines  # noqa: F401 - actions are found by being there

    folder = Path(sys.argv[1])
    with redirect_stdout(sys.stderr):
        bot.engine.training.train(folder / "bot", folder / "models")
        _warm(folder)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended servers leave nothing behind
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    started = []
    for line in sys.stdin:
        started.append(_start(json.loads(line)))
        sys.stdout.write(f"{started[-1]}\n")
        sys.stdout.flush()
    for process in started:  # the tests are gone, perhaps without a goodbye
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)


def _warm(folder: Path) -> None:
    """Do once what every server does at its start: what it imports and compiles is there in all copies."""
    import bot.parts
    from bot.settings import read

    settings = read(
        demo=True,
        root=folder / "bot",
        models=folder / "models",
        database_url=f"sqlite:///{folder / 'guitai.db'}",
        demo_database_url=f"sqlite:///{folder / 'shop.db'}",
    )
    bot.parts.prepare(settings)


def _start(order: dict[str, Any]) -> int:
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        null = os.open(os.devnull, os.O_RDONLY)
        for number, target in ((null, 0), (log, 1), (log, 2)):
            os.dup2(number, target)
        os.environ.update(order["environment"])
        from tests.chaos import planted

        planted.set_clock_by_file()
        if order["bug"]:
            planted.BUGS[order["bug"]]()
        for name, value in order["tuning"].items():
            module, _, constant = name.partition(":")
            setattr(importlib.import_module(module), constant, value)
        sys.argv = ["guitai", "serve"]
        from bot.cli import app

        app(standalone_mode=False)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()

"""How quick and how big the engine is: `python -m bench.engine` measures the bot in this folder.

It trains when it must, loads the model in a fresh process, and has chats in which actions ask the demo shop.
Figures are of one machine at one moment: compare them only with others of the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

CHAT = [
    "hello",
    "where is my order GT2600010042",
    "8812",
    "do you wrap gifts",
    "你们南京路店几点关门",
    "运费怎么算",
    "我要退货",
    "GT2600010042",
    "what time do you open on Sunday",
    "thanks, bye",
]
"""One customer's turns: greetings, frequent questions, routines that ask for details, both languages."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=30, help="chats of ten turns")
    parser.add_argument("--train", action="store_true", help="train from nothing, and again with everything cached")
    parser.add_argument("--part", choices=["load", "talk"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part == "load":
        say(loading())
    elif options.part == "talk":
        say(asyncio.run(talking(options.chats)))
    else:
        measured = {"training_seconds": training_seconds()} if options.train else {}
        measured["loading"] = in_fresh_process("--part", "load")
        measured["talking"] = in_fresh_process("--part", "talk", "--chats", str(options.chats))
        sys.stdout.write(json.dumps(measured, indent=2) + "\n")


def say(figures: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")


def in_fresh_process(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.engine", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def training_seconds() -> dict[str, float]:
    """From the start of a process to a finished model: from nothing, and with all components cached."""
    taken = {}
    with TemporaryDirectory(prefix="guitai-bench-") as models:
        for kind in ("cold", "cached"):
            began = time.perf_counter()
            command = [sys.executable, "-m", "bot.engine.training", str(ROOT), models]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
            taken[kind] = round(time.perf_counter() - began, 2)
    return taken


def loading() -> dict[str, Any]:
    """Import and load the newest model, trained first when it must be."""
    began, cpu = time.perf_counter(), time.process_time()
    from bot.engine.engine import Engine
    from bot.nlu.clauses import split

    imported = time.perf_counter()
    model = newest_model()
    found = time.perf_counter()
    engine = Engine.load(model, actions=None, split=split)
    engine.understand("hello 你好")  # what is loaded on first use
    return {
        "import_seconds": round(imported - began, 2),
        "load_seconds": round(time.perf_counter() - found, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "resident_mb": resident_mb(),
    }


def newest_model() -> Path:
    from bot.engine import training

    found = training.latest(ROOT / "models")
    if found is not None and training.is_current(found, ROOT):
        return found
    return asyncio.run(training.train_in_process(ROOT, ROOT / "models"))


async def talking(chats: int) -> dict[str, Any]:
    """Chats through the router, on databases of their own; `engine` is the engine's part of a turn."""
    from bot.local import Local
    from bot.parts import build
    from bot.settings import Settings

    began = time.perf_counter()
    with TemporaryDirectory(prefix="guitai-bench-") as folder:
        settings = Settings(
            demo=True, database_url=f"sqlite:///{folder}/guitai.db", demo_database_url=f"sqlite:///{folder}/shop.db"
        )
        parts = await build(settings)
        ready = time.perf_counter() - began
        in_engine: list[float] = []
        reply = parts.engine.reply

        async def timed(*arguments: Any, **options: Any) -> Any:
            start = time.perf_counter()
            turn = await reply(*arguments, **options)
            in_engine.append((time.perf_counter() - start) * 1000)
            return turn

        parts.engine.reply = timed  # type: ignore[method-assign]  # to look inside a turn
        local, whole = Local(parts), []
        for number in range(chats + 1):
            for text in CHAT:
                start = time.perf_counter()
                await local.answer(f"customer-{number}", text)
                whole.append((time.perf_counter() - start) * 1000)
        await parts.aclose()
        warm = len(CHAT)  # the first chat loads what is loaded on first use
        return {
            "ready_seconds": round(ready, 2),
            "engine_ms": spread(in_engine[warm:]),
            "engine_ms_by_turn": [
                round(statistics.median(in_engine[warm + n :: len(CHAT)]), 2) for n in range(len(CHAT))
            ],
            "turn_with_database_ms": spread(whole[warm:]),
            "resident_mb": resident_mb(),
        }


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(len(ordered) * 0.95)], 2),
        "max": round(ordered[-1], 2),
    }


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)


if __name__ == "__main__":
    main()

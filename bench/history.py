"""How a long past weighs on a turn: `python -m bench.history` talks to customers with and without one.

Both kinds write the same, by turns, to one server in this process that remembers nothing between messages; the past
of the one kind is 10,000 stored events of earlier episodes. The ratio of the medians should stay below 1.2.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, insert, update

from bot.messages import Inbound
from bot.parts import Parts, build
from bot.settings import read
from bot.store.tables import conversations, events

TEXTS = ("运费怎么算", "do you wrap gifts", "你们支持哪些付款方式")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="in the past of the one kind")
    parser.add_argument("--turns", type=int, default=100, help="of each kind")
    parser.add_argument("--database", default="", help="a PostgreSQL address; SQLite in a file otherwise")
    options = parser.parse_args()
    figures = asyncio.run(measured(options.events, options.turns, options.database))
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


async def measured(past: int, turns: int, database: str) -> dict[str, float]:
    with TemporaryDirectory(prefix="guitai-bench-") as name:
        folder = Path(name)
        parts = await build(
            read(
                demo=True,
                database_url=database or f"sqlite:///{folder / 'guitai.db'}",
                demo_database_url=f"sqlite:///{folder / 'shop.db'}",
            )
        )
        try:
            return await _compared(parts, past, turns)
        finally:
            await parts.aclose()


async def _compared(parts: Parts, past: int, turns: int) -> dict[str, float]:
    old, new = f"old-{uuid.uuid4().hex}", f"new-{uuid.uuid4().hex}"
    for sender in (old, new):
        conversation = await _say(parts, sender, TEXTS[0])
        if sender == old:
            await parts.database.run(_age, conversation, past)
    seconds: dict[str, list[float]] = {old: [], new: []}
    for turn in range(turns):
        for sender in (old, new) if turn % 2 else (new, old):
            parts.router._known.clear()  # as on another worker
            began = time.perf_counter()
            await _say(parts, sender, TEXTS[turn % len(TEXTS)])
            seconds[sender].append(time.perf_counter() - began)
    medians = {sender: statistics.median(seconds[sender]) for sender in seconds}
    return {
        "past_events": past,
        "turns_of_each": turns,
        "median_with_a_past_ms": round(medians[old] * 1000, 2),
        "median_without_ms": round(medians[new] * 1000, 2),
        "ratio": round(medians[old] / medians[new], 3),
    }


async def _say(parts: Parts, sender: str, text: str) -> str:
    message = Inbound("rest", "bench", uuid.uuid4().hex, sender, text=text)
    receipt = await parts.router.receive(message)
    assert await parts.router.answer_to(receipt, within_seconds=30) is not None
    return receipt.conversation


def _age(connection: Connection, conversation: str, past: int) -> None:
    """Give a conversation a long past, and let it begin a new episode."""
    said = {"event": "user", "text": TEXTS[0], "timestamp": datetime.now(UTC).timestamp(), "parse_data": {}}
    row = {"conversation_id": conversation, "episode": 0, "type": "user", "data": said}
    connection.execute(insert(events), [{**row, "seq": -number} for number in range(1, past + 1)])
    connection.execute(update(conversations).where(conversations.c.id == conversation).values(episode_turns=1))


if __name__ == "__main__":
    main()

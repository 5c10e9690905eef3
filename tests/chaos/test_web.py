"""Workers are killed under widgets that talk: each sees every line once and in order, and every message answered."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.channels.widgets import Widget
from tests.chaos.conftest import StartServer
from tests.chaos.scenarios import Trouble

CUT = (ConnectionError, ConnectionClosed, InvalidHandshake, OSError, TimeoutError, EOFError)


async def _talk(widget: Widget, texts: list[str]) -> None:
    """Say all of `texts`, each until it is acknowledged and answered, whatever happens to the connection."""
    for number, text in enumerate(texts):
        while True:
            try:
                await widget.say(text, number=f"{number}")
                ack = await widget.wait("ack", id=f"{number}")
                await widget.until(lambda seq=ack["seq"]: widget.seen > seq)
                break
            except CUT:
                await _come_back(widget)


async def _come_back(widget: Widget) -> None:
    while True:
        await widget.leave()
        await asyncio.sleep(0.1)
        with suppress(*CUT):
            await widget.open()
            return


async def _all_talk(address: str, said: dict[str, list[str]], seen: dict[str, Widget]) -> None:
    for who in said:
        seen[who] = Widget(address)
        await _come_back(seen[who])
    await asyncio.gather(*(_talk(seen[who], texts) for who, texts in said.items()))


@pytest.mark.timeout(180)
async def test_widgets_lose_nothing_when_workers_are_killed(
    start_server: StartServer, chance: random.Random, database_url: str
) -> None:
    running = start_server(workers=2, database_url=database_url, tuning={"channels.web.session:MESSAGES": 100_000})
    said = {f"w{talk}": [f"say w{talk}n{number}" for number in range(12)] for talk in range(6)}
    seen: dict[str, Widget] = {}
    trouble = Trouble(running, chance, kills=6, every_seconds=0.5)
    await trouble.beside(_all_talk(running.address, said, seen))
    assert trouble.killed >= 3
    for who, texts in said.items():
        widget = seen[who]
        assert [line["seq"] for line in widget.lines] == list(range(1, len(widget.lines) + 1))
        assert [line["text"] for line in widget.lines if line["who"] == "customer"] == texts
        answers = [line["text"] for line in widget.lines if line["who"] == "bot"]
        assert len(answers) == len(set(answers)), "each answer names its message"
        assert len(answers) >= len(texts)
        await widget.leave()

"""The engine's events are those of a stock Rasa 3.6.21, recorded by `record_stock.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.engine.engine import Engine
from bot.engine.tracker import Trackers
from tests.bot.engine.bots.dialogues import DIALOGUES, PRESS, comparable
from tests.bot.engine.conftest import Customer

RECORDED = json.loads((Path(__file__).parent / "stock_events.json").read_text(encoding="utf-8"))
HANDED_OVER = {"event": "slot", "name": "handoff", "value": None}


def is_added(event: dict[str, Any]) -> bool:
    """Whether we do more than Rasa: take a wish for a person out of its slot, and never leave a turn silent."""
    return event == HANDED_OVER or event.get("utter_action") == "utter_action_failed"


def test_every_dialogue_is_recorded() -> None:
    assert list(RECORDED) == list(DIALOGUES)


@pytest.mark.parametrize("remembered", [True, False])
@pytest.mark.parametrize("title", DIALOGUES)
async def test_a_dialogue_has_the_events_of_stock_rasa(engine: Engine, title: str, remembered: bool) -> None:
    customer = Customer(engine, title)
    for said in DIALOGUES[title]:
        if not remembered:  # as in another process: the tracker is made anew of the stored events
            engine._trackers = Trackers()
        if said.startswith(PRESS):
            await customer.turn("a button", intent=said.removeprefix(PRESS))
        else:
            await customer.turn(said)
    ours = [comparable(event) for event in json.loads(json.dumps(customer.events))]
    assert [event for event in ours if not is_added(event)] == RECORDED[title]

"""Routines work in a stock Rasa action server too, where nobody hands them services."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.track_order import TrackOrder


async def test_a_routine_made_by_an_action_server_answers_from_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUITAI_DEMO", "true")
    monkeypatch.setenv("GUITAI_DATABASE_URL", f"sqlite:///{tmp_path / 'guitai.db'}")
    monkeypatch.setenv("GUITAI_DEMO_DATABASE_URL", f"sqlite:///{tmp_path / 'shop.db'}")
    message = {
        "text": "where is it",
        "intent": {"name": "track_order", "confidence": 1.0},
        "entities": [
            {"entity": "order_number", "value": "GT2600010042"},
            {"entity": "phone_tail", "value": "8812"},
        ],
        "message_id": "m1",
    }
    slots = {"language": "en", "order_number": "GT2600010042", "phone_tail": "8812"}
    said = CollectingDispatcher()
    tracker = Tracker("visitor", slots, message, [], False, None, {}, None)
    routine = TrackOrder()
    try:
        await routine.run(said, tracker, {})
    finally:
        await routine.services.shop.aclose()
    assert said.messages[0]["response"] == "utter_order_shipped"
    assert said.messages[0]["tracking_number"] == "SF1380013880042"

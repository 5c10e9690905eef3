"""An episode's tracker is in the state Rasa's would be in, whenever it is looked at."""

from __future__ import annotations

import random
from typing import Any

import pytest

from bot.engine.episode import Episode

from rasa.shared.core.events import (  # isort: skip - bot.engine comes first
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.slots import AnySlot  # isort: skip
from rasa.shared.core.trackers import DialogueStateTracker  # isort: skip

SLOTS = [AnySlot("a", []), AnySlot("b", [], initial_value="start")]


def generated_event(dice: random.Random) -> Event:
    kinds = [
        lambda: UserUttered("said", {"name": dice.choice("xyz"), "confidence": 1.0}),
        lambda: ActionExecuted("action_listen"),
        lambda: ActionExecuted(dice.choice(["action_a", "utter_b", "form_a", "form_b"])),
        lambda: ActionExecuted(dice.choice(["form_a", "form_b"])),
        lambda: SlotSet(dice.choice("ab"), dice.choice([None, 1, "two"])),
        lambda: ActiveLoop(dice.choice(["form_a", "form_b", None])),
        lambda: ActionExecutionRejected(dice.choice(["form_a", "form_b"])),
        lambda: LoopInterrupted(dice.random() < 0.5),
        lambda: BotUttered("said"),
        lambda: FollowupAction("action_a"),
    ]
    rare = [Restarted, SessionStarted, UserUtteranceReverted, ActionReverted, ConversationPaused, ConversationResumed]
    made: Event = dice.choice(rare)() if dice.random() < 0.08 else dice.choice(kinds)()
    return made


def state(tracker: DialogueStateTracker) -> dict[str, Any]:
    return {
        "applied": tracker.applied_events(),
        "slots": tracker.current_slot_values(),
        "loop": tracker.active_loop,
        "latest_action": tracker.latest_action,
        "latest_message": tracker.latest_message,
        "followup": tracker.followup_action,
        "paused": tracker.is_paused(),
        "events": list(tracker.events),
    }


@pytest.mark.parametrize("seed", range(40))
def test_its_state_is_that_of_rasas_tracker(seed: int) -> None:
    dice = random.Random(seed)
    stock, ours = DialogueStateTracker("c", SLOTS), Episode("c", SLOTS)
    for _ in range(60):
        event = generated_event(dice)
        stock.update(event)
        ours.update(event)
        if dice.random() < 0.5:  # not each time: what is remembered must catch up over several events
            assert state(ours) == state(stock)
        if dice.random() < 0.1:
            ours = ours.copy()
    assert state(ours) == state(stock)
    assert state(ours.copy()) == state(stock)


def test_what_happens_to_a_copy_does_not_happen_to_the_original() -> None:
    original = Episode("c", SLOTS)
    for event in (ActionExecuted("action_listen"), UserUttered("hi", {"name": "x"}), ActiveLoop("form_a")):
        original.update(event)
    before = state(original)
    twin = original.copy()
    for event in (
        SlotSet("a", 1),
        ActionExecutionRejected("form_a"),
        LoopInterrupted(True),
        ActionExecuted("action_a"),
    ):
        twin.update(event)
    assert twin.get_slot("a") == 1
    assert twin.is_active_loop_rejected
    assert state(original) == before


def test_a_fresh_twin_has_nothing_behind_it() -> None:
    original = Episode("c", SLOTS)
    for event in (SlotSet("b", "other"), ActiveLoop("form_a"), ActionExecuted("action_a")):
        original.update(event)
    assert state(original.init_copy()) == state(DialogueStateTracker("c", SLOTS).init_copy())

"""IndexedRulePolicy predicts what RulePolicy predicts, over generated rules and conversations."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from bot.engine import shim

shim.install()

from rasa.core.policies.rule_policy import InvalidRule, RulePolicy  # noqa: E402 - the shim comes first
from rasa.engine.graph import ExecutionContext, GraphSchema  # noqa: E402
from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.engine.storage.resource import Resource  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import (  # noqa: E402
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    LoopInterrupted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.generator import TrackerWithCachedStates, TrainingDataGenerator  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker  # noqa: E402
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader  # noqa: E402
from rasa.shared.core.training_data.structures import StoryGraph  # noqa: E402

from bot.engine.episode import Episode  # noqa: E402
from bot.engine.policy import IndexedRulePolicy, _latest_states  # noqa: E402
from tests.bot.engine.test_episode import generated_event  # noqa: E402

INTENTS = [f"i{number}" for number in range(12)]
TEXT = "the very words"
ACTIONS = [f"action_{number}" for number in range(8)]
DOMAIN = {
    "intents": [*INTENTS, "restart"],
    "actions": ACTIONS,
    "slots": {
        "flag": {"type": "bool", "mappings": [{"type": "custom"}]},
        "kind": {"type": "categorical", "values": ["a", "b"], "mappings": [{"type": "custom"}]},
        "note": {"type": "text", "mappings": [{"type": "custom"}]},
    },
    "forms": {"form_a": {"required_slots": ["note"]}, "form_b": {"required_slots": ["note"]}},
}


def generated_rules(dice: random.Random) -> list[dict[str, Any]]:
    """Rules of all the kinds there are: conditions on slots and loops, chains, submits, listening on."""
    rules: list[dict[str, Any]] = []
    for number, intent in enumerate(INTENTS):
        rule: dict[str, Any] = {"rule": f"plain {number}", "steps": [{"intent": intent}]}
        rule["steps"] += [{"action": action} for action in dice.sample(ACTIONS, dice.randint(1, 3))]
        conditions = [[{"slot_was_set": [{"flag": True}]}], [{"slot_was_set": [{"kind": "a"}]}]]
        if dice.random() < 0.3:
            rule["condition"] = dice.choice(conditions)
        if dice.random() < 0.2:
            rule["wait_for_user_input"] = False
        if dice.random() < 0.15:
            rule["conversation_start"] = True
        rules.append(rule)
    if dice.random() < 0.5:  # a rule on a text rather than its intent
        rules.append({"rule": "by text", "steps": [{"user": TEXT}, {"action": dice.choice(ACTIONS)}]})
    for form in ("form_a", "form_b"):
        done = [{"action": form}, {"active_loop": None}, {"slot_was_set": [{"requested_slot": None}]}]
        rules.append(
            {
                "rule": f"submit {form}",
                "condition": [{"active_loop": form}],
                "steps": [*done, {"action": dice.choice(ACTIONS)}],
            }
        )
        inside = dice.sample(INTENTS, 3)
        for intent in inside:
            steps: list[dict[str, Any]] = [{"intent": intent}, {"action": dice.choice(ACTIONS)}]
            if dice.random() < 0.5:
                steps += [{"action": form}, {"active_loop": form}]
            rules.append({"rule": f"{intent} in {form}", "condition": [{"active_loop": form}], "steps": steps})
    return rules


def trained(kind: type[RulePolicy], rules: list[dict[str, Any]], domain: Domain, folder: Path) -> RulePolicy:
    folder.mkdir()
    reader = YAMLStoryReader(domain, "generated")
    steps = reader.read_from_parsed_yaml({"rules": rules})
    trackers = TrainingDataGenerator(StoryGraph(steps), domain, augmentation_factor=0).generate()
    config = {**kind.get_default_config(), "restrict_rules": False}
    context = ExecutionContext(GraphSchema({}), node_name="policy")
    policy = kind.create(config, LocalModelStorage.create(folder), Resource("policy"), context)
    assert all(isinstance(tracker, TrackerWithCachedStates) for tracker in trackers)
    policy.train(trackers, domain)
    return policy


def generated_conversation(dice: random.Random, domain: Domain, rules: list[dict[str, Any]]) -> DialogueStateTracker:
    """Events at random, and in between stretches of rules: followed, or nearly."""
    tracker = DialogueStateTracker("generated", domain.slots)
    tracker.update(ActionExecuted("action_listen"))
    for _ in range(dice.randint(1, 25)):
        roll = dice.random()
        if roll < 0.25:
            follow(dice.choice(rules), tracker, dice)
        elif roll < 0.4:
            if tracker.latest_action_name != "action_listen":
                tracker.update(ActionExecuted("action_listen"))
            intent = {"name": dice.choice([*INTENTS, "restart", "unheard"]), "confidence": 0.9}
            tracker.update(UserUttered(dice.choice(["said", TEXT]), intent))
        elif roll < 0.7:
            tracker.update(ActionExecuted(dice.choice([*ACTIONS, "form_a", "form_b"])))
        elif roll < 0.8:
            name, value = dice.choice([("flag", True), ("flag", False), ("kind", "a"), ("kind", "b"), ("note", "x")])
            tracker.update(SlotSet(name, value))
        elif roll < 0.95:
            tracker.update(ActiveLoop(dice.choice(["form_a", "form_b", None])))
        elif tracker.active_loop_name:
            tracker.update(ActionExecutionRejected(tracker.active_loop_name))
            tracker.update(LoopInterrupted(dice.random() < 0.5))
    return tracker


def follow(rule: dict[str, Any], tracker: DialogueStateTracker, dice: random.Random) -> None:
    """Do what the rule says, perhaps with something else in between, perhaps not to its end."""
    for step in rule["steps"]:
        if dice.random() < 0.1:
            return
        if dice.random() < 0.15:
            tracker.update(ActionExecuted(dice.choice(ACTIONS)))
        if "intent" in step:
            tracker.update(ActionExecuted("action_listen"))
            tracker.update(UserUttered("said", {"name": step["intent"], "confidence": 0.9}))
        elif "action" in step:
            tracker.update(ActionExecuted(step["action"]))
        elif "active_loop" in step:
            tracker.update(ActiveLoop(step["active_loop"]))


@pytest.mark.filterwarnings("ignore:Slot auto-fill")  # said of every domain
@pytest.mark.parametrize("seed", range(12))
def test_predictions_are_those_of_the_rule_policy(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    domain = Domain.from_dict(DOMAIN)
    rules = consistent_rules(dice, domain, tmp_path)
    stock = trained(RulePolicy, rules, domain, tmp_path / "stock")
    ours = trained(IndexedRulePolicy, rules, domain, tmp_path / "ours")
    assert ours.lookup.keys() == stock.lookup.keys()
    assert ours.lookup["rules"] == stock.lookup["rules"]
    decided = 0
    for _ in range(150):
        tracker = generated_conversation(dice, domain, rules)
        expected = stock.predict_action_probabilities(tracker, domain)
        found = ours.predict_action_probabilities(tracker, domain)
        assert found.probabilities == expected.probabilities
        assert found.events == expected.events
        assert found.hide_rule_turn == expected.hide_rule_turn
        assert found.is_no_user_prediction == expected.is_no_user_prediction
        assert found.is_end_to_end_prediction == expected.is_end_to_end_prediction
        decided += max(expected.probabilities) == 1.0
    assert decided > 50


@pytest.mark.filterwarnings("ignore:Slot auto-fill")  # said of every domain
@pytest.mark.parametrize("seed", range(20))
def test_states_found_step_by_step_are_those_found_at_once(seed: int) -> None:
    dice = random.Random(seed)
    slots = {name: {"type": "text", "mappings": [{"type": "custom"}]} for name in "ab"}
    domain = Domain.from_dict(DOMAIN | {"intents": ["x", "y", "z"], "slots": slots})
    trackers = [Episode("c", domain.slots)]
    for _ in range(80):
        tracker = dice.choice(trackers)
        for _ in range(dice.randint(1, 4)):
            tracker.update(generated_event(dice))
        if dice.random() < 0.1:
            trackers.append(tracker.copy())
        afresh = Episode("c", domain.slots)
        for event in tracker.events:
            afresh.update(event)
        number = 5 if dice.random() < 0.9 else 1
        assert _latest_states(tracker, domain, number) == _latest_states(afresh, domain, number)
        assert len(_latest_states(tracker, domain, number)) <= number


def consistent_rules(dice: random.Random, domain: Domain, folder: Path) -> list[dict[str, Any]]:
    """Generated rules that do not contradict each other, by stock Rasa's judgement; ours must judge alike."""
    while True:
        rules = generated_rules(dice)
        where = folder / f"try-{dice.random()}"
        try:
            trained(RulePolicy, rules, domain, where)
        except InvalidRule:
            with pytest.raises(InvalidRule):
                trained(IndexedRulePolicy, rules, domain, folder / f"ours-{dice.random()}")
            continue
        return rules

"""Rasa's rule policy with an index: rules are looked up by last action and intent instead of being tried one by one.

Runs in a stock Rasa 3.6.21 on Python 3.10 too; there, as here, it predicts what RulePolicy predicts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import is_
from typing import Any, NamedTuple

from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RULES_NOT_IN_STORIES, RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

Place = tuple[str | None, str | None]
"""A state's last action and intent; None stands for "none" in the former and for "any" in the latter."""


class _Rule(NamedTuple):
    key: str
    backwards: list[State]
    """The rule's states, the latest first."""


class _Index:
    """The rules of one lookup by the place of their latest state."""

    def __init__(self, lookup: dict[str, str]) -> None:
        self.lookup = lookup
        self.size = len(lookup)
        self.longest = 0
        self._rules: dict[Place, list[_Rule]] = {}
        for key in lookup:
            states = json.loads(key)
            self.longest = max(self.longest, len(states))
            self._rules.setdefault(_place(states[-1]), []).append(_Rule(key, states[::-1]))

    def holds(self, lookup: dict[str, str]) -> bool:
        """Whether this is still the index of `lookup`; rules that training took out are passed over in `near`."""
        return lookup is self.lookup and len(lookup) <= self.size

    def near(self, state: State) -> list[_Rule]:
        """The rules that may apply when `state` is the latest."""
        action, intent = _place(state)
        found = self._rules.get((action, None), [])
        if intent is not None:
            found = found + self._rules.get((action, intent), [])
        return [rule for rule in found if rule.key in self.lookup]

    def listens_for_any(self) -> bool:
        """Whether a rule follows action_listen without asking for an intent."""
        return (ACTION_LISTEN_NAME, None) in self._rules


def _place(state: State) -> Place:
    action = state.get(PREVIOUS_ACTION)
    # a message handled by its text, or an action that is one, has no name: "" stands for all of those
    name = action.get(ACTION_NAME, "") if action else None
    intent = state.get(USER, {}).get(INTENT)
    return name, intent


class Walk:
    """The states of a conversation, found by going through its events once: later calls go on where one stopped."""

    def __init__(self, tracker: DialogueStateTracker, domain: Domain, number: int) -> None:
        """`number` is how many of the latest states are asked for."""
        self.shared = False
        """Whether a copy of the tracker has this walk too: it must then not go on, but a twin of it."""
        self._domain = domain
        self._number = number
        self._walker = tracker.init_copy()
        self._done: list[Event] = []
        self._states: list[State] = []

    def twin(self) -> Walk:
        twin = object.__new__(Walk)
        twin.__dict__.update(self.__dict__)
        twin.shared = False
        twin._walker = self._walker.copy()
        twin._done, twin._states = list(self._done), list(self._states)
        return twin

    def leads_to(self, applied: Sequence[Event], domain: Domain, number: int) -> bool:
        """Whether these events begin with those gone through: what is taken back changes that."""
        done = self._done
        return (
            domain is self._domain
            and number == self._number
            and len(done) <= len(applied)
            and all(map(is_, done, applied))
        )

    def latest(self, applied: Sequence[Event]) -> list[State]:
        """The latest of the states before each action and after the last event; those before are passed over."""
        new = applied[len(self._done) :]
        passed_over = 1 + sum(type(event) is ActionExecuted for event in new) - self._number
        for event in new:
            if type(event) is ActionExecuted:
                if passed_over <= 0:
                    self._states.append(self._domain.get_active_state(self._walker))
                passed_over -= 1
            event.apply_to(self._walker)
        self._done = list(applied)
        self._states = self._states[1 - self._number :] if self._number > 1 else []
        return [*self._states, self._domain.get_active_state(self._walker)]


def _latest_states(tracker: DialogueStateTracker, domain: Domain, number: int) -> list[State]:
    """The last `number` of the states before each action and after the last event."""
    applied = tracker.applied_events()
    walk: Walk | None = getattr(tracker, "walk", None)
    if walk is None or not walk.leads_to(applied, domain, number):
        walk = Walk(tracker, domain, number)
    elif walk.shared:
        walk = walk.twin()
    tracker.walk = walk
    return walk.latest(applied)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class IndexedRulePolicy(RulePolicy):  # type: ignore[misc]  # rasa has no types for us
    """RulePolicy, in time that does not grow with the number of rules or the length of the conversation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._indexes: dict[str, _Index] = {}
        self._hidden: tuple[object, int] | None = None

    def _index(self, name: str) -> _Index:
        lookup = self.lookup.get(name, {})
        known = self._indexes.get(name)
        if known is None or not known.holds(lookup):
            known = self._indexes[name] = _Index(lookup)
        return known

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> list[str]:
        """The keys of the rules that apply, as in RulePolicy, in the order of training."""
        name = RULES if lookup is self.lookup.get(RULES) else RULES_FOR_LOOP_UNHAPPY_PATH
        if not states:
            return list(lookup)
        backwards = states[::-1]
        return [rule.key for rule in self._index(name).near(backwards[0]) if self._applies(rule, backwards)]

    def _applies(self, rule: _Rule, backwards: list[State]) -> bool:
        """Whether each state of the rule is found in the conversation's; as far as both reach, as in RulePolicy."""
        for wanted, found in zip(rule.backwards, backwards, strict=False):
            wanted_action, found_action = wanted.get(PREVIOUS_ACTION), found.get(PREVIOUS_ACTION)
            if not wanted_action and not found_action:
                continue  # both begin a conversation
            if not wanted_action or not found_action or not self._does_rule_match_state(wanted, found):
                return False
        return True

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input and not self._heeds_text():
            return None, None, False
        found: tuple[str | None, str | None, bool] = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input
        )
        return found

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        """The latest states, as far back as a rule can look, and one: more make no difference."""
        if isinstance(tracker, TrackerWithCachedStates):  # in training; it has its states at hand
            found: list[State] = super()._prediction_states(
                tracker, domain, use_text_for_last_user_input, rule_only_data=rule_only_data
            )
            return found
        states = _latest_states(tracker, domain, self._reach() + 1)
        self.featurizer._choose_last_user_input([states], use_text_for_last_user_input)
        return states

    def _reach(self) -> int:
        """The number of states in the longest rule, or source of a prediction that is hidden from stories."""
        hidden = self.lookup.get(RULES_NOT_IN_STORIES, ())
        if self._hidden is None or self._hidden[0] is not hidden:
            longest = max((len(json.loads(key)) for key in hidden if key.startswith("[")), default=0)
            self._hidden = (hidden, longest)
        return max(self._index(RULES).longest, self._index(RULES_FOR_LOOP_UNHAPPY_PATH).longest, self._hidden[1])

    def _heeds_text(self) -> bool:
        """Whether a rule could apply to a message taken by its text; it then has no intent."""
        return self._index(RULES).listens_for_any() or self._index(RULES_FOR_LOOP_UNHAPPY_PATH).listens_for_any()

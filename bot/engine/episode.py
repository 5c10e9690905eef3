"""Rasa's tracker and form, made for one long-lived episode: copied without replaying, and replayed by what is new."""

from __future__ import annotations

from collections import deque
from copy import copy
from typing import Any

from bot.engine import shim

shim.install()

from rasa.core.actions.forms import FormAction  # noqa: E402 - the shim comes first
from rasa.shared.constants import ASSISTANT_ID_KEY  # noqa: E402
from rasa.shared.core.constants import REQUESTED_SLOT  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import (  # noqa: E402
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.slots import Slot  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker  # noqa: E402
from rasa.shared.nlu.constants import METADATA_MODEL_ID  # noqa: E402


class Episode(DialogueStateTracker):  # type: ignore[misc]  # rasa has no types for us
    """A tracker whose copies cost the same however much was said. Its states are those of Rasa's tracker."""

    walk: Any = None
    """What the policy has found out about the states so far."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._applied: list[Event] = []
        self._applied_to = 0
        """How many events `_applied` has taken into account."""
        self._loops: set[str] = set()
        super().__init__(*args, **kwargs)

    def copy(self) -> Episode:
        """A twin in the same state; what happens to it does not happen here."""
        if self.walk is not None:
            self.walk.shared = True
        twin = self._bare_twin()
        twin.events = deque(self.events)
        twin._applied = list(self._applied)
        twin._loops = set(self._loops)
        return twin

    def init_copy(self) -> Episode:
        """A twin to which nothing has happened yet."""
        twin = self._bare_twin()
        twin.walk = None
        twin.events = deque()
        twin._applied, twin._applied_to, twin._loops = [], 0, set()
        twin.model_id = twin.assistant_id = None
        twin._reset()
        return twin

    def _bare_twin(self) -> Episode:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.slots = {name: _twin_slot(slot) for name, slot in self.slots.items()}
        twin.active_loop = copy(self.active_loop)
        return twin

    def update(self, event: Event, domain: Domain | None = None) -> None:
        """As in Rasa, without asking whether an event is one."""
        if self.model_id and METADATA_MODEL_ID not in event.metadata:
            event.metadata = {**event.metadata, METADATA_MODEL_ID: self.model_id}
        if self.assistant_id and ASSISTANT_ID_KEY not in event.metadata:
            event.metadata = {**event.metadata, ASSISTANT_ID_KEY: self.assistant_id}
        self.events.append(event)
        event.apply_to(self)

    def applied_events(self) -> list[Event]:
        """As in Rasa; only the events since the last call are gone through.

        A loop's name seen for the first time changes what earlier executions mean, so then all of them are.
        """
        new = list(self.events)[self._applied_to :]
        loops = {event.name for event in new if type(event) is ActiveLoop and event.name}
        if not loops <= self._loops:
            self._loops |= loops
            self._applied, self._applied_to = [], 0
            new = list(self.events)
        for event in new:
            self._apply(event)
        self._applied_to = len(self.events)
        return list(self._applied)

    def _apply(self, event: Event) -> None:
        done, kind = self._applied, type(event)
        if kind is Restarted or kind is SessionStarted:
            done.clear()
        elif kind is ActionReverted:
            self._undo_till_previous(ActionExecuted, done)
        elif kind is UserUtteranceReverted:
            self._undo_till_previous(UserUttered, done)
            self._undo_till_previous(ActionExecuted, done)
        elif (
            kind is ActionExecuted
            and event.action_name in self._loops
            and not self._first_loop_execution_or_unhappy_path(event.action_name, done)
        ):
            self._undo_till_previous_loop_execution(event.action_name, done)
        else:
            done.append(event)


def _twin_slot(slot: Slot) -> Slot:
    twin = object.__new__(type(slot))
    twin.__dict__ = slot.__dict__.copy()
    return twin


class Form(FormAction):  # type: ignore[misc]  # rasa has no types for us
    """Rasa's form on an `Episode`."""

    def _temporary_tracker(
        self, current_tracker: DialogueStateTracker, additional_events: list[Event], domain: Domain
    ) -> DialogueStateTracker:
        """As in Rasa, without replaying the conversation."""
        twin = current_tracker.copy()
        twin.model_id = twin.assistant_id = None
        requested = SlotSet(REQUESTED_SLOT, self.get_slot_to_fill(current_tracker))
        for event in (requested, ActionExecuted(self.name()), *additional_events):
            twin.update(event)
        return twin

"""A conversation's current episode as Rasa's tracker, and its new events as JSON. What is stored is the caller's."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from bot.engine import shim
from bot.messages import Past

shim.install()

from rasa.shared.core.domain import Domain  # noqa: E402 - the shim comes first
from rasa.shared.core.events import Event  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker  # noqa: E402
from rasa.shared.utils.common import all_subclasses  # noqa: E402

_CLASSES: dict[str, type[Event]] = {kind.type_name: kind for kind in all_subclasses(Event)}


def parse(stored: Mapping[str, Any]) -> Event:
    """The event of a stored dictionary.

    Raises:
        ValueError: its kind is unknown.
    """
    kind = _CLASSES.get(stored.get("event", ""))
    if kind is None:
        raise ValueError(f"unknown event {stored.get('event')!r}")
    return kind._from_parameters(dict(stored))


class Trackers:
    """Builds trackers, remembering the live events of the conversations last spoken to."""

    def __init__(self, remembered: int = 1000) -> None:
        self._remembered = remembered
        self._live: OrderedDict[str, list[Event]] = OrderedDict()

    def open(self, conversation: str, past: Past, domain: Domain) -> DialogueStateTracker:
        """The tracker after the events of `past`."""
        tracker = DialogueStateTracker(conversation, domain.slots)
        for event in self._events(conversation, past.events):
            tracker.update(event, domain)
        return tracker

    def close(self, tracker: DialogueStateTracker, opened_with: int) -> tuple[dict[str, Any], ...]:
        """The events that came after the first `opened_with`, ready to be stored."""
        events = list(tracker.events)
        self._live[tracker.sender_id] = events
        self._live.move_to_end(tracker.sender_id)
        while len(self._live) > self._remembered:
            self._live.popitem(last=False)
        return tuple(event.as_dict() for event in events[opened_with:])

    def _events(self, conversation: str, stored: Sequence[Mapping[str, Any]]) -> list[Event]:
        """Live events for the stored ones, kept ones where they are the same.

        A turn may have been computed and not stored, another worker's being stored in its place. Since timestamps
        are of microseconds and grow, a last event of equal time and kind stands for all before it.
        """
        kept = self._live.get(conversation, [])[: len(stored)]
        if kept and not _same(kept[-1], stored[len(kept) - 1]):
            kept = []
        return kept + [parse(one) for one in stored[len(kept) :]]


def _same(live: Event, stored: Mapping[str, Any]) -> bool:
    return bool(live.timestamp == stored.get("timestamp") and live.type_name == stored.get("event"))

"""A conversation's current episode as Rasa's tracker, and its new events as JSON. What is stored is the caller's."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from bot.engine import shim
from bot.engine.episode import Episode
from bot.messages import Past

shim.install()

from rasa.shared.core.domain import Domain  # noqa: E402 - the shim comes first
from rasa.shared.core.events import Event  # noqa: E402
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

    def __init__(self, remembered: int = 200) -> None:
        self._remembered = remembered
        self._live: OrderedDict[str, tuple[Domain, Episode]] = OrderedDict()

    def open(self, conversation: str, past: Past, domain: Domain) -> Episode:
        """The tracker after the events of `past`; the turn may do with it what it likes."""
        live = self._live.get(conversation)
        if live is not None and live[0] is domain and _is_at(live[1], past.events):
            return live[1].copy()
        tracker = Episode(conversation, domain.slots)
        for stored in past.events:
            tracker.update(parse(stored), domain)
        return tracker

    def close(self, tracker: Episode, domain: Domain, opened_with: int) -> tuple[dict[str, Any], ...]:
        """The events that came after the first `opened_with`, ready to be stored."""
        self._live[tracker.sender_id] = (domain, tracker)
        self._live.move_to_end(tracker.sender_id)
        while len(self._live) > self._remembered:
            self._live.popitem(last=False)
        return tuple(event.as_dict() for event in list(tracker.events)[opened_with:])


def _is_at(live: Episode, stored: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a remembered tracker is where the stored events end.

    A turn may have been computed and not stored, another worker's being stored in its place. Since timestamps are of
    microseconds and grow, as many events with the same last one are the same events.
    """
    if not stored or len(live.events) != len(stored):
        return False
    last = live.events[-1]
    return bool(last.timestamp == stored[-1].get("timestamp") and last.type_name == stored[-1].get("event"))

"""What the bot says: picks a variation of a response and fills in its `{names}`, which are never evaluated."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from bot.engine import shim
from bot.engine.content import Content, Responses
from bot.errors import ContentError

shim.install()

from rasa.core.nlg.generator import NaturalLanguageGenerator  # noqa: E402 - the shim comes first
from rasa.shared.core.events import BotUttered  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker  # noqa: E402

logger = logging.getLogger(__name__)

_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z0-9¥]")
_FILLED = ("text", "image", "custom", "buttons", "attachment", "quick_replies")


class Texts(NaturalLanguageGenerator):  # type: ignore[misc]  # rasa has no types for us
    """The responses of a bot. They can be exchanged without training: the names stay, the words change.

    Raises:
        ContentError: a variation asks for the environment with `${`; names the response.
    """

    def __init__(self, responses: Responses) -> None:
        for name, variations in responses.items():
            _refuse_environment(name, variations)
        self._responses = responses
        self._resting: frozenset[str] = frozenset()
        self._instead = ""

    @classmethod
    def read(cls, root: Path) -> Texts:
        """The responses in the folder's domain.yml and data/.

        Raises:
            ContentError: a file cannot be used; names file and response.
        """
        return cls(Content.read(root).responses())

    def changed(self, changes: Mapping[str, list[dict[str, Any]] | None]) -> Texts:
        """These texts with some responses in other words; None takes one out.

        Raises:
            ContentError: as above.
        """
        for name, variations in changes.items():
            _refuse_environment(name, variations)
        other = Texts({})
        every = {**self._responses, **changes}
        other._responses = {name: variations for name, variations in every.items() if variations is not None}
        other._resting, other._instead = self._resting, self._instead
        return other

    def resting(self, names: Collection[str], *, instead: str) -> Texts:
        """These texts with one response said in place of those that do not hold now."""
        other = Texts({})
        other._responses = self._responses
        other._resting, other._instead = frozenset(names), instead
        return other

    def find(self, name: str) -> list[dict[str, Any]] | None:
        """The variations of a response."""
        return self._responses.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._responses

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The message for a response, or None when there is no variation that fits; the interface Rasa calls."""
        return self.say(utter_action, tracker, output_channel, kwargs)

    def say(
        self, name: str, tracker: DialogueStateTracker, channel: str, given: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The variation of `name` whose turn it is, its names filled from `given`, then from the slots."""
        slots = tracker.current_slot_values()
        name = self._instead if name in self._resting else name
        fitting = _fitting(self._responses.get(name, []), channel, slots)
        if not fitting:
            return None
        variation = fitting[0] if len(fitting) == 1 else fitting[_turn(name, tracker) % len(fitting)]
        fill = _Filler(name, {**slots, **given})
        return {key: fill(value) if key in _FILLED else value for key, value in variation.items()}


def _refuse_environment(name: str, variations: Any) -> None:
    if "${" in json.dumps(variations, ensure_ascii=False, default=str):
        raise ContentError(f"response '{name}': '${{' would read the environment; content may not, take it out")


def _fitting(variations: list[dict[str, Any]], channel: str, slots: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The variations of the best kind that fits, in Rasa's order of kinds."""
    of_kind: dict[tuple[bool, bool], list[dict[str, Any]]] = {}
    for variation in variations:
        conditional = variation.get("condition") is not None
        if conditional and not (variation["condition"] and _holds(variation["condition"], slots)):
            continue
        if variation.get("channel") not in (None, channel):
            continue
        of_kind.setdefault((variation.get("channel") is not None, conditional), []).append(variation)
    for kind in ((True, True), (True, False), (False, True), (False, False)):
        if kind in of_kind:
            return of_kind[kind]
    return []


def _holds(condition: list[dict[str, Any]], slots: Mapping[str, Any]) -> bool:
    for constraint in condition:
        wanted, found = constraint["value"], slots.get(constraint["name"])
        if isinstance(wanted, str) and isinstance(found, str):
            wanted, found = wanted.casefold(), found.casefold()
        if wanted != found:
            return False
    return True


def _turn(name: str, tracker: DialogueStateTracker) -> int:
    """Grows by one with each use of `name`, from a start that differs between conversations."""
    used = sum(
        1 for event in tracker.events if isinstance(event, BotUttered) and event.metadata.get("utter_action") == name
    )
    return crc32(f"{tracker.sender_id} {name}".encode()) + used


class _Filler:
    """Puts values in the place of `{names}` in the strings of a message, each string read once."""

    def __init__(self, response: str, values: Mapping[str, Any]) -> None:
        self._response = response
        self._values = values

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str):
            return _NAME.sub(self._plain, value)
        if isinstance(value, list):
            return [self(one) for one in value]
        if isinstance(value, dict):
            return {key: self._payload(one) if key == "payload" else self(one) for key, one in value.items()}
        return value

    def _plain(self, match: re.Match[str]) -> str:
        value = self._values.get(match[1])
        if value is None:
            logger.warning("a name in a response has no value", extra={"response": self._response, "slot": match[1]})
            return ""
        return _spaced(str(value), match.string[: match.start()], match.string[match.end() :])

    def _payload(self, value: Any) -> Any:
        """A payload holds JSON: a value must not end the string it stands in."""
        if not isinstance(value, str):
            return self(value)
        return _NAME.sub(lambda match: json.dumps(self._plain(match), ensure_ascii=False)[1:-1], value)


def _spaced(value: str, before: str, after: str) -> str:
    """`value` with a space where Chinese meets Latin letters or digits, as Chinese is set: 于 11 月, 退回 Visa."""
    if not value:
        return value
    left = " " if _meet(before[-1:], value[0]) else ""
    right = " " if _meet(value[-1], after[:1]) else ""
    return f"{left}{value}{right}"


def _meet(one: str, other: str) -> bool:
    return bool((_HAN.match(one) and _LATIN.match(other)) or (_LATIN.match(one) and _HAN.match(other)))

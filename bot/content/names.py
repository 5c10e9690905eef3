"""Names in data/ that the domain does not have: intents, entities, slots, actions, forms, and buttons' payloads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from bot.content.domain import DEFAULT_INTENTS, DEFAULT_SLOTS
from bot.content.faults import Fault
from bot.content.lines import Value
from bot.content.model import Content

DEFAULT_ACTIONS = frozenset(
    {
        "...",
        "action_back",
        "action_deactivate_loop",
        "action_default_ask_affirmation",
        "action_default_ask_rephrase",
        "action_default_fallback",
        "action_extract_slots",
        "action_listen",
        "action_restart",
        "action_revert_fallback_events",
        "action_send_text",
        "action_session_start",
        "action_two_stage_fallback",
        "action_unlikely_intent",
    }
)
"""Actions that Rasa has by itself."""

_STEP_KEYS = frozenset(
    {"intent", "user", "entities", "action", "bot", "slot_was_set", "active_loop", "or", "checkpoint", "metadata"}
)
_CONDITION_KEYS = frozenset({"slot_was_set", "active_loop"})
_PAYLOAD = re.compile(r"/(?P<intent>[^{\s]+)\s*(?P<entities>\{.*\})?", re.DOTALL)


def unknown_names(content: Content) -> Iterator[Fault]:
    """Every name in data/ that leads nowhere."""
    for intent in content.intents:
        if intent.base not in content.names.intents:
            yield intent.place.error(f"unknown intent '{intent.base}'; name it in domain.yml")
        for example in intent.examples:
            for entity in example.entities:
                if entity not in content.names.entities:
                    yield example.place.error(f"unknown entity '{entity}'; name it in domain.yml")
    for rule in content.rules:
        for condition in rule.body.listed("condition"):
            yield from _keys(condition, _CONDITION_KEYS, "a condition")
            yield from _slots_and_loop(content, condition)
        for step in rule.body.listed("steps"):
            yield from _step(content, step)
    for response in content.responses.values():
        for variation in response.variations:
            yield from _conditions(content, variation)
            for button in variation.listed("buttons"):
                yield from _button(content, button)


def _keys(value: Value, known: frozenset[str], where: str) -> Iterator[Fault]:
    for key, _ in value.entries:
        if key.text not in known:
            yield key.place.error(f"unknown key '{key.text}' in {where}; known: {', '.join(sorted(known))}")


def _step(content: Content, step: Value) -> Iterator[Fault]:
    yield from _keys(step, _STEP_KEYS, "a step")
    for alternative in step.listed("or"):
        yield from _step(content, alternative)
    intent = step.get("intent")
    if intent is not None and intent.text is not None:
        yield from _intent(content, intent, intent.text)
    for entity in step.listed("entities"):
        named = entity.text or next((key.text for key, _ in entity.entries), None)
        if named is not None and named not in content.names.entities:
            yield entity.place.error(f"unknown entity '{named}'; name it in domain.yml")
    action = step.get("action")
    if action is not None and action.text is not None and not _is_action(content, action.text):
        if action.text.startswith("utter_"):
            yield action.place.error(f"response '{action.text}' is not written; add it under `responses:`")
        else:
            yield action.place.error(f"unknown action '{action.text}'; name it in domain.yml")
    yield from _slots_and_loop(content, step)


def _intent(content: Content, place: Value, name: str) -> Iterator[Fault]:
    base, _, key = name.partition("/")
    if base not in content.names.intents and name not in DEFAULT_INTENTS:
        yield place.place.error(f"unknown intent '{name}'; name it in domain.yml")
    elif key and all(intent.name != name for intent in content.intents):
        yield place.place.error(f"unknown topic '{name}'; no intent of that name has examples")


def _is_action(content: Content, name: str) -> bool:
    return (
        name in content.names.actions
        or name in content.names.forms
        or name in content.responses
        or name in DEFAULT_ACTIONS
        or name.removeprefix("utter_") in content.retrieval
    )


def _slots_and_loop(content: Content, step: Value) -> Iterator[Fault]:
    slots = step.get("slot_was_set")
    for item in slots.items or [slots] if slots is not None else []:
        for slot in [key for key, _ in item.entries] or [item]:
            if slot.text is not None and slot.text not in content.names.slots | dict.fromkeys(DEFAULT_SLOTS):
                yield slot.place.error(f"unknown slot '{slot.text}'; name it in domain.yml")
    loop = step.get("active_loop")
    if loop is not None and loop.text not in {None, "null", *content.names.forms}:
        yield loop.place.error(f"unknown form '{loop.text}'; name it in domain.yml")


def _conditions(content: Content, variation: Value) -> Iterator[Fault]:
    for condition in variation.listed("condition"):
        kind, slot = condition.get("type"), condition.get("name")
        if kind is None or kind.text != "slot" or slot is None or slot.text is None or condition.get("value") is None:
            yield condition.place.error("a condition reads `{type: slot, name: …, value: …}`")
        elif slot.text not in content.names.slots:
            yield slot.place.error(f"unknown slot '{slot.text}'; name it in domain.yml")


def _button(content: Content, button: Value) -> Iterator[Fault]:
    payload = button.get("payload")
    if payload is None or payload.text is None:
        yield button.place.error("a button needs a `payload:`, such as `/affirm`")
        return
    match = _PAYLOAD.fullmatch(payload.text)
    if match is None:
        return  # not an intent: it comes back as if typed
    yield from _intent(content, payload, match["intent"])
    if match["entities"] is None:
        return
    try:
        given = json.loads(match["entities"])
    except ValueError:
        yield payload.place.error(f'the entities of \'{payload.text}\' are not JSON, such as `{{"store": "S01"}}`')
        return
    for entity in given:
        if entity not in content.names.entities:
            yield payload.place.error(f"unknown entity '{entity}' in a button; name it in domain.yml")

"""domain.yml against itself: slots that are filled from what does not exist, forms that ask for no slot."""

from __future__ import annotations

from collections.abc import Iterator

from bot.content.faults import Fault
from bot.content.lines import Value
from bot.content.model import Content

DEFAULT_INTENTS = frozenset({"nlu_fallback", "restart", "session_start", "back"})
"""Intents that Rasa knows by itself and that need no examples."""

DEFAULT_SLOTS = frozenset({"requested_slot", "session_started_metadata"})

_MAPPING_KEYS = frozenset(
    {"type", "entity", "intent", "not_intent", "role", "group", "value", "conditions", "action", "active_loop"}
)


def unknown_names(content: Content) -> Iterator[Fault]:
    """Names in slots, forms and intents that the domain does not have."""
    if content.domain is None:
        return
    for _, slot in content.domain.mapped("slots"):
        for mapping in slot.listed("mappings"):
            yield from _mapping(content, mapping)
    for name, form in content.domain.mapped("forms"):
        yield from _form(content, name, form)
    for item in content.domain.listed("intents"):
        for _, options in item.entries:
            yield from _entities_of(content, options)


def _mapping(content: Content, mapping: Value) -> Iterator[Fault]:
    names = content.names
    for key, value in mapping.entries:
        if key.text not in _MAPPING_KEYS:
            yield key.place.error(f"unknown key '{key.text}' in a slot's mapping")
        for named in value.items or [value]:
            if named.text is None:
                continue
            if key.text == "entity" and named.text not in names.entities:
                yield named.place.error(f"unknown entity '{named.text}'; name it in `entities:`")
            if key.text in {"intent", "not_intent"} and named.text.split("/")[0] not in names.intents:
                yield named.place.error(f"unknown intent '{named.text}'; name it in `intents:`")
    for condition in mapping.listed("conditions"):
        loop = condition.get("active_loop")
        if loop is not None and loop.text is not None and loop.text not in names.forms:
            yield loop.place.error(f"unknown form '{loop.text}'; name it in `forms:`")


def _form(content: Content, name: Value, form: Value) -> Iterator[Fault]:
    required = form.get("required_slots")
    if required is None:
        yield name.place.error(f"form '{name.text}' needs `required_slots:`")
        return
    for slot in required.items:
        if slot.text is not None and slot.text not in content.names.slots:
            yield slot.place.error(f"form '{name.text}' asks for the unknown slot '{slot.text}'; name it in `slots:`")


def _entities_of(content: Content, options: Value) -> Iterator[Fault]:
    for key in ("use_entities", "ignore_entities"):
        for entity in options.listed(key):
            if entity.text is not None and entity.text not in content.names.entities:
                yield entity.place.error(f"unknown entity '{entity.text}'; name it in `entities:`")

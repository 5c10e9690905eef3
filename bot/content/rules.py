"""Rules that cannot both hold, names given twice, and intents nobody acts on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from bot.content.domain import DEFAULT_INTENTS
from bot.content.faults import Fault, Place
from bot.content.lines import Value
from bot.content.model import Content, Rule

LISTEN = "action_listen"
Step = tuple[str, str]
"""What kind of step, and what it says; equal when Rasa would see the same state."""


def faults(content: Content) -> Iterator[Fault]:
    yield from _named_twice(content)
    yield from _contradictions(content)
    yield from _unhandled(content)


def _named_twice(content: Content) -> Iterator[Fault]:
    seen: dict[tuple[bool, str], Place] = {}
    for rule in content.rules:
        first = seen.setdefault((rule.is_rule, rule.name), rule.place)
        if first != rule.place:
            kind = "rule" if rule.is_rule else "story"
            yield rule.place.error(f"the name '{rule.name}' belongs to another {kind} already ({first})")


def _contradictions(content: Content) -> Iterator[Fault]:
    """After the same condition and steps, one rule goes on with one action and another with a different one."""
    next_action: dict[tuple[Step, ...], tuple[str, Rule]] = {}
    reported: set[tuple[Place, Place]] = set()
    for rule in (one for one in content.rules if one.is_rule):
        for before, action in _predictions(rule):
            known, first = next_action.setdefault(before, (action, rule))
            if known == action or (rule.place, first.place) in reported:
                continue
            reported.add((rule.place, first.place))
            yield rule.place.error(
                f"rule '{rule.name}' contradicts '{first.name}' ({first.place}): "
                f"in the same place one has '{action}', the other '{known}'"
            )


def _predictions(rule: Rule) -> Iterator[tuple[tuple[Step, ...], str]]:
    """What a rule predicts: for each of its actions, the steps before it."""
    conditions = sorted(step for item in rule.body.listed("condition") for step in _states(item))
    start = rule.body.get("conversation_start")
    opening: list[Step] = [*conditions, ("conversation_start", start.text or "" if start is not None else "")]
    alternatives = [_alternatives(step) for step in rule.body.listed("steps")]
    waits = rule.body.get("wait_for_user_input")
    for steps in product(*alternatives):
        before = [*opening]
        for step in _with_listening(
            [one for several in steps for one in several], waits is None or (waits.text or "").casefold() != "false"
        ):
            if step[0] == "action":
                yield tuple(before), step[1]
            before.append(step)


def _with_listening(steps: list[Step], waits: bool) -> Iterator[Step]:
    """The steps with the waiting that Rasa adds: before a customer's turn and, unless told otherwise, at the end."""
    acted = False
    for step in steps:
        if step[0] == "user" and acted:
            yield "action", LISTEN
            acted = False
        acted = acted or step[0] == "action"
        yield step
    if waits and steps and steps[-1] != ("action", LISTEN):
        yield "action", LISTEN


def _alternatives(step: Value) -> list[list[Step]]:
    either = step.get("or")
    if either is not None:
        return [list(_states(one)) for one in either.items]
    return [list(_states(step))]


def _states(step: Value) -> Iterator[Step]:
    intent = step.get("intent")
    if intent is not None:
        named = sorted(str(entity.plain) for entity in step.listed("entities"))
        yield "user", " ".join([intent.text or "", *named])
    user = step.get("user")
    if user is not None:
        yield "user", f"text {user.text}"
    action = step.get("action")
    if action is not None:
        yield "action", action.text or ""
    bot = step.get("bot")
    if bot is not None:
        yield "action", f"text {bot.text}"
    for item in step.listed("slot_was_set"):
        yield "slot", str(item.plain)
    loop = step.get("active_loop")
    if loop is not None:
        yield "loop", loop.text or "null"


def _unhandled(content: Content) -> Iterator[Fault]:
    """Intents that no rule, form or Python names: the bot would understand them and say nothing of use."""
    handled = set(DEFAULT_INTENTS) | content.code.words
    for rule in content.rules:
        for step in rule.body.listed("steps"):
            for kind, says in (state for several in _alternatives(step) for state in several):
                if kind == "user":
                    handled.add(says.split(" ", 1)[0].split("/", 1)[0])
    for _, slot in content.domain.mapped("slots") if content.domain is not None else []:
        for mapping in slot.listed("mappings"):
            named = mapping.get("intent")
            if named is not None:
                handled |= {one.text or "" for one in named.items or [named]}
    for name, place in content.names.intents.items():
        if name not in handled:
            yield place.warning(f"intent '{name}' is in no rule and in no code; nobody acts on it")

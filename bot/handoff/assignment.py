"""Who gets which talk: who knows the customer, whose group knows the subject, who has least to do.

Nobody waits for a particular person for ever: a language is given up only when no one who is online speaks it, a group
after a while, and the colleague of last time when they are away or have enough to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

GENERAL = "general"
"""The group of whatever belongs to no other."""
PATIENCE = timedelta(seconds=60)
"""How long a talk waits for somebody of its group."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A colleague who is online."""

    id: str
    groups: frozenset[str]
    languages: frozenset[str]
    capacity: int
    load: int
    """Talks they have now."""
    last_given: datetime | None = None

    @property
    def has_room(self) -> bool:
        return self.load < self.capacity


@dataclass(frozen=True, slots=True)
class Wish:
    """A talk that waits."""

    id: str
    group: str
    language: str
    waited: timedelta
    last_agent: str | None = None
    """Who had the customer before."""
    skipped: frozenset[str] = frozenset()
    """Who had it and did not answer."""


@dataclass(frozen=True, slots=True)
class Group:
    """A skill group, and what belongs to it."""

    id: str
    name: Mapping[str, str]
    intents: frozenset[str] = frozenset()
    categories: frozenset[str] = field(default_factory=frozenset)


def choose(wish: Wish, online: Sequence[Agent]) -> Agent | None:
    """Who gets the talk; None while nobody can take it."""
    speaking = [agent for agent in online if wish.language in agent.languages] or list(online)
    able = [agent for agent in speaking if agent.has_room and agent.id not in wish.skipped]
    if wish.waited < PATIENCE:
        skilled = [agent for agent in speaking if wish.group in agent.groups]
        if skilled:
            able = [agent for agent in able if agent in skilled or agent.id == wish.last_agent]
    if not able:
        return None
    return min(
        able,
        key=lambda agent: (
            agent.id != wish.last_agent,
            wish.group not in agent.groups,
            agent.load / agent.capacity,
            agent.last_given.timestamp() if agent.last_given else 0.0,
            agent.id,
        ),
    )


def group_of(groups: Iterable[Group], wants: Sequence[str], slots: Mapping[str, Any]) -> str:
    """The group for a talk, by what the customer wanted last and by the kind of goods."""
    known = list(groups)
    for intent in reversed(wants):
        for group in known:
            if intent in group.intents or intent.partition("/")[0] + "/*" in group.intents:
                return group.id
    category = slots.get("category")
    named = set(category) if isinstance(category, list | tuple) else {category}
    return next((group.id for group in known if named & group.categories), GENERAL)

"""What a list shows of talks, colleagues and approvals: values of the store as the screen reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.conversations import Owner
from bot.desk.texts import DeskTexts
from bot.store.approvals import Approval, Stage
from bot.store.desk import Item
from bot.store.handoffs import IN_LINE, HandoffState
from bot.store.presence import Colleague

Shown = Mapping[str, Any]
"""As it goes over the wire."""

_STAGES = {Stage.ASKED: "open", Stage.REFUSED: "refused"}


@dataclass(slots=True)
class Board:
    """Everything that all desks show, as it was when it was last read."""

    items: dict[str, Item] = field(default_factory=dict)
    people: dict[str, Colleague] = field(default_factory=dict)
    approvals: dict[str, Approval] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def take_all(self, items: Iterable[Item]) -> None:
        self.items = {item.id: item for item in items}
        self._number()

    def take_some(self, talks: Iterable[str], items: Sequence[Item]) -> None:
        """What the items of these conversations are now."""
        mine = set(talks)
        kept = {number: item for number, item in self.items.items() if item.conversation not in mine}
        self.items = kept | {item.id: item for item in items}
        self._number()

    def at(self, talks: Iterable[str]) -> list[Item]:
        """The items of these conversations."""
        mine = set(talks)
        return [item for item in self.items.values() if item.conversation in mine]

    def _number(self) -> None:
        waiting = (item for item in self.items.values() if item.state is HandoffState.WAITING)
        ordered = sorted(waiting, key=lambda item: (item.rank_at, item.id))
        self.places = {item.id: place for place, item in enumerate(ordered, start=1)}

    def shown(self, item: Item) -> dict[str, Any]:
        """An item's frame."""
        return item_shown(item, place=self.places.get(item.id), people=self.people)


def item_shown(item: Item, *, place: int | None, people: Mapping[str, Colleague]) -> dict[str, Any]:
    """An item as the wire has it."""
    card = item.card
    held = item.state is HandoffState.ASSIGNED and item.agent is not None
    agent = people.get(item.agent or "")
    state = "waiting" if item.state in IN_LINE else "assigned" if held else "closed"
    last = None
    if item.last_at is not None:
        last = {"who": item.last_who, "text": item.last_text, "at": moment(item.last_at)}
    return {
        "id": item.id,
        "conversation": item.conversation,
        "customer": card.get("customer") or {"name": None, "tier": None, "known_by": "nothing"},
        "channel": card.get("channel") or "",
        "language": item.language,
        "reason": item.reason,
        "priority": item.priority,
        "summary": card.get("summary") or "",
        "group": item.group,
        "state": state,
        "with_bot": item.owner in (Owner.BOT, Owner.CLOSED),
        "agent": {"id": item.agent, "name": agent.called(item.language) if agent else ""} if held else None,
        "place": place,
        "since": moment(item.since),
        "first_due": None if item.first_reply_at else _maybe(item.first_due),
        "next_due": _maybe(item.next_due),
        "warned": item.warned,
        "breached": item.breached,
        "unread": item.unread,
        "last": last,
        "vip": bool(card.get("vip")),
        "mood": card.get("mood"),
        "tags": list(item.tags),
    }


def person_shown(person: Colleague, language: str = "zh") -> dict[str, Any]:
    """A colleague as the wire has them."""
    return {
        "id": person.id,
        "name": person.called(language),
        "shown_as": person.shown_as,
        "roles": person.roles,
        "groups": person.groups,
        "languages": person.languages,
        "status": person.status,
        "load": person.load,
        "capacity": person.capacity,
    }


def approval_shown(
    approval: Approval, *, people: Mapping[str, Colleague], items: Iterable[Item], texts: DeskTexts
) -> dict[str, Any]:
    """An approval as the wire has it."""
    card = next((item.card for item in items if item.conversation == approval.conversation), {})
    asked, decided = people.get(approval.asked_by), people.get(approval.decided_by or "")
    return {
        "id": approval.id,
        "conversation": approval.conversation,
        "customer": (card.get("customer") or {}).get("name"),
        "action": approval.action,
        "label": texts.actions.get(approval.action, {"zh": approval.action, "en": approval.action}),
        "order": approval.order,
        "amount": str(approval.amount),
        "reason": approval.reason,
        "by": {"id": approval.asked_by, "name": asked.called("zh") if asked else ""},
        "at": moment(approval.asked_at),
        "state": _STAGES.get(approval.stage, "approved"),
        "stage": approval.stage,
        "decided_by": decided.called("zh") if decided else None,
        "why": approval.why or None,
    }


def moment(at: datetime) -> str:
    """`2026-11-22T04:00:00.000Z`"""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _maybe(at: datetime | None) -> str | None:
    return None if at is None else moment(at)

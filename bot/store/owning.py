"""Who has a talk: taken, given, passed on, freed and closed, each in one transaction with one winner.

The conversation's row is locked first and the handoff's after it, as a turn does. Taking a talk raises its fencing
number: a turn that is running there loses its lease, so the bot says nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from bot.conversations import Owner, may_move
from bot.store.handoffs import IN_LINE, HandoffState, keep_packet
from bot.store.presence import silent
from bot.store.tables import accounts, conversations, handoffs, presence

_c, _h = conversations.c, handoffs.c


@dataclass(frozen=True, slots=True)
class Held:
    """A handoff with its conversation, both locked."""

    id: str
    conversation: str
    state: HandoffState
    owner: Owner
    agent: str | None
    language: str
    priority: str
    aim: timedelta
    created_at: datetime
    assigned_at: datetime | None
    first_reply_at: datetime | None
    card: Mapping[str, Any]
    packet: Mapping[str, Any]
    skipped: Sequence[str]
    episode: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of trying to take a talk."""

    held: Held | None
    refusal: str | None = None
    """gone, taken, limit or not_yours; None when it is theirs now."""


def lock(connection: Connection, number: str) -> Held | None:
    """The handoff with this number; None when there is none."""
    where = connection.execute(select(_h.conversation_id).where(_h.id == number)).scalar_one_or_none()
    if where is None:
        return None
    talk = connection.execute(select(_c.owner, _c.episode).where(_c.id == where).with_for_update()).one()
    row = connection.execute(select(handoffs).where(_h.id == number).with_for_update()).one()
    if row.conversation_id != where:  # two talks were joined meanwhile
        return lock(connection, number)
    return Held(
        id=row.id,
        conversation=row.conversation_id,
        state=HandoffState(row.state),
        owner=Owner(talk.owner),
        agent=row.agent_id,
        language=row.language,
        priority=row.priority,
        aim=timedelta(seconds=row.aim_seconds),
        created_at=row.created_at,
        assigned_at=row.assigned_at,
        first_reply_at=row.first_reply_at,
        card=row.card,
        packet=row.packet,
        skipped=row.skipped,
        episode=talk.episode,
    )


def take(connection: Connection, number: str, account: str, *, now: datetime, force: bool = False) -> Taken:
    """Give a waiting talk to a colleague, if they have room and nobody was quicker.

    With `force` it is taken from whoever has it, and beyond one's capacity.
    """
    held = lock(connection, number)
    if held is None or held.state in (HandoffState.CLOSED, HandoffState.LEFT):
        return Taken(held, "gone")
    if held.state is HandoffState.ASSIGNED and held.agent == account:
        return Taken(held)
    if held.state not in IN_LINE and not force:
        return Taken(held, "taken")
    other = _other_agent(connection, held)
    if other not in (None, account) and not force:
        return Taken(held, "taken")
    if not force and not _has_room(connection, account, now=now):
        return Taken(held, "limit")
    _assign(connection, held, account, now=now)
    return Taken(held)


def give(connection: Connection, number: str, account: str, *, now: datetime) -> Taken:
    """Give a talk to a colleague who is there, whoever has it now."""
    there = select(presence.c.account_id).where(
        presence.c.account_id == account, presence.c.status != "offline", presence.c.seen_at > now - silent()
    )
    held = lock(connection, number)
    if held is None or held.state in (HandoffState.CLOSED, HandoffState.LEFT):
        return Taken(held, "gone")
    if connection.execute(there).first() is None:
        return Taken(held, "away")
    _assign(connection, held, account, now=now)
    return Taken(held)


def free(
    connection: Connection, held: Held, *, now: datetime, group: str | None = None, skip: str | None = None
) -> None:
    """Put a talk back in line, at its old place; to another `group`, and not to the colleague `skip` again."""
    _move(connection, held, Owner.QUEUE)
    values: dict[str, Any] = {"state": HandoffState.WAITING, "assigned_at": None, "told_place": None, "told_at": now}
    values["acknowledged"] = True
    if group is not None:
        values["skill_group"] = group
    if skip is not None:
        values["skipped"] = [*held.skipped, skip]
    connection.execute(update(handoffs).where(_h.id == held.id).values(**values))


def close(
    connection: Connection,
    held: Held,
    *,
    wrap_up: Mapping[str, Any] | None,
    note: str,
    carry: Mapping[str, Any],
    packet: Mapping[str, Any],
    by: str | None,
    now: datetime,
    to: Owner = Owner.CLOSED,
) -> None:
    """The colleague is done: the talk rests, or goes back to the bot, which begins anew with what it is handed."""
    _move(connection, held, to, new_episode=to is Owner.BOT, carry=carry)
    connection.execute(
        update(handoffs)
        .where(_h.id == held.id)
        .values(
            state=HandoffState.CLOSED,
            closed_at=now,
            closing_note=note,
            wrap_up=None if wrap_up is None else dict(wrap_up),
            next_due=None,
        )
    )
    keep_packet(connection, held.id, packet, why="closed", by=by, now=now)


def pass_on(
    connection: Connection, held: Held, packet: Mapping[str, Any], *, why: str, by: str | None, now: datetime
) -> None:
    """Keep what is handed on."""
    keep_packet(connection, held.id, packet, why=why, by=by, now=now)


def held_by(connection: Connection, agents: Sequence[str]) -> list[str]:
    """The handoffs that these colleagues have."""
    query = select(_h.id).where(_h.agent_id.in_(agents), _h.state == HandoffState.ASSIGNED).order_by(_h.rank_at)
    return list(connection.execute(query).scalars())


def replied(connection: Connection, conversation: str, account: str, *, line: int, now: datetime) -> None:
    """A colleague has answered: no deadline runs."""
    mine = (_h.conversation_id == conversation) & (_h.state == HandoffState.ASSIGNED)
    connection.execute(
        update(handoffs)
        .where(mine)
        .values(first_reply_at=func.coalesce(_h.first_reply_at, now), next_due=None, warned=False, last_heard_at=now)
    )
    connection.execute(update(conversations).where(_c.id == conversation, _c.read_by_us < line).values(read_by_us=line))


def _assign(connection: Connection, held: Held, account: str, *, now: datetime) -> None:
    _move(connection, held, Owner.AGENT)
    fresh = held.first_reply_at is None or held.agent != account
    values: dict[str, Any] = {"state": HandoffState.ASSIGNED, "agent_id": account, "assigned_at": now}
    if fresh and held.first_reply_at is not None:
        values["next_due"] = now + held.aim
    connection.execute(update(handoffs).where(_h.id == held.id).values(**values))
    connection.execute(update(presence).where(presence.c.account_id == account).values(given_at=now))


def _move(
    connection: Connection,
    held: Held,
    to: Owner,
    *,
    new_episode: bool = False,
    carry: Mapping[str, Any] | None = None,
) -> None:
    if not may_move(held.owner, to):
        if to is Owner.QUEUE and held.owner in (Owner.BOT, Owner.CLOSED):
            return  # it waits for a colleague to follow up while the bot helps
        raise ValueError(f"a conversation may not pass from {held.owner} to {to}")
    values: dict[str, Any] = {"owner": to, "fence": _c.fence + 1, "lease_holder": None}
    if carry is not None:
        values["carry"] = dict(carry)
    if new_episode:
        # the event number grows, so that workers see that what they remember is old
        values |= {"episode": _c.episode + 1, "episode_turns": 0, "last_event": _c.last_event + 1}
    connection.execute(update(conversations).where(_c.id == held.conversation).values(**values))


def _other_agent(connection: Connection, held: Held) -> str | None:
    """Who has the conversation by another handoff of it."""
    if held.owner is not Owner.AGENT:
        return None
    query = select(_h.agent_id).where(
        _h.conversation_id == held.conversation, _h.state == HandoffState.ASSIGNED, _h.id != held.id
    )
    return connection.execute(query.limit(1)).scalar_one_or_none()


def _has_room(connection: Connection, account: str, *, now: datetime) -> bool:
    """Whether the colleague can take one more; their row is locked, so that two windows do not both take the last."""
    row = connection.execute(
        select(accounts.c.capacity).where(accounts.c.id == account, accounts.c.disabled.is_(False)).with_for_update()
    ).one_or_none()
    if row is None:
        return False
    load = select(func.count()).where(_h.agent_id == account, _h.state == HandoffState.ASSIGNED)
    return int(connection.execute(load).scalar_one()) < int(row.capacity)

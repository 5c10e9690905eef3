"""What a colleague does with a talk, with all that goes with it: what the customer hears, what colleagues read.

Each function is one transaction. Where it is refused for a reason that happens every day, such as a claim that was
lost, it says so in its result and has done nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from bot.conversations import Owner
from bot.errors import DeskRefused
from bot.messages import in_words
from bot.store import desk, outbox, owning, presence, speaking
from bot.store.handoffs import HandoffState
from bot.store.owning import Held, Taken
from bot.store.speaking import Speaker, Words
from bot.store.tables import conversations, handoffs

_c, _h = conversations.c, handoffs.c


@dataclass(frozen=True, slots=True)
class House:
    """How the house speaks by itself."""

    word: Callable[[str, str, Mapping[str, object]], Words]
    """A response by name and language, for customers."""
    note: Callable[[str, str, Mapping[str, object]], str]
    """The same for colleagues."""
    carried: Collection[str]
    """Channels that need no sending."""


@dataclass(frozen=True, slots=True)
class Me:
    """The colleague who does it."""

    id: str
    shown_as: Mapping[str, str]
    is_supervisor: bool

    def speaker(self, language: str) -> Speaker:
        return Speaker(self.id, self.called(language))

    def called(self, language: str) -> str:
        return self.shown_as.get(language) or self.shown_as.get("en") or ""


def claim(connection: Connection, number: str, me: Me, house: House, *, now: datetime, force: bool = False) -> Taken:
    """Take a talk; the customer is told who has joined."""
    before = owning.lock(connection, number)
    taken = owning.take(connection, number, me.id, now=now, force=force)
    if taken.refusal or taken.held is None or before is None:
        return taken
    if before.state is HandoffState.ASSIGNED and before.agent == me.id:
        return taken
    if before.state is HandoffState.ASSIGNED:
        _note(connection, taken.held, house, "taken_over", now=now, agent=me.called(taken.held.language))
    _tell(connection, taken.held, house, "utter_handoff_joined", now=now, agent=me.called(taken.held.language))
    return taken


def join(connection: Connection, number: str, me: Me, house: House, *, now: datetime) -> Held:
    """A supervisor comes in beside the colleague.

    Raises:
        DeskRefused: nobody has the talk.
    """
    held = _held(connection, number)
    if held.state is not HandoffState.ASSIGNED:
        raise DeskRefused("gone")
    _note(connection, held, house, "joined", now=now, agent=me.called(held.language))
    _tell(connection, held, house, "utter_handoff_joined", now=now, agent=me.called(held.language))
    return held


def say(
    connection: Connection,
    conversation: str,
    me: Me,
    data: Mapping[str, Any],
    *,
    client_id: str,
    house: House,
    now: datetime,
) -> int:
    """Say something to the customer; its line. A repeat says nothing twice.

    Raises:
        DeskRefused: the talk is somebody else's, the bot's, or in line.
    """
    before = speaking.said_before(connection, me.id, client_id)
    if before is not None:
        return int(before)
    talk = connection.execute(
        select(_c.owner, _c.language).where(_c.id == conversation).with_for_update()
    ).one_or_none()
    if talk is None:
        raise DeskRefused("not_found")
    mine = select(_h.id, _h.language).where(_h.conversation_id == conversation, _h.state == HandoffState.ASSIGNED)
    if not me.is_supervisor:
        mine = mine.where(_h.agent_id == me.id)
    held = connection.execute(mine.limit(1)).one_or_none()
    if talk.owner != Owner.AGENT or held is None:
        raise DeskRefused("not_yours")
    line = speaking.speak(
        connection,
        conversation,
        Words(data),
        speaker=me.speaker(held.language),
        carried=house.carried,
        now=now,
    )
    owning.replied(connection, conversation, me.id, line=line, now=now)
    speaking.remember_said(connection, me.id, client_id, conversation, line)
    return line


def note(
    connection: Connection,
    conversation: str,
    me: Me,
    text: str,
    *,
    kind: speaking.NoteKind,
    mentions: Sequence[str],
    client_id: str,
    now: datetime,
) -> float:
    """Write something down for colleagues; its place among the lines.

    Raises:
        DeskRefused: there is no such talk.
    """
    before = speaking.said_before(connection, me.id, client_id)
    if before is not None:
        return before
    head = connection.execute(select(_c.language).where(_c.id == conversation)).one_or_none()
    if head is None:
        raise DeskRefused("not_found")
    author = me.speaker(head.language or "zh")
    made = speaking.note(connection, conversation, text, author=author, kind=kind, mentions=mentions, now=now)
    speaking.remember_said(connection, me.id, client_id, conversation, made.seq)
    return made.seq


def transfer(
    connection: Connection,
    number: str,
    me: Me,
    house: House,
    *,
    agent: presence.Colleague | None,
    group: tuple[str, Mapping[str, str]] | None,
    words: str,
    now: datetime,
) -> Taken:
    """Pass a talk on to a colleague who is there, or to a group, with everything and a note.

    Raises:
        DeskRefused: it is not theirs.
    """
    held = _mine(connection, number, me)
    language = held.language
    if agent is not None:
        taken = owning.give(connection, number, agent.id, now=now)
        if taken.refusal:
            return taken
        to = agent.called(language)
    else:
        name = group[1] if group else {}
        owning.free(connection, held, now=now, group=group[0] if group else None, skip=me.id)
        taken, to = Taken(held), name.get(language, "")
    handed = {"from": me.called(language), "to": to, "note": words, "at": now.isoformat()}
    packet = _packet_now(connection, held)
    packet["handed_on"] = [*packet.get("handed_on", ()), handed]
    owning.pass_on(connection, held, packet, why="transferred", by=me.called(language), now=now)
    _note(connection, held, house, "transferred", now=now, **{"from": handed["from"], "to": to, "note": words})
    _tell(connection, held, house, "utter_handoff_transferred", now=now)
    return taken


def close(
    connection: Connection,
    number: str,
    me: Me,
    house: House,
    *,
    wrap_up: Mapping[str, Any] | None,
    words: str,
    to_bot: bool,
    now: datetime,
) -> Held:
    """The colleague is done: the customer is asked how it was, or has the bot again, which knows what was settled.

    Raises:
        DeskRefused: it is not theirs.
    """
    held = _mine(connection, number, me)
    _settle(connection, held, house, by=me.called(held.language), wrap_up=wrap_up, words=words, to_bot=to_bot, now=now)
    return held


def give_up_idle(
    connection: Connection, number: str, house: House, *, before: datetime, minutes: int, now: datetime
) -> str | None:
    """Nobody has written for long: the bot has the talk again, or, where the customer waits for an answer, the line.

    The conversation, or None when somebody wrote meanwhile.
    """
    held = owning.lock(connection, number)
    if held is None or held.state is not HandoffState.ASSIGNED:
        return None
    item = desk.item(connection, number)
    if item is None or item.last_at is None or item.last_at > before or (item.assigned_at or now) > before:
        return None
    if item.last_who == "customer":
        _drop(connection, held, house, "silent", now=now, skip=held.agent)
    else:
        _note(connection, held, house, "idle", now=now, minutes=minutes)
        name = _agent_name(connection, held)
        _settle(connection, held, house, by=name, wrap_up=None, words="idle", to_bot=True, now=now)
    return held.conversation


def drop(
    connection: Connection, number: str, house: House, *, agent: str, why: str, now: datetime, skip: bool = False
) -> str | None:
    """The colleague has gone, or does not answer: the talk is back at its old place, and the customer knows.

    The conversation, or None when it is not theirs any more.
    """
    held = owning.lock(connection, number)
    if held is None or held.state is not HandoffState.ASSIGNED or held.agent != agent:
        return None
    if why == "dropped" and agent not in presence.gone(connection, now=now):
        return None  # they came back
    if why == "silent" and held.first_reply_at is not None:
        return None
    _drop(connection, held, house, why, now=now, skip=agent if skip else None)
    return held.conversation


def tell_place(
    connection: Connection, number: str, house: House, *, figures: Mapping[str, int], before: int | None, now: datetime
) -> str | None:
    """Tell a customer that their place has changed; the conversation, or None when that was done."""
    held = owning.lock(connection, number)
    if held is None or held.owner is not Owner.QUEUE:
        return None
    if not desk.mark_told(connection, number, figures["place"], before=before, now=now):
        return None
    _tell(connection, held, house, "utter_handoff_moved", now=now, **figures)
    return held.conversation


def escalate(
    connection: Connection, number: str, house: House, *, priority: str, rank: datetime, now: datetime
) -> bool:
    """A deadline has passed: more urgent from now on, and colleagues read so. False when that was done."""
    held = owning.lock(connection, number)
    if held is None:
        return False
    values: dict[str, Any] = {"breached": True, "warned": True, "priority": priority, "rank_at": rank}
    if not desk.mark_due(connection, number, **values):
        return False
    _note(connection, held, house, "overdue", now=now)
    return True


def system_note(
    connection: Connection, conversation: str, house: House, name: str, *, now: datetime, **values: object
) -> None:
    """A note of the house's in a talk."""
    language = connection.execute(select(_c.language).where(_c.id == conversation)).scalar_one_or_none() or "zh"
    speaking.note(connection, conversation, house.note(name, language, values), author=None, kind="system", now=now)


def _drop(connection: Connection, held: Held, house: House, why: str, *, now: datetime, skip: str | None) -> None:
    name = _agent_name(connection, held)
    owning.free(connection, held, now=now, skip=skip)
    packet = _packet_now(connection, held)
    owning.pass_on(connection, held, packet, why="freed", by=name, now=now)
    _note(connection, held, house, why, now=now, agent=name)
    rank = connection.execute(select(_h.rank_at).where(_h.id == held.id)).scalar_one()
    place = max(1, presence.place_before(connection, rank) - 1)
    _tell(connection, held, house, "utter_handoff_dropped", now=now, agent=name, place=place)
    desk.mark_told(connection, held.id, place, before=None, now=now)


def _settle(
    connection: Connection,
    held: Held,
    house: House,
    *,
    by: str,
    wrap_up: Mapping[str, Any] | None,
    words: str,
    to_bot: bool,
    now: datetime,
) -> None:
    packet = _packet_now(connection, held)
    summary = (wrap_up or {}).get("summary") or words or in_words(held.card.get("summary") or "", held.language)
    packet["wrap_up"] = {**(wrap_up or {}), "summary": summary, "by": by}
    name = "utter_handoff_back_to_bot" if to_bot else "utter_handoff_closed"
    _tell(connection, held, house, name, now=now, agent=by)
    owning.close(
        connection,
        held,
        wrap_up=wrap_up,
        note=words or summary,
        carry=_carried(held, packet, by=by, summary=summary, resolved=(wrap_up or {}).get("resolved"), now=now),
        packet=packet,
        by=by,
        now=now,
        to=Owner.BOT if to_bot else Owner.CLOSED,
    )


CARRIED = ("order_number", "phone_tail", "city", "store", "product", "category")
"""Slots that the bot's next talk begins with: whoever comes back is not asked again."""


def _carried(
    held: Held, packet: Mapping[str, Any], *, by: str, summary: str, resolved: bool | None, now: datetime
) -> dict[str, Any]:
    known = {slot["name"]: slot["value"] for slot in packet.get("slots") or () if slot["name"] in CARRIED}
    settled = {"by": by, "summary": summary, "resolved": resolved, "at": now.isoformat()}
    return {"language": held.language, **known, "settled": settled}


def _packet_now(connection: Connection, held: Held) -> dict[str, Any]:
    """The packet with everything that was said until now."""
    said = outbox.transcript(connection, held.conversation, held.episode)
    transcript = [
        {"who": line.who, "text": line.text, "at": line.at.isoformat(), "channel": line.channel, "level": line.level}
        for line in said
    ]
    return {**held.packet, "transcript": transcript or held.packet.get("transcript", [])}


def _held(connection: Connection, number: str) -> Held:
    held = owning.lock(connection, number)
    if held is None:
        raise DeskRefused("not_found")
    return held


def _mine(connection: Connection, number: str, me: Me) -> Held:
    held = _held(connection, number)
    if held.state is not HandoffState.ASSIGNED or (held.agent != me.id and not me.is_supervisor):
        raise DeskRefused("not_yours")
    return held


def _agent_name(connection: Connection, held: Held) -> str:
    from bot.store.accounts import get

    account = get(connection, held.agent) if held.agent else None
    return account.called(held.language) if account else ""


def _tell(connection: Connection, held: Held, house: House, name: str, *, now: datetime, **values: object) -> None:
    speaking.speak(
        connection,
        held.conversation,
        house.word(name, held.language, values),
        speaker=None,
        carried=house.carried,
        now=now,
    )


def _note(connection: Connection, held: Held, house: House, name: str, *, now: datetime, **values: object) -> None:
    text = house.note(name, held.language, values)
    speaking.note(connection, held.conversation, text, author=None, kind="system", now=now)


def idle_handoffs(connection: Connection, *, before: datetime) -> list[str]:
    """Handoffs whose talk nobody wrote in since a moment."""
    query = select(_h.id).where(_h.state == HandoffState.ASSIGNED, _h.last_heard_at < before, _h.assigned_at < before)
    return list(connection.execute(query.limit(100)).scalars())


def silent_handoffs(connection: Connection, *, now: datetime) -> list[tuple[str, str]]:
    """Handoffs that somebody has had for twice the aim without a word, with who has them."""
    query = select(_h.id, _h.agent_id, _h.assigned_at, _h.aim_seconds).where(
        _h.state == HandoffState.ASSIGNED, _h.first_reply_at.is_(None)
    )
    return [
        (row.id, row.agent_id)
        for row in connection.execute(query)
        if row.assigned_at is not None and now - row.assigned_at > timedelta(seconds=2 * row.aim_seconds)
    ]

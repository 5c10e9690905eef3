"""An address leaves its customer: with nothing (`part`), or with what it had brought along (`undo`).

Whatever was personal goes out of the dialogue that stays, too: its slots may have come from either.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from bot.conversations import Owner
from bot.messages import Address
from bot.store import merging, proofs
from bot.store.handoffs import HandoffState
from bot.store.inbox import UNFINISHED, begin
from bot.store.tables import (
    approvals,
    conversations,
    customers,
    events,
    handoffs,
    identities,
    inbox,
    link_codes,
    links,
    outbox,
    ratings,
    thumbs,
)
from bot.store.tables import lines as log

KEPT = timedelta(days=1)
"""How long a message may wait to be answered for what it has led to."""
TAKEN_AWAY = {"text": "…"}
"""What stands in the log where a line was that has gone with its writer: the numbers stay without gaps."""

_c, _i, _l = conversations.c, identities.c, links.c


@dataclass(frozen=True, slots=True)
class Parted:
    """An address has a talk of its own again."""

    left: str
    """The conversation that it was in."""
    now_in: str


def part(connection: Connection, address: Address, *, how: str, by: str, why: str, now: datetime) -> Parted:
    """Give the address a fresh customer and conversation that know nothing but the language.

    Raises:
        LookupError: it is not linked.
    """
    there = merging.locked_home(connection, _names(address))
    if there is None or not _end(connection, address, how=how, by=by, why=why, now=now):
        raise LookupError("the address is not linked")
    customer, fresh = uuid.uuid4().hex, uuid.uuid4().hex
    connection.execute(insert(customers).values(id=customer, created_at=now))
    begin(connection, fresh, customer=customer, language=there.language, now=now)
    _leave(connection, address, there, customer)
    waiting = select(inbox.c.id).where(*_written(there.id, address), inbox.c.state.in_(UNFINISHED))
    _take(connection, there.id, fresh, list(connection.execute(waiting).scalars()), [], episode=None)
    _drop_unsent(connection, there.id, address)
    return Parted(there.id, fresh)


def undo(connection: Connection, number: int, *, by: str, why: str, now: datetime) -> Parted:
    """Take a link back: the address has its earlier talk again, with all that was said from it since.

    What the bot learnt since then is lost, and a colleague's windows may show the lines until they are opened anew.

    Raises:
        LookupError: there is no such link, it has ended, or nothing was moved that could go back.
    """
    row = connection.execute(select(links).where(_l.id == number, _l.ended_at.is_(None))).one_or_none()
    if row is None or row.moved is None:
        raise LookupError("there is nothing to take back")
    address = Address(row.channel, row.account, row.external_id)
    there = merging.locked_home(connection, _names(address))
    if there is None or there.id != row.conversation_id:
        raise LookupError("the talks were joined with another one since")
    _end(connection, address, how="undone", by=by, why=why, now=now)
    _leave(connection, address, there, row.from_customer_id)
    home, moved = row.from_conversation_id, row.moved
    first, last = moved["episodes"]
    mine = connection.execute(select(inbox.c.id).where(*_written(there.id, address)).order_by(inbox.c.id))
    heard = (outbox.c.conversation_id == there.id, *_sent_to(address))
    said = connection.execute(select(outbox.c.id).where(*heard).order_by(outbox.c.id))
    _take(connection, there.id, home, list(mine.scalars()), list(said.scalars()), episode=last - first + 1)
    by_event = _take_dialogue(connection, there.id, home, first, last)
    _take_handoffs(connection, there, home, moved)
    ended = (ratings.c.conversation_id == there.id, ratings.c.episode.between(first, last))
    connection.execute(
        update(ratings).where(*ended).values(conversation_id=home, episode=ratings.c.episode - (first - 1))
    )
    values = {"episode": last - first + 1, "last_event": by_event, "owner": _owner(connection, home, Owner.BOT)}
    connection.execute(update(conversations).where(_c.id == home).values(**values, last_activity_at=now))
    merging.overtake(connection, home)
    return Parted(there.id, home)


def _end(connection: Connection, address: Address, *, how: str, by: str, why: str, now: datetime) -> bool:
    mine = _l.channel == address.channel, _l.account == address.account, _l.external_id == address.sender
    ended = {"ended_at": now, "ended_how": how, "ended_by": by, "ended_why": why}
    return connection.execute(update(links).where(*mine, _l.ended_at.is_(None)).values(**ended)).rowcount > 0


def _leave(connection: Connection, address: Address, there: Any, customer: str) -> None:
    """The address is `customer`'s; what it had proven counts no more, and the talk it leaves forgets what it knew."""
    mine = _i.channel == address.channel, _i.account == address.account, _i.external_id == address.sender
    connection.execute(update(identities).where(*mine).values(customer_id=customer))
    proofs.forget(connection, address.key)
    codes = or_(link_codes.c.issued_to == address.key, link_codes.c.taken_by == address.key)
    connection.execute(delete(link_codes).where(codes))
    connection.execute(
        update(conversations)
        .where(_c.id == there.id)
        .values(
            episode=_c.episode + 1,
            episode_turns=0,
            last_event=_c.last_event + 1,  # workers must see that what they remember is old
            carry=_only_language(there),
            fence=_c.fence + 1,
            lease_holder=None,
        )
    )


def _take(
    connection: Connection, left: str, home: str, heard: Sequence[int], said: Sequence[int], *, episode: int | None
) -> None:
    """Messages and replies with their lines; where the lines were stands that something was taken away."""
    here = log.c.conversation_id == left, or_(log.c.inbox_id.in_(heard), log.c.outbox_id.in_(said))
    rows = connection.execute(select(log).where(*here).order_by(log.c.seq)).all()
    gone = log.c.conversation_id == left, log.c.seq.in_([row.seq for row in rows])
    nothing = {"who": "system", "inbox_id": None, "outbox_id": None, "data": TAKEN_AWAY}
    connection.execute(delete(thumbs).where(thumbs.c.conversation_id == left, thumbs.c.seq.in_([r.seq for r in rows])))
    connection.execute(update(log).where(*gone).values(**nothing))
    last = connection.execute(select(_c.last_line).where(_c.id == home).with_for_update()).scalar_one()
    for seq, row in enumerate(rows, start=last + 1):
        connection.execute(insert(log), {**row._mapping, "conversation_id": home, "seq": seq})
        if row.inbox_id is not None:
            connection.execute(update(inbox).where(inbox.c.id == row.inbox_id).values(line=seq))
    connection.execute(update(inbox).where(inbox.c.id.in_(heard)).values(conversation_id=home, episode=episode))
    connection.execute(update(outbox).where(outbox.c.id.in_(said)).values(conversation_id=home, episode=episode or 1))
    connection.execute(update(conversations).where(_c.id == home).values(last_line=last + len(rows)))


def _take_dialogue(connection: Connection, left: str, home: str, first: int, last: int) -> int:
    """The events of some episodes; the number of the last one where they are now."""
    mine = events.c.conversation_id == left, events.c.episode.between(first, last)
    lowest = connection.execute(select(func.min(events.c.seq)).where(*mine)).scalar_one()
    if lowest is None:
        return 0
    connection.execute(
        update(events)
        .where(*mine)
        .values(conversation_id=home, seq=events.c.seq - (lowest - 1), episode=events.c.episode - (first - 1))
    )
    newest = select(func.max(events.c.seq)).where(events.c.conversation_id == home)
    return int(connection.execute(newest).scalar_one()) + 1  # workers must see that what they remember is old


def _take_handoffs(connection: Connection, there: Any, home: str, moved: Mapping[str, Any]) -> None:
    for table, name in ((handoffs, "handoffs"), (approvals, "approvals")):
        connection.execute(update(table).where(table.c.id.in_(moved[name])).values(conversation_id=home))
    if there.owner in (Owner.QUEUE, Owner.AGENT):
        values = {"owner": _owner(connection, there.id, Owner.BOT)}
        connection.execute(update(conversations).where(_c.id == there.id).values(**values))


def _owner(connection: Connection, conversation: str, otherwise: Owner) -> Owner:
    """Who has a talk by the handoffs that are its own."""
    query = select(handoffs.c.state).where(handoffs.c.conversation_id == conversation)
    states = set(connection.execute(query).scalars())
    if HandoffState.ASSIGNED in states:
        return Owner.AGENT
    return Owner.QUEUE if HandoffState.WAITING in states else otherwise


def _drop_unsent(connection: Connection, conversation: str, address: Address) -> None:
    """What waits to be sent there was meant for the customer."""
    waiting = outbox.c.conversation_id == conversation, outbox.c.state == "queued", *_sent_to(address)
    connection.execute(update(outbox).where(*waiting).values(state="dead", error="the channel was unlinked"))


def _written(conversation: str, address: Address) -> tuple[Any, ...]:
    return (
        inbox.c.conversation_id == conversation,
        inbox.c.channel == address.channel,
        inbox.c.account == address.account,
        inbox.c.sender == address.sender,
    )


def _sent_to(address: Address) -> tuple[Any, ...]:
    return (
        outbox.c.channel == address.channel,
        outbox.c.account == address.account,
        outbox.c.recipient == address.sender,
    )


def _only_language(there: Any) -> dict[str, Any]:
    return {"language": there.language} if there.language else {}


def _names(address: Address) -> dict[str, str]:
    return {"channel": address.channel, "account": address.account, "sender": address.sender}

"""One talk is put behind another: its lines, its dialogue, its place in the queue, and whoever waits there.

A visitor who signs in takes what was said along; an address that is linked to a customer brings its talk into theirs.
Turns that run meanwhile in either lose their lease and run again where their message is now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from bot.conversations import Owner
from bot.store.tables import (
    approvals,
    buttons,
    conversations,
    events,
    handoffs,
    identities,
    inbox,
    notes,
    outbox,
    ratings,
    repeats,
    spoken,
    thumbs,
)
from bot.store.tables import lines as log

_c = conversations.c
_HOME = (
    select(conversations)
    .join(identities, identities.c.customer_id == _c.customer_id)
    .where(
        identities.c.channel == bindparam("channel"),
        identities.c.account == bindparam("account"),
        identities.c.external_id == bindparam("sender"),
    )
    .order_by(_c.created_at.desc())
    .limit(1)
)


def join(connection: Connection, visitor: str, customer: str, *, channel: str, account: str) -> str | None:
    """Make the anonymous talk of sender `visitor` the talk of sender `customer`; the conversation, or None without one.

    When the customer has a talk already, on another device perhaps, the anonymous one is put behind it. What an
    anonymous visitor had proven stays behind: the customer is signed in.
    """
    address = {"channel": channel, "account": account}
    here = locked_home(connection, {**address, "sender": visitor})
    there = locked_home(connection, {**address, "sender": customer})
    if here is None:
        return None if there is None else str(there.id)
    identity = {"channel": channel, "account": account, "external_id": visitor}
    if there is None:
        connection.execute(update(identities).filter_by(**identity).values(external_id=customer))
        _give(connection, here.id, here.id, visitor, customer)
        return str(here.id)
    connection.execute(delete(identities).filter_by(**identity))
    move(connection, here, there)
    _give(connection, there.id, here.id, visitor, customer)
    return str(there.id)


def locked_home(connection: Connection, sender: Mapping[str, str]) -> Any:
    """The row of the conversation of `channel`, `account` and `sender`, locked; None when there is none."""
    found = connection.execute(_HOME, sender).one_or_none()
    if found is None:
        return None
    row = connection.execute(select(conversations).where(_c.id == found.id).with_for_update()).one()
    again = connection.execute(_HOME, sender).one_or_none()  # another tab may have joined them while we waited
    return row if again is not None and again.id == row.id else None


def overtake(connection: Connection, *talks: str) -> None:
    """Whoever runs a turn there writes nothing more. It was no fault of the message, so the try does not count."""
    begun = inbox.c.conversation_id.in_(talks), inbox.c.state == "working", inbox.c.tries > 0
    connection.execute(update(inbox).where(*begun).values(tries=inbox.c.tries - 1))
    passed = update(conversations).where(_c.id.in_(talks))
    connection.execute(passed.values(fence=_c.fence + 1, lease_holder=None))


def _give(connection: Connection, home: str, overtaken: str, visitor: str, customer: str) -> None:
    """Whatever `visitor` sent or waits for is the customer's; running turns are overtaken."""
    mine = inbox.c.conversation_id == home, inbox.c.sender == visitor
    connection.execute(update(inbox).where(*mine).values(sender=customer))
    theirs = outbox.c.conversation_id == home, outbox.c.recipient == visitor
    connection.execute(update(outbox).where(*theirs).values(recipient=customer))
    overtake(connection, home, overtaken)


def move(connection: Connection, here: Any, there: Any, *, goes_on: bool = True) -> dict[str, Any]:
    """Put all that is in `here` behind all that is in `there`; what moved, so that it can go back.

    Both are locked rows of conversations. The dialogue of `here` goes on, or, without `goes_on`, that of `there`.
    """
    by_line, by_event, by_episode = there.last_line, there.last_event, there.episode
    moved = {"conversation_id": there.id}
    came = {
        "episodes": [by_episode + 1, by_episode + here.episode],
        "handoffs": _ids(connection, handoffs, here.id),
        "approvals": _ids(connection, approvals, here.id),
    }
    _move_log(connection, here.id, there.id, by_line)
    own = inbox.c.conversation_id == here.id
    connection.execute(
        update(inbox).where(own).values(**moved, line=inbox.c.line + by_line, episode=inbox.c.episode + by_episode)
    )
    connection.execute(
        update(outbox).where(outbox.c.conversation_id == here.id).values(**moved, episode=outbox.c.episode + by_episode)
    )
    connection.execute(
        update(events)
        .where(events.c.conversation_id == here.id)
        .values(**moved, seq=events.c.seq + by_event, episode=events.c.episode + by_episode)
    )
    connection.execute(
        update(ratings)
        .where(ratings.c.conversation_id == here.id)
        .values(**moved, episode=ratings.c.episode + by_episode)
    )
    for table in (buttons, handoffs, approvals, repeats):
        connection.execute(update(table).where(table.c.conversation_id == here.id).values(**moved))
    connection.execute(
        update(notes).where(notes.c.conversation_id == here.id).values(**moved, after_line=notes.c.after_line + by_line)
    )
    connection.execute(
        update(spoken).where(spoken.c.conversation_id == here.id).values(**moved, seq=spoken.c.seq + by_line)
    )
    waits = Owner(there.owner) in (Owner.QUEUE, Owner.AGENT)  # a person has the customer's talk, and keeps it
    has_person = Owner(here.owner) in (Owner.QUEUE, Owner.AGENT)
    connection.execute(
        update(conversations)
        .where(_c.id == there.id)
        .values(
            owner=here.owner if not waits and (goes_on or has_person) else there.owner,
            last_event=there.last_event + here.last_event + 1,  # workers must see that what they remember is old
            last_line=there.last_line + here.last_line,
            read_by_us=max(there.read_by_us, here.read_by_us and here.read_by_us + by_line),
            read_by_customer=max(there.read_by_customer, here.read_by_customer and here.read_by_customer + by_line),
            **(_goes_on(here, there) if goes_on else _comes_back(connection, there, by_episode + here.episode + 1)),
        )
    )
    connection.execute(
        update(conversations)
        .where(_c.id == here.id)
        .values(last_line=0, last_event=0, read_by_us=0, read_by_customer=0, owner=Owner.BOT)
    )
    return came


def _goes_on(here: Any, there: Any) -> dict[str, Any]:
    """The dialogue that came goes on."""
    return {
        "language": here.language or there.language,
        "episode": there.episode + here.episode,
        "episode_started_at": here.episode_started_at,
        "episode_turns": here.episode_turns,
        "last_activity_at": here.last_activity_at,
        "carry": {**there.carry, **here.carry},
    }


def _comes_back(connection: Connection, there: Any, episode: int) -> dict[str, Any]:
    """The dialogue that was there goes on behind what came: its episode gets a newer number."""
    for table in (events, inbox, outbox, ratings):
        now = (table.c.conversation_id == there.id) & (table.c.episode == there.episode)
        connection.execute(update(table).where(now).values(episode=episode))
    return {"episode": episode}


def _ids(connection: Connection, table: Any, talk: str) -> list[str]:
    return list(connection.execute(select(table.c.id).where(table.c.conversation_id == talk)).scalars())


def _move_log(connection: Connection, here: str, there: str, by: int) -> None:
    """The lines, and the thumbs that point at them: taken up and put down, since neither can go first."""
    liked = connection.execute(delete(thumbs).where(thumbs.c.conversation_id == here).returning(thumbs)).all()
    connection.execute(
        update(log).where(log.c.conversation_id == here).values(conversation_id=there, seq=log.c.seq + by)
    )
    rows = [{**row._mapping, "conversation_id": there, "seq": row.seq + by} for row in liked]
    if rows:
        connection.execute(thumbs.insert(), rows)

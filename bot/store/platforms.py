"""What platforms make us remember: access tokens, pushes that were seen, and whom we may still write to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, delete, or_, select, update

from bot.errors import BadMessage
from bot.messages import Address
from bot.store import arrivals
from bot.store.database import insert_missing, upsert
from bot.store.tables import conversations, identities, outbox, platform_tokens, pushes, reach

SEEN = timedelta(hours=1)
"""How long a push is remembered: longer than any window within which its time is taken for now."""
Clock = Callable[[Connection], float]

_t, _r = platform_tokens.c, reach.c


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    expires_at: datetime
    version: int
    forced_at: datetime | None
    """When the platform was last made to give another one before its time."""


class Room(StrEnum):
    """Whether a customer may be sent one more message."""

    OPEN = "open"
    USED_UP = "used up"
    """Until they do something again."""
    CLOSED = "closed"
    """They did nothing for so long that the platform takes no more."""
    GONE = "gone"
    """They left."""
    ELSEWHERE = "elsewhere"
    """Somebody serves them on the platform itself."""


# --- access tokens


def token_of(connection: Connection, name: str) -> Token | None:
    row = connection.execute(select(platform_tokens).where(_t.name == name)).one_or_none()
    if row is None or row.expires_at is None:
        return None
    return Token(row.token, row.expires_at, row.version, row.forced_at)


def take_refresh(connection: Connection, name: str, version: int, *, clock: Clock, seconds: float) -> bool:
    """Whether it is for the caller to fetch the token that follows `version`: for one of all workers at a time."""
    now = clock(connection)
    insert_missing(connection, platform_tokens, {"name": name}, {"lease_until": 0.0})
    mine = (
        update(platform_tokens)
        .where(_t.name == name, _t.version == version, or_(_t.lease_until <= now, _t.lease_until > now + 2 * seconds))
        .values(lease_until=now + seconds)
    )
    return connection.execute(mine).rowcount == 1


def put_token(
    connection: Connection, name: str, version: int, value: str, *, expires_at: datetime, forced_at: datetime | None
) -> bool:
    """Keep the token that follows `version`; False when there is a newer one already, which stays."""
    values = {
        "token": value,
        "expires_at": expires_at,
        "version": version + 1,
        "forced_at": forced_at,
        "lease_until": 0.0,
    }
    row = update(platform_tokens).where(_t.name == name, _t.version == version).values(**values)
    return connection.execute(row).rowcount == 1


def drop_refresh(connection: Connection, name: str, version: int) -> None:
    """The token was not to be had: let another try."""
    row = update(platform_tokens).where(_t.name == name, _t.version == version)
    connection.execute(row.values(lease_until=0.0))


# --- pushes that were seen


@dataclass(frozen=True, slots=True)
class Signed:
    """A push as its signature names it."""

    digest: str
    """Of the signature."""
    body: str
    """Of the body."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a platform repeats itself."""

    times: int
    """How often a push may come in all."""
    lasts: timedelta
    """From the first time to the last."""


def note_push(connection: Connection, push: Signed, patience: Patience, *, now: datetime) -> None:
    """Note that a push came. The first body that comes with a signature is the only one.

    Raises:
        BadMessage: it came with another body before, or too often, or too long ago.
    """
    known = connection.execute(select(pushes).where(pushes.c.digest == push.digest).with_for_update()).one_or_none()
    if known is None:
        connection.execute(delete(pushes).where(pushes.c.at < now - SEEN))
        upsert(connection, pushes, {"digest": push.digest}, {"body": push.body, "times": 1, "at": now})
        return
    if known.body != push.body:
        raise BadMessage("another body came with this signature before", status=403)
    if known.times >= patience.times or now - known.at > patience.lasts:
        raise BadMessage("this push has come before", status=403)
    connection.execute(update(pushes).where(pushes.c.digest == push.digest).values(times=known.times + 1))


# --- whom we may still write to


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a customer's doing lets us send."""

    messages: int
    lasts: timedelta


def hear(
    connection: Connection,
    push: Signed,
    patience: Patience,
    who: Address,
    *,
    allowed: Allowance | None,
    left: bool,
    now: datetime,
) -> bool:
    """A customer did something: what it lets us send, and whether something of theirs waits that comes first.

    Raises:
        BadMessage: this push has come before.
    """
    note_push(connection, push, patience, now=now)
    if left:
        leave(connection, who, now=now)
    if allowed is not None:
        trigger(connection, who, allowed, now=now)
    return arrivals.waits(connection, who)


def trigger(connection: Connection, who: Address, allowed: Allowance, *, now: datetime) -> None:
    """The customer did something that lets us send them messages; what was put off is due now."""
    until = now + allowed.lasts
    values = {"used": 0, "most": allowed.messages, "until": until, "heard_at": now, "gone": False}
    upsert(connection, reach, _key(who), values)
    connection.execute(
        update(outbox)
        .where(
            outbox.c.conversation_id.in_(_conversations_of(who)),
            outbox.c.state == "queued",
            outbox.c.error.is_not(None),
            outbox.c.due > 0,
        )
        .values(due=0.0)
    )


def spend(connection: Connection, who: Address, *, now: datetime) -> Room:
    """Count one message that is about to be sent; anything but OPEN says that it cannot be."""
    mine = _at(who)
    free = update(reach).where(*mine, _r.used < _r.most, _r.until > now, ~_r.gone, ~_r.elsewhere)
    if connection.execute(free.values(used=_r.used + 1)).rowcount == 1:
        return Room.OPEN
    row = connection.execute(select(reach).where(*mine)).one_or_none()
    if row is None:  # from before we counted: the platform knows
        return Room.OPEN
    if row.gone:
        return Room.GONE
    if row.elsewhere:
        return Room.ELSEWHERE
    return Room.CLOSED if row.until <= now else Room.USED_UP


def unspend(connection: Connection, who: Address) -> None:
    """It was not sent after all."""
    connection.execute(update(reach).where(*_at(who)).values(used=case((_r.used > 0, _r.used - 1), else_=0)))


def use_up(connection: Connection, who: Address) -> None:
    """The platform says that it takes no more until they do something again."""
    connection.execute(update(reach).where(*_at(who)).values(used=_r.most))


def close(connection: Connection, who: Address, *, now: datetime) -> None:
    """The platform says that they did nothing for too long."""
    connection.execute(update(reach).where(*_at(who)).values(until=now))


def leave(connection: Connection, who: Address, *, now: datetime) -> None:
    """They left: nothing more is sent, not even what waits."""
    values = {"used": 0, "most": 0, "until": now, "heard_at": now, "gone": True}
    upsert(connection, reach, _key(who), values)
    waiting = update(outbox).where(outbox.c.conversation_id.in_(_conversations_of(who)), outbox.c.state == "queued")
    connection.execute(waiting.values(state="dead", error="CustomerLeft: they left the channel"))


def serve_elsewhere(connection: Connection, who: Address, elsewhere: bool, *, now: datetime) -> None:
    """Whether somebody serves them on the platform itself, past us."""
    known = connection.execute(select(_r.sender).where(*_at(who))).first()
    values = {"elsewhere": elsewhere}
    if known is None:
        upsert(connection, reach, _key(who), {"used": 0, "most": 0, "until": now, "heard_at": now, **values})
    else:
        connection.execute(update(reach).where(*_at(who)).values(**values))


def is_elsewhere(connection: Connection, who: Address) -> bool:
    return bool(connection.execute(select(_r.elsewhere).where(*_at(who))).scalar_one_or_none())


def offer(connection: Connection, who: Address, tokens: Sequence[str]) -> None:
    """These buttons were shown as a numbered list, or none any more."""
    connection.execute(update(reach).where(*_at(who)).values(offered=list(tokens)))


def offered(connection: Connection, who: Address) -> list[str]:
    """The buttons of the list that was shown last."""
    return connection.execute(select(_r.offered).where(*_at(who))).scalar_one_or_none() or []


# --- what was taken and could not be delivered


def fail_sent(connection: Connection, who: Address, platform_id: str, *, error: str) -> bool:
    """The platform could not deliver what it had taken; False when it is nothing of ours."""
    late = update(outbox).where(
        outbox.c.conversation_id.in_(_conversations_of(who)),
        outbox.c.platform_id == platform_id,
        outbox.c.state == "sent",
    )
    return connection.execute(late.values(state="dead", error=error)).rowcount > 0


def _key(who: Address) -> dict[str, str]:
    return {"channel": who.channel, "account": who.account, "sender": who.sender}


def _at(who: Address) -> tuple[ColumnElement[bool], ...]:
    return (_r.channel == who.channel, _r.account == who.account, _r.sender == who.sender)


def _conversations_of(who: Address) -> Select[Any]:
    return (
        select(conversations.c.id)
        .join(identities, identities.c.customer_id == conversations.c.customer_id)
        .where(
            identities.c.channel == who.channel,
            identities.c.account == who.account,
            identities.c.external_id == who.sender,
        )
    )

"""What goes to customers: one row per bubble, committed together with the turn that made it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Float, Row, and_, bindparam, case, func, literal, or_, select, true, update

from bot.errors import LeaseLost
from bot.store.inbox import UNFINISHED
from bot.store.tables import buttons, inbox, outbox
from bot.store.tables import lines as log


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    """Not delivered, and not tried again."""


UNSENT = (DeliveryState.QUEUED, DeliveryState.SENDING)
LONGEST_WAIT_SECONDS = 3600.0
"""Nothing is put off for longer than this."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A bubble taken out of the outbox to be sent."""

    number: int
    fence: int
    conversation: str
    channel: str
    account: str
    recipient: str
    data: Mapping[str, Any]
    failures: int
    """How often it could not be delivered so far."""
    created_at: datetime
    pieces: int = 0
    """How many of its pieces the platform has, when it goes out in several."""

    @property
    def key(self) -> str:
        """Names the bubble for ever: a platform that knows it may throw the repeat away."""
        return f"{self.conversation}-{self.number}"


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A bubble that needs somebody's eye."""

    number: int
    conversation: str
    channel: str
    state: DeliveryState
    uncertain: bool
    failures: int
    error: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a transcript."""

    who: str
    """customer, bot, agent or system."""
    text: str
    at: datetime
    channel: str = ""
    level: str | None = None
    """What the customer had proven by then: L0 to L3."""


def answers_to(connection: Connection, message: int) -> list[Mapping[str, Any]] | None:
    """The bubbles that answer a message, in order; None while it is not answered yet."""
    state = connection.execute(select(inbox.c.state).where(inbox.c.id == message)).scalar_one()
    if state in UNFINISHED:
        return None
    query = select(outbox.c.data).where(outbox.c.inbox_id == message).order_by(outbox.c.part)
    return list(connection.execute(query).scalars())


def transcript(connection: Connection, conversation: str, episode: int) -> list[Said]:
    """What was said in an episode, as both sides saw it, oldest first."""
    heard = connection.execute(
        select(inbox.c.text, inbox.c.files, buttons.c.title, inbox.c.received_at, inbox.c.channel, inbox.c.level)
        .outerjoin(buttons, (buttons.c.id == inbox.c.button) & (buttons.c.conversation_id == conversation))
        .where(inbox.c.conversation_id == conversation, inbox.c.episode == episode)
        .order_by(inbox.c.id)
    )
    said = connection.execute(
        select(outbox.c.data, outbox.c.created_at, outbox.c.channel, log.c.who)
        .outerjoin(log, log.c.outbox_id == outbox.c.id)
        .where(outbox.c.conversation_id == conversation, outbox.c.episode == episode)
        .order_by(outbox.c.id)
    )
    lines = [Said("customer", _heard(row), row.received_at, row.channel, row.level) for row in heard]
    lines += [Said(row.who or "bot", str(row.data.get("text") or ""), row.created_at, row.channel) for row in said]
    return sorted(lines, key=lambda line: line.at)


def _heard(row: Any) -> str:
    files = [f"[{file['name']}]" for file in row.files or ()]
    return " ".join([*filter(None, [row.title or row.text]), *files])


# Built once: building a statement costs more than running it.
_o = outbox.c
_moment, _lasts = bindparam("moment", type_=Float), bindparam("lasts", type_=Float)
_DUE = or_(_o.due <= _moment, _o.due > _moment + LONGEST_WAIT_SECONDS)  # the latter is left from before a reboot
_OLDEST_UNSENT = (
    select(func.min(_o.id)).where(_o.conversation_id == bindparam("conversation"), _o.state.in_(UNSENT))
).scalar_subquery()
_SENDING = and_(_o.state == DeliveryState.SENDING, _o.channel.not_in(bindparam("deduplicating", expanding=True)))
_TAKE = (
    update(outbox)
    .where(_o.id == _OLDEST_UNSENT, _o.state.in_(UNSENT), _DUE)
    .values(
        state=DeliveryState.SENDING,
        due=_moment + _lasts,
        fence=_o.fence + 1,
        uncertain=case((_SENDING, true()), else_=_o.uncertain),
    )
    .returning(outbox)
)
_MINE = update(outbox).where(
    _o.id == bindparam("number"), _o.fence == bindparam("held_fence"), _o.state == DeliveryState.SENDING
)


def take(
    connection: Connection,
    conversation: str,
    *,
    deduplicating: Collection[str],
    lease_clock: Callable[[Connection], float],
    lease_seconds: float,
) -> Parcel | None:
    """The oldest bubble that is not sent yet; None when it is not due, or somebody else is sending it.

    Only the oldest: what comes after it waits. When whoever had it before has not said what became of it, it may be
    there already. Channels in `deduplicating` throw a repeat away; on others it is noted down first.
    """
    taken = connection.execute(
        _TAKE,
        {
            "conversation": conversation,
            "moment": lease_clock(connection),
            "lasts": lease_seconds,
            "deduplicating": list(deduplicating) or [""],
        },
    ).one_or_none()
    return None if taken is None else _parcel(taken)


def delivered(connection: Connection, parcel: Parcel, *, platform_id: str | None, now: datetime) -> None:
    """The platform has it.

    Raises:
        LeaseLost: somebody else is sending it by now.
    """
    _mark(connection, parcel, state=DeliveryState.SENT, platform_id=platform_id, sent_at=now, error=None)


def advanced(connection: Connection, parcel: Parcel) -> None:
    """The platform has one more piece of it; the next one is due.

    Raises:
        LeaseLost: somebody else is sending it by now.
    """
    _mark(connection, parcel, state=DeliveryState.QUEUED, due=0.0, pieces=parcel.pieces + 1, tries=0, error=None)


def put_back(
    connection: Connection,
    parcel: Parcel,
    *,
    error: str,
    failures: int,
    uncertain: bool,
    wait_seconds: float,
    lease_clock: Callable[[Connection], float],
) -> None:
    """Send it again later.

    Raises:
        LeaseLost: somebody else is sending it by now.
    """
    due = lease_clock(connection) + min(wait_seconds, LONGEST_WAIT_SECONDS)
    noted = {"uncertain": literal(value=True)} if uncertain else {}
    _mark(connection, parcel, state=DeliveryState.QUEUED, due=due, tries=failures, error=error, **noted)


def set_aside(connection: Connection, parcel: Parcel, *, error: str, failures: int) -> None:
    """Do not try again.

    Raises:
        LeaseLost: somebody else is sending it by now.
    """
    _mark(connection, parcel, state=DeliveryState.DEAD, tries=failures, error=error)


def set_all_aside(connection: Connection, parcel: Parcel, *, error: str) -> None:
    """Send nothing more of what waits for this recipient."""
    set_aside(connection, parcel, error=error, failures=parcel.failures)
    connection.execute(
        update(outbox)
        .where(
            _o.conversation_id == parcel.conversation,
            _o.state == DeliveryState.QUEUED,
            _o.channel == parcel.channel,
            _o.recipient == parcel.recipient,
        )
        .values(state=DeliveryState.DEAD, error=error)
    )


def undelivered(connection: Connection, *, lease_clock: Callable[[Connection], float], limit: int = 1000) -> list[str]:
    """Conversations whose oldest unsent bubble is due, the longest waiting first."""
    oldest = select(func.min(_o.id)).where(_o.state.in_(UNSENT)).group_by(_o.conversation_id)
    query = select(_o.conversation_id).where(_o.id.in_(oldest), _DUE).order_by(_o.id).limit(limit)
    return list(connection.execute(query, {"moment": lease_clock(connection)}).scalars())


def to_look_at(connection: Connection) -> list[Undelivered]:
    """Bubbles that were set aside, and those that may have arrived twice, oldest first."""
    query = select(outbox).where(or_(_o.state == DeliveryState.DEAD, _o.uncertain)).order_by(_o.id)
    return [
        Undelivered(
            number=row.id,
            conversation=row.conversation_id,
            channel=row.channel,
            state=DeliveryState(row.state),
            uncertain=row.uncertain,
            failures=row.tries,
            error=row.error or "",
            created_at=row.created_at,
        )
        for row in connection.execute(query)
    ]


def resend(connection: Connection, number: int) -> bool:
    """Queue a bubble that was set aside; False when it is not one."""
    again = update(outbox).where(_o.id == number, _o.state == DeliveryState.DEAD)
    return connection.execute(again.values(state=DeliveryState.QUEUED, tries=0, due=0.0)).rowcount == 1


def _mark(connection: Connection, parcel: Parcel, **values: Any) -> None:
    mine = {"number": parcel.number, "held_fence": parcel.fence}
    if connection.execute(_MINE.values(**values), mine).rowcount != 1:
        raise LeaseLost(parcel.conversation)


def _parcel(row: Row[Any]) -> Parcel:
    return Parcel(
        number=row.id,
        fence=row.fence,
        conversation=row.conversation_id,
        channel=row.channel,
        account=row.account,
        recipient=row.recipient,
        data=row.data,
        failures=row.tries,
        created_at=row.created_at,
        pieces=row.pieces,
    )

"""Taking a conversation, and leaving it: the lease, the fencing number, and the one transaction that ends a turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Float, Row, bindparam, insert, or_, select, update

from bot.conversations import Owner, may_move
from bot.errors import LeaseLost
from bot.messages import Address, Inbound
from bot.store import handoffs as queue
from bot.store import lines, linking, passive, proofs, talks
from bot.store.inbox import UNFINISHED, MessageState, Receipt, moved, record
from bot.store.lines import Entry
from bot.store.proofs import Proof
from bot.store.tables import buttons, conversations, customers, events, inbox, outbox, repeats


@dataclass(frozen=True, slots=True)
class Lease:
    """How a worker holds conversations."""

    holder: str
    """The worker's name, which no other has."""
    seconds: float
    clock: Callable[[Connection], float]
    """Seconds on a clock that all workers share: `Database.lease_clock`."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message taken from the inbox to be answered."""

    number: int
    key: str
    """Names the turn for ever; a replayed turn has the same."""
    channel: str
    account: str
    sender: str
    text: str
    button: str | None
    signed_in_as: str | None
    signed_in_at: datetime | None
    remote_address: str | None
    tries: int
    """How often it was taken, this time included."""
    error: str
    """What went wrong the last time; empty at first."""
    received_at: datetime
    has_files: bool = False
    line: int | None = None
    """Its place in the conversation's log; None for a replayed copy, which has none of its own."""
    in_group: bool = False
    """Others read along."""

    @property
    def address(self) -> Address:
        return Address(self.channel, self.account, self.sender)


@dataclass(frozen=True, slots=True)
class Claim:
    """A conversation held by one worker, and its oldest unfinished message."""

    conversation: str
    customer: str
    holder: str
    fence: int
    owner: Owner
    language: str | None
    signed_in_as: str | None
    episode: int
    episode_started_at: datetime
    episode_turns: int
    last_activity_at: datetime
    last_event: int
    carry: Mapping[str, Any]
    message: Message
    events: Sequence[Mapping[str, Any]]
    """The episode's events, oldest first; empty when they were not read."""
    events_read: bool
    """False when the caller knows the events already."""
    payload: str | None
    """What the pressed button means; None without a button and for one that means nothing here."""
    place: queue.Place | None
    """The place in the queue, while the conversation waits for a person."""
    before: Address | None = None
    """Where the message before this one came from."""
    proofs: Sequence[Proof] | None = None
    """What was proven at the message's address; None when it was not read."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One reply as it is stored and sent: buttons are opaque by now."""

    data: Mapping[str, Any]
    sent: bool
    """The webhook's response carries it; nothing is left to send."""


@dataclass(frozen=True, slots=True)
class StoredButton:
    token: str
    title: str
    payload: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a turn leaves behind; committed as a whole or not at all."""

    state: MessageState
    owner: Owner
    episode: int
    new_events: Sequence[Mapping[str, Any]] = ()
    bubbles: Sequence[Bubble] = ()
    new_buttons: Sequence[StoredButton] = ()
    hold_seconds: float = 0.0
    """How long its bubbles wait for the webhook's own response, unless that has gone already (`bot.store.passive`)."""
    language: str | None = None
    signed_in_as: str | None = None
    carry: Mapping[str, Any] = field(default_factory=dict)
    handoff: queue.StoredHandoff | None = None
    """A new place in the queue."""
    heard: queue.Heard | None = None
    """What this message means for the place in the queue that there is already."""
    stars: int | None = None
    """What the customer thinks of the talk that has ended."""
    repeated: Sequence[str] = ()
    """What the bot asked for though it was known."""
    error: str | None = None
    level: str | None = None
    """What was proven by then: L0 to L3."""
    notices: Sequence[tuple[Address, Bubble]] = ()
    """What the customer is told on other channels of theirs."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A turn is committed."""

    last_event: int
    more: bool
    """Another message of the conversation waits."""


CLOCK_SLACK = 60.0
"""Seconds that one worker may have waited for a row since it looked at the clock, while another took a lease."""

# Built once: building a statement costs more than running it.
_c = conversations.c
_moment, _lasts = bindparam("moment", type_=Float), bindparam("lasts", type_=Float)
_HOLD = (
    update(conversations)
    .where(
        _c.id == bindparam("conversation"),
        or_(
            _c.lease_holder.is_(None),
            _c.lease_until <= _moment,
            _c.lease_until > _moment + _lasts + CLOCK_SLACK,  # left from before a reboot
        ),
    )
    .values(lease_holder=bindparam("holder"), lease_until=_moment + _lasts, fence=_c.fence + 1)
    .returning(conversations)
)
_HELD = update(conversations).where(
    _c.id == bindparam("conversation"), _c.fence == bindparam("held_fence"), _c.lease_holder == bindparam("holder")
)
_OLDEST = (
    select(inbox.c.id)
    .where(inbox.c.conversation_id == bindparam("conversation"), inbox.c.state.in_(UNFINISHED))
    .order_by(inbox.c.id)
    .limit(1)
)
_TAKE_OLDEST = (
    update(inbox)
    .where(inbox.c.id == _OLDEST.scalar_subquery())
    .values(state=MessageState.WORKING, tries=inbox.c.tries + 1)
    .returning(inbox)
)
_BEFORE = (
    select(inbox.c.channel, inbox.c.account, inbox.c.sender)
    .where(inbox.c.conversation_id == bindparam("conversation"), inbox.c.id < bindparam("number"))
    .order_by(inbox.c.id.desc())
    .limit(1)
)
_MESSAGE = update(inbox).where(inbox.c.id == bindparam("message"))
_EVENTS_OF = (
    select(events.c.data)
    .where(events.c.conversation_id == bindparam("conversation"), events.c.episode == bindparam("episode"))
    .order_by(events.c.seq)
)
_PRESSED = select(buttons.c.payload).where(
    buttons.c.id == bindparam("token"),
    buttons.c.conversation_id == bindparam("conversation"),
    buttons.c.expires_at > bindparam("now"),
)
_ADD_EVENTS, _ADD_BUTTONS = insert(events), insert(buttons)
_ADD_BUBBLES = insert(outbox).returning(outbox.c.id, sort_by_parameter_order=True)


def receive(
    connection: Connection,
    message: Inbound,
    *,
    signed_in_as: str | None,
    signed_in_at: datetime | None,
    lease: Lease,
    now: datetime,
    known: tuple[str | None, int],
    busy: bool = False,
) -> tuple[Receipt, Claim | None]:
    """Store a message and, when nobody holds its conversation, take it at once: one commit instead of two.

    `known` is the conversation that the caller expects, and the newest event of it that they remember. A `busy` caller
    cannot begin with the message now, and leaves it to whoever comes first.
    """
    wish = None
    if signed_in_as is not None and not message.in_group:
        wish = linking.Wish(message.address, signed_in_as, linking.SIGN_IN, signed_in_at or now)
    is_linked = wish is None or linking.sign_in(connection, wish, now=now)
    receipt = record(connection, message, now=now, signed_in_as=signed_in_as, signed_in_at=signed_in_at)
    if wish is not None and not is_linked:
        home = linking.link(connection, wish, now=now)
        if home != receipt.conversation:  # another device of theirs was quicker
            receipt = moved(connection, receipt, home)
    if message.hint:
        linking.hint(connection, message.address, message.hint)
    if not receipt.fresh or busy:
        return receipt, None
    expected, event = known
    known_event = event if expected == receipt.conversation else -1
    return receipt, claim(connection, receipt.conversation, lease=lease, now=now, known_event=known_event)


def claim(connection: Connection, conversation: str, *, lease: Lease, now: datetime, known_event: int) -> Claim | None:
    """Take the conversation and its oldest unfinished message; None when nothing waits or the conversation is held.

    `known_event` is the newest event the caller remembers: when there is no newer one, none are read.
    """
    times = {"moment": lease.clock(connection), "lasts": lease.seconds}
    holder = lease.holder
    held = connection.execute(_HOLD, {"conversation": conversation, "holder": holder, **times}).one_or_none()
    if held is None:
        return None
    row = connection.execute(_TAKE_OLDEST, {"conversation": conversation}).one_or_none()
    if row is None:
        connection.execute(
            _HELD, {"conversation": conversation, "held_fence": held.fence, "holder": holder, "lease_holder": None}
        )
        return None
    read = held.last_event != known_event
    message = _message(row)
    return Claim(
        conversation=conversation,
        customer=held.customer_id,
        holder=holder,
        fence=held.fence,
        owner=Owner(held.owner),
        language=held.language,
        signed_in_as=held.signed_in_as,
        episode=held.episode,
        episode_started_at=held.episode_started_at,
        episode_turns=held.episode_turns,
        last_activity_at=held.last_activity_at,
        last_event=held.last_event,
        carry=held.carry,
        message=message,
        events=events_of(connection, conversation, held.episode) if read else (),
        events_read=read,
        payload=_pressed(connection, conversation, row.button, now=now) if row.button else None,
        place=queue.waiting_place(connection, conversation) if held.owner == Owner.QUEUE else None,
        before=_before(connection, conversation, row.id),
        proofs=proofs.noted(connection, message.address.key),
    )


def release(connection: Connection, holders: Sequence[str]) -> None:
    """End the leases of workers that are known to be dead, so that nobody has to wait for them to run out."""
    connection.execute(update(conversations).where(_c.lease_holder.in_(holders)).values(lease_holder=None))


def renew(connection: Connection, claim: Claim, *, lease: Lease) -> None:
    """Hold the conversation longer.

    Raises:
        LeaseLost: another worker took it.
    """
    _fenced(connection, claim, lease_until=lease.clock(connection) + lease.seconds)


def give_back(connection: Connection, claim: Claim, *, error: str) -> None:
    """Let go of a message that could not be answered this time.

    Raises:
        LeaseLost: another worker took it.
    """
    _fenced(connection, claim, lease_holder=None)
    connection.execute(_MESSAGE, {"message": claim.message.number, "state": MessageState.RECEIVED, "error": error})


def finish(
    connection: Connection,
    claim: Claim,
    outcome: Outcome,
    *,
    now: datetime,
    clock: Callable[[Connection], float] | None = None,
) -> Finished:
    """Commit a turn and let the conversation go. `clock` is the lease clock, for bubbles that wait.

    Raises:
        LeaseLost: another worker took the conversation meanwhile; nothing is written.
    """
    message = claim.message
    if not may_move(claim.owner, outcome.owner):
        raise ValueError(f"a conversation may not pass from {claim.owner} to {outcome.owner}")
    new_episode = outcome.episode != claim.episode
    last_event = claim.last_event + len(outcome.new_events)
    bot_heard = outcome.owner is Owner.BOT or claim.owner not in (Owner.QUEUE, Owner.AGENT)
    read = {"read_by_us": message.line} if message.line and bot_heard else {}
    _fenced(
        connection,
        claim,
        lease_holder=None,
        owner=outcome.owner,
        language=outcome.language,
        signed_in_as=outcome.signed_in_as,
        episode=outcome.episode,
        episode_started_at=message.received_at if new_episode else claim.episode_started_at,
        episode_turns=1 if new_episode else claim.episode_turns + 1,
        last_activity_at=message.received_at,
        last_event=last_event,
        carry=dict(outcome.carry),
        **read,
    )
    done = {"state": outcome.state, "episode": outcome.episode, "error": outcome.error, "done_at": now}
    if outcome.level is not None:
        done["level"] = outcome.level
    connection.execute(_MESSAGE, {"message": message.number, **done})
    if outcome.signed_in_as not in (None, claim.signed_in_as):
        connection.execute(
            update(customers).where(customers.c.id == claim.customer).values(shop_customer_id=outcome.signed_in_as)
        )
    if outcome.new_events:
        rows = [
            {
                "conversation_id": claim.conversation,
                "seq": claim.last_event + place,
                "episode": outcome.episode,
                "type": event["event"],
                "data": event,
            }
            for place, event in enumerate(outcome.new_events, start=1)
        ]
        connection.execute(_ADD_EVENTS, rows)
    holds = clock is not None and outcome.hold_seconds and passive.is_awaited(connection, message.number)
    due = clock(connection) + outcome.hold_seconds if clock and holds else 0.0
    _add_bubbles(connection, claim, outcome, now=now, due=due)
    if outcome.notices:
        connection.execute(insert(outbox), [_notice(claim, outcome, *each, now=now) for each in outcome.notices])
    if outcome.stars is not None:
        talks.rate(connection, claim.conversation, stars=outcome.stars, text="", now=now)
    if outcome.repeated:
        rows = [
            {"conversation_id": claim.conversation, "who": "bot", "field": each, "at": now} for each in outcome.repeated
        ]
        connection.execute(insert(repeats), rows)
    if outcome.heard is not None:
        queue.note(connection, claim.conversation, outcome.heard, now=now)
    if outcome.handoff is not None:
        queue.enqueue(connection, claim.conversation, outcome.handoff, now=now)
    more = connection.execute(_OLDEST, {"conversation": claim.conversation}).first() is not None
    return Finished(last_event, more)


def events_of(connection: Connection, conversation: str, episode: int) -> list[dict[str, Any]]:
    """The dialogue events of one episode, oldest first."""
    rows = connection.execute(_EVENTS_OF, {"conversation": conversation, "episode": episode})
    return list(rows.scalars())


def _pressed(connection: Connection, conversation: str, token: str, *, now: datetime) -> str | None:
    """What a button means; None when it is unknown, another conversation's, or too old."""
    row = {"token": token, "conversation": conversation, "now": now}
    return connection.execute(_PRESSED, row).scalar_one_or_none()


def _before(connection: Connection, conversation: str, number: int) -> Address | None:
    row = connection.execute(_BEFORE, {"conversation": conversation, "number": number}).one_or_none()
    return None if row is None else Address(*row)


def _notice(claim: Claim, outcome: Outcome, to: Address, bubble: Bubble, *, now: datetime) -> dict[str, Any]:
    return {
        "conversation_id": claim.conversation,
        "episode": outcome.episode,
        "part": 0,
        "channel": to.channel,
        "account": to.account,
        "recipient": to.sender,
        "data": dict(bubble.data),
        "state": "queued",
        "tries": 0,
        "created_at": now,
    }


def _message(row: Row[Any]) -> Message:
    return Message(
        number=row.id,
        key=row.key,
        channel=row.channel,
        account=row.account,
        sender=row.sender,
        text=row.text,
        button=row.button,
        has_files=bool(row.files),
        signed_in_as=row.signed_in_as,
        signed_in_at=row.signed_in_at,
        remote_address=row.remote_address,
        line=row.line,
        in_group=row.in_group,
        tries=row.tries,
        error=row.error or "",
        received_at=row.received_at,
    )


def _fenced(connection: Connection, claim: Claim, **values: Any) -> None:
    """Write to a held conversation; the number on the lease must still be ours."""
    held = {"conversation": claim.conversation, "held_fence": claim.fence, "holder": claim.holder}
    if connection.execute(_HELD, {**held, **values}).rowcount != 1:
        raise LeaseLost(claim.conversation)


def _add_bubbles(connection: Connection, claim: Claim, outcome: Outcome, *, now: datetime, due: float) -> None:
    if outcome.new_buttons:
        rows = [
            {
                "id": button.token,
                "conversation_id": claim.conversation,
                "title": button.title,
                "payload": button.payload,
                "expires_at": button.expires_at,
            }
            for button in outcome.new_buttons
        ]
        connection.execute(_ADD_BUTTONS, rows)
    if not outcome.bubbles:
        return
    message = claim.message
    numbers = connection.execute(
        _ADD_BUBBLES,
        [
            {
                "conversation_id": claim.conversation,
                "episode": outcome.episode,
                "inbox_id": message.number,
                "part": part,
                "channel": message.channel,
                "account": message.account,
                "recipient": message.sender,
                "data": dict(bubble.data),
                "state": "sent" if bubble.sent else "queued",
                "tries": 0,
                "due": due,
                "created_at": now,
                "sent_at": now if bubble.sent else None,
            }
            for part, bubble in enumerate(outcome.bubbles)
        ],
    ).scalars()
    lines.append(connection, claim.conversation, [Entry("bot", outbox_id=number) for number in numbers], at=now)

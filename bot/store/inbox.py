"""What customers sent: each message stored once, in the order the database took them, until it is done or set aside."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, bindparam, func, insert, select, update

from bot.conversations import Owner
from bot.messages import Button, Inbound
from bot.store import lines
from bot.store.database import insert_once, upsert
from bot.store.lines import Entry
from bot.store.tables import buttons, conversations, customers, identities, inbox


class MessageState(StrEnum):
    RECEIVED = "received"
    WORKING = "working"
    DONE = "done"
    DEAD = "dead"
    """Tried too often; a person was told."""
    REPLAYED = "replayed"
    """Was dead; a copy of it was put in the queue again."""


STANDING = timedelta(days=1)
"""How long what was pressed on the platform itself may wait to be answered."""
UNFINISHED = (MessageState.RECEIVED, MessageState.WORKING)

# Built once: building a statement costs more than running it.
_CONVERSATION_OF = (
    select(conversations.c.id)
    .join(identities, identities.c.customer_id == conversations.c.customer_id)
    .where(
        identities.c.channel == bindparam("channel"),
        identities.c.account == bindparam("account"),
        identities.c.external_id == bindparam("sender"),
    )
    .order_by(conversations.c.created_at.desc())
    .limit(1)
)
_LAST_LINE = select(conversations.c.last_line).where(conversations.c.id == bindparam("conversation")).with_for_update()
_SAME_ID = select(inbox.c.id, inbox.c.conversation_id, inbox.c.fingerprint, inbox.c.line).where(
    inbox.c.channel == bindparam("channel"),
    inbox.c.account == bindparam("account"),
    inbox.c.external_id == bindparam("external_id"),
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message is safe in the inbox."""

    message: int
    conversation: str
    fresh: bool
    """False for a repeat."""
    same: bool = True
    """False when another message came under an id that was used before."""
    line: int = 0
    """Its place in the conversation's log."""


@dataclass(frozen=True, slots=True)
class DeadMessage:
    message: int
    conversation: str
    channel: str
    tries: int
    error: str
    received_at: datetime


def record(
    connection: Connection, message: Inbound, *, now: datetime, signed_in_as: str | None, signed_in_at: datetime | None
) -> Receipt:
    """Store `message` with its customer and conversation, unless it is there already."""
    conversation = _conversation(connection, message, now=now)
    # The row is locked: two messages that arrive together are numbered in the order in which they commit.
    line = connection.execute(_LAST_LINE, {"conversation": conversation}).scalar_one() + 1
    while (home := _moved_to(connection, message, conversation)) is not None:
        conversation = home
        line = connection.execute(_LAST_LINE, {"conversation": conversation}).scalar_one() + 1
    at = message.received_at or now
    button = _standing(connection, conversation, message.choice, now=now) if message.choice else message.button
    fingerprint = _fingerprint(message)
    number = insert_once(
        connection,
        inbox,
        channel=message.channel,
        account=message.account,
        external_id=message.external_id,
        conversation_id=conversation,
        key=uuid.uuid4().hex,
        sender=message.sender,
        text=message.text,
        button=button,
        files=[dict(file) for file in message.files] or None,
        line=line,
        fingerprint=fingerprint,
        signed_in_as=signed_in_as,
        signed_in_at=signed_in_at,
        remote_address=message.remote_address,
        in_group=message.in_group,
        state=MessageState.RECEIVED,
        tries=0,
        received_at=at,
    )
    if number is not None:
        lines.append(connection, conversation, [Entry("customer", inbox_id=number)], at=at)
        return Receipt(number, conversation, fresh=True, line=line)
    names = {"channel": message.channel, "account": message.account, "external_id": message.external_id}
    stored = connection.execute(_SAME_ID, names).one()
    same = stored.fingerprint == fingerprint
    return Receipt(stored.id, stored.conversation_id, fresh=False, same=same, line=stored.line or 0)


def moved(connection: Connection, receipt: Receipt, home: str) -> Receipt:
    """The receipt of a message whose talk was joined with another one."""
    line = connection.execute(select(inbox.c.line).where(inbox.c.id == receipt.message)).scalar_one()
    return replace(receipt, conversation=home, line=line or 0)


def find(connection: Connection, message: Inbound) -> Receipt | None:
    """The receipt of the same words under the same id, whoever sent them; None when there are none."""
    query = select(inbox.c.id, inbox.c.conversation_id, inbox.c.line).where(
        inbox.c.channel == message.channel,
        inbox.c.account == message.account,
        inbox.c.external_id == message.external_id,
        inbox.c.text == message.text,
        inbox.c.button.is_not_distinct_from(message.button),
    )
    stored = connection.execute(query).one_or_none()
    return None if stored is None else Receipt(stored.id, stored.conversation_id, fresh=False, line=stored.line or 0)


def same_id(connection: Connection, channel: str, account: str, external_id: str) -> Receipt | None:
    """The receipt of what came under this id; None when nothing did."""
    names = {"channel": channel, "account": account, "external_id": external_id}
    stored = connection.execute(_SAME_ID, names).one_or_none()
    return None if stored is None else Receipt(stored.id, stored.conversation_id, fresh=False, line=stored.line or 0)


def unfinished(connection: Connection, *, limit: int = 1000) -> list[str]:
    """Conversations with messages to answer, the longest waiting first."""
    query = (
        select(inbox.c.conversation_id)
        .where(inbox.c.state.in_(UNFINISHED))
        .group_by(inbox.c.conversation_id)
        .order_by(func.min(inbox.c.id))
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def take_back_try(connection: Connection, message: int) -> None:
    """One try of an unfinished message less: it was not the message's fault."""
    late = update(inbox).where(inbox.c.id == message, inbox.c.state.in_(UNFINISHED), inbox.c.tries > 0)
    connection.execute(late.values(tries=inbox.c.tries - 1))


def dead(connection: Connection) -> list[DeadMessage]:
    """Messages that were set aside, oldest first."""
    rows = connection.execute(select(inbox).where(inbox.c.state == MessageState.DEAD).order_by(inbox.c.id))
    return [
        DeadMessage(row.id, row.conversation_id, row.channel, row.tries, row.error or "", row.received_at)
        for row in rows
    ]


def replay(connection: Connection, message: int) -> Receipt | None:
    """Put a copy of a dead message in the queue; None when it is not a dead one.

    A copy, since the customer has been told once that the first went wrong.
    """
    marked = connection.execute(
        update(inbox)
        .where(inbox.c.id == message, inbox.c.state == MessageState.DEAD)
        .values(state=MessageState.REPLAYED)
        .returning(inbox)
    ).one_or_none()
    if marked is None:
        return None
    copy = dict(marked._mapping) | {
        "external_id": f"{marked.external_id}#replay-{message}",
        "key": uuid.uuid4().hex,
        "state": MessageState.RECEIVED,
        "tries": 0,
        "line": None,
        "error": None,
        "episode": None,
        "done_at": None,
    }
    del copy["id"]
    number = connection.execute(insert(inbox).values(**copy).returning(inbox.c.id)).scalar_one()
    return Receipt(number, marked.conversation_id, fresh=True)


def _moved_to(connection: Connection, message: Inbound, conversation: str) -> str | None:
    """Where the sender's talk went while its row was waited for; None when it is where it was."""
    if connection.dialect.name == "sqlite":
        return None  # which lets one transaction write at a time
    names = {"channel": message.channel, "account": message.account, "sender": message.sender}
    home: str = connection.execute(_CONVERSATION_OF, names).scalar_one()
    return None if home == conversation else home


def _conversation(connection: Connection, message: Inbound, *, now: datetime) -> str:
    """The conversation of the sender, made with customer and identity when they are new."""
    names = {"channel": message.channel, "account": message.account, "sender": message.sender}
    found: str | None = connection.execute(_CONVERSATION_OF, names).scalar_one_or_none()
    if found is not None:
        return found
    attempt = connection.begin_nested()
    customer, conversation = uuid.uuid4().hex, uuid.uuid4().hex
    connection.execute(insert(customers).values(id=customer, created_at=now))
    mine = insert_once(
        connection,
        identities,
        channel=message.channel,
        account=message.account,
        external_id=message.sender,
        customer_id=customer,
        created_at=now,
    )
    if mine is None:  # the same newcomer's other message was quicker
        attempt.rollback()
        theirs: str = connection.execute(_CONVERSATION_OF, names).scalar_one()
        return theirs
    begin(connection, conversation, customer=customer, language=message.language, now=now)
    attempt.commit()
    return conversation


def begin(connection: Connection, conversation: str, *, customer: str, language: str | None, now: datetime) -> None:
    """A customer's new conversation, which knows nothing but the language."""
    connection.execute(
        insert(conversations).values(
            id=conversation,
            customer_id=customer,
            language=language,
            owner=Owner.BOT,
            episode=1,
            episode_started_at=now,
            episode_turns=0,
            last_activity_at=now,
            last_event=0,
            carry={"language": language} if language else {},
            lease_until=0.0,
            fence=0,
            created_at=now,
        )
    )


def _standing(connection: Connection, conversation: str, choice: Button, *, now: datetime) -> str:
    """The id of a button that the platform itself shows, stored like any other."""
    token = hashlib.sha256(f"{conversation} {choice.payload}".encode()).hexdigest()[:40]
    values = {
        "title": choice.title,
        "payload": choice.payload,
        "expires_at": now + STANDING,
        "conversation_id": conversation,
    }
    upsert(connection, buttons, {"id": token}, values)
    return token


def _fingerprint(message: Inbound) -> str:
    content = json.dumps([message.sender, message.text, message.button, *(file["id"] for file in message.files)])
    return hashlib.sha256(content.encode()).hexdigest()

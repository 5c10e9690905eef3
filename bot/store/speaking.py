"""What people say in a talk: to the customer, over the channel they wrote on last, and to each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select

from bot.messages import Address
from bot.store import lines
from bot.store.conversations import StoredButton
from bot.store.lines import Entry, Who
from bot.store.tables import buttons, conversations, inbox, notes, outbox, spoken

NoteKind = Literal["note", "whisper", "system"]

_c = conversations.c


@dataclass(frozen=True, slots=True)
class Words:
    """A bubble to a customer."""

    data: Mapping[str, Any]
    buttons: Sequence[StoredButton] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Speaker:
    """A colleague, as the customer sees them."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the customer never sees."""

    id: int
    conversation: str
    after: int
    """The line it follows."""
    part: int
    kind: NoteKind
    author_id: str | None
    author_name: str | None
    text: str
    mentions: Sequence[str]
    at: datetime

    @property
    def seq(self) -> float:
        """Its place among the lines: between the one it follows and the next."""
        return self.after + self.part / 1000


def speak(
    connection: Connection,
    conversation: str,
    words: Words,
    *,
    speaker: Speaker | None,
    carried: Collection[str],
    now: datetime,
    to: Address | None = None,
) -> int:
    """Say something to the customer, where they wrote last or at `to`; its line.

    Without a speaker it is the house that speaks. `carried` are the channels that need no sending: what is in the log
    is shown there.
    """
    if to is None:
        last = select(inbox.c.channel, inbox.c.account, inbox.c.sender).where(inbox.c.conversation_id == conversation)
        home = Address(*connection.execute(last.order_by(inbox.c.id.desc()).limit(1)).one())
    else:
        home = to
    episode = connection.execute(select(_c.episode).where(_c.id == conversation).with_for_update()).scalar_one()
    if words.buttons:
        rows = [
            {
                "id": button.token,
                "conversation_id": conversation,
                "title": button.title,
                "payload": button.payload,
                "expires_at": button.expires_at,
            }
            for button in words.buttons
        ]
        connection.execute(insert(buttons), rows)
    is_there = home.channel in carried
    number = connection.execute(
        insert(outbox)
        .values(
            conversation_id=conversation,
            episode=episode,
            part=0,
            channel=home.channel,
            account=home.account,
            recipient=home.sender,
            data=dict(words.data),
            state="sent" if is_there else "queued",
            tries=0,
            created_at=now,
            sent_at=now if is_there else None,
        )
        .returning(outbox.c.id)
    ).scalar_one()
    who: Who = "system" if speaker is None else "agent"
    entry = Entry(
        who,
        outbox_id=number,
        agent_id=speaker.id if speaker else None,
        agent_name=speaker.name if speaker else None,
    )
    return lines.append(connection, conversation, [entry], at=now)


def said_before(connection: Connection, account: str, client_id: str) -> float | None:
    """The line of what this colleague's window sent under this id; None when it is new."""
    mine = (spoken.c.account_id == account) & (spoken.c.client_id == client_id)
    found: float | None = connection.execute(select(spoken.c.seq).where(mine)).scalar_one_or_none()
    return found


def remember_said(connection: Connection, account: str, client_id: str, conversation: str, seq: float) -> None:
    row = {"account_id": account, "client_id": client_id, "conversation_id": conversation, "seq": seq}
    connection.execute(insert(spoken), row)


def client_ids(connection: Connection, conversation: str, first: float, last: float) -> dict[float, str]:
    """The windows' own ids of what colleagues said and noted between two lines, by its place."""
    query = select(spoken.c.seq, spoken.c.client_id).where(
        spoken.c.conversation_id == conversation, spoken.c.seq >= first, spoken.c.seq <= last
    )
    return {row.seq: row.client_id for row in connection.execute(query)}


def note(
    connection: Connection,
    conversation: str,
    text: str,
    *,
    author: Speaker | None,
    kind: NoteKind = "note",
    mentions: Sequence[str] = (),
    now: datetime,
) -> Note:
    """Write something down that only colleagues see."""
    after = connection.execute(select(_c.last_line).where(_c.id == conversation).with_for_update()).scalar_one()
    here = (notes.c.conversation_id == conversation) & (notes.c.after_line == after)
    part = (connection.execute(select(func.max(notes.c.part)).where(here)).scalar_one_or_none() or 0) + 1
    values = {
        "conversation_id": conversation,
        "after_line": after,
        "part": part,
        "kind": kind,
        "author_id": author.id if author else None,
        "author_name": author.name if author else None,
        "text": text,
        "mentions": list(mentions),
        "at": now,
    }
    row = connection.execute(insert(notes).values(**values).returning(notes)).one()
    return _note(row)


def notes_between(connection: Connection, conversation: str, first: int, last: int | None = None) -> list[Note]:
    """The notes that follow lines `first` to `last`, in order; without `last`, to the end."""
    query = select(notes).where(notes.c.conversation_id == conversation, notes.c.after_line >= first)
    if last is not None:
        query = query.where(notes.c.after_line <= last)
    return [_note(row) for row in connection.execute(query.order_by(notes.c.after_line, notes.c.part))]


def newest_note(connection: Connection) -> int:
    """The number of the newest note; 0 when there is none."""
    return connection.execute(select(func.max(notes.c.id))).scalar_one_or_none() or 0


def notes_since(connection: Connection, number: int, *, most: int = 500) -> list[Note]:
    """The notes written after the one with this number, in any talk."""
    query = select(notes).where(notes.c.id > number).order_by(notes.c.id).limit(most)
    return [_note(row) for row in connection.execute(query)]


def _note(row: Any) -> Note:
    return Note(
        id=row.id,
        conversation=row.conversation_id,
        after=row.after_line,
        part=row.part,
        kind=row.kind,
        author_id=row.author_id,
        author_name=row.author_name,
        text=row.text,
        mentions=row.mentions,
        at=row.at,
    )

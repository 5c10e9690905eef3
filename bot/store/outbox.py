"""What goes to customers: one row per bubble, committed together with the turn that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.store.inbox import UNFINISHED
from bot.store.tables import buttons, inbox, outbox


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a transcript."""

    who: str
    """customer or bot."""
    text: str
    at: datetime


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
        select(inbox.c.text, buttons.c.title, inbox.c.received_at)
        .outerjoin(buttons, (buttons.c.id == inbox.c.button) & (buttons.c.conversation_id == conversation))
        .where(inbox.c.conversation_id == conversation, inbox.c.episode == episode)
        .order_by(inbox.c.id)
    )
    said = connection.execute(
        select(outbox.c.data, outbox.c.created_at)
        .where(outbox.c.conversation_id == conversation, outbox.c.episode == episode)
        .order_by(outbox.c.id)
    )
    lines = [Said("customer", row.title or row.text, row.received_at) for row in heard]
    lines += [Said("bot", str(row.data.get("text") or ""), row.created_at) for row in said]
    return sorted(lines, key=lambda line: line.at)

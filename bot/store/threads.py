"""Where letters to and from somebody stand: what the next one answers, under which subject."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.messages import Address
from bot.store.database import upsert
from bot.store.tables import threads


def keep(connection: Connection, address: Address, data: Mapping[str, Any], *, now: datetime) -> None:
    """The newest letter counts."""
    key = {"channel": address.channel, "account": address.account, "sender": address.sender}
    upsert(connection, threads, key, {"data": dict(data), "changed_at": now})


def find(connection: Connection, address: Address) -> Mapping[str, Any]:
    """What was kept last; empty when nothing was."""
    found: Mapping[str, Any] | None = connection.execute(
        select(threads.c.data).where(
            threads.c.channel == address.channel,
            threads.c.account == address.account,
            threads.c.sender == address.sender,
        )
    ).scalar_one_or_none()
    return found or {}

"""Canned replies that colleagues have written themselves."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select

from bot.store.tables import canned

_c = canned.c


def of(connection: Connection, account: str) -> list[dict[str, Any]]:
    """Everybody's, and this colleague's own."""
    query = select(canned).where(or_(_c.owner_id.is_(None), _c.owner_id == account)).order_by(_c.changed_at, _c.id)
    return [
        {"id": row.id, "title": row.title, "text": row.text, "shared": row.owner_id is None}
        for row in connection.execute(query)
    ]


def replace(
    connection: Connection, account: str, own: Sequence[dict[str, Any]], *, shared: bool, now: datetime
) -> None:
    """These are this colleague's own from now on; with `shared`, those that say so are everybody's."""
    mine = _c.owner_id == account
    connection.execute(delete(canned).where(or_(mine, _c.owner_id.is_(None)) if shared else mine))
    rows = [
        {
            "id": uuid.uuid4().hex,
            "owner_id": None if shared and each["shared"] else account,
            "title": each["title"],
            "text": each["text"],
            "changed_at": now,
        }
        for each in own
    ]
    if rows:
        connection.execute(insert(canned), rows)

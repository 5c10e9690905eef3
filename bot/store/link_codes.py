"""Codes with which a signed-in customer links another channel: one at a time, kept as a hash, good for one address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from bot.store.database import upsert
from bot.store.tables import link_codes

_k = link_codes.c


@dataclass(frozen=True, slots=True)
class LinkCode:
    """What a code stands for."""

    shop_customer: str
    issued_at: datetime
    """When whoever saw it had proven who they are."""


def issue(
    connection: Connection,
    shop_customer: str,
    code_hash: str,
    *,
    channel: str | None,
    issued_to: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Keep a code, in place of the customer's earlier one."""
    connection.execute(delete(link_codes).where(_k.expires_at < now))
    values = {
        "code_hash": code_hash,
        "channel": channel,
        "issued_to": issued_to,
        "issued_at": now,
        "expires_at": expires_at,
        "taken_by": None,
    }
    upsert(connection, link_codes, {"shop_customer_id": shop_customer}, values)


def take(connection: Connection, code_hash: str, *, channel: str, key: str, now: datetime) -> LinkCode | None:
    """Take a code at an address: of all who type it, the first one has it. None when it opens nothing there."""
    row = connection.execute(
        update(link_codes)
        .where(
            _k.code_hash == code_hash,
            _k.expires_at > now,
            _k.issued_to != key,
            or_(_k.channel.is_(None), _k.channel == channel),
            or_(_k.taken_by.is_(None), _k.taken_by == key),
        )
        .values(taken_by=key)
        .returning(_k.shop_customer_id, _k.issued_at)
    ).one_or_none()
    return None if row is None else LinkCode(*row)


def taken(connection: Connection, key: str, *, now: datetime) -> LinkCode | None:
    """The code that was taken at an address and has not been used yet."""
    query = select(_k.shop_customer_id, _k.issued_at).where(_k.taken_by == key, _k.expires_at > now)
    row = connection.execute(query.order_by(_k.issued_at.desc()).limit(1)).one_or_none()
    return None if row is None else LinkCode(*row)


def use(connection: Connection, key: str, *, now: datetime) -> LinkCode | None:
    """Use up the code that was taken at an address; None when there is none."""
    row = connection.execute(
        delete(link_codes).where(_k.taken_by == key, _k.expires_at > now).returning(_k.shop_customer_id, _k.issued_at)
    ).first()
    return None if row is None else LinkCode(*row)


def drop(connection: Connection, key: str) -> None:
    """A code that was taken at an address opens nothing any more."""
    connection.execute(delete(link_codes).where(_k.taken_by == key))

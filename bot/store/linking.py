"""Whose an address is: one customer's, known to the shop. Made with an account of who, when, why and how proven.

A shop customer is an identity too, of the channel `shop`: whose it is, is the one to whom their addresses are linked.
So each address and each shop customer belongs to exactly one customer here, whatever happens at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from bot.errors import LeaseLost
from bot.messages import Address
from bot.store import merging, parting, proofs
from bot.store.database import insert_once, upsert
from bot.store.tables import buttons, conversations, events, identities, inbox, links

SHOP = "shop"
"""The channel of shop customers. Nobody writes on it."""
CODE, SIGN_IN, PHONE = "code", "sign_in", "phone"
"""How a link was proven."""

_i, _l, _c = identities.c, links.c, conversations.c
_IDENTITY = select(identities).where(
    _i.channel == bindparam("channel"), _i.account == bindparam("account"), _i.external_id == bindparam("sender")
)
_SHOP_CUSTOMER_OF = select(_i.external_id).where(_i.customer_id == bindparam("customer"), _i.channel == SHOP)


@dataclass(frozen=True, slots=True)
class Wish:
    """A link that somebody has proven."""

    address: Address
    shop_customer: str
    how: str
    proven_at: datetime
    by: str = "customer"


@dataclass(frozen=True, slots=True)
class Held:
    """The turn in which it is asked for; it must still hold its conversation."""

    conversation: str
    fence: int
    holder: str
    message: int
    key: str
    title: str
    """What the customer wrote."""


@dataclass(frozen=True, slots=True)
class Way:
    """An address of a customer's, with how it became theirs."""

    address: Address
    since: datetime
    link: int | None = None
    how: str | None = None
    by: str | None = None
    proven_at: datetime | None = None
    can_undo: bool = False
    """There is a talk that can go back."""


@dataclass(frozen=True, slots=True)
class Link:
    """A line of the account of links."""

    id: int
    address: Address
    shop_customer: str
    how: str
    by: str
    at: datetime
    proven_at: datetime | None
    ended_at: datetime | None
    ended_how: str | None
    ended_by: str | None
    ended_why: str | None
    can_undo: bool


def shop_address(shop_customer: str) -> Address:
    """Where a shop customer is kept among the identities."""
    return Address(SHOP, "default", shop_customer)


def link(connection: Connection, wish: Wish, *, now: datetime, beside: str = "", goes_on: bool | None = None) -> str:
    """Make the address the shop customer's; the conversation that is theirs now.

    The address's talk comes along. `goes_on` says whether its dialogue goes on then; None lets the one go on that has
    something to finish, not counting the routine `beside`. An address that is another shop customer's leaves that one
    with nothing first.
    """
    mine = _identity(connection, wish.address)
    if mine is None:
        raise LookupError("nobody has written from this address")
    before = connection.execute(_SHOP_CUSTOMER_OF, {"customer": mine.customer_id}).scalar_one_or_none()
    if before not in (None, wish.shop_customer):
        parting.part(connection, wish.address, how="moved", by=wish.by, why=f"linked by {wish.how}", now=now)
        return link(connection, wish, now=now, beside=beside, goes_on=goes_on)
    owner = _owner(connection, wish.shop_customer, or_else=mine.customer_id, now=now)
    if owner == mine.customer_id:
        home = merging.locked_home(connection, _names(wish.address))
        if before is None:
            _note(connection, wish, home.id, mine, moved=None, now=now)
        return str(home.id)
    here = merging.locked_home(connection, _names(wish.address))
    there = merging.locked_home(connection, _names(shop_address(wish.shop_customer)))
    if here is None or there is None:  # somebody else was quicker with one of them
        return link(connection, wish, now=now, beside=beside, goes_on=goes_on)
    if goes_on is None:
        goes_on = not has_work(connection, there) and has_work(connection, here, beside=beside)
    moved = merging.move(connection, here, there, goes_on=goes_on)
    connection.execute(update(identities).where(_i.id == mine.id).values(customer_id=owner))
    merging.overtake(connection, here.id, there.id)
    _note(connection, wish, there.id, mine, moved={"conversation": here.id, **moved}, now=now)
    return str(there.id)


def sign_in(connection: Connection, wish: Wish, *, now: datetime) -> bool:
    """Whoever writes there is signed in with the shop: the address is theirs. False when it is too new to be linked."""
    mine = _identity(connection, wish.address)
    owner = connection.execute(_IDENTITY, _names(shop_address(wish.shop_customer))).one_or_none()
    if mine is None and owner is None:
        return False
    if mine is None and owner is not None:
        row = {"customer_id": owner.customer_id, "created_at": now}
        made = insert_once(connection, identities, **_row(wish.address), **row)
        if made is not None:
            home = merging.locked_home(connection, _names(wish.address))
            _note(connection, wish, home.id if home else None, None, moved=None, now=now, customer=owner.customer_id)
            return True
        mine = _identity(connection, wish.address)
    if owner is None or mine is None or mine.customer_id != owner.customer_id:
        link(connection, wish, now=now, goes_on=True)
    return True


def note_visitor(connection: Connection, visitor: Address, wish: Wish, home: str, *, now: datetime) -> None:
    """Note down that a visitor's talk went into the customer's who signed in; the visitor's address is no more."""
    owner = connection.execute(select(_c.customer_id).where(_c.id == home)).scalar_one()
    _note(connection, replace(wish, address=visitor), home, None, moved=None, now=now, customer=owner)
    ended = {"ended_at": now, "ended_how": "moved", "ended_by": wish.by, "ended_why": "signed in"}
    mine = _l.channel == visitor.channel, _l.account == visitor.account, _l.external_id == visitor.sender
    connection.execute(update(links).where(*mine, _l.ended_at.is_(None)).values(**ended))


def link_in_turn(connection: Connection, wish: Wish, held: Held, *, payload: str, beside: str, now: datetime) -> str:
    """Link, in the middle of a turn, which then runs again where its message is now, with `payload` for its meaning.

    Raises:
        LeaseLost: another worker holds the conversation; nothing is done.
    """
    _check(connection, held)
    home = link(connection, wish, now=now, beside=beside)
    proofs.prove_customer(connection, wish.address.key, wish.shop_customer, at=wish.proven_at)
    answer_anew(connection, held, home, payload=payload, now=now)
    return home


def part_in_turn(
    connection: Connection, address: Address, held: Held, *, by: str, why: str, payload: str, now: datetime
) -> str:
    """End a link, in the middle of a turn, which then runs again; the conversation where its message is now.

    Raises:
        LeaseLost: another worker holds the conversation; nothing is done.
        LookupError: the address is not linked.
    """
    _check(connection, held)
    parting.part(connection, address, how="unlinked", by=by, why=why, now=now)
    home: str = connection.execute(select(inbox.c.conversation_id).where(inbox.c.id == held.message)).scalar_one()
    answer_anew(connection, held, home, payload=payload, now=now)
    return home


def answer_anew(connection: Connection, held: Held, home: str, *, payload: str, now: datetime) -> None:
    """The message is answered again, for what it has led to: as if a button had been pressed that means `payload`."""
    token = f"did:{held.key}"
    pressed = {"conversation_id": home, "title": held.title, "payload": payload, "expires_at": now + parting.KEPT}
    upsert(connection, buttons, {"id": token}, pressed)
    connection.execute(update(inbox).where(inbox.c.id == held.message).values(button=token))
    merging.overtake(connection, held.conversation, home)


def has_work(connection: Connection, talk: Any, *, beside: str = "") -> bool:
    """Whether the bot has asked something in a conversation's episode and waits for the answer."""
    query = select(events.c.data).where(
        events.c.conversation_id == talk.id, events.c.episode == talk.episode, events.c.type == "slot"
    )
    slots: dict[str, Any] = {}
    for data in connection.execute(query.order_by(events.c.seq)).scalars():
        slots[data.get("name")] = data.get("value")
    asking = bool(slots.get("question")) and slots.get("skill") != beside
    return asking or bool(slots.get("suspended"))


def shop_customer_of(connection: Connection, address: Address) -> str | None:
    """The shop customer whose the address is; None while nobody knows."""
    mine = _identity(connection, address)
    if mine is None:
        return None
    found: str | None = connection.execute(_SHOP_CUSTOMER_OF, {"customer": mine.customer_id}).scalar_one_or_none()
    return found


def ways_of(connection: Connection, conversation: str) -> list[Way]:
    """All addresses of a conversation's customer, oldest first."""
    rows = connection.execute(
        select(_i.channel, _i.account, _i.external_id, _i.created_at, _l.id, _l.how, _l.by, _l.at, _l.proven_at)
        .add_columns(_l.moved)
        .join(conversations, _c.customer_id == _i.customer_id)
        .outerjoin(links, _same_address() & _l.ended_at.is_(None))
        .where(_c.id == conversation, _i.channel != SHOP)
        .order_by(_i.id, _l.id)
    ).all()
    return [
        Way(
            Address(row.channel, row.account, row.external_id),
            row.at or row.created_at,
            row.id,
            row.how,
            row.by,
            row.proven_at,
            can_undo=row.moved is not None,
        )
        for row in {row.external_id + row.channel + row.account: row for row in rows}.values()
    ]


def listed(connection: Connection, *, shop_customer: str | None = None, limit: int = 200) -> list[Link]:
    """The account of links, newest first."""
    query = select(links).order_by(_l.id.desc()).limit(limit)
    if shop_customer is not None:
        query = query.where(_l.shop_customer_id == shop_customer)
    return [_link(row) for row in connection.execute(query)]


def find(connection: Connection, number: int) -> Link | None:
    row = connection.execute(select(links).where(_l.id == number)).one_or_none()
    return None if row is None else _link(row)


def hint(connection: Connection, address: Address, hint: str) -> None:
    """The platform says by this name that somebody may be the same person as elsewhere. It proves nothing."""
    mine = (_i.channel == address.channel, _i.account == address.account, _i.external_id == address.sender)
    connection.execute(update(identities).where(*mine, _i.hint.is_distinct_from(hint)).values(hint=hint))


def perhaps_also(connection: Connection, conversation: str) -> list[Address]:
    """Addresses of others of whom a platform says that they may be the same person."""
    own = select(_c.customer_id).where(_c.id == conversation).scalar_subquery()
    hints = select(_i.hint).where(_i.customer_id == own, _i.hint.is_not(None))
    query = select(_i.channel, _i.account, _i.external_id).where(_i.hint.in_(hints), _i.customer_id != own)
    return [Address(*row) for row in connection.execute(query.order_by(_i.id).limit(10))]


def language_of(connection: Connection, conversation: str) -> str | None:
    """What is spoken in a conversation; None before its first words."""
    found: str | None = connection.execute(select(_c.language).where(_c.id == conversation)).scalar_one_or_none()
    return found


def forget_shop_customers(connection: Connection) -> None:
    """Nobody is linked to anybody from now on: how every written talk begins."""
    connection.execute(delete(identities).where(_i.channel == SHOP))


def _check(connection: Connection, held: Held) -> None:
    row = connection.execute(
        select(_c.fence, _c.lease_holder).where(_c.id == held.conversation).with_for_update()
    ).one()
    if (row.fence, row.lease_holder) != (held.fence, held.holder):
        raise LeaseLost(held.conversation)


def _identity(connection: Connection, address: Address) -> Row[Any] | None:
    return connection.execute(_IDENTITY, _names(address)).one_or_none()


def _owner(connection: Connection, shop_customer: str, *, or_else: str, now: datetime) -> str:
    """Whose the shop customer is; `or_else`'s from now on, when nobody's yet."""
    address = shop_address(shop_customer)
    made = insert_once(connection, identities, **_row(address), customer_id=or_else, created_at=now)
    if made is not None:
        return or_else
    found: str = connection.execute(_IDENTITY, _names(address)).one().customer_id
    return found


def _note(
    connection: Connection,
    wish: Wish,
    home: str | None,
    mine: Any,
    *,
    moved: Mapping[str, Any] | None,
    now: datetime,
    customer: str | None = None,
) -> None:
    owner = customer or connection.execute(_IDENTITY, _names(wish.address)).one().customer_id
    connection.execute(
        insert(links).values(
            **_row(wish.address),
            shop_customer_id=wish.shop_customer,
            customer_id=owner,
            conversation_id=home,
            from_customer_id=mine.customer_id if moved else None,
            from_conversation_id=moved["conversation"] if moved else None,
            moved=dict(moved) if moved else None,
            how=wish.how,
            proven_at=wish.proven_at,
            by=wish.by,
            at=now,
        )
    )


def _same_address() -> Any:
    return (_l.channel == _i.channel) & (_l.account == _i.account) & (_l.external_id == _i.external_id)


def _names(address: Address) -> dict[str, str]:
    return {"channel": address.channel, "account": address.account, "sender": address.sender}


def _row(address: Address) -> dict[str, str]:
    return {"channel": address.channel, "account": address.account, "external_id": address.sender}


def _link(row: Any) -> Link:
    return Link(
        id=row.id,
        address=Address(row.channel, row.account, row.external_id),
        shop_customer=row.shop_customer_id,
        how=row.how,
        by=row.by,
        at=row.at,
        proven_at=row.proven_at,
        ended_at=row.ended_at,
        ended_how=row.ended_how,
        ended_by=row.ended_by,
        ended_why=row.ended_why,
        can_undo=row.moved is not None and row.ended_at is None,
    )

"""What the desk shows: who waits, who has whom, and what a talk's last words were."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, String, and_, case, cast, func, or_, select, type_coerce, update

from bot.conversations import Owner
from bot.store.handoffs import OPEN, HandoffState
from bot.store.tables import (
    buttons,
    conversations,
    customers,
    handoffs,
    inbox,
    lines,
    outbox,
    packet_versions,
    repeats,
)

MOST = 2000
"""Open handoffs that are shown."""
_c, _h, _l = conversations.c, handoffs.c, lines.c


@dataclass(frozen=True, slots=True)
class Item:
    """A handoff as a list shows it."""

    id: str
    conversation: str
    owner: Owner
    state: HandoffState
    reason: str
    priority: str
    rank_at: datetime
    group: str
    language: str
    card: Mapping[str, Any]
    tags: Sequence[str]
    agent: str | None
    since: datetime
    assigned_at: datetime | None
    first_due: datetime | None
    first_reply_at: datetime | None
    next_due: datetime | None
    aim: timedelta
    warned: bool
    breached: bool
    skipped: Sequence[str]
    told_place: int | None
    told_at: datetime | None
    last_heard_at: datetime
    last_line: int
    unread: int
    last_who: str | None
    last_text: str
    last_at: datetime | None


_UNREAD = (
    select(func.count())
    .select_from(lines)
    .where(_l.conversation_id == _c.id, _l.seq > _c.read_by_us, _l.who == "customer")
    .correlate(conversations)
    .scalar_subquery()
)
_ITEMS = (
    select(
        handoffs.c.id,
        _h.conversation_id,
        _h.state,
        _h.reason,
        _h.priority,
        _h.rank_at,
        _h.skill_group,
        _h.language,
        _h.card,
        _h.tags,
        _h.agent_id,
        _h.created_at,
        _h.assigned_at,
        _h.first_due,
        _h.first_reply_at,
        _h.next_due,
        _h.aim_seconds,
        _h.warned,
        _h.breached,
        _h.skipped,
        _h.told_place,
        _h.told_at,
        _h.last_heard_at,
        _c.owner,
        _c.last_line,
        case((_c.last_line > _c.read_by_us, _UNREAD), else_=0).label("unread"),
        _l.who,
        _l.at,
        _l.data,
        inbox.c.text,
        inbox.c.files,
        buttons.c.title,
        outbox.c.data.label("bubble"),
    )
    .join(conversations, _c.id == _h.conversation_id)
    .outerjoin(lines, and_(_l.conversation_id == _c.id, _l.seq == _c.last_line))
    .outerjoin(inbox, inbox.c.id == _l.inbox_id)
    .outerjoin(buttons, and_(buttons.c.id == inbox.c.button, buttons.c.conversation_id == _c.id))
    .outerjoin(outbox, outbox.c.id == _l.outbox_id)
    .order_by(_h.rank_at, _h.id)
    .limit(MOST)
)


def open_items(connection: Connection) -> list[Item]:
    """All that wait or are held, in the order in which they are reached."""
    return [_item(row) for row in connection.execute(_ITEMS.where(_h.state.in_(OPEN)))]


def items_of(connection: Connection, talks: Collection[str]) -> list[Item]:
    """The open items of these conversations."""
    found = _ITEMS.where(_h.conversation_id.in_(sorted(talks)), _h.state.in_(OPEN))
    return [_item(row) for row in connection.execute(found)]


def item(connection: Connection, number: str) -> Item | None:
    row = connection.execute(_ITEMS.where(_h.id == number)).one_or_none()
    return None if row is None else _item(row)


def newest_item(connection: Connection, conversation: str) -> Item | None:
    """The conversation's handoff that matters now: the open one, or the last."""
    newest = _ITEMS.order_by(None).order_by(_h.state.not_in(OPEN), _h.created_at.desc()).limit(1)
    row = connection.execute(newest.where(_h.conversation_id == conversation)).one_or_none()
    return None if row is None else _item(row)


def packet_of(connection: Connection, conversation: str) -> Mapping[str, Any] | None:
    """The newest packet of a conversation."""
    newest = select(_h.packet).where(_h.conversation_id == conversation)
    newest = newest.order_by(_h.state.not_in(OPEN), _h.created_at.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none()


def versions_of(connection: Connection, handoff: str) -> list[dict[str, Any]]:
    """The packet as it was handed on each time, without its body."""
    _v = packet_versions.c
    rows = connection.execute(
        select(_v.number, _v.why, _v.by, _v.at).where(_v.handoff_id == handoff).order_by(_v.number)
    )
    return [{"version": row.number, "why": row.why, "by": row.by, "at": row.at.isoformat()} for row in rows]


def last_agents(connection: Connection, talks: Collection[str]) -> dict[str, str]:
    """Who had these conversations' customers last, here or in another talk of theirs."""
    mine, other = conversations.alias(), conversations.alias()
    query = (
        select(mine.c.id, _h.agent_id)
        .join(other, other.c.customer_id == mine.c.customer_id)
        .join(handoffs, _h.conversation_id == other.c.id)
        .where(mine.c.id.in_(sorted(talks)), _h.agent_id.is_not(None), _h.state == HandoffState.CLOSED)
        .order_by(_h.closed_at)
    )
    return {row.id: row.agent_id for row in connection.execute(query)}


def past_of(connection: Connection, conversation: str, *, most: int = 20) -> list[dict[str, Any]]:
    """Earlier handoffs of the customer, newest first."""
    mine = select(_c.customer_id).where(_c.id == conversation).scalar_subquery()
    query = (
        select(
            _h.id,
            _h.conversation_id,
            _h.created_at,
            _h.reason,
            _h.state,
            _h.wrap_up,
            _h.card,
            _h.packet["customer"]["episode"],
        )
        .select_from(handoffs)
        .join(conversations, _c.id == _h.conversation_id)
        .where(_c.customer_id == mine, _h.state.not_in(OPEN))
        .order_by(_h.created_at.desc())
        .limit(most)
    )
    found = []
    for row in connection.execute(query):
        wrap_up = row.wrap_up or {}
        found.append(
            {
                "conversation": row.conversation_id,
                "episode": row[7],
                "at": row.created_at.isoformat(),
                "summary": wrap_up.get("summary") or row.card.get("summary", ""),
                "reason": row.reason,
                "resolved": wrap_up.get("resolved"),
            }
        )
    return found


@dataclass(frozen=True, slots=True)
class Head:
    """A conversation as it stands."""

    id: str
    owner: Owner
    channel: str
    language: str | None
    shop_customer: str | None
    last_line: int
    read_by_customer: int


def head(connection: Connection, conversation: str) -> Head | None:
    channel = (
        select(inbox.c.channel).where(inbox.c.conversation_id == _c.id).order_by(inbox.c.id.desc()).limit(1)
    ).scalar_subquery()
    shop = select(customers.c.shop_customer_id).where(customers.c.id == _c.customer_id).scalar_subquery()
    query = select(
        _c.id, _c.owner, _c.language, _c.signed_in_as, _c.last_line, _c.read_by_customer, channel, shop
    ).where(_c.id == conversation)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Head(row.id, Owner(row.owner), row[6] or "", row.language, row.signed_in_as or row[7], row[4], row[5])


def heads(connection: Connection, talks: Collection[str]) -> dict[str, tuple[int, int]]:
    """Newest line, and the newest that the customer has read, of each of these talks."""
    rows = connection.execute(select(_c.id, _c.last_line, _c.read_by_customer).where(_c.id.in_(sorted(talks))))
    return {row.id: (row.last_line, row.read_by_customer) for row in rows}


def mark_read(connection: Connection, conversation: str, seq: int) -> None:
    """A colleague has read up to this line."""
    read = update(conversations).where(_c.id == conversation, _c.read_by_us < seq, _c.last_line >= seq)
    connection.execute(read.values(read_by_us=seq))


def set_tags(connection: Connection, handoff: str, tags: Sequence[str]) -> None:
    connection.execute(update(handoffs).where(_h.id == handoff).values(tags=list(tags)))


def mark_due(connection: Connection, /, handoff: str, **values: Any) -> bool:
    """Note down that a deadline is near or has passed; False when somebody else was quicker."""
    where = [_h.id == handoff, _h.state.in_(OPEN)]
    where.append(_h.breached.is_(False) if values.get("breached") else _h.warned.is_(False))
    return connection.execute(update(handoffs).where(*where).values(**values)).rowcount == 1


def mark_told(connection: Connection, handoff: str, place: int, *, before: int | None, now: datetime) -> bool:
    """Note down the place a customer is told; False when another worker tells them."""
    was = _h.told_place.is_(None) if before is None else _h.told_place == before
    told = update(handoffs).where(_h.id == handoff, _h.state == HandoffState.WAITING, was)
    return connection.execute(told.values(told_place=place, told_at=now)).rowcount == 1


def count_repeat(
    connection: Connection,
    conversation: str,
    fields: Sequence[str],
    *,
    who: str,
    handoff: str | None,
    account: str | None,
    now: datetime,
) -> None:
    """Somebody asked for what was known."""
    rows = [
        {
            "conversation_id": conversation,
            "handoff_id": handoff,
            "who": who,
            "account_id": account,
            "field": name,
            "at": now,
        }
        for name in fields
    ]
    if rows:
        connection.execute(repeats.insert(), rows)


def search(connection: Connection, words: str, *, before: datetime | None, most: int = 30) -> list[dict[str, Any]]:
    """Talks in which a colleague or the customer's papers have `words`, newest first."""
    like = f"%{words.replace(chr(92), chr(92) * 2).replace('%', chr(92) + '%').replace('_', chr(92) + '_')}%"
    said = select(inbox.c.conversation_id).where(inbox.c.text.ilike(like, escape="\\"))
    handed = select(_h.conversation_id).where(
        or_(
            func.lower(_as_text(connection, _h.card)).like(like.lower(), escape="\\"),
            func.lower(_as_text(connection, _h.packet)).like(like.lower(), escape="\\"),
        )
    )
    last = handoffs.alias()
    newest = (
        select(last.c.id)
        .where(last.c.conversation_id == _c.id)
        .order_by(last.c.created_at.desc())
        .limit(1)
        .correlate(conversations)
        .scalar_subquery()
    )
    query = (
        select(_c.id, _c.owner, _c.last_activity_at, _h.card, _h.reason, _h.state, _h.tags, _h.language)
        .select_from(conversations)
        .outerjoin(handoffs, _h.id == newest)
        .where(or_(_c.id.in_(said), _c.id.in_(handed)))
        .order_by(_c.last_activity_at.desc())
        .limit(most)
    )
    if before is not None:
        query = query.where(_c.last_activity_at < before)
    return [
        {
            "conversation": row.id,
            "owner": row.owner,
            "at": row.last_activity_at.isoformat(),
            "customer": (row.card or {}).get("customer", {"name": None, "tier": None, "known_by": "nothing"}),
            "channel": (row.card or {}).get("channel"),
            "language": row.language,
            "summary": (row.card or {}).get("summary", ""),
            "reason": row.reason,
            "state": row.state,
            "tags": row.tags or [],
        }
        for row in connection.execute(query)
    ]


def _as_text(connection: Connection, column: Any) -> Any:
    return type_coerce(column, String) if connection.dialect.name == "sqlite" else cast(column, String)


def _item(row: Any) -> Item:
    files = " ".join(f"[{file['name']}]" for file in row.files or ())
    bubble = row.bubble or row.data or {}
    text = row.title or row.text or bubble.get("text") or ""
    return Item(
        id=row.id,
        conversation=row.conversation_id,
        owner=Owner(row.owner),
        state=HandoffState(row.state),
        reason=row.reason,
        priority=row.priority,
        rank_at=row.rank_at,
        group=row.skill_group,
        language=row.language,
        card=row.card,
        tags=row.tags,
        agent=row.agent_id,
        since=row.created_at,
        assigned_at=row.assigned_at,
        first_due=row.first_due,
        first_reply_at=row.first_reply_at,
        next_due=row.next_due,
        aim=timedelta(seconds=row.aim_seconds),
        warned=row.warned,
        breached=row.breached,
        skipped=row.skipped,
        told_place=row.told_place,
        told_at=row.told_at,
        last_heard_at=row.last_heard_at,
        last_line=row.last_line,
        unread=row.unread,
        last_who=row.who,
        last_text=" ".join(filter(None, [str(text), files]))[:200],
        last_at=row.at,
    )

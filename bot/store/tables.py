"""Every table, in words that SQLite and PostgreSQL share. Changes come with a file in migrations/versions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC; SQLite itself knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(36)

customers = Table(
    "customers",
    metadata,
    Column("id", ID, primary_key=True),
    Column("shop_customer_id", String(64), index=True, comment="the shop's customer last seen signed in"),
    Column("created_at", Moment, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("external_id", String(255), nullable=False),
    Column("customer_id", ID, ForeignKey("customers.id"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("hint", String(128), index=True, comment="the platform's name for the person in other apps; proves nothing"),
    UniqueConstraint("channel", "account", "external_id"),
)

links = Table(
    "links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("external_id", String(255), nullable=False),
    Column("shop_customer_id", String(64), nullable=False),
    Column("customer_id", ID, ForeignKey("customers.id"), nullable=False, index=True, comment="whose it became"),
    Column("conversation_id", ID, ForeignKey("conversations.id"), comment="the talk that is shared since"),
    Column("from_customer_id", ID, comment="whose it was"),
    Column("from_conversation_id", ID, comment="the talk it had before"),
    Column("moved", JSON(none_as_null=True), comment="what of that talk came along and could go back"),
    Column("how", String(16), nullable=False, comment="code, sign_in or phone"),
    Column("proven_at", Moment, comment="when possession was proven"),
    Column("by", String(64), nullable=False, comment="customer, or a colleague's name"),
    Column("at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_how", String(16), comment="unlinked, undone or moved"),
    Column("ended_by", String(64)),
    Column("ended_why", Text),
    Index(None, "channel", "account", "external_id"),
    sqlite_autoincrement=True,
)

link_codes = Table(
    "link_codes",
    metadata,
    Column("shop_customer_id", String(64), primary_key=True, comment="one code at a time for each"),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("channel", String(32), comment="where alone it counts; NULL: anywhere"),
    Column("issued_to", String(40), nullable=False, comment="key of the address at which it was shown"),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("taken_by", String(40), index=True, comment="key of the address at which it was typed"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("customer_id", ID, ForeignKey("customers.id"), nullable=False, index=True),
    Column("owner", String(8), nullable=False),
    Column("language", String(8)),
    Column("signed_in_as", String(64), comment="the shop customer whose sign-in was seen last in this episode"),
    Column("episode", Integer, nullable=False),
    Column("episode_started_at", Moment, nullable=False),
    Column("episode_turns", Integer, nullable=False),
    Column("last_activity_at", Moment, nullable=False),
    Column("last_event", Integer, nullable=False, comment="the newest events.seq"),
    Column("last_line", Integer, nullable=False, server_default="0", comment="the newest lines.seq"),
    Column("read_by_us", Integer, nullable=False, server_default="0", comment="the newest line that was read here"),
    Column("read_by_customer", Integer, nullable=False, server_default="0"),
    Column("carry", JSON, nullable=False, comment="slots that a new episode starts with"),
    Column("lease_holder", String(64)),
    Column("lease_until", Float, nullable=False, comment="seconds on the database's lease clock"),
    Column("fence", Integer, nullable=False, comment="grows with every lease; a write under an older one is refused"),
    Column("created_at", Moment, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True, comment="the order of arrival, given by the database"),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("external_id", String(640), nullable=False),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("key", ID, nullable=False, comment="names the turn for ever: idempotency keys are made from it"),
    Column("sender", String(255), nullable=False),
    Column("text", Text, nullable=False),
    Column("button", String(255)),
    Column("files", JSON(none_as_null=True), comment="what came with it: id, name, type, bytes and so on of each"),
    Column("line", Integer, comment="its lines.seq; NULL for a copy that is replayed"),
    Column("fingerprint", String(64), nullable=False, comment="tells a repeat from another message under the same id"),
    Column("signed_in_as", String(64)),
    Column("signed_in_at", Moment),
    Column("remote_address", String(64)),
    Column("in_group", Boolean, nullable=False, server_default=false(), comment="others read along"),
    Column("level", String(2), comment="what was proven when it was answered: L0 to L3"),
    Column("state", String(8), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", Text),
    Column("episode", Integer),
    Column("received_at", Moment, nullable=False),
    Column("done_at", Moment),
    UniqueConstraint("channel", "account", "external_id"),
    Index(None, "conversation_id", "id"),
    sqlite_autoincrement=True,
)
Index(
    "ix_inbox_unfinished",
    inbox.c.conversation_id,
    inbox.c.id,
    sqlite_where=inbox.c.state.in_(["received", "working"]),
    postgresql_where=inbox.c.state.in_(["received", "working"]),
)
Index(
    "ix_inbox_dead",
    inbox.c.id,
    sqlite_where=inbox.c.state == "dead",
    postgresql_where=inbox.c.state == "dead",
)

events = Table(
    "events",
    metadata,
    Column("conversation_id", ID, ForeignKey("conversations.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("episode", Integer, nullable=False),
    Column("type", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    Index(None, "conversation_id", "episode", "seq"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("inbox_id", Integer, ForeignKey("inbox.id"), comment="the message it answers"),
    Column("part", Integer, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("recipient", String(255), nullable=False),
    Column("data", JSON, nullable=False, comment="the bubble, its buttons already opaque"),
    Column("state", String(9), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", Text),
    Column(
        "due",
        Float,
        nullable=False,
        server_default="0",
        comment="on the database's lease clock: sent no sooner than this; being sent, taken over after this",
    ),
    Column("fence", Integer, nullable=False, server_default="0", comment="grows with every attempt to send"),
    Column("uncertain", Boolean, nullable=False, server_default=false(), comment="it may have arrived twice"),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("platform_id", String(255)),
    Column("pieces", Integer, nullable=False, server_default="0", comment="of a long bubble, how many are there"),
    UniqueConstraint("inbox_id", "part"),
    Index(None, "conversation_id", "id"),
    sqlite_autoincrement=True,
)
Index(
    "ix_outbox_unsent",
    outbox.c.conversation_id,
    outbox.c.id,
    sqlite_where=outbox.c.state.in_(["queued", "sending"]),
    postgresql_where=outbox.c.state.in_(["queued", "sending"]),
)

arrivals = Table(
    "arrivals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("external_id", String(640), nullable=False),
    Column("sender", String(255), nullable=False),
    Column("bundle", String(255), comment="the same for what belongs together, such as an album"),
    Column("data", JSON, nullable=False),
    Column("due", Float, nullable=False, comment="on the database's lease clock"),
    Column("held_until", Float, nullable=False, comment="on the lease clock; by the worker that sees to it"),
    Column("tries", Integer, nullable=False),
    Column("arrived_at", Moment, nullable=False),
    Column("done_at", Moment, index=True),
    UniqueConstraint("channel", "account", "external_id"),
    sqlite_autoincrement=True,
)
Index(
    "ix_arrivals_waiting",
    arrivals.c.channel,
    arrivals.c.account,
    arrivals.c.sender,
    arrivals.c.id,
    sqlite_where=arrivals.c.done_at.is_(None),
    postgresql_where=arrivals.c.done_at.is_(None),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("value", Text, nullable=False),
    Column("holder", String(64)),
    Column("held_until", Float, nullable=False, comment="on the database's lease clock"),
    Column("moved_at", Moment, nullable=False),
)

passive_answers = Table(
    "passive_answers",
    metadata,
    Column("inbox_id", Integer, ForeignKey("inbox.id"), primary_key=True),
    Column("body", Text, nullable=False, comment="what the webhook answered; empty when it carried no reply"),
    Column("at", Moment, nullable=False, index=True),
)

platform_tokens = Table(
    "platform_tokens",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("token", Text, nullable=False, server_default=""),
    Column("expires_at", Moment, comment="NULL before the first"),
    Column("version", Integer, nullable=False, server_default="0", comment="grows with every token"),
    Column("forced_at", Moment, comment="when another was last asked for before its time"),
    Column("lease_until", Float, nullable=False, server_default="0", comment="one worker fetches: on the lease clock"),
)

pushes = Table(
    "pushes",
    metadata,
    Column("digest", String(64), primary_key=True, comment="of a request's time, nonce and signature"),
    Column("body", String(64), nullable=False, comment="digest of the body that it came with first"),
    Column("times", Integer, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)

reach = Table(
    "reach",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("account", String(128), primary_key=True),
    Column("sender", String(255), primary_key=True),
    Column("used", Integer, nullable=False, comment="messages sent since they last did something"),
    Column("most", Integer, nullable=False, comment="how many that lets us send"),
    Column("until", Moment, nullable=False, comment="until when"),
    Column("heard_at", Moment, nullable=False),
    Column("gone", Boolean, nullable=False, server_default=false(), comment="they left the channel"),
    Column("elsewhere", Boolean, nullable=False, server_default=false(), comment="served on the platform itself"),
    Column("offered", JSON, nullable=False, server_default="[]", comment="buttons shown last as a numbered list"),
)

threads = Table(
    "threads",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("account", String(128), primary_key=True),
    Column("sender", String(255), primary_key=True),
    Column("data", JSON, nullable=False, comment="what the next letter to them answers, and under which subject"),
    Column("changed_at", Moment, nullable=False),
)

lines = Table(
    "lines",
    metadata,
    Column("conversation_id", ID, ForeignKey("conversations.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False, comment="from 1, without gaps"),
    Column("who", String(8), nullable=False, comment="customer, bot, agent or system"),
    Column("inbox_id", Integer, ForeignKey("inbox.id"), unique=True),
    Column("outbox_id", Integer, ForeignKey("outbox.id"), unique=True),
    Column("data", JSON(none_as_null=True), comment="the bubble of a line that is in neither inbox nor outbox"),
    Column("agent_id", ID),
    Column("agent_name", String(64), comment="as the customer saw it"),
    Column("at", Moment, nullable=False),
)

thumbs = Table(
    "thumbs",
    metadata,
    Column("conversation_id", ID, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("up", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    ForeignKeyConstraint(
        ["conversation_id", "seq"], ["lines.conversation_id", "lines.seq"], name="fk_thumbs_conversation_id"
    ),
)

ratings = Table(
    "ratings",
    metadata,
    Column("conversation_id", ID, ForeignKey("conversations.id"), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("stars", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("id", ID, primary_key=True),
    Column("sender", String(255), nullable=False, index=True, comment="who uploaded it: only they may send it"),
    Column("name", String(255), nullable=False),
    Column("type", String(64), nullable=False, comment="by what is inside, not by what was said"),
    Column("bytes", Integer, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment, comment="when it first went out with a message; NULL: it goes after a day"),
    Index(None, "sent_at", "created_at"),
)

revoked = Table(
    "revoked",
    metadata,
    Column("key", String(80), primary_key=True, comment="a visitor, or the digest of a customer's token"),
    Column("until", Moment, nullable=False, index=True, comment="when it would end by itself"),
)

buttons = Table(
    "buttons",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("reason", String(32), nullable=False),
    Column("priority", String(8), nullable=False),
    Column("state", String(8), nullable=False),
    Column("in_hours", Boolean, nullable=False),
    Column("packet_version", Integer, nullable=False),
    Column("packet", JSON, nullable=False),
    Column("acknowledged", Boolean, nullable=False, comment="the waiting customer was told once that we read along"),
    Column("created_at", Moment, nullable=False),
    Column("last_heard_at", Moment, nullable=False, comment="when customer or colleague last wrote"),
    Column("closed_at", Moment),
    Column("closing_note", Text),
    Column(
        "rank_at", Moment, nullable=False, comment="who is earliest is next: created_at, less what priority is worth"
    ),
    Column("skill_group", String(32), nullable=False, server_default="general"),
    Column("language", String(8), nullable=False, server_default="zh"),
    Column("card", JSON, nullable=False, server_default="{}", comment="what a list shows of the packet"),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Column("aim_seconds", Integer, nullable=False, server_default="900", comment="how soon somebody should answer"),
    Column("agent_id", ID, index=True, comment="who has it, or had it last"),
    Column("assigned_at", Moment),
    Column("skipped", JSON, nullable=False, server_default="[]", comment="colleagues who had it and did not answer"),
    Column("first_due", Moment, comment="by when somebody should have answered first"),
    Column("first_reply_at", Moment),
    Column("next_due", Moment, comment="by when the customer's last words should be answered; NULL when they are"),
    Column("warned", Boolean, nullable=False, server_default=false()),
    Column("breached", Boolean, nullable=False, server_default=false()),
    Column("told_place", Integer, comment="the place in line that the customer was told last"),
    Column("told_at", Moment),
    Column("wrap_up", JSON(none_as_null=True), comment="category, resolved, summary"),
    Index(None, "state", "rank_at"),
    Index(None, "closed_at"),
)

packet_versions = Table(
    "packet_versions",
    metadata,
    Column("handoff_id", ID, ForeignKey("handoffs.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1"),
    Column("why", String(16), nullable=False, comment="asked, transferred, freed, closed"),
    Column("by", String(64)),
    Column("packet", JSON, nullable=False),
    Column("at", Moment, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(64), nullable=False, unique=True, comment="with which they sign in, in small letters"),
    Column("shown_as", JSON, nullable=False, comment="zh and en: what customers and colleagues read"),
    Column("password_hash", String(255), nullable=False),
    Column("totp_secret", String(64)),
    Column("totp_used", Integer, nullable=False, server_default="0", comment="the newest time step that was used"),
    Column("roles", JSON, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("money_limit", String(16), comment="CNY; NULL for the shop's rule"),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("created_at", Moment, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", ID, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

presence = Table(
    "presence",
    metadata,
    Column("account_id", ID, ForeignKey("accounts.id"), primary_key=True),
    Column("status", String(8), nullable=False, comment="online, away or offline, as they chose"),
    Column("seen_at", Moment, nullable=False, comment="when one of their windows last gave a sign of life"),
    Column("given_at", Moment, comment="when they were last given a talk"),
    Column("looking_at", ID, comment="the conversation that they have open"),
    Column("typing_at", Moment, comment="when they last typed something in it"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("after_line", Integer, nullable=False, comment="the lines.seq it follows"),
    Column("part", Integer, nullable=False, comment="its place among the notes there, from 1"),
    Column("kind", String(8), nullable=False, comment="note, whisper or system"),
    Column("author_id", ID),
    Column("author_name", String(64)),
    Column("text", Text, nullable=False),
    Column("mentions", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "conversation_id", "after_line", "part"),
    sqlite_autoincrement=True,
)

spoken = Table(
    "spoken",
    metadata,
    Column("account_id", ID, primary_key=True),
    Column(
        "client_id", String(64), primary_key=True, comment="the window's own id of what was said: a repeat is known"
    ),
    Column("conversation_id", ID, nullable=False),
    Column("seq", Float, nullable=False, comment="of the line, or of the note between two lines"),
    Index(None, "conversation_id", "seq"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", ID, primary_key=True, comment="also the shop's idempotency key"),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("handoff_id", ID),
    Column("action", String(16), nullable=False),
    Column("order_number", String(32), nullable=False),
    Column("amount", String(16), nullable=False, comment="CNY"),
    Column("reason", Text, nullable=False),
    Column("state", String(8), nullable=False, comment="asked, refused, doing, done or failed"),
    Column("asked_by", ID, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("decided_by", ID),
    Column("decided_at", Moment),
    Column("why", Text),
    Column("result", JSON(none_as_null=True)),
    Index(None, "state", "asked_at"),
)

canned = Table(
    "canned",
    metadata,
    Column("id", ID, primary_key=True),
    Column("owner_id", ID, index=True, comment="NULL: everybody's"),
    Column("title", JSON, nullable=False),
    Column("text", JSON, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

repeats = Table(
    "repeats",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", ID, nullable=False, index=True),
    Column("handoff_id", ID),
    Column("who", String(8), nullable=False, comment="agent or bot"),
    Column("account_id", ID),
    Column("field", String(32), nullable=False, comment="what was asked for though it was known"),
    Column("at", Moment, nullable=False, index=True),
    sqlite_autoincrement=True,
)

proofs = Table(
    "proofs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("proof_key", String(40), nullable=False, index=True, comment="the address at which it was proven"),
    Column("kind", String(8), nullable=False, comment="order, customer or phone"),
    Column("subject", String(64), nullable=False, comment="order number, the shop's customer id, or phone number"),
    Column("proven_at", Moment, nullable=False),
    UniqueConstraint("proof_key", "kind", "subject"),
)

proof_attempts = Table(
    "proof_attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", String(320), nullable=False, comment="whom the guess counts against, such as order:GT2600010042"),
    Column("at", Moment, nullable=False),
    Index(None, "subject", "at"),
    sqlite_autoincrement=True,
)

one_time_codes = Table(
    "one_time_codes",
    metadata,
    Column("proof_key", String(40), primary_key=True),
    Column("customer_id", String(64), nullable=False),
    Column("code_hash", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

publications = Table(
    "publications",
    metadata,
    Column("id", ID, primary_key=True),
    Column("keys", JSON(none_as_null=True), comment="what to publish; NULL: all that was approved"),
    Column("back_to", Integer, comment="the revision to go back to, in a rollback"),
    Column("who", String(64), nullable=False),
    Column("state", String(8), nullable=False, comment="waiting, running, live, refused or failed"),
    Column("stage", String(8), nullable=False),
    Column("done", Float, nullable=False),
    Column("stages", JSON, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("changes", JSON, nullable=False),
    Column("revision", Integer, comment="what it became"),
    Column("worker", String(64), comment="who prepares it"),
    Column("lease_until", Float, nullable=False, comment="on the leases' clock"),
    Column("asked_at", Moment, nullable=False, index=True),
    Column("ended_at", Moment),
    Index(None, "state"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("publication_id", ID, nullable=False),
    Column("base", String(128), nullable=False, comment="the model that lessons add to"),
    Column("restores", Integer, comment="the revision whose model this one has again"),
    Column("content", LargeBinary, nullable=False, comment="zlib of JSON: responses, examples, files"),
    Column("lesson", LargeBinary, comment="what the classifier learns; NULL: nothing"),
    Column("fingerprint", String(64), comment="of the folder once the files were written"),
    Column("at", Moment, nullable=False),
)

followers = Table(
    "followers",
    metadata,
    Column("worker", String(64), primary_key=True),
    Column("revision", Integer, nullable=False, comment="what it says"),
    Column("turns", Integer, nullable=False, comment="how many messages it answered since"),
    Column("unknown", Integer, nullable=False, comment="how many of them it did not understand"),
    Column("seen", Float, nullable=False, comment="its last sign of life, on the leases' clock"),
)

studio_drafts = Table(
    "studio_drafts",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("version", Integer, nullable=False, comment="of studio_versions: what the draft says"),
    Column("state", String(8), nullable=False, comment="draft, review or approved"),
    Column("entry", JSON(none_as_null=True), comment="NULL: it is to go"),
    Column("base", JSON(none_as_null=True), comment="what was published when it was begun; NULL: it is new"),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("review_by", String(64), comment="who said the last word on it"),
    Column("why", Text, comment="why it was sent back"),
    Column("warnings", Integer, nullable=False),
)

studio_versions = Table(
    "studio_versions",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="from 1"),
    Column("entry", JSON(none_as_null=True), comment="NULL: it was taken away"),
    Column("digest", String(16), comment="of the entry"),
    Column("what", String(16), nullable=False, comment="found, saved, restored, imported, assigned, published"),
    Column("who", String(64), nullable=False),
    Column("at", Moment, nullable=False),
)

studio_audit = Table(
    "studio_audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", String(64), nullable=False),
    Column("what", String(24), nullable=False),
    Column("key", String(160)),
    Column("detail", JSON, nullable=False),
    sqlite_autoincrement=True,
)

studio_open = Table(
    "studio_open",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("account_id", ID, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, index=True),
)

studio_settled = Table(
    "studio_settled",
    metadata,
    Column("inbox_id", Integer, primary_key=True, autoincrement=False, comment="a customer's message"),
    Column("kind", String(12), primary_key=True),
    Column("what", String(12), nullable=False, comment="assigned, new or dismissed"),
    Column("key", String(160)),
    Column("who", String(64), nullable=False),
    Column("at", Moment, nullable=False),
)

__all__ = [
    "accounts",
    "approvals",
    "arrivals",
    "buttons",
    "canned",
    "conversations",
    "cursors",
    "customers",
    "events",
    "files",
    "handoffs",
    "identities",
    "inbox",
    "lines",
    "link_codes",
    "links",
    "metadata",
    "notes",
    "one_time_codes",
    "outbox",
    "packet_versions",
    "passive_answers",
    "platform_tokens",
    "presence",
    "proof_attempts",
    "proofs",
    "pushes",
    "ratings",
    "reach",
    "repeats",
    "revoked",
    "sessions",
    "spoken",
    "studio_audit",
    "studio_drafts",
    "studio_open",
    "studio_settled",
    "studio_versions",
    "threads",
    "thumbs",
]

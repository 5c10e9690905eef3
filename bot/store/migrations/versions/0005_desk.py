"""The agent desk: who signs in and is there, who has which talk until when, and what is said among colleagues."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OLD_RANKS = "UPDATE handoffs SET rank_at = created_at"


def upgrade() -> None:
    _people()
    _words()
    op.create_table(
        "packet_versions",
        _id("handoff_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="from 1"),
        sa.Column("why", sa.String(16), nullable=False, comment="asked, transferred, freed, closed"),
        sa.Column("by", sa.String(64)),
        sa.Column("packet", sa.JSON(), nullable=False),
        _moment("at", nullable=False),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], name=op.f("fk_packet_versions_handoff_id")),
        sa.PrimaryKeyConstraint("handoff_id", "number", name=op.f("pk_packet_versions")),
    )
    _approvals()
    rank = "who is earliest is next: created_at, less what priority is worth"
    with op.batch_alter_table("handoffs") as table:
        table.add_column(_moment("rank_at", comment=rank))
        for column in _handoff_columns():
            table.add_column(column)
    op.execute(OLD_RANKS)
    with op.batch_alter_table("handoffs") as table:
        table.alter_column("rank_at", existing_type=sa.DateTime(timezone=True), existing_comment=rank, nullable=False)
        table.drop_index("ix_handoffs_state_created_at")
        table.create_index("ix_handoffs_agent_id", ["agent_id"])
        table.create_index("ix_handoffs_state_rank_at", ["state", "rank_at"])
        table.create_index("ix_handoffs_closed_at", ["closed_at"])


def _people() -> None:
    op.create_table(
        "accounts",
        _id("id"),
        sa.Column("name", sa.String(64), nullable=False, comment="with which they sign in, in small letters"),
        sa.Column("shown_as", sa.JSON(), nullable=False, comment="zh and en: what customers and colleagues read"),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("totp_secret", sa.String(64)),
        sa.Column(
            "totp_used", sa.Integer(), nullable=False, server_default="0", comment="the newest time step that was used"
        ),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("money_limit", sa.String(16), comment="CNY; NULL for the shop's rule"),
        sa.Column("disabled", sa.Boolean(), nullable=False, server_default=sa.false()),
        _moment("created_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_accounts_name")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), nullable=False),
        _id("account_id"),
        _moment("created_at", nullable=False),
        _moment("seen_at", nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_table(
        "presence",
        _id("account_id"),
        sa.Column("status", sa.String(8), nullable=False, comment="online, away or offline, as they chose"),
        _moment("seen_at", nullable=False, comment="when one of their windows last gave a sign of life"),
        _moment("given_at", comment="when they were last given a talk"),
        sa.Column("looking_at", sa.String(36), comment="the conversation that they have open"),
        _moment("typing_at", comment="when they last typed something in it"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_presence_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_presence")),
    )


def _words() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        _id("conversation_id"),
        sa.Column("after_line", sa.Integer(), nullable=False, comment="the lines.seq it follows"),
        sa.Column("part", sa.Integer(), nullable=False, comment="its place among the notes there, from 1"),
        sa.Column("kind", sa.String(8), nullable=False, comment="note, whisper or system"),
        _id("author_id", nullable=True),
        sa.Column("author_name", sa.String(64)),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        _moment("at", nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_notes_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notes_conversation_id_after_line_part", "notes", ["conversation_id", "after_line", "part"])
    op.create_table(
        "spoken",
        _id("account_id"),
        sa.Column(
            "client_id",
            sa.String(64),
            nullable=False,
            comment="the window's own id of what was said: a repeat is known",
        ),
        _id("conversation_id"),
        sa.Column("seq", sa.Float(), nullable=False, comment="of the line, or of the note between two lines"),
        sa.PrimaryKeyConstraint("account_id", "client_id", name=op.f("pk_spoken")),
    )
    op.create_index("ix_spoken_conversation_id_seq", "spoken", ["conversation_id", "seq"])
    op.create_table(
        "canned",
        _id("id"),
        sa.Column("owner_id", sa.String(36), comment="NULL: everybody's"),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        _moment("changed_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned")),
    )
    op.create_index("ix_canned_owner_id", "canned", ["owner_id"])
    op.create_table(
        "repeats",
        sa.Column("id", sa.Integer(), nullable=False),
        _id("conversation_id"),
        _id("handoff_id", nullable=True),
        sa.Column("who", sa.String(8), nullable=False, comment="agent or bot"),
        _id("account_id", nullable=True),
        sa.Column("field", sa.String(32), nullable=False, comment="what was asked for though it was known"),
        _moment("at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repeats")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_repeats_conversation_id", "repeats", ["conversation_id"])
    op.create_index("ix_repeats_at", "repeats", ["at"])


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(36), nullable=False, comment="also the shop's idempotency key"),
        _id("conversation_id"),
        _id("handoff_id", nullable=True),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("order_number", sa.String(32), nullable=False),
        sa.Column("amount", sa.String(16), nullable=False, comment="CNY"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False, comment="asked, refused, doing, done or failed"),
        _id("asked_by"),
        _moment("asked_at", nullable=False),
        _id("decided_by", nullable=True),
        _moment("decided_at"),
        sa.Column("why", sa.Text()),
        sa.Column("result", sa.JSON()),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_approvals_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_conversation_id", "approvals", ["conversation_id"])
    op.create_index("ix_approvals_state_asked_at", "approvals", ["state", "asked_at"])


def _handoff_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("skill_group", sa.String(32), server_default="general", nullable=False),
        sa.Column("language", sa.String(8), server_default="zh", nullable=False),
        sa.Column("card", sa.JSON(), server_default="{}", comment="what a list shows of the packet", nullable=False),
        sa.Column("tags", sa.JSON(), server_default="[]", nullable=False),
        sa.Column(
            "aim_seconds", sa.Integer(), server_default="900", comment="how soon somebody should answer", nullable=False
        ),
        sa.Column("agent_id", sa.String(36), comment="who has it, or had it last"),
        _moment("assigned_at"),
        sa.Column(
            "skipped",
            sa.JSON(),
            server_default="[]",
            comment="colleagues who had it and did not answer",
            nullable=False,
        ),
        _moment("first_due", comment="by when somebody should have answered first"),
        _moment("first_reply_at"),
        _moment("next_due", comment="by when the customer's last words should be answered; NULL when they are"),
        sa.Column("warned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("breached", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("told_place", sa.Integer(), comment="the place in line that the customer was told last"),
        _moment("told_at"),
        sa.Column("wrap_up", sa.JSON(), comment="category, resolved, summary"),
    ]


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(36), nullable=nullable)


def _moment(name: str, *, nullable: bool = True, comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def downgrade() -> None:
    with op.batch_alter_table("handoffs") as table:
        for index in ("ix_handoffs_agent_id", "ix_handoffs_state_rank_at", "ix_handoffs_closed_at"):
            table.drop_index(index)
        for column in ("rank_at", *(column.name for column in _handoff_columns())):
            table.drop_column(column)
        table.create_index("ix_handoffs_state_created_at", ["state", "created_at"])
    tables = ("approvals", "packet_versions", "repeats", "canned", "spoken", "notes")
    for name in (*tables, "presence", "sessions", "accounts"):
        op.drop_table(name)

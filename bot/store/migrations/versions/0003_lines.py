"""The conversation's log: every line that either side sees, in order. What was said before is put into it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SAID_BEFORE = """
    INSERT INTO lines (conversation_id, seq, who, inbox_id, outbox_id, at)
    SELECT conversation_id, row_number() OVER (PARTITION BY conversation_id ORDER BY turn, answer, part),
           who, inbox_id, outbox_id, at
    FROM (
        SELECT conversation_id, id AS turn, 0 AS answer, 0 AS part, 'customer' AS who,
               id AS inbox_id, CAST(NULL AS INTEGER) AS outbox_id, received_at AS at
        FROM inbox WHERE external_id NOT LIKE '%#replay-%'
        UNION ALL
        SELECT conversation_id, inbox_id, 1, part, 'bot', CAST(NULL AS INTEGER), id, created_at
        FROM outbox WHERE inbox_id IS NOT NULL
    ) AS said
"""
NUMBERS = (
    "UPDATE inbox SET line = (SELECT seq FROM lines WHERE lines.inbox_id = inbox.id)",
    "UPDATE conversations SET last_line = (SELECT count(*) FROM lines WHERE lines.conversation_id = conversations.id)",
    "UPDATE conversations SET read_by_us = COALESCE((SELECT max(line) FROM inbox"
    " WHERE inbox.conversation_id = conversations.id AND state NOT IN ('received', 'working')), 0)",
)


def upgrade() -> None:
    op.create_table(
        "lines",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False, comment="from 1, without gaps"),
        sa.Column("who", sa.String(length=8), nullable=False, comment="customer, bot, agent or system"),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=True, comment="the bubble of a line that is in neither inbox nor outbox"),
        sa.Column("agent_id", sa.String(length=36), nullable=True),
        sa.Column("agent_name", sa.String(length=64), nullable=True, comment="as the customer saw it"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_lines_conversation_id")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_lines_inbox_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_lines_outbox_id")),
        sa.PrimaryKeyConstraint("conversation_id", "seq", name=op.f("pk_lines")),
        sa.UniqueConstraint("inbox_id", name=op.f("uq_lines_inbox_id")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_lines_outbox_id")),
    )
    for name, comment in (
        ("last_line", "the newest lines.seq"),
        ("read_by_us", "the newest line that was read here"),
        ("read_by_customer", None),
    ):
        op.add_column(
            "conversations", sa.Column(name, sa.Integer(), nullable=False, server_default="0", comment=comment)
        )
    files = "what came with it: id, name, type, bytes and so on of each"
    op.add_column("inbox", sa.Column("files", sa.JSON(), nullable=True, comment=files))
    line = "its lines.seq; NULL for a copy that is replayed"
    op.add_column("inbox", sa.Column("line", sa.Integer(), nullable=True, comment=line))
    for statement in (SAID_BEFORE, *NUMBERS):
        op.execute(statement)


def downgrade() -> None:
    with op.batch_alter_table("inbox") as table:
        table.drop_column("line")
        table.drop_column("files")
    with op.batch_alter_table("conversations") as table:
        table.drop_column("read_by_customer")
        table.drop_column("read_by_us")
        table.drop_column("last_line")
    op.drop_table("lines")

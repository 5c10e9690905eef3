"""What the web channel keeps: files, thumbs, ratings, and what was revoked before its time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thumbs",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("up", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id", "seq"],
            ["lines.conversation_id", "lines.seq"],
            name=op.f("fk_thumbs_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "seq", name=op.f("pk_thumbs")),
    )
    op.create_table(
        "ratings",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("episode", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_ratings_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", "episode", name=op.f("pk_ratings")),
    )
    op.create_table(
        "files",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("sender", sa.String(length=255), nullable=False, comment="who uploaded it: only they may send it"),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False, comment="by what is inside, not by what was said"),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index("ix_files_sender", "files", ["sender"], unique=False)
    op.create_table(
        "revoked",
        sa.Column(
            "key", sa.String(length=80), nullable=False, comment="a visitor, or the digest of a customer's token"
        ),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="when it would end by itself"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_revoked")),
    )
    op.create_index("ix_revoked_until", "revoked", ["until"], unique=False)


def downgrade() -> None:
    for table in ("revoked", "files", "ratings", "thumbs"):
        op.drop_table(table)

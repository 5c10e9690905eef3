"""The studio: drafts, versions, who did what, who has what open, and which of customers' questions are settled."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "studio_drafts",
        _key(),
        sa.Column("version", sa.Integer, nullable=False, comment="of studio_versions: what the draft says"),
        sa.Column("state", sa.String(8), nullable=False, comment="draft, review or approved"),
        sa.Column("entry", sa.JSON, comment="NULL: it is to go"),
        sa.Column("base", sa.JSON, comment="what was published when it was begun; NULL: it is new"),
        sa.Column("changed_by", sa.String(64), nullable=False),
        _moment("changed_at"),
        sa.Column("review_by", sa.String(64), comment="who said the last word on it"),
        sa.Column("why", sa.Text, comment="why it was sent back"),
        sa.Column("warnings", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_studio_drafts")),
    )
    op.create_table(
        "studio_versions",
        _key(),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False, comment="from 1"),
        sa.Column("entry", sa.JSON, comment="NULL: it was taken away"),
        sa.Column("digest", sa.String(16), comment="of the entry"),
        sa.Column(
            "what", sa.String(16), nullable=False, comment="found, saved, restored, imported, assigned, published"
        ),
        sa.Column("who", sa.String(64), nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("key", "number", name=op.f("pk_studio_versions")),
    )
    op.create_table(
        "studio_audit",
        sa.Column("id", sa.Integer, nullable=False),
        _moment("at"),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("what", sa.String(24), nullable=False),
        _key(nullable=True),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_audit")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "studio_open",
        _key(),
        sa.Column("account_id", sa.String(36), nullable=False),
        _moment("since"),
        _moment("seen_at"),
        sa.PrimaryKeyConstraint("key", "account_id", name=op.f("pk_studio_open")),
    )
    op.create_index("ix_studio_open_seen_at", "studio_open", ["seen_at"])
    op.create_table(
        "studio_settled",
        sa.Column("inbox_id", sa.Integer, autoincrement=False, nullable=False, comment="a customer's message"),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("what", sa.String(12), nullable=False, comment="assigned, new or dismissed"),
        _key(nullable=True),
        sa.Column("who", sa.String(64), nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("inbox_id", "kind", name=op.f("pk_studio_settled")),
    )


def _key(*, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column("key", sa.String(160), nullable=nullable)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    for table in ("studio_settled", "studio_open", "studio_audit", "studio_versions", "studio_drafts"):
        op.drop_table(table)

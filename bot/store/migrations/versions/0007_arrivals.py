"""What arrived and is no message yet, how far was read, and bubbles that go out in pieces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrivals",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("external_id", sa.String(640), nullable=False),
        sa.Column("sender", sa.String(255), nullable=False),
        sa.Column("bundle", sa.String(255), comment="the same for what belongs together, such as an album"),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("due", sa.Float, nullable=False, comment="on the database's lease clock"),
        sa.Column(
            "held_until",
            sa.Float,
            nullable=False,
            comment="on the lease clock; by the worker that sees to it",
        ),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_arrivals"),
        sa.UniqueConstraint("channel", "account", "external_id", name="uq_arrivals_channel_account_external_id"),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("done_at IS NULL")
    op.create_index(
        "ix_arrivals_waiting",
        "arrivals",
        ["channel", "account", "sender", "id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index("ix_arrivals_done_at", "arrivals", ["done_at"])
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("holder", sa.String(64)),
        sa.Column("held_until", sa.Float, nullable=False, comment="on the database's lease clock"),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cursors"),
    )
    op.add_column(
        "outbox",
        sa.Column(
            "pieces",
            sa.Integer,
            nullable=False,
            server_default="0",
            comment="of a long bubble, how many are there",
        ),
    )


def downgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.drop_column("pieces")
    op.drop_table("cursors")
    op.drop_table("arrivals")

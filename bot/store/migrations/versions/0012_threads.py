"""What the next letter to somebody answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "threads",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("sender", sa.String(255), nullable=False),
        sa.Column(
            "data", sa.JSON, nullable=False, comment="what the next letter to them answers, and under which subject"
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", "sender", name="pk_threads"),
    )


def downgrade() -> None:
    op.drop_table("threads")

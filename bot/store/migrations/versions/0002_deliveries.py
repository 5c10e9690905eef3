"""Deliveries: when a reply is due, who may mark it, and whether it may have arrived twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.drop_column("not_before")
        table.add_column(
            sa.Column(
                "due",
                sa.Float(),
                nullable=False,
                server_default="0",
                comment="on the database's lease clock: sent no sooner than this; being sent, taken over after this",
            )
        )
        table.add_column(
            sa.Column(
                "fence",
                sa.Integer(),
                nullable=False,
                server_default="0",
                comment="grows with every attempt to send",
            )
        )
        table.add_column(
            sa.Column(
                "uncertain",
                sa.Boolean(),
                nullable=False,
                server_default=sa.false(),
                comment="it may have arrived twice",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.drop_column("uncertain")
        table.drop_column("fence")
        table.drop_column("due")
        table.add_column(sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))

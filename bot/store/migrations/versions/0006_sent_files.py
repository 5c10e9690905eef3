"""Files know whether they were sent, so that those that never are can go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("files") as table:
        table.add_column(
            sa.Column(
                "sent_at",
                sa.DateTime(timezone=True),
                comment="when it first went out with a message; NULL: it goes after a day",
            )
        )
        table.create_index("ix_files_sent_at_created_at", ["sent_at", "created_at"])
    op.execute("UPDATE files SET sent_at = created_at")  # which of them were sent was not noted


def downgrade() -> None:
    with op.batch_alter_table("files") as table:
        table.drop_index("ix_files_sent_at_created_at")
        table.drop_column("sent_at")

"""What platforms make us remember: tokens, pushes, whom we may write to, and what a webhook answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passive_answers",
        sa.Column("inbox_id", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False, comment="what the webhook answered; empty when it carried no reply"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_passive_answers_inbox_id"),
        sa.PrimaryKeyConstraint("inbox_id", name="pk_passive_answers"),
    )
    op.create_index("ix_passive_answers_at", "passive_answers", ["at"])
    op.create_table(
        "platform_tokens",
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("token", sa.Text, nullable=False, server_default=""),
        sa.Column("expires_at", sa.DateTime(timezone=True), comment="NULL before the first"),
        sa.Column("version", sa.Integer, nullable=False, server_default="0", comment="grows with every token"),
        sa.Column("forced_at", sa.DateTime(timezone=True), comment="when another was last asked for before its time"),
        sa.Column(
            "lease_until",
            sa.Float,
            nullable=False,
            server_default="0",
            comment="one worker fetches: on the lease clock",
        ),
        sa.PrimaryKeyConstraint("name", name="pk_platform_tokens"),
    )
    op.create_table(
        "pushes",
        sa.Column("digest", sa.String(64), nullable=False, comment="of a request's time, nonce and signature"),
        sa.Column("body", sa.String(64), nullable=False, comment="digest of the body that it came with first"),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_pushes"),
    )
    op.create_index("ix_pushes_at", "pushes", ["at"])
    op.create_table(
        "reach",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("sender", sa.String(255), nullable=False),
        sa.Column("used", sa.Integer, nullable=False, comment="messages sent since they last did something"),
        sa.Column("most", sa.Integer, nullable=False, comment="how many that lets us send"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="until when"),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false(), comment="they left the channel"),
        sa.Column(
            "elsewhere",
            sa.Boolean,
            nullable=False,
            server_default=sa.false(),
            comment="served on the platform itself",
        ),
        sa.Column(
            "offered", sa.JSON, nullable=False, server_default="[]", comment="buttons shown last as a numbered list"
        ),
        sa.PrimaryKeyConstraint("channel", "account", "sender", name="pk_reach"),
    )


def downgrade() -> None:
    for name in ("reach", "pushes", "platform_tokens", "passive_answers"):
        op.drop_table(name)

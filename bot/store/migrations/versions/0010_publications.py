"""Publications, the revisions they became, and which worker says which of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("keys", sa.JSON, comment="what to publish; NULL: all that was approved"),
        sa.Column("back_to", sa.Integer, comment="the revision to go back to, in a rollback"),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False, comment="waiting, running, live, refused or failed"),
        sa.Column("stage", sa.String(8), nullable=False),
        sa.Column("done", sa.Float, nullable=False),
        sa.Column("stages", sa.JSON, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, comment="what it became"),
        sa.Column("worker", sa.String(64), comment="who prepares it"),
        sa.Column("lease_until", sa.Float, nullable=False, comment="on the leases' clock"),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
    )
    op.create_index("ix_publications_state", "publications", ["state"])
    op.create_index("ix_publications_asked_at", "publications", ["asked_at"])
    op.create_table(
        "revisions",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("publication_id", sa.String(36), nullable=False),
        sa.Column("base", sa.String(128), nullable=False, comment="the model that lessons add to"),
        sa.Column("restores", sa.Integer, comment="the revision whose model this one has again"),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="zlib of JSON: responses, examples, files"),
        sa.Column("lesson", sa.LargeBinary, comment="what the classifier learns; NULL: nothing"),
        sa.Column("fingerprint", sa.String(64), comment="of the folder once the files were written"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_revisions")),
    )
    op.create_table(
        "followers",
        sa.Column("worker", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, comment="what it says"),
        sa.Column("turns", sa.Integer, nullable=False, comment="how many messages it answered since"),
        sa.Column("unknown", sa.Integer, nullable=False, comment="how many of them it did not understand"),
        sa.Column("seen", sa.Float, nullable=False, comment="its last sign of life, on the leases' clock"),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_followers")),
    )


def downgrade() -> None:
    for table in ("followers", "revisions", "publications"):
        op.drop_table(table)

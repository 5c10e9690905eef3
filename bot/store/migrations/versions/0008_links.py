"""One customer over several channels: links and their codes; proofs count at the address where they were shown."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _links()
    with op.batch_alter_table("identities") as table:
        table.add_column(
            sa.Column(
                "hint", sa.String(128), comment="the platform's name for the person in other apps; proves nothing"
            )
        )
        table.create_index("ix_identities_hint", ["hint"])
    in_group: sa.Column[bool] = sa.Column(
        "in_group", sa.Boolean(), server_default=sa.false(), nullable=False, comment="others read along"
    )
    op.add_column("inbox", in_group)
    op.add_column("inbox", sa.Column("level", sa.String(2), comment="what was proven when it was answered: L0 to L3"))
    # what was proven lasts for half an hour and was kept under the conversation: customers show it once more
    _drop_proofs("conversation_id")
    _proofs(sa.Column("proof_key", sa.String(40), nullable=False, comment="the address at which it was proven"))
    _codes(sa.Column("proof_key", sa.String(40), nullable=False))


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("external_id", sa.String(255), nullable=False),
        sa.Column("shop_customer_id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(36), nullable=False, comment="whose it became"),
        sa.Column("conversation_id", sa.String(36), comment="the talk that is shared since"),
        sa.Column("from_customer_id", sa.String(36), comment="whose it was"),
        sa.Column("from_conversation_id", sa.String(36), comment="the talk it had before"),
        sa.Column("moved", sa.JSON(), comment="what of that talk came along and could go back"),
        sa.Column("how", sa.String(16), nullable=False, comment="code, sign_in or phone"),
        _moment("proven_at", comment="when possession was proven"),
        sa.Column("by", sa.String(64), nullable=False, comment="customer, or a colleague's name"),
        _moment("at", nullable=False),
        _moment("ended_at"),
        sa.Column("ended_how", sa.String(16), comment="unlinked, undone or moved"),
        sa.Column("ended_by", sa.String(64)),
        sa.Column("ended_why", sa.Text()),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_links_conversation_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_links_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_links_customer_id", "links", ["customer_id"])
    op.create_index("ix_links_channel_account_external_id", "links", ["channel", "account", "external_id"])
    op.create_table(
        "link_codes",
        sa.Column("shop_customer_id", sa.String(64), nullable=False, comment="one code at a time for each"),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(32), comment="where alone it counts; NULL: anywhere"),
        sa.Column("issued_to", sa.String(40), nullable=False, comment="key of the address at which it was shown"),
        _moment("issued_at", nullable=False),
        _moment("expires_at", nullable=False),
        sa.Column("taken_by", sa.String(40), comment="key of the address at which it was typed"),
        sa.PrimaryKeyConstraint("shop_customer_id", name=op.f("pk_link_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_link_codes_code_hash")),
    )
    op.create_index("ix_link_codes_taken_by", "link_codes", ["taken_by"])


def _drop_proofs(column: str) -> None:
    op.drop_index(f"ix_proofs_{column}", "proofs")
    op.drop_table("proofs")
    op.drop_table("one_time_codes")


def _proofs(whose: sa.Column[str], *, kinds: str = "order, customer or phone") -> None:
    subject = "order number, the shop's customer id, or phone number"
    op.create_table(
        "proofs",
        sa.Column("id", sa.Integer(), nullable=False),
        whose,
        sa.Column("kind", sa.String(8), nullable=False, comment=kinds),
        sa.Column("subject", sa.String(64), nullable=False, comment=subject),
        _moment("proven_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proofs")),
        sa.UniqueConstraint(whose.name, "kind", "subject", name=op.f(f"uq_proofs_{whose.name}_kind_subject")),
    )
    op.create_index(f"ix_proofs_{whose.name}", "proofs", [whose.name])


def _codes(whose: sa.Column[str]) -> None:
    op.create_table(
        "one_time_codes",
        whose,
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        _moment("expires_at", nullable=False),
        sa.PrimaryKeyConstraint(whose.name, name=op.f("pk_one_time_codes")),
    )


def _moment(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def downgrade() -> None:
    _drop_proofs("proof_key")
    _proofs(sa.Column("conversation_id", sa.String(36), nullable=False), kinds="order or customer")
    _codes(sa.Column("conversation_id", sa.String(36), nullable=False))
    with op.batch_alter_table("inbox") as table:
        table.drop_column("level")
        table.drop_column("in_group")
    with op.batch_alter_table("identities") as table:
        table.drop_index("ix_identities_hint")
        table.drop_column("hint")
    op.drop_table("link_codes")
    op.drop_table("links")

"""Add the JSON-LD context of the stored documents.

The rebuild that follows fills it. It has no other context to compare by, and takes its own for that of the documents.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "jsonld_context",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_jsonld_context_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jsonld_context")),
    )


def downgrade() -> None:
    op.drop_table("jsonld_context")

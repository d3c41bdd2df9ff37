"""Pairs of facets in order."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sorted_facet",
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("sort", TEXT, nullable=False),
        sa.Column("unknown", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint(
            "entity", "name", "value", "sort", "unknown", "key", "id", name=op.f("pk_sorted_facet")
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("sorted_facet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sorted_facet_entity_id"), ["entity", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sorted_facet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sorted_facet_entity_id"))

    op.drop_table("sorted_facet")

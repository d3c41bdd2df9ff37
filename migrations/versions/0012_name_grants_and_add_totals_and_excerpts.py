"""Name grants and add totals and excerpt to projects."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", TEXT, nullable=True))
        batch_op.drop_column("label")

    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.add_column(sa.Column("excerpt", TEXT, nullable=True))
        batch_op.add_column(sa.Column("partners_total", NUMBER, nullable=True))
        batch_op.add_column(sa.Column("countries_total", NUMBER, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_column("countries_total")
        batch_op.drop_column("partners_total")
        batch_op.drop_column("excerpt")

    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("label", sa.TEXT(), nullable=True))
        batch_op.drop_column("name")

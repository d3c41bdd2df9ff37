"""A grant's number may be unknown."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.alter_column("number", existing_type=TEXT, nullable=True)


def downgrade() -> None:
    # The older tables demand a number; what it is follows from the log, when they are made anew.
    op.execute("UPDATE grants SET number = id WHERE number IS NULL")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.alter_column("number", existing_type=TEXT, nullable=False)

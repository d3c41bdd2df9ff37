"""The moments at which what is served changed last, for Last-Modified; the first rebuild sets them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("head", schema=None) as batch_op:
        batch_op.add_column(sa.Column("served_at", TEXT, server_default="", nullable=False))
        batch_op.add_column(sa.Column("fingerprint_at", TEXT, server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("head", schema=None) as batch_op:
        batch_op.drop_column("fingerprint_at")
        batch_op.drop_column("served_at")

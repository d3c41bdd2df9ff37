"""Add numbered records with posting lists and sort keys. The rebuild that follows fills them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("head", schema=None) as batch_op:
        batch_op.add_column(sa.Column("commit_number", NUMBER, server_default="0", nullable=False))
    op.create_table(
        "record",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("revision", NUMBER, nullable=True),
        sa.Column("created", TEXT, nullable=False),
        sa.Column("modified", TEXT, nullable=False),
        sa.Column("changed_at", TEXT, nullable=False),
        sa.Column("commit_number", NUMBER, nullable=False),
        sa.Column("etag", TEXT, nullable=False),
        sa.Column("list_item", sa.LargeBinary(), nullable=False),
        sa.Column("index_entries", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_record")),
        sa.UniqueConstraint("entity", "id", name=op.f("uq_record_entity_id")),
    )
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_record_commit_number"), ["commit_number"], unique=False)
    op.create_table(
        "posting",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("chunk", NUMBER, autoincrement=False, nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", "value", "chunk", name=op.f("pk_posting")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "record_sort_key",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", "value", "number", name=op.f("pk_record_sort_key")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("record_sort_key")
    op.drop_table("posting")
    op.drop_table("record")
    with op.batch_alter_table("head", schema=None) as batch_op:
        batch_op.drop_column("commit_number")

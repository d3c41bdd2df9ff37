"""Add the table of the words of search documents with their stems. The rebuild that follows fills it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "word",
        sa.Column("word", TEXT, nullable=False),
        sa.Column("english_stem", TEXT, nullable=False),
        sa.Column("latvian_stem", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_word")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_word_english_stem"), "word", ["english_stem"])
    op.create_index(op.f("ix_word_latvian_stem"), "word", ["latvian_stem"])


def downgrade() -> None:
    op.drop_table("word")

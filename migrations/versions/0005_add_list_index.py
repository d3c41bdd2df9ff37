"""What lists are asked by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Each engine has an index of words of its own, over the same words.
OF_SQLITE = (
    """CREATE VIRTUAL TABLE searchable_words USING fts5(
        everything, content='searchable', content_rowid='number', tokenize='ascii', detail='none', columnsize=0
    )""",
    """CREATE TRIGGER searchable_words_insert AFTER INSERT ON searchable BEGIN
        INSERT INTO searchable_words(rowid, everything) VALUES (new.number, new.everything);
    END""",
    """CREATE TRIGGER searchable_words_delete AFTER DELETE ON searchable BEGIN
        INSERT INTO searchable_words(searchable_words, rowid, everything)
        VALUES ('delete', old.number, old.everything);
    END""",
)
OF_POSTGRESQL = (
    """CREATE INDEX ix_searchable_words ON searchable
        USING gin (array_to_tsvector(string_to_array(everything, ' ')))""",
)


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rendered", TEXT, nullable=True))
    op.create_table(
        "facet",
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("entity", "name", "value", "id", name=op.f("pk_facet")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("facet", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_facet_entity_id_name_value"), ["entity", "id", "name", "value"], unique=False
        )

    op.create_table(
        "searchable",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("identifiers", TEXT, nullable=False),
        sa.Column("titles", TEXT, nullable=False),
        sa.Column("everything", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_searchable")),
        sa.UniqueConstraint("entity", "id", name=op.f("uq_searchable_entity_id")),
    )
    op.create_table(
        "sort_key",
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("unknown", NUMBER, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("entity", "id", "name", name=op.f("pk_sort_key")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("sort_key", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sort_key_entity_name_unknown_value_id"),
            ["entity", "name", "unknown", "value", "id"],
            unique=False,
        )
    for statement in OF_SQLITE if is_sqlite() else OF_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if is_sqlite():
        # Its triggers go with the table that they are on.
        op.execute("DROP TABLE searchable_words")
    with op.batch_alter_table("sort_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sort_key_entity_name_unknown_value_id"))

    op.drop_table("sort_key")
    op.drop_table("searchable")
    with op.batch_alter_table("facet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_facet_entity_id_name_value"))

    op.drop_table("facet")
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_column("rendered")

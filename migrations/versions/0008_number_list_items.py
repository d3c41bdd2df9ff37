"""Items by number.

What is served is made anew from the log after a migration; until then its rows are what they were, and
searches by change go the other way round.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

KEYS = {
    "facet": ["entity", "name", "value", "id"],
    "sort_key": ["entity", "id", "name"],
    "sorted_facet": ["entity", "name", "value", "sort", "unknown", "key", "id"],
}
INDEXES = {
    "facet": ["entity", "id", "name", "value"],
    "sort_key": ["entity", "name", "unknown", "value", "id"],
    "sorted_facet": ["entity", "id"],
}


def upgrade() -> None:
    take("item")
    op.create_table(
        "item",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("newest", NUMBER, nullable=False),
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("rendered", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_item")),
        sa.UniqueConstraint("entity", "id", name=op.f("uq_item_entity_id")),
        sa.UniqueConstraint("newest", name=op.f("uq_item_newest")),
    )
    op.execute(
        """INSERT INTO item SELECT first.number, coalesce(searchable.number, -first.number), entity, id, body,
        coalesce(rendered, '')
        FROM kept JOIN (SELECT entity, id, min(number) AS number FROM change GROUP BY entity, id) AS first
        USING (entity, id) LEFT JOIN searchable USING (entity, id)"""
    )
    op.drop_table("kept")
    for table in KEYS:
        make_anew(table, with_item=True)


def downgrade() -> None:
    take("item")
    op.create_table(
        "item",
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("rendered", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("entity", "id", name=op.f("pk_item")),
    )
    op.execute("INSERT INTO item SELECT entity, id, body, rendered FROM kept")
    op.drop_table("kept")
    for table in KEYS:
        make_anew(table, with_item=False)


def take(table: str) -> None:
    """Keep the rows of a table for the one that is made in its place."""
    op.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")  # noqa: S608 - our own names
    op.drop_table(table)


def make_anew(table: str, *, with_item: bool) -> None:
    """Make a table with or without the numbers of items."""
    columns = [*KEYS[table], *(["unknown", "value"] if table == "sort_key" else [])]
    index = [*INDEXES[table], *(["item"] if with_item and table == "sort_key" else [])]
    numbers = [sa.Column("item", NUMBER, nullable=False)] if with_item else []
    take(table)
    op.create_table(
        table,
        *(sa.Column(name, NUMBER if name == "unknown" else TEXT, nullable=False) for name in columns),
        *numbers,
        sa.PrimaryKeyConstraint(*KEYS[table], name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_{'_'.join(index)}"), table, index)
    named = ", ".join(f'kept."{name}"' for name in columns)
    found = ", item.number FROM kept JOIN item USING (entity, id)" if with_item else " FROM kept"
    op.execute(f"INSERT INTO {table} SELECT {named}{found}")
    op.drop_table("kept")

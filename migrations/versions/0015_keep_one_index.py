"""Drop the tables of each entity and all indexes but that of numbered records.

Documents and search documents go to tables by record number, ETags and moments of changes to `record`. The rebuild that
follows writes what differs. There is no way back: an earlier version restores a backup made before the upgrade.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Those that refer to others come first.
DROPPED = [
    "shows",
    "facet",
    "tally",
    "sorted_facet",
    "item",
    "published",
    "document_before",
    "searchable",
    "record_sort_key",
    "activities_organisers",
    "activities_places",
    "activities_projects",
    "activities_record_sources",
    "grants_amounts",
    "grants_funders",
    "grants_projects",
    "grants_record_sources",
    "organisations_identifiers",
    "organisations_record_sources",
    "outputs_creators",
    "outputs_identifiers",
    "outputs_projects",
    "outputs_record_sources",
    "programmes_funders",
    "programmes_record_sources",
    "projects_applied_to",
    "projects_contact_points",
    "projects_numbers",
    "projects_participations",
    "projects_record_sources",
    "outputs",
    "activities",
    "grants",
    "projects",
    "programmes",
    "organisations",
    "sources",
]

PLACES = {
    "Project": 1, "Grant": 2, "Programme": 3, "Organisation": 4, "Activity": 5, "Output": 6, "Source": 7
}  # fmt: skip
"""The places of entities in record numbers."""

OF_SQLITE = (
    """CREATE VIRTUAL TABLE search_document_words USING fts5(
        words, content='search_document', content_rowid='number', tokenize='ascii', detail='none', columnsize=0
    )""",
    "INSERT INTO search_document_words(search_document_words) VALUES ('rebuild')",
)
OF_POSTGRESQL = (
    """CREATE INDEX ix_search_document_words ON search_document
        USING gin (array_to_tsvector(string_to_array(words, ' ')))""",
)


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    number_records()
    op.execute(
        """UPDATE record SET etag = document.digest, changed_at = document.changed FROM document
        WHERE document.entity = record.entity AND document.id = record.id"""
    )
    copy_documents()
    copy_search_documents()
    op.drop_table("sort_key")
    op.create_table(
        "sort_key",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", "value", "number", name=op.f("pk_sort_key")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO sort_key SELECT name, value, number FROM record_sort_key")
    for table in DROPPED:
        op.execute(f"DROP TABLE {table}" if is_sqlite() else f"DROP TABLE {table} CASCADE")


def number_records() -> None:
    """Give each record its number, if an earlier version gave none, so that documents keep their moments."""
    blob = "BLOB" if is_sqlite() else "bytea"
    for entity, place in PLACES.items():
        op.execute(
            f"""INSERT INTO record SELECT {place << 27} + row_number() OVER (ORDER BY min(number)), entity, id,
            NULL, '', '', '', 0, '', CAST('' AS {blob}), CAST('[{{}},{{}}]' AS {blob}) FROM change
            WHERE entity = '{entity}' AND NOT EXISTS (SELECT 1 FROM record WHERE entity = '{entity}')
            GROUP BY entity, id"""  # noqa: S608 - our own names
        )


def copy_documents() -> None:
    op.rename_table("document", "document_before")
    if not is_sqlite():
        op.execute("ALTER INDEX pk_document RENAME TO pk_document_before")
    op.create_table(
        "document",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_document")),
    )
    op.execute(
        """INSERT INTO document SELECT record.number, document_before.body
        FROM record JOIN document_before USING (entity, id) ORDER BY record.number"""
    )


def copy_search_documents() -> None:
    if is_sqlite():
        op.execute("DROP TABLE searchable_words")
    op.create_table(
        "search_document",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("identifiers", TEXT, nullable=False),
        sa.Column("titles", TEXT, nullable=False),
        sa.Column("words", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_document")),
    )
    op.execute(
        """INSERT INTO search_document SELECT record.number, identifiers, titles, everything
        FROM record JOIN searchable USING (entity, id) ORDER BY record.number"""
    )
    for statement in OF_SQLITE if is_sqlite() else OF_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    message = (
        "version 0015 dropped tables that only earlier versions can fill: restore a backup with one of these"
    )
    raise RuntimeError(message)

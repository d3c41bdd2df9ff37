"""Definitions of the database tables: the log, and the read model that is derived from it."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, MetaData, Table, UniqueConstraint

from schema.storage.column_types import NUMBER, TEXT

_NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}


class Tables:
    """All tables, with the metadata that tests compare with the migrations."""

    def __init__(self) -> None:
        self.metadata = MetaData(naming_convention=_NAMING_CONVENTION)
        self.head = _head(self.metadata)
        self.revision = _revision(self.metadata)
        self.change = _change(self.metadata)
        self.record = _record(self.metadata)
        self.document = _document(self.metadata)
        self.search_document = _search_document(self.metadata)
        self.word = _word(self.metadata)
        self.posting = _posting(self.metadata)
        self.sort_key = _sort_key(self.metadata)
        self.jsonld_context = _jsonld_context(self.metadata)


def _head(metadata: MetaData) -> Table:
    return Table(
        "head",
        metadata,
        Column("id", NUMBER, primary_key=True, autoincrement=False),
        Column("seq", NUMBER, nullable=False),
        Column("number", NUMBER, nullable=False),
        Column("at", TEXT, nullable=False),
        Column("fingerprint", TEXT),
        # The generation: a random number that is replaced when served data may change, so that caches expire.
        Column("served", NUMBER, nullable=False, server_default="0"),
        # The moments of the last public commit or rebuild, and of the rebuild that set the fingerprint.
        Column("served_at", TEXT, nullable=False, server_default=""),
        Column("fingerprint_at", TEXT, nullable=False, server_default=""),
        # The number of public commits and rebuilds that wrote a row of `record`, behind that of an epoch.
        Column("commit_number", NUMBER, nullable=False, server_default="0"),
        CheckConstraint("id = 1", name="one_row"),
    )


def _revision(metadata: MetaData) -> Table:
    return Table(
        "revision",
        metadata,
        Column("seq", NUMBER, primary_key=True, autoincrement=False),
        Column("entity", TEXT, nullable=False),
        Column("id", TEXT, nullable=False),
        Column("version", NUMBER, nullable=False),
        Column("at", TEXT, nullable=False),
        Column("actor", TEXT, nullable=False),
        Column("action", TEXT, nullable=False),
        Column("note", TEXT),
        Column("declared", NUMBER, nullable=False),
        Column("document", TEXT),
        UniqueConstraint("entity", "id", "version"),
    )


def _change(metadata: MetaData) -> Table:
    return Table(
        "change",
        metadata,
        Column("number", NUMBER, primary_key=True, autoincrement=False),
        Column("at", TEXT, nullable=False),
        Column("entity", TEXT, nullable=False),
        Column("id", TEXT, nullable=False),
        Column("action", TEXT, nullable=False),
        Column("replaced_by", TEXT),
        Column("reason", TEXT),
        Index(None, "entity", "id", "number"),
    )


def _record(metadata: MetaData) -> Table:
    """Return the table of all records that are or were public.

    A record that is not public any more keeps its row, for its number: it has no revision, and its times, ETag,
    list item and index entries are empty.
    """
    return Table(
        "record",
        metadata,
        # `schema.index.record_numbers` says how it is made.
        Column("number", NUMBER, primary_key=True, autoincrement=False),
        Column("entity", TEXT, nullable=False),
        Column("id", TEXT, nullable=False),
        Column("revision", NUMBER),
        Column("created", TEXT, nullable=False),
        Column("modified", TEXT, nullable=False),
        # The moment at which the bytes of the document last changed.
        Column("changed_at", TEXT, nullable=False),
        # The number of the commit or rebuild that last wrote the row.
        Column("commit_number", NUMBER, nullable=False, index=True),
        # The content hash of the document, on which list item and search document depend too.
        Column("etag", TEXT, nullable=False),
        Column("list_item", LargeBinary, nullable=False),
        # JSON, as `schema.index.record_index` encodes it.
        Column("index_entries", LargeBinary, nullable=False),
        UniqueConstraint("entity", "id"),
    )


def _document(metadata: MetaData) -> Table:
    """Return the table of the documents of public records: JSON, each as a zstd frame (RFC 8878)."""
    return Table(
        "document",
        metadata,
        Column("number", NUMBER, primary_key=True, autoincrement=False),
        Column("body", LargeBinary, nullable=False),
    )


def _search_document(metadata: MetaData) -> Table:
    """Return the table of search documents; migrations create its full-text index, as it depends on the engine."""
    return Table(
        "search_document",
        metadata,
        Column("number", NUMBER, primary_key=True, autoincrement=False),
        Column("identifiers", TEXT, nullable=False),
        Column("titles", TEXT, nullable=False),
        Column("words", TEXT, nullable=False),
    )


def _word(metadata: MetaData) -> Table:
    """Return the table of the words of all search documents, with their stems in each language."""
    return Table(
        "word",
        metadata,
        Column("word", TEXT, primary_key=True),
        Column("english_stem", TEXT, nullable=False, index=True),
        Column("latvian_stem", TEXT, nullable=False, index=True),
        sqlite_with_rowid=False,
    )


def _posting(metadata: MetaData) -> Table:
    """Return the table of posting lists: the numbers of the records with a value, as a roaring bitmap per chunk.

    A chunk has the numbers with the same value of `number >> 16`. The bitmap, in the portable serialization, holds
    whole numbers.
    """
    return Table(
        "posting",
        metadata,
        Column("name", TEXT, primary_key=True),
        Column("value", TEXT, primary_key=True),
        Column("chunk", NUMBER, primary_key=True, autoincrement=False),
        Column("numbers", LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _sort_key(metadata: MetaData) -> Table:
    """Return the table of sort keys, and of values that ranges ask for. A missing value has no row."""
    return Table(
        "sort_key",
        metadata,
        Column("name", TEXT, primary_key=True),
        Column("value", TEXT, primary_key=True),
        Column("number", NUMBER, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )


def _jsonld_context(metadata: MetaData) -> Table:
    """Return the table of the JSON-LD context of the stored documents: a rebuild compares their triples by it.

    It has one row. `head`, which each commit writes, is too small a row for it.
    """
    return Table(
        "jsonld_context",
        metadata,
        Column("id", NUMBER, primary_key=True, autoincrement=False),
        Column("body", TEXT, nullable=False),
        CheckConstraint("id = 1", name="one_row"),
    )


TABLES = Tables()
"""The tables of every database: they do not depend on the model. Statements are built and compiled once for them."""

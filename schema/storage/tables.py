"""Definitions of the database tables: the log, the read model, and the tables of each entity."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.sql.type_api import TypeEngine

from schema.declaration.annotations import (
    DeclarationError,
    DerivedAlongLinks,
    Inverse,
    Label,
    LinkedQuery,
    RoleCount,
)
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Field, Shape
from schema.model import Model
from schema.storage.last_change_key import MAX_ENTITIES

# Both engines compare texts by bytes: PostgreSQL with this collation, SQLite by default.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")

NUMBER = BigInteger().with_variant(Integer(), "sqlite")

_COLUMN_TYPES: dict[Kind, TypeEngine[Any]] = {Kind.INTEGER: NUMBER, Kind.BOOLEAN: Boolean()}
"""Column types of kinds; all other values are stored as text, lists and maps as JSON text."""

_NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


@dataclass(frozen=True)
class EntityTables:
    """The tables of an entity: its records, its lists of links by path, and its lists of parts by field name.

    The path of a list of links in a single part has a dot: `record.sources`.
    """

    record: Table
    links: dict[str, Table]
    parts: dict[str, Table]


class Tables:
    """All tables of a model, with the metadata that tests compare with the migrations."""

    def __init__(self, model: Model) -> None:
        if len(model.entities) > MAX_ENTITIES:
            message = f"the model has {len(model.entities)} entities; change-order keys allow {MAX_ENTITIES}"
            raise DeclarationError(message)
        self.metadata = MetaData(naming_convention=_NAMING_CONVENTION)
        self.head = _head(self.metadata)
        self.revision = _revision(self.metadata)
        self.change = _change(self.metadata)
        self.published = _published(self.metadata)
        self.document = _document(self.metadata)
        self.item = _item(self.metadata)
        self.shows = _shows(self.metadata)
        self.facet = _facet(self.metadata)
        self.tally = _tally(self.metadata)
        self.sort_key = _sort_key(self.metadata)
        self.sorted_facet = _sorted_facet(self.metadata)
        self.searchable = _searchable(self.metadata)
        self.entities = {shape.name: self._entity(model, shape) for shape in model.entities}

    @property
    def read_model_tables(self) -> tuple[Table, ...]:
        """Return the tables that rendering fills and public requests read."""
        return (self.document, self.item, self.searchable, *self.row_sets)

    @property
    def row_sets(self) -> tuple[Table, ...]:
        """Return the read model tables that have several rows per record."""
        return (self.shows, self.facet, self.sort_key, self.sorted_facet)

    def referring_columns(self, entity: str) -> Iterator[tuple[str, Column[Any], Column[Any]]]:
        """Yield the columns that refer to records of an entity.

        Each comes after the name of the entity that has it, and before the column of the referring
        record's id in the same table.
        """
        target = self.entities[entity].record.c.id
        for owner, tables in self.entities.items():
            yield from (
                (owner, column, tables.record.c.id) for column in tables.record.c if column.references(target)
            )
            yield from (
                (owner, column, table.c.record)
                for table in (*tables.links.values(), *tables.parts.values())
                for column in table.c
                if column.references(target) and column.name != "record"
            )

    def _entity(self, model: Model, shape: Shape) -> EntityTables:
        fields = [
            field
            for field in shape.fields
            if not isinstance(field.derived, Inverse | DerivedAlongLinks | LinkedQuery | RoleCount)
        ]
        name = shape.collection
        return EntityTables(
            record=Table(name, self.metadata, *_columns(model, name, fields)),
            links={path: self._link(model, name, path, field) for path, field in _link_lists(fields)},
            parts={
                field.name: self._part(model, name, field, field.part)
                for field in fields
                if field.part and field.is_list
            },
        )

    def _link(self, model: Model, name: str, path: str, field: Field) -> Table:
        return Table(
            f"{name}_{path.replace('.', '_')}",
            self.metadata,
            Column("record", TEXT, _reference(name), primary_key=True),
            Column("position", NUMBER, primary_key=True),
            Column("target", TEXT, _reference(model.by_name[field.target].collection), nullable=False),
            Index(None, "target"),
        )

    def _part(self, model: Model, name: str, field: Field, part: Shape) -> Table:
        table = f"{name}_{field.name}"
        siblings = [field.name for field in part.fields if field.kind is Kind.SIBLING]
        return Table(
            table,
            self.metadata,
            Column("record", TEXT, _reference(name), primary_key=True),
            *_columns(model, table, part.fields),
            *(
                ForeignKeyConstraint(
                    ["record", sibling],
                    [f"{table}.record", f"{table}.id"],
                    deferrable=True,
                    initially="DEFERRED",
                )
                for sibling in siblings
            ),
        )


def _reference(collection: str) -> ForeignKey:
    """Return a foreign key that is checked at commit, as records of a commit may refer to each other."""
    return ForeignKey(f"{collection}.id", deferrable=True, initially="DEFERRED")


def _columns(model: Model, table: str, fields: Iterable[Field]) -> list[Column[Any]]:
    """Return the columns of fields, except for lists that are stored in their own tables."""
    is_part = table not in model.by_collection
    columns: list[Column[Any]] = []
    for field in (field for field in fields if not isinstance(field.derived, Label)):
        if field.name == "id":
            columns.append(Column("id", TEXT, primary_key=True))
        elif field.kind is Kind.LINK and not field.is_list:
            reference = _reference(model.by_name[field.target].collection)
            columns.append(Column(field.name, TEXT, reference, nullable=not field.required, index=True))
        elif is_part or not (field.is_list and (field.part or field.kind is Kind.LINK)):
            _check_no_nested_links(table, field, has_link_tables=not (is_part or field.is_list))
            kind = TEXT if field.is_list else _COLUMN_TYPES.get(field.kind, TEXT)
            columns.append(Column(field.name, kind, nullable=not field.required))
    return columns


def _link_lists(fields: Iterable[Field], path: str = "") -> Iterator[tuple[str, Field]]:
    """Yield the lists of links of a record and of its single parts, each with its path."""
    for field in fields:
        if field.kind is Kind.LINK and field.is_list:
            yield path + field.name, field
        elif field.part and not field.is_list:
            yield from _link_lists(field.part.stated_fields, f"{path}{field.name}.")


def _check_no_nested_links(table: str, field: Field, *, has_link_tables: bool) -> None:
    """Raise DeclarationError if a column stores links inside JSON, without a foreign key.

    With `has_link_tables`, lists of links in the column have tables besides.
    """
    nested = field.part.fields if field.part else [field]
    if any(
        nested_field.kind is Kind.LINK and not (has_link_tables and nested_field.is_list)
        for nested_field in nested
    ):
        message = f"{table}.{field.name} would store a link as JSON, where no foreign key checks it"
        raise DeclarationError(message)
    for nested_field in nested:
        if nested_field.part:
            is_single = has_link_tables and not nested_field.is_list
            _check_no_nested_links(table, nested_field, has_link_tables=is_single)


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


def _published(metadata: MetaData) -> Table:
    return Table(
        "published",
        metadata,
        Column("entity", TEXT, primary_key=True),
        Column("id", TEXT, primary_key=True),
        Column("seq", NUMBER, ForeignKey("revision.seq"), nullable=False),
        Column("created", TEXT, nullable=False),
        Column("modified", TEXT, nullable=False),
    )


def _document(metadata: MetaData) -> Table:
    return Table(
        "document",
        metadata,
        Column("entity", TEXT, primary_key=True),
        Column("id", TEXT, primary_key=True),
        Column("body", LargeBinary, nullable=False),
        Column("digest", TEXT, nullable=False),
        Column("changed", TEXT, nullable=False),
    )


def _item(metadata: MetaData) -> Table:
    return Table(
        "item",
        metadata,
        # The number of the record's first change: lists join on it, as one integer is faster than two texts.
        Column("number", NUMBER, primary_key=True, autoincrement=False),
        # The change-order key of the record, which searches join on.
        Column("newest", NUMBER, nullable=False, unique=True),
        Column("entity", TEXT, nullable=False),
        Column("id", TEXT, nullable=False),
        Column("body", LargeBinary, nullable=False),
        # The content hash of everything that was rendered of the record.
        Column("rendered", TEXT, nullable=False),
        UniqueConstraint("entity", "id"),
    )


def _shows(metadata: MetaData) -> Table:
    return Table(
        "shows",
        metadata,
        Column("entity", TEXT, primary_key=True),
        Column("id", TEXT, primary_key=True),
        Column("shown_entity", TEXT, primary_key=True),
        Column("shown_id", TEXT, primary_key=True),
        Index(None, "shown_entity", "shown_id"),
    )


def _facet(metadata: MetaData) -> Table:
    return Table(
        "facet",
        metadata,
        Column("entity", TEXT, primary_key=True),
        Column("name", TEXT, primary_key=True),
        Column("value", TEXT, primary_key=True),
        Column("id", TEXT, primary_key=True),
        Column("item", NUMBER, nullable=False),
        # Conditions on ranges of values are checked record by record.
        Index(None, "entity", "id", "name", "value"),
        sqlite_with_rowid=False,
    )


def _tally(metadata: MetaData) -> Table:
    """Return the table of value counts; the entry with an empty name counts all records of an entity."""
    return Table(
        "tally",
        metadata,
        Column("entity", TEXT, primary_key=True),
        Column("name", TEXT, primary_key=True),
        Column("value", TEXT, primary_key=True),
        Column("number", NUMBER, nullable=False),
        sqlite_with_rowid=False,
    )


def _sort_key(metadata: MetaData) -> Table:
    """Return the table of sort keys.

    A missing value has a row too, with `unknown` set, as it comes last in both directions.
    """
    return Table(
        "sort_key",
        metadata,
        Column("entity", TEXT, primary_key=True),
        Column("id", TEXT, primary_key=True),
        Column("name", TEXT, primary_key=True),
        Column("unknown", NUMBER, nullable=False),
        Column("value", TEXT, nullable=False),
        Column("item", NUMBER, nullable=False),
        Index(None, "entity", "name", "unknown", "value", "id", "item"),
        sqlite_with_rowid=False,
    )


def _sorted_facet(metadata: MetaData) -> Table:
    """Return the table of composite index entries with sort keys, for the declared pairs of indexes."""
    return Table(
        "sorted_facet",
        metadata,
        Column("entity", TEXT, primary_key=True),
        Column("name", TEXT, primary_key=True),
        Column("value", TEXT, primary_key=True),
        Column("sort", TEXT, primary_key=True),
        Column("unknown", NUMBER, primary_key=True, autoincrement=False),
        Column("key", TEXT, primary_key=True),
        Column("id", TEXT, primary_key=True),
        Column("item", NUMBER, nullable=False),
        Index(None, "entity", "id"),
        sqlite_with_rowid=False,
    )


def _searchable(metadata: MetaData) -> Table:
    """Return the table of search documents; migrations create its full-text index, as it depends on the engine."""
    return Table(
        "searchable",
        metadata,
        Column("number", NUMBER, primary_key=True, autoincrement=False),
        Column("entity", TEXT, nullable=False),
        Column("id", TEXT, nullable=False),
        Column("identifiers", TEXT, nullable=False),
        Column("titles", TEXT, nullable=False),
        Column("everything", TEXT, nullable=False),
        UniqueConstraint("entity", "id"),
    )

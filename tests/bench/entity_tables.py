"""Tables of each entity with foreign keys, as an ordinary application has them: the peers of the bench read these."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    insert,
    select,
)
from sqlalchemy.sql.type_api import TypeEngine

from api.store.log.revision_reader import Revisions, batches
from api.store.publishing.store import Store
from schema.declaration.accessors import Accessor, accessor
from schema.declaration.annotations import (
    DerivedAlongLinks,
    Inverse,
    Label,
    LinkedQuery,
    Ordinal,
    RoleCount,
)
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import Entity
from schema.declaration.shapes import Field, Shape
from schema.model import Model
from schema.storage.tables import NUMBER, TEXT

_COLUMN_TYPES: dict[Kind, TypeEngine[Any]] = {Kind.INTEGER: NUMBER, Kind.BOOLEAN: Boolean()}
"""Column types of kinds; all other values are stored as text, lists and maps as JSON text."""


@dataclass(frozen=True)
class EntityTables:
    """The tables of an entity: its records, its lists of links by path, and its lists of parts by field name.

    The path of a list of links in a single part has a dot: `record.sources`.
    """

    record: Table
    links: dict[str, Table]
    parts: dict[str, Table]


class EntityTableSet:
    """The tables of all entities of a model."""

    def __init__(self, model: Model) -> None:
        self.metadata = MetaData()
        self.model = model
        self.entities = {shape.name: self._entity(model, shape) for shape in model.entities}

    def fill(self, store: Store, target: Connection) -> None:
        """Create the tables in a database, and insert the public records of a store."""
        self.metadata.create_all(target)
        builders = {
            shape.name: RowBuilder(self.entities[shape.name], shape.fields) for shape in self.model.entities
        }
        record = store.tables.record
        public = select(record.c.entity, record.c.id).where(record.c.revision.is_not(None))
        with store.database.reading() as connection:
            revisions = Revisions(store.session(connection), self.model)
            keys = [(row.entity, row.id) for row in connection.execute(public)]
            for batch in batches(keys):
                rows_by_table: dict[Table, list[Row]] = defaultdict(list)
                for (entity, _), published in revisions.published(batch).items():
                    for table, rows in builders[entity].rows(published.record):
                        rows_by_table[table] += rows
                for table, rows in rows_by_table.items():
                    names = [column.name for column in table.c]
                    if values := [dict(zip(names, row, strict=True)) for row in rows]:
                        target.execute(insert(table), values)

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


Row = tuple[Any, ...]
"""The values of a row, in the order of its table's columns."""

_TableRows = Callable[[Entity], list[Row]]
"""A function from a record to its rows in one table."""


class RowBuilder:
    """Builds the rows of records of one entity.

    One function per table is prepared from the declaration, and applied to each record.
    """

    def __init__(self, tables: EntityTables, fields: tuple[Field, ...]) -> None:
        self._builders: list[tuple[Table, _TableRows]] = [
            (tables.record, _record_rows(fields, tables.record))
        ]
        self._builders += [(table, _link_rows(path)) for path, table in tables.links.items()]
        self._builders += [
            (tables.parts[field.name], _part_rows(field.name, field.part.fields, tables.parts[field.name]))
            for field in fields
            if field.part and field.name in tables.parts
        ]

    def rows(self, record: Entity) -> Iterator[tuple[Table, list[Row]]]:
        """Yield each table of the entity with the rows of a record, the record table first."""
        return ((table, build(record)) for table, build in self._builders)


def _record_rows(fields: tuple[Field, ...], table: Table) -> _TableRows:
    readers = _column_readers(fields, table)
    return lambda record: [tuple([read(record) for read in readers])]


def _link_rows(path: str) -> _TableRows:
    read = attrgetter(path)
    return lambda record: [(record.id, position, target) for position, target in enumerate(read(record), 1)]


def _part_rows(name: str, fields: tuple[Field, ...], table: Table) -> _TableRows:
    """Return the function for a list of parts: a row starts with the record's id.

    Ordinal columns hold the position of the part in the list, from 1.
    """
    readers = _column_readers(fields, table)
    names = [column.name for column in table.c][1:]
    ordinals = [index for index, name in enumerate(names) if _is_ordinal(fields, name)]

    def build(record: Entity) -> list[Row]:
        rows = []
        for position, part in enumerate(getattr(record, name), 1):
            row = [read(part) for read in readers]
            for index in ordinals:
                row[index] = position
            rows.append((record.id, *row))
        return rows

    return build


def _is_ordinal(fields: tuple[Field, ...], name: str) -> bool:
    return any(field.name == name and isinstance(field.derived, Ordinal) for field in fields)


def _column_readers(fields: tuple[Field, ...], table: Table) -> list[Accessor]:
    """Return the accessor of each column that stores a field, in the order of the table."""
    by_name = {field.name: field for field in fields}
    return [_column_reader(by_name[column.name]) for column in table.c if column.name in by_name]


def _column_reader(field: Field) -> Accessor:
    read = accessor(field)
    if field.kind not in (Kind.TEXT, Kind.TEXTS, Kind.PART) and not field.is_list:
        return read
    return lambda struct: _json_text(read(struct))


def _json_text(value: Any) -> str | None:
    return None if value is None or value == () else msgspec.json.encode(value).decode()

"""Rows of a record in the tables of its entity."""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import Table

from schema.declaration.accessors import Accessor, accessor
from schema.declaration.annotations import Ordinal
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import Entity
from schema.declaration.shapes import Field
from schema.storage.tables import EntityTables

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

"""From a record to the rows of its tables."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Table

from schema.declaration.accessors import Accessor, accessor
from schema.declaration.annotations import Ordinal
from schema.declaration.datatypes import Kind
from schema.declaration.entity import Entity
from schema.declaration.shapes import Field
from schema.storage.tables import EntityTables

Row = tuple[Any, ...]
"""The values of a row, in the order of its table's columns."""

_Make = Callable[[Entity], list[Row]]


class RowBuilder:
    """How records of an entity become rows: found out once, from the declaration, and used for each."""

    def __init__(self, tables: EntityTables, fields: tuple[Field, ...]) -> None:
        self._makes: list[tuple[Table, _Make]] = [(tables.record, _itself(fields, tables.record))]
        self._makes += [(table, _links(name)) for name, table in tables.links.items()]
        self._makes += [
            (tables.parts[field.name], _parts(field.name, field.part.fields, tables.parts[field.name]))
            for field in fields
            if field.part and field.name in tables.parts
        ]

    def rows(self, record: Entity) -> Iterator[tuple[Table, list[Row]]]:
        """Yield each table of the entity with the rows that one record has in it, itself first."""
        return ((table, make(record)) for table, make in self._makes)


def _itself(fields: tuple[Field, ...], table: Table) -> _Make:
    reads = _columns(fields, table)
    return lambda record: [tuple([read(record) for read in reads])]


def _links(name: str) -> _Make:
    return lambda record: [
        (record.id, position, target) for position, target in enumerate(getattr(record, name), 1)
    ]


def _parts(name: str, fields: tuple[Field, ...], table: Table) -> _Make:
    """Return what makes the rows of parts: the record's id, and their place if they keep it."""
    reads = _columns(fields, table)
    names = [column.name for column in table.c][1:]
    kept = [place for place, name in enumerate(names) if _is_position(fields, name)]

    def make(record: Entity) -> list[Row]:
        rows = []
        for order, part in enumerate(getattr(record, name), 1):
            row = [read(part) for read in reads]
            for place in kept:
                row[place] = order
            rows.append((record.id, *row))
        return rows

    return make


def _is_position(fields: tuple[Field, ...], name: str) -> bool:
    return any(field.name == name and isinstance(field.derived, Ordinal) for field in fields)


def _columns(fields: tuple[Field, ...], table: Table) -> list[Accessor]:
    """Return what reads each column that is a field, in the order of the table."""
    by_name = {field.name: field for field in fields}
    return [_column(by_name[column.name]) for column in table.c if column.name in by_name]


def _column(field: Field) -> Accessor:
    read = accessor(field)
    if field.kind not in (Kind.TEXT, Kind.TEXTS, Kind.PART) and not field.is_list:
        return read
    return lambda struct: _text(read(struct))


def _text(given: Any) -> str | None:
    return None if given is None or given == () else msgspec.json.encode(given).decode()

"""From a record to the rows of its tables."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Table

from schema.declare import Declared, Field
from schema.derive import value
from schema.entity import Entity
from schema.tables import EntityTables
from schema.values import Kind

Row = dict[str, Any]


def rows(
    tables: EntityTables, fields: tuple[Field, ...], record: Entity
) -> Iterator[tuple[Table, list[Row]]]:
    """Yield each table of an entity with the rows that one record has in it, itself first."""
    yield tables.record, [_row(fields, tables.record, record)]
    for name, table in tables.links.items():
        targets = getattr(record, name)
        yield (
            table,
            [
                {"record": record.id, "position": position, "target": target}
                for position, target in enumerate(targets, 1)
            ],
        )
    for field in fields:
        if field.part and field.name in tables.parts:
            table = tables.parts[field.name]
            parts = getattr(record, field.name)
            yield (
                table,
                [
                    {"record": record.id, **_row(field.part.fields, table, part, order)}
                    for order, part in enumerate(parts, 1)
                ],
            )


def _row(fields: tuple[Field, ...], table: Table, struct: Declared, order: int = 0) -> Row:
    present = [field for field in fields if field.name in table.c]
    return {field.name: _column(field, value(field, struct, order)) for field in present}


def _column(field: Field, given: Any) -> Any:
    plain = field.kind not in (Kind.TEXT, Kind.TEXTS, Kind.PART) and not field.many
    if given is None or given == ():
        return None
    if plain:
        return given
    return msgspec.json.encode(given).decode()

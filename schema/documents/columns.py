"""Columns of tables: flat CSV cells of the documents of an entity."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from schema.declaration.annotations import LinkedQuery, RoleCount
from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape

SEPARATOR = "|"
"""Separates the codes, ids or IRIs of a multi-valued cell, none of which can contain it."""

LINE_SEPARATOR = "\n"
"""Separates the texts of a multi-valued cell, which are single lines."""


@dataclass(frozen=True)
class TableColumn:
    """A column: a field of a record or of a nested part, or a text in one language.

    `path` is the sequence of JSON keys that leads to the value. `others` is set on the column of a text's
    remaining languages, as JSON; it names the languages that have columns of their own.
    """

    name: str
    path: tuple[str, ...]
    field: Field
    language: str = ""
    others: tuple[str, ...] = ()

    @property
    def separator(self) -> str | None:
        """Return the separator of a multi-valued column, None for a single-valued one."""
        if self.field.kind is Kind.TEXTS:
            return None if self.others else LINE_SEPARATOR
        return SEPARATOR if self.field.is_list else None

    def cell(self, body: Mapping[str, Any]) -> str:
        """Return the cell of a document, empty if the value is absent."""
        value: Any = body
        for key in self.path:
            value = value.get(key)
            if value is None:
                return ""
        return self._cell_text(value)

    def _cell_text(self, value: Any) -> str:
        if self.others:
            other_texts = {tag: text for tag, text in value.items() if tag not in self.others}
            return msgspec.json.encode(other_texts).decode() if other_texts else ""
        if self.language:
            value = value.get(self.language, "")
        if isinstance(value, list):
            return (self.separator or SEPARATOR).join(self._value_text(item) for item in value)
        return self._value_text(value)

    def _value_text(self, value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value["id"] if self.field.kind in CARD_KINDS else value)


def table_columns(
    shape: Shape, languages: Sequence[str], fields: Collection[str] | None = None, *, by_role: bool = False
) -> tuple[TableColumn, ...]:
    """Return the columns of an entity, or of the chosen paths of fields, always with id and URI.

    Linked records appear as their id; lists of parts are omitted. Count columns appear in role lists only,
    which `by_role` selects.
    """
    uri = TableColumn("uri", ("uri",), Field("uri", Kind.IRI, ""))
    identifier, *columns = _columns(shape, tuple(languages), ())
    chosen = (
        column
        for column in columns
        if not isinstance(column.field.derived, LinkedQuery)
        and (
            by_role
            if isinstance(column.field.derived, RoleCount)
            else fields is None or any(is_below(column, path) for path in fields)
        )
    )
    return (identifier, uri, *chosen)


def is_below(column: TableColumn, path: str) -> bool:
    """Return True if a column has the value at a path of fields, or one in the part there."""
    names = tuple(path.split("."))
    return column.path[: len(names)] == names


def _columns(shape: Shape, languages: tuple[str, ...], path: tuple[str, ...]) -> Iterator[TableColumn]:
    for field in shape.fields:
        keys = (*path, field.name)
        name = "_".join(keys)
        if field.part:
            if not field.is_list:
                yield from _columns(field.part, languages, keys)
        elif field.kind in (Kind.TEXT, Kind.TEXTS):
            yield from (TableColumn(f"{name}_{tag}", keys, field, language=tag) for tag in languages)
            yield TableColumn(f"{name}_other", keys, field, others=languages)
        else:
            yield TableColumn(name, keys, field)

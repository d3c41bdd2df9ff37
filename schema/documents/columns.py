"""Tables: which columns a list of records has, and what stands in them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from schema.declaration.annotations import LinkedQuery, RoleCount
from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape

SEPARATOR = "|"
"""Between several codes or addresses, none of which can have it inside."""

LINE_SEPARATOR = "\n"
"""Between several texts of one line."""


@dataclass(frozen=True)
class TableColumn:
    """One column: a single value of a record or of a part of it, or a text of it in one language.

    `path` leads to the value; `others` names the languages that have columns of their own, where
    this one has all the rest as JSON.
    """

    name: str
    path: tuple[str, ...]
    field: Field
    language: str = ""
    others: tuple[str, ...] = ()

    @property
    def separator(self) -> str | None:
        """Return what stands between several values, if there can be several."""
        if self.field.kind is Kind.TEXTS:
            return None if self.others else LINE_SEPARATOR
        return SEPARATOR if self.field.is_list else None

    def cell(self, body: Mapping[str, Any]) -> str:
        """Return what stands in the column for one document."""
        value: Any = body
        for step in self.path:
            value = value.get(step)
            if value is None:
                return ""
        return self._written(value)

    def _written(self, value: Any) -> str:
        if self.others:
            rest = {tag: text for tag, text in value.items() if tag not in self.others}
            return msgspec.json.encode(rest).decode() if rest else ""
        if self.language:
            value = value.get(self.language, "")
        if isinstance(value, list):
            return (self.separator or SEPARATOR).join(self._one(one) for one in value)
        return self._one(value)

    def _one(self, value: Any) -> str:
        return str(value["id"] if self.field.kind in CARD_KINDS else value)


def table_columns(
    shape: Shape, languages: Sequence[str], fields: Collection[str] | None = None, *, by_role: bool = False
) -> tuple[TableColumn, ...]:
    """Return a list's columns, or those of some fields: a code where there is a card, none for parts in lists.

    Only lists by role have what is counted by it.
    """
    uri = TableColumn("uri", ("uri",), Field("uri", Kind.IRI, ""))
    first, *others = _columns(shape, tuple(languages), ())
    found = (one for one in others if not isinstance(one.field.derived, LinkedQuery))
    shown = (
        one
        for one in found
        if (by_role if isinstance(one.field.derived, RoleCount) else fields is None or one.path[0] in fields)
    )
    return (first, uri, *shown)


def _columns(shape: Shape, languages: tuple[str, ...], path: tuple[str, ...]) -> Iterator[TableColumn]:
    for field in shape.fields:
        steps = (*path, field.name)
        name = "_".join(steps)
        if field.part:
            if not field.is_list:
                yield from _columns(field.part, languages, steps)
        elif field.kind in (Kind.TEXT, Kind.TEXTS):
            yield from (TableColumn(f"{name}_{tag}", steps, field, language=tag) for tag in languages)
            yield TableColumn(f"{name}_other", steps, field, others=languages)
        else:
            yield TableColumn(name, steps, field)

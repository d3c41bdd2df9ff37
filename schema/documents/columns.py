"""Columns of tables: flat CSV cells of the documents of an entity."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypedDict

import msgspec

from schema.declaration.annotations import LinkedQuery, RoleCount
from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape

SEPARATOR = "|"
"""Separates the codes, ids or IRIs of a multi-valued cell, none of which can contain it."""

LINE_SEPARATOR = "\n"
"""Separates the texts of a multi-valued cell, which are single lines."""


class _Card(TypedDict):
    """The members of the card of a linked record that are decoded for a table: the id alone."""

    id: str


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

    @property
    def value_type(self) -> Any:
        """Return the type by which a decoder reads the value at the first key: of cards, nothing but the id."""
        if len(self.path) > 1 or self.field.kind not in CARD_KINDS:
            return Any
        return list[_Card] if self.field.is_list else _Card

    @cached_property
    def cell(self) -> Callable[[Mapping[str, Any]], str]:
        """Return the function from a document to its cell, which is empty if the value is absent."""
        first, *path = self.path
        text = self._value_text()

        def cell(body: Mapping[str, Any]) -> str:
            value = body.get(first)
            for key in path:
                value = value and value.get(key)
            return "" if value is None else text(value)

        return cell

    def _value_text(self) -> Callable[[Any], str]:
        """Return the function from a value to its text."""
        language, others, is_list = self.language, self.others, self.field.is_list
        separator = self.separator or SEPARATOR
        if others:
            return lambda texts: _other_languages(texts, others)
        if self.field.kind is Kind.TEXTS:
            return lambda texts: separator.join(texts.get(language, ()))
        if language:
            return lambda texts: str(texts.get(language, ""))
        if self.field.kind in CARD_KINDS:
            return (lambda cards: separator.join([card["id"] for card in cards])) if is_list else _id
        return (lambda values: separator.join([_text(value) for value in values])) if is_list else _text


def _other_languages(texts: Mapping[str, Any], languages: Collection[str]) -> str:
    other_texts = {tag: text for tag, text in texts.items() if tag not in languages}
    return msgspec.json.encode(other_texts).decode() if other_texts else ""


def _id(card: Mapping[str, Any]) -> str:
    return str(card["id"])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


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

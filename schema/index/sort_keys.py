"""Sort keys of lists: the sortable fields of an entity and the sort keys of a record."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from schema.declaration.accessors import accessor
from schema.declaration.annotations import Computed, Visibility
from schema.declaration.datatypes import LINE, Kind, date_bounds
from schema.declaration.entity_base import PublishedRecord
from schema.declaration.shapes import Field, Shape
from schema.index.tokenizer import normalize

BY_ID = "id"
"""The sort key that every list has besides those of its entity."""

_LOG_TIMES = ("created", "modified")
"""Sort keys that come from the log of actions, not from a field of the record."""

_MAX_KEY_LENGTH = 200
"""Characters of a sort key; the indexes of the database engines limit the size of their keys."""

_INTEGER_DIGITS = 10


def sort_key_names(shape: Shape) -> tuple[str, ...]:
    """Return the names of the sort keys of an entity, without the id."""
    return (*(field.name for field in _sort_key_fields(shape)), *_LOG_TIMES)


def sort_keys(shape: Shape, published: PublishedRecord, languages: Sequence[str]) -> Mapping[str, str]:
    """Return the sort keys of a record by name, as texts; a field without a value has none."""
    record = published.record
    keys = {
        field.name: _key(field, value, languages)
        for field in _sort_key_fields(shape)
        if (value := accessor(field)(record)) is not None
    }
    return keys | {"created": published.created, "modified": published.modified}


@cache
def _sort_key_fields(shape: Shape) -> tuple[Field, ...]:
    return tuple(field for field in shape.fields if _is_sortable(field))


def _is_sortable(field: Field) -> bool:
    if field.is_list or field.name == BY_ID or (field.derived and not isinstance(field.derived, Computed)):
        return False
    is_line = field.kind is Kind.STRING and field.limits.pattern == LINE
    is_label = field.kind is Kind.TEXT and field.visibility is Visibility.CARD
    return is_line or is_label or field.kind in (Kind.PARTIAL_DATE, Kind.INTEGER)


def _key(field: Field, value: Any, languages: Iterable[str]) -> str:
    match field.kind:
        case Kind.PARTIAL_DATE:
            return date_bounds(value)[0].isoformat()
        case Kind.INTEGER:
            return str(value).zfill(_INTEGER_DIGITS)
        case Kind.TEXT:
            tag = next((tag for tag in languages if tag in value), min(value))
            return normalize(value[tag])[:_MAX_KEY_LENGTH]
        case _:
            return normalize(value)[:_MAX_KEY_LENGTH]

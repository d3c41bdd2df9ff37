"""The order of lists: which fields put them in order, and what of a record is compared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from schema.declaration.accessors import accessor
from schema.declaration.annotations import Computed, Visibility
from schema.declaration.datatypes import LINE, Kind, date_bounds
from schema.declaration.entity import PublishedRecord
from schema.declaration.shapes import Field, Shape
from schema.index.entries import IndexEntry, composite
from schema.index.tokenizer import normalize

BY_ID = "id"

_OF_THE_LOG = ("created", "modified")

_LONGEST = 200
"""Characters that are compared: the engines' indexes take no long keys."""

_DIGITS = 10


def sort_key_names(shape: Shape) -> tuple[str, ...]:
    """Return the names of what a list can be put in order by, besides the id."""
    return (*(field.name for field in _sort_key_fields(shape)), *_OF_THE_LOG)


def sort_keys(shape: Shape, published: PublishedRecord, languages: Sequence[str]) -> Mapping[str, str]:
    """Return what of a record is compared, by name, as texts; what is not known is not there."""
    record = published.record
    found = {
        field.name: _key(field, given, languages)
        for field in _sort_key_fields(shape)
        if (given := accessor(field)(record)) is not None
    }
    return found | {"created": published.created, "modified": published.modified}


def sorted_composite_entries(
    shape: Shape, facets: Iterable[IndexEntry], keys: Mapping[str, str]
) -> Iterator[tuple[str, str, str, int, str]]:
    """Yield the facets of two that a list may be asked for in order, each with what puts it in order.

    That is a sort key: its name, whether it is not known, and what is compared.
    """
    kept = {composite(names) for names in shape.composite_index}
    for name, value in facets:
        if name in kept:
            yield from (
                (name, value, by, int(by not in keys), keys.get(by, "")) for by in shape.composite_index_order
            )


@cache
def _sort_key_fields(shape: Shape) -> tuple[Field, ...]:
    return tuple(field for field in shape.fields if _is_sortable(field))


def _is_sortable(field: Field) -> bool:
    if field.is_list or field.name == BY_ID or (field.derived and not isinstance(field.derived, Computed)):
        return False
    is_line = field.kind is Kind.STRING and field.limits.pattern == LINE
    is_label = field.kind is Kind.TEXT and field.visibility is Visibility.CARD
    return is_line or is_label or field.kind in (Kind.PARTIAL_DATE, Kind.INTEGER)


def _key(field: Field, given: Any, languages: Iterable[str]) -> str:
    match field.kind:
        case Kind.PARTIAL_DATE:
            return date_bounds(given)[0].isoformat()
        case Kind.INTEGER:
            return str(given).zfill(_DIGITS)
        case Kind.TEXT:
            tag = next((tag for tag in languages if tag in given), min(given))
            return normalize(given[tag])[:_LONGEST]
        case _:
            return normalize(given)[:_LONGEST]

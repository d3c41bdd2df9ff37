"""The order of lists: which fields put them in order, and what of a record is compared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from schema.declaration.accessors import reading
from schema.declaration.annotations import Computed, Shown
from schema.declaration.datatypes import LINE, Kind, bounds
from schema.declaration.entity import Published
from schema.declaration.shapes import Field, Shape
from schema.index.entries import Facet, together
from schema.index.tokenizer import line

BY_ID = "id"

_OF_THE_LOG = ("created", "modified")

_LONGEST = 200
"""Characters that are compared: the engines' indexes take no long keys."""

_DIGITS = 10


def sortable(shape: Shape) -> tuple[str, ...]:
    """Return the names of what a list can be put in order by, besides the id."""
    return (*(field.name for field in _sortable(shape)), *_OF_THE_LOG)


def sort_keys(shape: Shape, published: Published, languages: Sequence[str]) -> Mapping[str, str]:
    """Return what of a record is compared, by name, as texts; what is not known is not there."""
    record = published.record
    found = {
        field.name: _key(field, given, languages)
        for field in _sortable(shape)
        if (given := reading(field)(record)) is not None
    }
    return found | {"created": published.created, "modified": published.modified}


def sorted_facets(
    shape: Shape, facets: Iterable[Facet], keys: Mapping[str, str]
) -> Iterator[tuple[str, str, str, int, str]]:
    """Yield the facets of two that a list may be asked for in order, each with what puts it in order.

    That is a sort key: its name, whether it is not known, and what is compared.
    """
    kept = {together(names) for names in shape.together}
    for name, value in facets:
        if name in kept:
            yield from ((name, value, by, int(by not in keys), keys.get(by, "")) for by in shape.together_by)


@cache
def _sortable(shape: Shape) -> tuple[Field, ...]:
    return tuple(field for field in shape.fields if _is_sortable(field))


def _is_sortable(field: Field) -> bool:
    if field.many or field.name == BY_ID or (field.derived and not isinstance(field.derived, Computed)):
        return False
    is_line = field.kind is Kind.STRING and field.leaf.pattern == LINE
    is_label = field.kind is Kind.TEXT and field.shown is Shown.IN_CARD
    return is_line or is_label or field.kind in (Kind.PARTIAL_DATE, Kind.INTEGER)


def _key(field: Field, given: Any, languages: Iterable[str]) -> str:
    match field.kind:
        case Kind.PARTIAL_DATE:
            return bounds(given)[0].isoformat()
        case Kind.INTEGER:
            return str(given).zfill(_DIGITS)
        case Kind.TEXT:
            tag = next((tag for tag in languages if tag in given), min(given))
            return line(given[tag])[:_LONGEST]
        case _:
            return line(given)[:_LONGEST]

"""What a record is found by: names and values, made from its statements and those along its links."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

from schema.declaration.accessors import accessor
from schema.declaration.annotations import (
    DerivedAlongLinks,
    Filterable,
    Inverse,
    LinkedQuery,
    RoleCount,
    SystemSupplied,
)
from schema.declaration.datatypes import Kind
from schema.declaration.entity import Entity
from schema.declaration.graph import RecordGraph
from schema.declaration.shapes import Declared, Field, Shape

IndexEntry = tuple[str, str]

HAS, LACKS_LANGUAGE, MODIFIED = "has", "missing_lang", "modified"

_WHOLE, _BROKEN = 16, 8

_TEXTS = (Kind.TEXT, Kind.TEXTS)

_NOTHING: tuple[Any, ...] = (None, (), [], {})


def index_entries(
    shape: Shape, record: Entity, followed: Mapping[str, Any], trail: RecordGraph, languages: Iterable[str]
) -> set[IndexEntry]:
    """Return the facets of a record, given the values that other records decide."""
    values = {field.name: _value(field, record, followed, trail) for field in shape.fields}
    found = set(_asked(shape, record, values, trail))
    for field, has, edges in _present(shape):
        given = values[field.name]
        if not given and given in _NOTHING:
            continue
        found.update(has)
        found.update((edge, values[edge]) for edge in edges)
        if field.kind in _TEXTS and not field.derived:
            found.update((LACKS_LANGUAGE, tag) for tag in languages if tag not in given)
        if field.part and not field.derived and _asking(field.part):
            found.update(_of_parts(field.part, given if field.is_list else [given], trail))
    for names in shape.composite_index:
        found.update([*_composite_entries(names, found)])
    return found


def composite(names: Iterable[str]) -> str:
    """Return the name of the facet of all that has a value of each of two facets."""
    return "+".join(names)


def _composite_entries(names: tuple[str, str], found: Iterable[IndexEntry]) -> Iterator[IndexEntry]:
    """Yield each value of one facet with each of the other, as codes and ids have no plus in them."""
    values = [[value for name, value in found if name == one] for one in names]
    yield from ((composite(names), composite(both)) for both in product(*values))


@cache
def is_optional(field: Field) -> bool:
    """Tell whether a field of an entity may be there or not, so that it can be asked for."""
    is_record = field.part and field.part.is_document
    return not (
        field.required or is_record or isinstance(field.derived, LinkedQuery | RoleCount | SystemSupplied)
    )


def sortable_decimal(number: str) -> str:
    """Return a decimal that is not negative as text that sorts by size."""
    whole, _, broken = number.partition(".")
    return f"{whole.zfill(_WHOLE)}.{broken.ljust(_BROKEN, '0')}"


@cache
def _asking(shape: Shape) -> tuple[tuple[Field, Filterable], ...]:
    """Return what of a thing may be asked for."""
    return tuple((field, asked) for field in shape.fields for asked in field.filters)


@cache
def _present(shape: Shape) -> tuple[tuple[Field, tuple[IndexEntry, ...], tuple[str, ...]], ...]:
    """Return the fields, with the facet of those that may be there or not, and the days that bound dates."""
    return tuple(
        (
            field,
            ((HAS, field.name),) if is_optional(field) else (),
            (f"{field.name}_earliest", f"{field.name}_latest") if field.kind is Kind.PARTIAL_DATE else (),
        )
        for field in shape.fields
    )


def _of_parts(part: Shape, things: Iterable[Declared], trail: RecordGraph) -> Iterator[IndexEntry]:
    for thing in things:
        own = {field.name: accessor(field)(thing) for field, _ in _asking(part)}
        yield from _asked(part, thing, own, trail)


def _asked(
    shape: Shape, struct: Declared, values: Mapping[str, Any], trail: RecordGraph
) -> Iterator[IndexEntry]:
    for field, asked in _asking(shape):
        before = f"{getattr(struct, asked.scoped_by)} " if asked.scoped_by else ""
        name = asked.name or field.name
        for one in _found(field, asked, struct, values[field.name], trail):
            yield name, before + one


def _found(
    field: Field, asked: Filterable, struct: Declared, given: Any, trail: RecordGraph
) -> Iterable[str]:
    if asked.extract:
        return asked.extract(struct, trail)
    values = given if field.is_list else () if given is None else (given,)
    if asked.ancestors_via:
        return [up.id for one in values for up in trail.ancestors(field.target, one, asked.ancestors_via)]
    return [sortable_decimal(one) for one in values] if field.kind is Kind.DECIMAL else values


def _value(field: Field, record: Entity, followed: Mapping[str, Any], trail: RecordGraph) -> Any:
    match field.derived:
        case None:
            return getattr(record, field.name)
        case DerivedAlongLinks():
            return followed[field.name]
        case Inverse():
            return trail.linking_ids(field.name)
        case _:
            return accessor(field)(record)

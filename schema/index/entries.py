"""Index entries of a record: the (name, value) pairs that filters and facet counts match."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from schema.declaration.accessors import accessor
from schema.declaration.annotations import (
    DerivedAlongLinks,
    Filterable,
    Inverse,
    Label,
    LinkedQuery,
    RoleCount,
    SystemSupplied,
)
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import Entity
from schema.declaration.record_graph import RecordGraph
from schema.declaration.shapes import Declared, Field, Shape
from schema.index.lookup_keys import LOOKUP_KEY, lookup_keys
from vocab.namespaces import SKOS

IndexEntry = tuple[str, str]
"""The name of an index and a value in it."""

HAS, LACKS_LANGUAGE, MODIFIED = "has", "missing_lang", "modified"
"""Names of the indexes that no field declares: presence, missing translations, modification time."""

_INTEGER_DIGITS, _FRACTION_DIGITS = 16, 8

_TEXT_KINDS = (Kind.TEXT, Kind.TEXTS)

_EMPTY_VALUES: tuple[Any, ...] = (None, (), [], {})


def index_entries(
    shape: Shape,
    record: Entity,
    derived_values: Mapping[str, Any],
    graph: RecordGraph,
    languages: Iterable[str],
) -> set[IndexEntry]:
    """Return the index entries of a record.

    `derived_values` has the values of the fields that are derived along links, by field name. The
    entries of MODIFIED are not included, as they do not come from the record itself.
    """
    values = {field.name: _value(field, record, derived_values, graph) for field in shape.fields}
    entries = set(_filter_entries(shape, record, values, graph))
    entries.update((LOOKUP_KEY, key) for key in lookup_keys(shape, values))
    for field, presence_entries, date_bounds, is_translated in _indexed_fields(shape):
        value = values[field.name]
        if not value and value in _EMPTY_VALUES:
            continue
        entries.update(presence_entries)
        entries.update((bound, values[bound]) for bound in date_bounds)
        if is_translated:
            entries.update((LACKS_LANGUAGE, tag) for tag in languages if tag not in value)
        if field.part and not field.derived and _filters(field.part):
            entries.update(_part_entries(field.part, value if field.is_list else [value], graph))
    return entries


@cache
def is_optional(field: Field) -> bool:
    """Return True if records may lack a value of the field, so that its presence is indexed."""
    is_record = field.part and field.part.is_document
    is_generated = isinstance(field.derived, Label | LinkedQuery | RoleCount | SystemSupplied)
    return not (field.required or is_record or is_generated)


def sortable_decimal(number: str) -> str:
    """Return a non-negative decimal, padded with zeros so that its texts sort by size."""
    integer, _, fraction = number.partition(".")
    return f"{integer.zfill(_INTEGER_DIGITS)}.{fraction.ljust(_FRACTION_DIGITS, '0')}"


@cache
def _filters(shape: Shape) -> tuple[tuple[Field, Filterable], ...]:
    """Return the filters declared on the fields of a shape, each with its field."""
    return tuple((field, annotation) for field in shape.fields for annotation in field.filters)


@cache
def _indexed_fields(shape: Shape) -> tuple[tuple[Field, tuple[IndexEntry, ...], tuple[str, ...], bool], ...]:
    """Return the fields of a shape, each with its presence entries and the names of its date bounds.

    The last item is True for texts that may lack a translation; other names have none.
    """
    return tuple(
        (
            field,
            ((HAS, field.name),) if is_optional(field) else (),
            (f"{field.name}_earliest", f"{field.name}_latest") if field.kind is Kind.PARTIAL_DATE else (),
            field.kind in _TEXT_KINDS and not field.derived and field.predicate != str(SKOS.altLabel),
        )
        for field in shape.fields
    )


def _part_entries(shape: Shape, parts: Iterable[Declared], graph: RecordGraph) -> Iterator[IndexEntry]:
    for part in parts:
        values = {field.name: accessor(field)(part) for field, _ in _filters(shape)}
        yield from _filter_entries(shape, part, values, graph)


def _filter_entries(
    shape: Shape, struct: Declared, values: Mapping[str, Any], graph: RecordGraph
) -> Iterator[IndexEntry]:
    for field, annotation in _filters(shape):
        prefix = f"{getattr(struct, annotation.scoped_by)} " if annotation.scoped_by else ""
        name = annotation.name or field.name
        for value in _filter_values(field, annotation, struct, values[field.name], graph):
            yield name, prefix + value


def _filter_values(
    field: Field, annotation: Filterable, struct: Declared, value: Any, graph: RecordGraph
) -> Iterable[str]:
    if annotation.extract:
        return annotation.extract(struct, graph)
    values = value if field.is_list else () if value is None else (value,)
    if annotation.ancestors_via:
        return [
            ancestor.id
            for identifier in values
            for ancestor in graph.ancestors(field.target, identifier, annotation.ancestors_via)
        ]
    return [sortable_decimal(number) for number in values] if field.kind is Kind.DECIMAL else values


def _value(field: Field, record: Entity, derived_values: Mapping[str, Any], graph: RecordGraph) -> Any:
    match field.derived:
        case None:
            return getattr(record, field.name)
        case DerivedAlongLinks():
            return derived_values[field.name]
        case Inverse():
            return graph.linking_ids(field.name)
        case _:
            return accessor(field)(record)

"""What a record is found by: names and values, made from its statements and those along its links."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from schema.declare import Declared, Field, Shape
from schema.derive import reading
from schema.entity import Entity
from schema.following import Trail
from schema.marks import Asked, ByQuestion, ByRole, Followed, Inverse, Supplied
from schema.values import Kind

Facet = tuple[str, str]

HAS, LACKS_LANGUAGE, MODIFIED = "has", "missing_lang", "modified"
_WHOLE, _BROKEN = 16, 8
_NOTHING: tuple[Any, ...] = (None, (), [], {})


def facets(
    shape: Shape, record: Entity, followed: Mapping[str, Any], trail: Trail, languages: Iterable[str]
) -> set[Facet]:
    """Return the facets of a record, given the values that other records decide."""
    values = {field.name: _value(field, record, followed, trail) for field in shape.fields}
    found = set(_asked(shape, record, values, trail))
    for field in shape.fields:
        given = values[field.name]
        if given or given not in _NOTHING:
            found.update(_of_field(field, values, languages))
            if field in _asked_within(shape):
                found.update(_of_parts(field, given if field.many else [given], trail))
    return found


@cache
def is_optional(field: Field) -> bool:
    """Tell whether a field of an entity may be there or not, so that it can be asked for."""
    is_record = field.part and field.part.is_document
    return not (field.required or is_record or isinstance(field.derived, ByQuestion | ByRole | Supplied))


def number_text(number: str) -> str:
    """Return a decimal that is not negative as text that sorts by size."""
    whole, _, broken = number.partition(".")
    return f"{whole.zfill(_WHOLE)}.{broken.ljust(_BROKEN, '0')}"


@cache
def _asking(shape: Shape) -> tuple[tuple[Field, Asked], ...]:
    """Return what of a thing may be asked for."""
    return tuple((field, asked) for field in shape.fields for asked in field.asked)


@cache
def _asked_within(shape: Shape) -> tuple[Field, ...]:
    """Return the fields in whose parts there is something that may be asked for."""
    return tuple(field for field in shape.fields if field.part and not field.derived and _asking(field.part))


def _of_parts(field: Field, parts: Iterable[Declared], trail: Trail) -> Iterator[Facet]:
    assert field.part  # noqa: S101 - only parts are given
    for part in parts:
        own = {one.name: reading(one)(part) for one, _ in _asking(field.part)}
        yield from _asked(field.part, part, own, trail)


def _of_field(field: Field, values: Mapping[str, Any], languages: Iterable[str]) -> Iterator[Facet]:
    """Yield what follows from a field's being there."""
    if is_optional(field):
        yield HAS, field.name
    if field.kind is Kind.PARTIAL_DATE:
        for edge in (f"{field.name}_earliest", f"{field.name}_latest"):
            yield edge, values[edge]
    if field.kind in (Kind.TEXT, Kind.TEXTS) and not field.derived:
        yield from ((LACKS_LANGUAGE, tag) for tag in languages if tag not in values[field.name])


def _asked(shape: Shape, struct: Declared, values: Mapping[str, Any], trail: Trail) -> Iterator[Facet]:
    for field, asked in _asking(shape):
        before = f"{getattr(struct, asked.beside)} " if asked.beside else ""
        name = asked.name or field.name
        for one in _found(field, asked, struct, values[field.name], trail):
            yield name, before + one


def _found(field: Field, asked: Asked, struct: Declared, given: Any, trail: Trail) -> Iterable[str]:
    if asked.find:
        return asked.find(struct, trail)
    values = [one for one in (given if field.many else [given]) if one is not None]
    if asked.above:
        return [up.id for one in values for up in trail.up(field.target, one, asked.above)]
    return [number_text(one) for one in values] if field.kind is Kind.DECIMAL else values


def _value(field: Field, record: Entity, followed: Mapping[str, Any], trail: Trail) -> Any:
    match field.derived:
        case Followed():
            return followed[field.name]
        case Inverse():
            return trail.linking(field.name)
        case _:
            return reading(field)(record)

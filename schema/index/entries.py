"""What a record is found by: names and values, made from its statements and those along its links."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

from schema.declaration.accessors import reading
from schema.declaration.annotations import Asked, ByQuestion, ByRole, Followed, Inverse, Supplied
from schema.declaration.datatypes import Kind
from schema.declaration.entity import Entity
from schema.declaration.graph import Trail
from schema.declaration.shapes import Declared, Field, Shape

Facet = tuple[str, str]

HAS, LACKS_LANGUAGE, MODIFIED = "has", "missing_lang", "modified"

_WHOLE, _BROKEN = 16, 8

_TEXTS = (Kind.TEXT, Kind.TEXTS)

_NOTHING: tuple[Any, ...] = (None, (), [], {})


def facets(
    shape: Shape, record: Entity, followed: Mapping[str, Any], trail: Trail, languages: Iterable[str]
) -> set[Facet]:
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
            found.update(_of_parts(field.part, given if field.many else [given], trail))
    for names in shape.together:
        found.update([*_together(names, found)])
    return found


def together(names: Iterable[str]) -> str:
    """Return the name of the facet of all that has a value of each of two facets."""
    return "+".join(names)


def _together(names: tuple[str, str], found: Iterable[Facet]) -> Iterator[Facet]:
    """Yield each value of one facet with each of the other, as codes and ids have no plus in them."""
    values = [[value for name, value in found if name == one] for one in names]
    yield from ((together(names), together(both)) for both in product(*values))


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
def _present(shape: Shape) -> tuple[tuple[Field, tuple[Facet, ...], tuple[str, ...]], ...]:
    """Return the fields, with the facet of those that may be there or not, and the days that bound dates."""
    return tuple(
        (
            field,
            ((HAS, field.name),) if is_optional(field) else (),
            (f"{field.name}_earliest", f"{field.name}_latest") if field.kind is Kind.PARTIAL_DATE else (),
        )
        for field in shape.fields
    )


def _of_parts(part: Shape, things: Iterable[Declared], trail: Trail) -> Iterator[Facet]:
    for thing in things:
        own = {field.name: reading(field)(thing) for field, _ in _asking(part)}
        yield from _asked(part, thing, own, trail)


def _asked(shape: Shape, struct: Declared, values: Mapping[str, Any], trail: Trail) -> Iterator[Facet]:
    for field, asked in _asking(shape):
        before = f"{getattr(struct, asked.beside)} " if asked.beside else ""
        name = asked.name or field.name
        for one in _found(field, asked, struct, values[field.name], trail):
            yield name, before + one


def _found(field: Field, asked: Asked, struct: Declared, given: Any, trail: Trail) -> Iterable[str]:
    if asked.find:
        return asked.find(struct, trail)
    values = given if field.many else () if given is None else (given,)
    if asked.above:
        return [up.id for one in values for up in trail.up(field.target, one, asked.above)]
    return [number_text(one) for one in values] if field.kind is Kind.DECIMAL else values


def _value(field: Field, record: Entity, followed: Mapping[str, Any], trail: Trail) -> Any:
    match field.derived:
        case None:
            return getattr(record, field.name)
        case Followed():
            return followed[field.name]
        case Inverse():
            return trail.linking(field.name)
        case _:
            return reading(field)(record)

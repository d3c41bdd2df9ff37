"""Consistency rules across the fields of an object: date order, aliases, and references to siblings."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from schema.declaration.datatypes import Kind, date_bounds
from schema.declaration.shapes import Field, Shape
from schema.validation.errors import Fault


def inconsistencies(shape: Shape, body: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """Yield the inconsistencies of an object whose fields were validated individually."""
    yield from _date_order_faults(body, pointer)
    yield from _alias_faults(body, pointer)
    for name, sibling_fields in _part_lists_with_siblings(shape):
        for index, part in enumerate(body.get(name, [])):
            yield from _sibling_faults(sibling_fields, body, part, f"{pointer}/{name}/{index}")


def _date_order_faults(body: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    try:
        start, end = date_bounds(body["start"]), date_bounds(body["end"])
    except (KeyError, TypeError, ValueError):
        return
    if end[1] < start[0]:
        yield Fault("ends-before-it-starts", f"{pointer}/end", {"start": body["start"]})


def _alias_faults(body: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """Yield an error for each alias equal to the name, as labels are disjoint (SKOS, S13)."""
    name, aliases = body.get("name"), body.get("aliases")
    if not (isinstance(name, dict) and isinstance(aliases, dict)):
        return
    for tag, texts in aliases.items():
        for index, alias in enumerate(texts if isinstance(texts, list) else []):
            if alias == name.get(tag):
                yield Fault("duplicate", f"{pointer}/aliases/{tag}/{index}", {"given": alias})


@cache
def _part_lists_with_siblings(shape: Shape) -> tuple[tuple[str, tuple[Field, ...]], ...]:
    """Return the lists of parts that can refer to parts of the same record, with the referring fields."""
    part_lists = (
        (field.name, field.part.stated_fields)
        for field in shape.stated_fields
        if field.part and field.is_list
    )
    siblings = (
        (name, tuple(field for field in fields if field.kind is Kind.SIBLING)) for name, fields in part_lists
    )
    return tuple((name, sibling_fields) for name, sibling_fields in siblings if sibling_fields)


def _sibling_faults(
    sibling_fields: Iterable[Field], body: Mapping[str, Any], part: Mapping[str, Any], pointer: str
) -> Iterator[Fault]:
    for field in sibling_fields:
        identifier = part.get(field.name)
        if identifier is None:
            continue
        if identifier not in [sibling.get("id") for sibling in body.get(field.target, [])]:
            limits = {"given": identifier, "field": field.target}
            yield Fault("unknown-sibling", f"{pointer}/{field.name}", limits)
        elif identifier == part.get("id"):
            yield Fault("works-with-itself", f"{pointer}/{field.name}")

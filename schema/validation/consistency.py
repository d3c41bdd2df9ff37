"""Consistency rules across an object's fields: date order, aliases, conditions, pointers, sibling references."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from operator import attrgetter
from typing import Any

from schema.declaration.annotations import Conditional
from schema.declaration.datatypes import Kind, date_bounds
from schema.declaration.shapes import Field, Shape
from schema.validation.errors import Fault, unescape_pointer
from vocab.namespaces import SKOS


def inconsistencies(shape: Shape, body: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """Yield the inconsistencies of an object whose fields were validated individually."""
    yield from _date_order_faults(body, pointer)
    yield from _alias_faults(shape, body, pointer)
    yield from _condition_faults(shape, body, pointer)
    yield from _translation_faults(body, pointer)
    for name, sibling_fields in _part_lists_with_siblings(shape):
        for index, part in enumerate(body.get(name, [])):
            yield from _sibling_faults(sibling_fields, body, part, f"{pointer}/{name}/{index}")


def consistency_test(shape: Shape) -> Callable[[Any], bool] | None:
    """Return the test of a record or part for fields that the consistency rules compare with others.

    It is None for a shape without such fields.
    """
    compared, part_lists = _compared_fields(shape), _part_lists_with_siblings(shape)
    if not (compared or part_lists or shape.collection):
        return None
    # Two more names, so that there is always a tuple of values.
    values = attrgetter("__class__", "__class__", *compared)

    def can_be_inconsistent(struct: Any) -> bool:
        return (
            values(struct)[2:].count(None) < len(compared)
            or any(
                getattr(part, field.name) is not None
                for name, sibling_fields in part_lists
                for part in getattr(struct, name)
                for field in sibling_fields
            )
            or bool(shape.collection and struct.record.translated)
        )

    return can_be_inconsistent


@cache
def _compared_fields(shape: Shape) -> tuple[str, ...]:
    """Return the fields whose values are compared with those of other fields of the same object."""
    names = {field.name for field in shape.stated_fields}
    dates = ("end",) if {"start", "end"} <= names else ()
    aliases = (alias for _, alias in _labels_with_aliases(shape))
    return (*dates, *aliases, *(name for name, _ in _conditional_fields(shape)))


def _date_order_faults(body: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    try:
        start, end = date_bounds(body["start"]), date_bounds(body["end"])
    except (KeyError, TypeError, ValueError):
        return
    if end[1] < start[0]:
        yield Fault("ends-before-it-starts", f"{pointer}/end", {"start": body["start"]})


def _alias_faults(shape: Shape, body: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """Yield an error for each alias equal to the name or title, as labels are disjoint (SKOS, S13)."""
    for label_name, alias_name in _labels_with_aliases(shape):
        label, aliases = body.get(label_name), body.get(alias_name)
        if not (isinstance(label, dict) and isinstance(aliases, dict)):
            continue
        for tag, texts in aliases.items():
            for index, alias in enumerate(texts if isinstance(texts, list) else []):
                if alias == label.get(tag):
                    yield Fault("duplicate", f"{pointer}/{alias_name}/{tag}/{index}", {"given": alias})


@cache
def _labels_with_aliases(shape: Shape) -> tuple[tuple[str, str], ...]:
    """Return the pairs of a label, which cards show, and a field of other labels."""
    labels = [field.name for field in shape.card_fields if field.kind is Kind.TEXT]
    aliases = [field.name for field in shape.fields if field.predicate == str(SKOS.altLabel)]
    return tuple((label, alias) for label in labels for alias in aliases)


def _condition_faults(shape: Shape, body: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """Yield an error for each field that is stated without one it needs, or with one that excludes it."""
    for name, condition in _conditional_fields(shape):
        if body.get(name) is None:
            continue
        for other in condition.stated:
            if body.get(other) is None:
                yield Fault("needs-field", f"{pointer}/{name}", {"field": other})
        for other in condition.absent:
            if body.get(other) is not None:
                yield Fault("excluded-by-field", f"{pointer}/{name}", {"field": other})


@cache
def _conditional_fields(shape: Shape) -> tuple[tuple[str, Conditional], ...]:
    return tuple((field.name, field.condition) for field in shape.stated_fields if field.condition)


def _translation_faults(body: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """Yield an error for each translation of a record whose pointer leads to no value of it."""
    record = body.get("record")
    translations = record.get("translated") if isinstance(record, dict) else None
    for index, translation in enumerate(translations if isinstance(translations, list) else []):
        text_pointer = translation.get("pointer")
        if isinstance(text_pointer, str) and not _leads_to_value(body, text_pointer):
            path = f"{pointer}/record/translated/{index}/pointer"
            yield Fault("points-to-nothing", path, {"given": text_pointer})


def _leads_to_value(value: Any, pointer: str) -> bool:
    """Return True if a JSON Pointer leads from an object to a value in it."""
    for token in pointer.split("/")[1:]:
        key = unescape_pointer(token)
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key in map(str, range(len(value))):
            value = value[int(key)]
        else:
            return False
    return True


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

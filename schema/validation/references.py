"""References between records: which there are, which lead nowhere, which run in a circle."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from schema.declaration.datatypes import Kind
from schema.declaration.entity import Entity, RecordKey
from schema.declaration.shapes import Declared, Field, Shape
from schema.model import Model
from schema.validation.errors import Fault


def link_targets(shape: Shape, struct: Declared) -> Iterator[RecordKey]:
    """Yield the target of every link that a record states."""
    for field in _leading(shape):
        value: Any = getattr(struct, field.name)
        if not value:
            continue
        for one in value if field.is_list else (value,):
            if field.part:
                yield from link_targets(field.part, one)
            else:
                yield field.target, one


def link_pointers(shape: Shape, struct: Declared, pointer: str = "") -> Iterator[tuple[str, RecordKey]]:
    """Yield every link that a record states: its JSON Pointer and its target."""
    for field in _leading(shape):
        value: Any = getattr(struct, field.name)
        if value is None:
            continue
        for place, one in enumerate(value if field.is_list else [value]):
            where = f"{pointer}/{field.name}" + (f"/{place}" if field.is_list else "")
            if field.part:
                yield from link_pointers(field.part, one, where)
            else:
                yield where, (field.target, one)


@cache
def _leading(shape: Shape) -> tuple[Field, ...]:
    """Return the fields that are links, or parts with links in them."""
    return tuple(
        field
        for field in shape.stated_fields
        if (_leading(field.part) if field.part else field.kind is Kind.LINK)
    )


@cache
def parent_field(shape: Shape) -> str | None:
    """Return the field that makes a tree of an entity: a single link to its own kind."""
    for field in shape.stated_fields:
        if field.kind is Kind.LINK and field.target == shape.name and not field.is_list:
            return field.name
    return None


def reference_faults(
    model: Model,
    records: Mapping[RecordKey, Entity],
    exists: Callable[[RecordKey], bool],
    parent: Callable[[RecordKey], RecordKey | None],
) -> Iterator[tuple[RecordKey, Fault]]:
    """Yield what is wrong with the links of some records, given what else there is.

    `parent` answers for records that are not among those given.
    """
    for key, record in records.items():
        shape = model.by_name[key[0]]
        lost = {one for one in link_targets(shape, record) if one not in records and not exists(one)}
        for pointer, target in link_pointers(shape, record) if lost else ():
            if target in lost:
                limits = {"entity": target[0], "given": target[1]}
                yield key, Fault("unknown-reference", pointer, limits)
        name = parent_field(shape)
        if name and (path := _circle(key, name, records, parent)):
            yield key, Fault("cycle", f"/{name}", {"path": " → ".join(path)})


def _circle(
    key: RecordKey,
    name: str,
    records: Mapping[RecordKey, Entity],
    parent: Callable[[RecordKey], RecordKey | None],
) -> list[str]:
    path, above = [key[1]], _above(key, name, records, parent)
    while above is not None and above[1] not in path:
        path.append(above[1])
        above = _above(above, name, records, parent)
    return [*path, key[1]] if above == key else []


def _above(
    key: RecordKey,
    name: str,
    records: Mapping[RecordKey, Entity],
    parent: Callable[[RecordKey], RecordKey | None],
) -> RecordKey | None:
    if key not in records:
        return parent(key)
    identifier = getattr(records[key], name)
    return (key[0], identifier) if identifier else None

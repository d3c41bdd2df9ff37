"""References between records: which there are, which lead nowhere, which run in a circle."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from schema.declaration.datatypes import Kind
from schema.declaration.entity import Entity, Key
from schema.declaration.shapes import Declared, Field, Shape
from schema.model import Model
from schema.validation.errors import Fault


def targets(shape: Shape, struct: Declared) -> Iterator[Key]:
    """Yield the target of every link that a record states."""
    for field in _leading(shape):
        value: Any = getattr(struct, field.name)
        if not value:
            continue
        for one in value if field.many else (value,):
            if field.part:
                yield from targets(field.part, one)
            else:
                yield field.target, one


def references(shape: Shape, struct: Declared, pointer: str = "") -> Iterator[tuple[str, Key]]:
    """Yield every link that a record states: its JSON Pointer and its target."""
    for field in _leading(shape):
        value: Any = getattr(struct, field.name)
        if value is None:
            continue
        for place, one in enumerate(value if field.many else [value]):
            where = f"{pointer}/{field.name}" + (f"/{place}" if field.many else "")
            if field.part:
                yield from references(field.part, one, where)
            else:
                yield where, (field.target, one)


@cache
def _leading(shape: Shape) -> tuple[Field, ...]:
    """Return the fields that are links, or parts with links in them."""
    return tuple(
        field for field in shape.stated if (_leading(field.part) if field.part else field.kind is Kind.LINK)
    )


@cache
def parent_field(shape: Shape) -> str | None:
    """Return the field that makes a tree of an entity: a single link to its own kind."""
    for field in shape.stated:
        if field.kind is Kind.LINK and field.target == shape.name and not field.many:
            return field.name
    return None


def faults_of_references(
    model: Model,
    records: Mapping[Key, Entity],
    exists: Callable[[Key], bool],
    parent: Callable[[Key], Key | None],
) -> Iterator[tuple[Key, Fault]]:
    """Yield what is wrong with the links of some records, given what else there is.

    `parent` answers for records that are not among those given.
    """
    for key, record in records.items():
        shape = model.by_name[key[0]]
        lost = {one for one in targets(shape, record) if one not in records and not exists(one)}
        for pointer, target in references(shape, record) if lost else ():
            if target in lost:
                limits = {"entity": target[0], "given": target[1]}
                yield key, Fault("unknown-reference", pointer, limits)
        name = parent_field(shape)
        if name and (path := _circle(key, name, records, parent)):
            yield key, Fault("cycle", f"/{name}", {"path": " → ".join(path)})


def _circle(
    key: Key, name: str, records: Mapping[Key, Entity], parent: Callable[[Key], Key | None]
) -> list[str]:
    path, above = [key[1]], _above(key, name, records, parent)
    while above is not None and above[1] not in path:
        path.append(above[1])
        above = _above(above, name, records, parent)
    return [*path, key[1]] if above == key else []


def _above(
    key: Key, name: str, records: Mapping[Key, Entity], parent: Callable[[Key], Key | None]
) -> Key | None:
    if key not in records:
        return parent(key)
    identifier = getattr(records[key], name)
    return (key[0], identifier) if identifier else None

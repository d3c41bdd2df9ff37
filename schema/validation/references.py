"""References between records: link targets, linked parts, and the errors of dangling and circular links."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import Entity, RecordKey
from schema.declaration.shapes import Declared, Field, ListedPart, Shape
from schema.model import Model
from schema.validation.errors import Fault

UNKNOWN = "unknown-reference"
"""The error code of a link to a record that is not public."""


def link_targets(shape: Shape, struct: Declared) -> Iterator[RecordKey]:
    """Yield the key of the target of each stated link of a record or part."""
    for field in _link_fields(shape):
        value: Any = getattr(struct, field.name)
        if not value:
            continue
        for item in value if field.is_list else (value,):
            if field.part:
                yield from link_targets(field.part, item)
            else:
                yield field.target, item


def link_pointers(shape: Shape, struct: Declared, pointer: str = "") -> Iterator[tuple[str, RecordKey]]:
    """Yield the JSON Pointer and the target key of each stated link of a record or part."""
    for field in _link_fields(shape):
        value: Any = getattr(struct, field.name)
        if value is None:
            continue
        for index, item in enumerate(value if field.is_list else [value]):
            item_pointer = f"{pointer}/{field.name}" + (f"/{index}" if field.is_list else "")
            if field.part:
                yield from link_pointers(field.part, item, item_pointer)
            else:
                yield item_pointer, (field.target, item)


def rewrite_links(shape: Shape, record: Entity, targets: Mapping[RecordKey, RecordKey]) -> Entity:
    """Return a record whose links to some records lead to others of the same entity.

    A link that occurs twice in a list then is kept once, and a link to the record itself is removed, unless
    it is required.
    """
    rewritten = _rewritten(shape, record, targets, (shape.name, record.id))
    assert isinstance(rewritten, Entity)  # noqa: S101 - a struct is replaced by one of its class
    return rewritten


def linked_parts(
    field: Field, record: Entity, owners: Iterable[tuple[RecordKey, Entity]]
) -> dict[str, list[tuple[RecordKey, ListedPart]]]:
    """Return the parts that a field of a record links to, by id, each after the key of a record that has it.

    `owners` are the records that the record links to by the field `via`.
    """
    parts: dict[str, list[tuple[RecordKey, ListedPart]]] = {
        identifier: [] for identifier in getattr(record, field.name)
    }
    for key, owner in owners if parts else ():
        for part in getattr(owner, field.target):
            if part.id in parts:
                parts[part.id].append((key, part))
    return parts


@cache
def linked_part_fields(shape: Shape) -> tuple[tuple[Field, str], ...]:
    """Return the lists of linked parts of an entity, each with the entity that has the parts."""
    targets = {field.name: field.target for field in shape.stated_fields}
    return tuple(
        (field, targets[field.via]) for field in shape.stated_fields if field.kind is Kind.LINKED_PART
    )


def part_owners(shape: Shape, record: Entity) -> set[RecordKey]:
    """Return the keys of the records whose parts a record links to."""
    return {
        (entity, identifier)
        for field, entity in linked_part_fields(shape)
        if getattr(record, field.name)
        for identifier in getattr(record, field.via)
    }


def linked_part_faults(
    model: Model, records: Mapping[RecordKey, Entity], owners: Mapping[RecordKey, Entity]
) -> Iterator[tuple[RecordKey, Fault]]:
    """Yield an error for each linked part that not exactly one of the records in question has.

    `owners` holds the records that have parts, unless they are missing: those are errors of their own.
    """
    for key, record in records.items():
        for field, entity in linked_part_fields(model.by_name[key[0]]):
            keys = [(entity, identifier) for identifier in getattr(record, field.via)]
            if not all(owner in owners for owner in keys):
                continue
            parts = linked_parts(field, record, [(owner, owners[owner]) for owner in keys])
            for index, (identifier, matches) in enumerate(parts.items()):
                if len(matches) != 1:
                    limits = {"given": identifier, "field": field.target, "via": field.via}
                    code = "ambiguous-part" if matches else "unknown-part"
                    yield key, Fault(code, f"/{field.name}/{index}", limits)


def replaced_part_faults(model: Model, referrer: Entity, merged: Entity, target: Entity) -> Iterator[Fault]:
    """Yield an error for each part of a merged record that a record links to, if the target has another of its id.

    The parts are the same if they name the same record, as participations name an organisation, or have the
    same labels. The errors are those of the merged record.
    """
    entity = type(merged).__name__
    shape = model.by_name[type(referrer).__name__]
    part_lists = {field.name: field for field in model.by_name[entity].stated_fields if field.part}
    for field, owner in linked_part_fields(shape):
        if owner != entity or merged.id not in getattr(referrer, field.via):
            continue
        part_shape = part_lists[field.target].part
        replacements = {part.id: part for part in getattr(target, field.target)}
        for index, part in enumerate(getattr(merged, field.target)):
            is_linked = part.id in getattr(referrer, field.name) and part.id in replacements
            if is_linked and part_shape and not _is_same_part(part_shape, part, replacements[part.id]):
                limits = {
                    "given": part.id,
                    "field": field.target,
                    "into": target.id,
                    "referrer": f"{shape.name} {referrer.id}",
                }
                yield Fault("another-part", f"/{field.target}/{index}", limits)


def _is_same_part(shape: Shape, part: Declared, other: Declared) -> bool:
    """Return True if two parts name the same record, or have the same labels and name none."""
    labels = shape.card_fields
    links = [field.name for field in labels if field.kind is Kind.LINK]
    if any(getattr(item, name) for item in (part, other) for name in links):
        names = links
    else:
        names = [field.name for field in labels]
    return any(getattr(part, name) for name in names) and all(
        getattr(part, name) == getattr(other, name) for name in names
    )


@cache
def parent_field(shape: Shape) -> str | None:
    """Return the name of the parent link of an entity: a single-valued link to the same entity."""
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
    """Yield the errors of links in a set of records: dangling links, and cycles of parent links.

    `exists` and `parent` are called for records outside the set: `exists` returns True if a record can be
    linked to, `parent` returns the key of its parent.
    """
    for key, record in records.items():
        shape = model.by_name[key[0]]
        missing = {
            target for target in link_targets(shape, record) if target not in records and not exists(target)
        }
        for pointer, target in link_pointers(shape, record) if missing else ():
            if target in missing:
                limits = {"entity": target[0], "given": target[1]}
                yield key, Fault(UNKNOWN, pointer, limits)
        parent_name = parent_field(shape)
        if parent_name and (path := _cycle(key, parent_name, records, parent)):
            yield key, Fault("cycle", f"/{parent_name}", {"path": " → ".join(path)})


@cache
def _link_fields(shape: Shape) -> tuple[Field, ...]:
    """Return the fields that are links, or parts that contain links."""
    return tuple(
        field
        for field in shape.stated_fields
        if (_link_fields(field.part) if field.part else field.kind is Kind.LINK)
    )


def _rewritten(
    shape: Shape, struct: Declared, targets: Mapping[RecordKey, RecordKey], owner: RecordKey
) -> Declared:
    """Return a record or part with its links rewritten; `owner` is the record."""
    values: dict[str, Any] = {}
    for field in _link_fields(shape):
        value: Any = getattr(struct, field.name)
        if not value:
            continue
        items = [
            _rewritten_item(field, item, targets, owner) for item in (value if field.is_list else (value,))
        ]
        present = [item for item in items if item is not None]
        if field.is_list:
            values[field.name] = tuple(present if field.part else dict.fromkeys(present))
        else:
            values[field.name] = present[0] if present else None
    changed = {name: value for name, value in values.items() if value != getattr(struct, name)}
    return msgspec.structs.replace(struct, **changed) if changed else struct


def _rewritten_item(field: Field, item: Any, targets: Mapping[RecordKey, RecordKey], owner: RecordKey) -> Any:
    """Return a link, or a part with its links, rewritten; None for a link to the record itself."""
    if field.part:
        return _rewritten(field.part, item, targets, owner)
    target = targets.get((field.target, item))
    if target is None:
        return item
    is_required = field.required and not field.is_list
    return None if target == owner and not is_required else target[1]


def _cycle(
    key: RecordKey,
    parent_name: str,
    records: Mapping[RecordKey, Entity],
    parent: Callable[[RecordKey], RecordKey | None],
) -> list[str]:
    """Return the ids from a record along its ancestors back to itself, or an empty list."""
    path, ancestor = [key[1]], _parent(key, parent_name, records, parent)
    while ancestor is not None and ancestor[1] not in path:
        path.append(ancestor[1])
        ancestor = _parent(ancestor, parent_name, records, parent)
    return [*path, key[1]] if ancestor == key else []


def _parent(
    key: RecordKey,
    parent_name: str,
    records: Mapping[RecordKey, Entity],
    parent: Callable[[RecordKey], RecordKey | None],
) -> RecordKey | None:
    if key not in records:
        return parent(key)
    identifier = getattr(records[key], parent_name)
    return (key[0], identifier) if identifier else None

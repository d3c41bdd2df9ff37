"""The index entries of a numbered record: its values by posting list, and its sort keys.

The names of posting lists of an entity, without the entity:

- the empty name: all public records; its value is empty too
- the name of an index, as `country`: the records with a value, of every index but those that only ranges ask for
- `depends_on`: the records whose documents are rendered from another one; the value is the number of that one
- a dot and the path of a link, as `.participations.organisation`: the records that state a link to another one; the
  value is its number
- a dot, the path of an amount and ` bit`, as `.amounts.value bit`: the records whose total has a bit set; the value is
  the currency, the kind of amount and the number of the bit. The total is in ten-thousandths of the currency, which
  are exact: an amount has at most four decimal places

The sort keys are those of lists, each with one value, and the values of indexes that ranges ask for: days, moments of
changes and amounts, of which a record may have several. A missing value has no key.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec

from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import Entity, RecordKey
from schema.declaration.shapes import Field, Shape
from schema.index.entries import MODIFIED, IndexEntry

ALL_RECORDS = ""
"""The name, and the only value, of the posting list of all public records of an entity."""

DEPENDS_ON = "depends_on"

_DECIMAL_PLACES = 4

ValuesByName = dict[str, list[str]]


class RecordIndex(NamedTuple):
    """The values of a record by name of posting list, and by name of sort key; names are without the entity."""

    postings: ValuesByName
    sort_keys: ValuesByName

    def encode(self) -> bytes:
        """Return the JSON of `record.index_entries`, the same for equal values."""
        return msgspec.json.encode(self)


NO_INDEX = RecordIndex({}, {})
"""The index entries of a record that is not public."""

_decode = msgspec.json.Decoder(RecordIndex).decode


def decode_record_index(index_entries: bytes) -> RecordIndex:
    """Return the index entries in a row of `record`. Raise msgspec.MsgspecError if they are damaged."""
    return _decode(index_entries)


@cache
def posting_name(entity: str, name: str) -> str:
    """Return the full name of a posting list or sort key of an entity."""
    return f"{entity} {name}" if name and not name.startswith(".") else entity + name


def link_posting_name(entity: str, path: str) -> str:
    """Return the name of the posting list of a link of an entity, whose values are numbers of targets."""
    return posting_name(entity, f".{path}")


def record_index(
    shape: Shape,
    record: Entity,
    entries: Iterable[IndexEntry],
    sort_keys: Mapping[str, str],
    dependencies: Mapping[RecordKey, int],
) -> RecordIndex:
    """Return the index entries of a public record.

    `entries` are its sorted (name, value) pairs with the modification time, and `dependencies` has the numbers of the
    records that its document is rendered from, to which the targets of its links belong.
    """
    ranges = range_names(shape)
    postings: ValuesByName = {ALL_RECORDS: [ALL_RECORDS]}
    keys: ValuesByName = {}
    for name, value in entries:
        if name in ranges:
            keys.setdefault(name, []).append(value)
        else:
            postings.setdefault(name, []).append(value)
    keys.update((name, [value]) for name, value in sort_keys.items())
    postings.update(_links_and_amounts(shape, record, dependencies))
    return RecordIndex(postings, keys)


def _links_and_amounts(
    shape: Shape, record: Entity, numbers: Mapping[RecordKey, int]
) -> Iterator[tuple[str, list[str]]]:
    """Yield the values of each posting list that no index of the entity has, by its name."""
    if numbers:
        yield DEPENDS_ON, [str(number) for number in sorted(numbers.values())]
    for path, target, read in stated_links(shape):
        if identifiers := {*read(record)}:
            yield (
                f".{path}",
                [str(number) for number in sorted(numbers[target, link] for link in identifiers)],
            )
    for path, read_amounts in _amounts(shape):
        if bits := _amount_bits(read_amounts(record)):
            yield f".{path} bit", bits


@cache
def range_names(shape: Shape) -> frozenset[str]:
    """Return the names of the indexes that only ranges ask for."""
    names = {MODIFIED}
    for field in shape.fields:
        if field.kind is Kind.PARTIAL_DATE:
            names.update((f"{field.name}_earliest", f"{field.name}_latest"))
        for described in (field, *(field.part.fields if field.part else ())):
            for annotation in described.filters:
                if (annotation.kind or described.kind) is Kind.DECIMAL:
                    names.add(annotation.name or described.name)
    return frozenset(names)


_Reader = Callable[[Any], Iterable[Any]]
"""A function from a record or part to the values at a path."""


@cache
def stated_links(shape: Shape) -> tuple[tuple[str, str, _Reader], ...]:
    """Return the path, the target entity and the reader of each stated link of a record or part."""
    return tuple(
        (path, field.target, read) for path, field, read in _stated(shape) if field.kind is Kind.LINK
    )


@cache
def _amounts(shape: Shape) -> tuple[tuple[str, _Reader], ...]:
    """Return the path of each stated amount of money, and the reader of its (scope, amount) pairs."""
    return tuple(
        (f"{path}.{amount.name}", _scoped_reader(read, amount, scope))
        for path, field, read in _stated(shape)
        if field.part
        for amount, scope in _scoped_amounts(field.part)
    )


def _scoped_amounts(part: Shape) -> Iterator[tuple[Field, list[str]]]:
    """Yield the amounts of a part with the fields within whose values they can be added: currency and kind."""
    kinds = [field.name for field in part.stated_fields if field.kind is Kind.CONCEPT and field.required]
    for field in part.stated_fields:
        if scopes := [annotation.scoped_by for annotation in field.filters if annotation.scoped_by]:
            yield field, [*scopes, *kinds]


def _scoped_reader(read_parts: _Reader, amount: Field, scope: list[str]) -> _Reader:
    def read(record: Any) -> Iterator[tuple[str, str]]:
        for part in read_parts(record):
            yield " ".join(getattr(part, name) for name in scope), getattr(part, amount.name)

    return read


def _stated(shape: Shape) -> Iterator[tuple[str, Field, _Reader]]:
    """Yield the path, the field and the reader of each stated link and part, also inside parts."""
    for field in shape.stated_fields:
        if field.kind is Kind.LINK or field.part:
            read = _reader(field)
            yield field.name, field, read
            if field.part:
                for path, nested, read_nested in _stated(field.part):
                    yield f"{field.name}.{path}", nested, _nested_reader(read, read_nested)


def _reader(field: Field) -> _Reader:
    name = field.name
    if field.is_list:
        return lambda struct: getattr(struct, name)
    return lambda struct: () if (value := getattr(struct, name)) is None else (value,)


def _nested_reader(read_parts: _Reader, read: _Reader) -> _Reader:
    return lambda struct: (value for part in read_parts(struct) for value in read(part))


def _amount_bits(amounts: Iterable[tuple[str, str]]) -> list[str]:
    """Return the set bits of the total of each scope, as values of a posting list."""
    totals: Counter[str] = Counter()
    for scope, amount in amounts:
        integer, _, fraction = amount.partition(".")
        totals[scope] += int(integer + fraction.ljust(_DECIMAL_PLACES, "0"))
    return [
        f"{scope} {bit}"
        for scope, total in sorted(totals.items())
        for bit in range(total.bit_length())
        if total >> bit & 1
    ]

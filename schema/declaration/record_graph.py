"""The record graph: other records, as seen by the derivations of one record."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from schema.declaration.entity_base import PublishedRecord, RecordKey
from schema.declaration.shapes import ListedPart


class OwnedPart(NamedTuple):
    """A part of another record, its owner, as a value of a field that is derived along links."""

    owner: RecordKey
    part: ListedPart


class RecordNotLoadedError(LookupError):
    """A derivation needs the record `key`, which is not loaded yet."""

    def __init__(self, key: RecordKey) -> None:
        super().__init__(f"{key[0]} {key[1]}")
        self.key = key


class RecordGraph:
    """The public records that one record's derivations can reach along links.

    `inverses` holds the ids of the record's own derived lists, by field. `visited` collects the keys of all
    records read, which are dependencies of the derived values.
    """

    def __init__(
        self, records: Mapping[RecordKey, PublishedRecord], inverses: Mapping[str, Sequence[str]]
    ) -> None:
        self._records = records
        self._inverses = inverses
        self.visited: set[RecordKey] = set()

    def record(self, entity: str, identifier: str) -> Any:
        """Return a record. Raise RecordNotLoadedError if it must be loaded first."""
        key = (entity, identifier)
        if key not in self._records:
            raise RecordNotLoadedError(key)
        self.visited.add(key)
        return self._records[key].record

    def linking_ids(self, field: str) -> Sequence[str]:
        """Return the ids in a derived list of the record."""
        return self._inverses.get(field, ())

    def linking_records(self, entity: str, field: str) -> Iterator[Any]:
        """Yield the records in a derived list of the record."""
        return (self.record(entity, identifier) for identifier in self.linking_ids(field))

    def ancestors(self, entity: str, identifier: str | None, parent: str) -> Iterator[Any]:
        """Yield a record and its ancestors along the link `parent`, nearest first."""
        while identifier:
            record = self.record(entity, identifier)
            yield record
            identifier = getattr(record, parent)

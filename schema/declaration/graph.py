"""Derived values that other records decide: how they look at them, and which they looked at."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schema.declaration.entity import PublishedRecord, RecordKey


class RecordNotLoadedError(LookupError):
    """A record is needed that is not at hand; `key` names it."""

    def __init__(self, key: RecordKey) -> None:
        super().__init__(f"{key[0]} {key[1]}")
        self.key = key


class RecordGraph:
    """What one record's derived values look at: other public records, from link to link."""

    def __init__(
        self, records: Mapping[RecordKey, PublishedRecord], inverses: Mapping[str, Sequence[str]]
    ) -> None:
        self._records = records
        self._inverses = inverses
        self.visited: set[RecordKey] = set()

    def record(self, entity: str, identifier: str) -> Any:
        """Return a record. Raise UnseenError if it has to be fetched first."""
        key = (entity, identifier)
        if key not in self._records:
            raise RecordNotLoadedError(key)
        self.visited.add(key)
        return self._records[key].record

    def linking_ids(self, field: str) -> Sequence[str]:
        """Return the ids in a derived list of the record itself."""
        return self._inverses.get(field, ())

    def linking_records(self, entity: str, field: str) -> Iterator[Any]:
        """Yield the records of a derived list of the record itself."""
        return (self.record(entity, identifier) for identifier in self.linking_ids(field))

    def ancestors(self, entity: str, identifier: str | None, parent: str) -> Iterator[Any]:
        """Yield a record and those above it in its tree, the nearest first."""
        while identifier:
            record = self.record(entity, identifier)
            yield record
            identifier = getattr(record, parent)

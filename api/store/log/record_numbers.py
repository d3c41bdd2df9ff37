"""Numbers of records inside a writing transaction: stored, given to new records, or counted in the log."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from api.store.database.statement_cache import KeysIn
from api.store.database.writing_session import Session, key_condition
from schema.declaration.entity_base import RecordKey
from schema.index.record_numbers import number_range, record_number, record_ordinal
from schema.storage.tables import Tables


class RecordNumbers:
    """The numbers of records that are or were public, in the order of their first publications."""

    def __init__(self, session: Session, places: Mapping[str, int]) -> None:
        self._session = session
        self._places = places
        self._numbers: dict[RecordKey, int] = {}
        self._keys: dict[int, RecordKey] = {}
        self._last_ordinals: dict[str, int] = {}
        self._is_complete = False

    def __getitem__(self, key: RecordKey) -> int:
        """Return the number of a record that was loaded or assigned. Raise KeyError for another one."""
        return self._numbers[key]

    def get(self, key: RecordKey) -> int | None:
        """Return the number of a record, or None if it has none or was not loaded."""
        return self._numbers.get(key)

    def has(self, number: int) -> bool:
        """Return True if a record that was loaded or assigned has the number."""
        return number in self._keys

    def keys(self, numbers: Iterable[int]) -> dict[int, RecordKey]:
        """Return the keys of the records with some numbers."""
        needed = set(numbers)
        for number, entity, identifier in self._session.rows_numbered(
            _select_keys, needed.difference(self._keys)
        ):
            self._set((entity, identifier), number)
        return {number: self._keys[number] for number in needed}

    def load(self, keys: Iterable[RecordKey]) -> None:
        """Read the stored numbers of records that are not known yet."""
        if self._is_complete:
            return
        unknown = {key for key in keys if key not in self._numbers}
        for number, entity, identifier in self._session.rows_about(_select_numbers, unknown):
            self._set((entity, identifier), number)

    def assign(self, keys: Iterable[RecordKey]) -> None:
        """Give the next numbers of their entities to the records that have none, in order."""
        ordered = list(keys)
        self.load(ordered)
        for key in ordered:
            if key not in self._numbers:
                entity = key[0]
                ordinal = self._last_ordinal(entity) + 1
                self._last_ordinals[entity] = ordinal
                self._set(key, record_number(self._places[entity], ordinal))

    def read_log(self) -> Mapping[RecordKey, int]:
        """Return the numbers of all records as they follow from the log; they then hold for the transaction."""
        self._numbers.clear()
        self._keys.clear()
        self._last_ordinals = dict.fromkeys(self._places, 0)
        self._is_complete = True
        rows = self._session.connection.execute(_select_first_changes(self._session.tables))
        self.assign((entity, identifier) for entity, identifier in rows if entity in self._places)
        return self._numbers

    def _set(self, key: RecordKey, number: int) -> None:
        self._numbers[key], self._keys[number] = number, key

    def _last_ordinal(self, entity: str) -> int:
        if entity not in self._last_ordinals:
            first, last = number_range(self._places[entity])
            ((number,),) = self._session.run(_select_last_number, first=first, last=last)
            self._last_ordinals[entity] = record_ordinal(number or 0)
        return self._last_ordinals[entity]


def _select_numbers(tables: Tables) -> Select[Any]:
    record = tables.record
    return select(record.c.number, record.c.entity, record.c.id).where(key_condition(record))


def _select_keys(tables: Tables) -> Select[Any]:
    record = tables.record
    return select(record.c.number, record.c.entity, record.c.id).where(KeysIn(record.c.number))


def _select_last_number(tables: Tables) -> Select[Any]:
    number = tables.record.c.number
    return select(func.max(number)).where(number.between(bindparam("first"), bindparam("last")))


def _select_first_changes(tables: Tables) -> Select[Any]:
    """Return the query for the records with public changes, in the order of their first ones."""
    change = tables.change
    query = select(change.c.entity, change.c.id).group_by(change.c.entity, change.c.id)
    return query.order_by(func.min(change.c.number))

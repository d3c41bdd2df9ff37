"""Comparison of all stored posting lists and sort keys with the index entries in the rows of records."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import MsgspecError
from pyroaring import BitMap
from sqlalchemy import Delete, Select, Table, bindparam, delete, select, update

from api.store.database.statement_cache import KeysIn
from api.store.database.writing_session import RowValues, Session
from api.store.log.head import LogHead
from api.store.projection.posting_writer import serialize_bitmap
from schema.index.record_index import NO_INDEX, RecordIndex, ValuesByName, decode_record_index, posting_name
from schema.index.record_numbers import CHUNK_BITS
from schema.storage.tables import Tables

_READ_ROWS = 5_000
"""Number of rows that are read at once."""

_ENTITY = re.compile(r"[^ .]*")
"""The entity that the name of a posting list or a sort key begins with."""

_Value = tuple[str, str]
"""The name of a posting list or sort key, and a value."""


class _Difference(NamedTuple):
    """The records of a value as stored, None if some cannot be read, and as they follow from the index entries."""

    stored: BitMap | None
    correct: BitMap

    @property
    def concerned(self) -> BitMap:
        """Return the numbers of the records that are missing or too many."""
        return self.correct if self.stored is None else self.stored ^ self.correct


class IndexComparison:
    """Compares posting lists and sort keys with records, inside a transaction.

    Sums of hashes find the names that differ; the records of only these are compared one by one, an entity at a
    time. A record with unreadable index entries counts as if it had none.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tables = session.tables

    def differences(self) -> Counter[str]:
        """Return the number of values whose records differ, by table."""
        return Counter({table.name: len(found) for table, found in self._differences()})

    def repair(self, head: LogHead) -> Counter[str]:
        """Correct the records of all values, and return how many values differed, by table.

        The records concerned get the commit number, as if they were written.
        """
        counts: Counter[str] = Counter()
        concerned = BitMap()
        for table, found in self._differences():
            counts[table.name] += len(found)
            concerned |= BitMap.union(*(difference.concerned for difference in found.values()))
            self._session.run(_delete_values, table, keys=sorted(found))
            self._session.insert(table, sorted(_rows(table is self._tables.posting, found)))
        if +counts:
            head.count_commit()
        if concerned:
            self._session.connection.execute(
                _update_commit_number(self._tables, head.count_commit()),
                [{"concerned": number} for number in concerned],
            )
        return counts

    def _differences(self) -> Iterator[tuple[Table, dict[_Value, _Difference]]]:
        """Yield the values whose records differ, in parts, each after its table."""
        for table in (self._tables.posting, self._tables.sort_key):
            names: dict[str, list[str]] = defaultdict(list)
            for name in self._differing_names(table):
                names[_ENTITY.match(name)[0]].append(name)  # type: ignore[index]
            for entity, entity_names in sorted(names.items()):
                yield table, self._differing_values(table, entity, entity_names)

    def _differing_names(self, table: Table) -> set[str]:
        """Return the names whose sums of hashes of (value, number) differ, or with rows that cannot be read."""
        sums: Counter[str] = Counter()
        unreadable: set[str] = set()
        for name, value, numbers in self._stored(table):
            if numbers is None:
                unreadable.add(name)
            else:
                sums[name] += sum([hash((value, number)) for number in numbers])
        for entity, number, values in self._entries(table):
            for name, entry_values in values.items():
                sums[posting_name(entity, name)] -= sum([hash((value, number)) for value in entry_values])
        return unreadable.union(name for name, difference in sums.items() if difference)

    def _differing_values(self, table: Table, entity: str, names: Sequence[str]) -> dict[_Value, _Difference]:
        stored: dict[_Value, BitMap] = defaultdict(BitMap)
        correct: dict[_Value, BitMap] = defaultdict(BitMap)
        unreadable: set[_Value] = set()
        for name, value, numbers in self._stored(table, names):
            if numbers is None:
                unreadable.add((name, value))
            else:
                stored[name, value].update(numbers)
        wanted = frozenset(names)
        for _, number, values in self._entries(table, entity):
            for name, entry_values in values.items():
                if (full_name := posting_name(entity, name)) in wanted:
                    for value in entry_values:
                        correct[full_name, value].add(number)
        return {
            value: _Difference(None if value in unreadable else stored[value], correct[value])
            for value in {*stored, *correct, *unreadable}
            if value in unreadable or stored[value] != correct[value]
        }

    def _stored(
        self, table: Table, names: Sequence[str] = ()
    ) -> Iterator[tuple[str, str, Iterable[int] | None]]:
        """Yield name, value and numbers of stored rows, all or those of some names; None for unreadable numbers."""
        query = select(*table.c)
        if names:
            query = query.where(table.c.name.in_(names))
        if table is self._tables.posting:
            for name, value, chunk, numbers in self._read(query):
                yield name, value, _chunk_numbers(chunk, numbers)
        else:
            for name, value, number in self._read(query):
                yield name, value, (number,)

    def _entries(self, table: Table, entity: str = "") -> Iterator[tuple[str, int, ValuesByName]]:
        """Yield entity and number of each record, all or those of an entity, with its values by name in a table."""
        record = self._tables.record
        query = select(record.c.entity, record.c.number, record.c.index_entries)
        if entity:
            query = query.where(record.c.entity == entity)
        for record_entity, number, index_entries in self._read(query):
            index = readable_index(index_entries)
            yield (
                record_entity,
                number,
                index.postings if table is self._tables.posting else index.sort_keys,
            )

    def _read(self, query: Select[Any]) -> Iterator[RowValues]:
        options = {"yield_per": _READ_ROWS}
        return (tuple(row) for row in self._session.connection.execute(query, execution_options=options))


def readable_index(index_entries: bytes) -> RecordIndex:
    """Return the index entries in a row of `record`, none if they cannot be decoded."""
    try:
        return decode_record_index(index_entries)
    except MsgspecError:
        return NO_INDEX


def _chunk_numbers(chunk: int, numbers: bytes) -> BitMap | None:
    """Return the numbers of a stored chunk, None if they cannot be read, belong to another chunk or are none."""
    try:
        bitmap = BitMap.deserialize(numbers)
    except (IndexError, ValueError):
        return None
    is_sound = bitmap and bitmap.min() >> CHUNK_BITS == chunk == bitmap.max() >> CHUNK_BITS
    return bitmap if is_sound else None


def _rows(is_posting: bool, differences: dict[_Value, _Difference]) -> Iterator[RowValues]:  # noqa: FBT001 - private
    """Yield the correct rows of values."""
    for value, difference in differences.items():
        if not is_posting:
            yield from ((*value, number) for number in difference.correct)
            continue
        for chunk in sorted({number >> CHUNK_BITS for number in difference.correct}):
            first = chunk << CHUNK_BITS
            numbers = difference.correct & BitMap(range(first, first + (1 << CHUNK_BITS)))
            yield (*value, chunk, serialize_bitmap(numbers))


def _delete_values(_: Tables, table: Table) -> Delete:
    return delete(table).where(KeysIn(table.c.name, table.c.value))


def _update_commit_number(tables: Tables, commit_number: int) -> Any:
    record = tables.record
    is_concerned = record.c.number == bindparam("concerned")
    return update(record).where(is_concerned).values(commit_number=commit_number)

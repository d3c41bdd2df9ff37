"""Writing of posting lists and sort keys, from the index entries that records had and have."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from struct import Struct
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Select, select

from api.store.database.statement_cache import KeysIn
from api.store.database.writing_session import RowValues, Session
from schema.index.record_index import RecordIndex, ValuesByName, posting_name
from schema.index.record_numbers import CHUNK_BITS
from schema.storage.tables import Tables

_NumbersByName = defaultdict[str, defaultdict[str, list[int]]]
"""Record numbers by name and value of posting lists."""

_SINGLETON = Struct("<IIHHIH")
"""The portable serialization of a bitmap with one number."""

_NO_RUNS, _ARRAY_OFFSET = 12_346, 16


class PostingWriter:
    """Collects the differences of index entries, and writes them, inside a writing transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tables = session.tables
        self._gained: _NumbersByName = _numbers_by_name()
        self._lost: _NumbersByName = _numbers_by_name()
        self._new_keys: list[RowValues] = []
        self._old_keys: list[RowValues] = []

    def add(self, entity: str, number: int, index: RecordIndex) -> None:
        """Add all that a new record is found by."""
        for name, values in index.postings.items():
            numbers = self._gained[posting_name(entity, name)]
            for value in values:
                numbers[value].append(number)
        for name, values in index.sort_keys.items():
            full_name = posting_name(entity, name)
            self._new_keys += [(full_name, value, number) for value in values]

    def replace(self, entity: str, number: int, old: RecordIndex, new: RecordIndex) -> None:
        """Add the difference between what a record was and is found by."""
        for name, gained, lost in _differences(old.postings, new.postings):
            full_name = posting_name(entity, name)
            for value in gained:
                self._gained[full_name][value].append(number)
            for value in lost:
                self._lost[full_name][value].append(number)
        for name, gained, lost in _differences(old.sort_keys, new.sort_keys):
            full_name = posting_name(entity, name)
            self._new_keys += [(full_name, value, number) for value in gained]
            self._old_keys += [(full_name, value, number) for value in lost]

    def write(self) -> None:
        """Write the collected differences."""
        self._write_postings(
            {
                (name, value, chunk): numbers
                for name in sorted({*self._gained, *self._lost})
                for value, gained, lost in _by_value(self._gained[name], self._lost[name])
                for chunk, numbers in _by_chunk(gained, lost)
            }
        )
        self._session.delete(self._tables.sort_key, self._old_keys)
        self._session.insert(self._tables.sort_key, sorted(self._new_keys))
        for collected in (self._gained, self._lost, self._new_keys, self._old_keys):
            collected.clear()

    def _write_postings(
        self, changes: Mapping[tuple[str, str, int], tuple[Sequence[int], Sequence[int]]]
    ) -> None:
        """Write bitmaps, given the numbers that each gains and loses by name, value and chunk, sorted."""
        if not changes:
            return
        rows = self._session.run(_select_chunks, keys=[*changes])
        stored: dict[RowValues, bytes] = {
            (name, value, chunk): numbers for name, value, chunk, numbers in rows
        }
        new: list[RowValues] = []
        changed: list[RowValues] = []
        emptied: list[RowValues] = []
        for key, (added, removed) in changes.items():
            serialized = stored.get(key)
            if serialized is None:
                new += [(*key, serialize(added))] if added else []
                continue
            numbers = BitMap.deserialize(serialized)
            numbers.update(added)
            numbers -= BitMap(removed)
            if numbers:
                changed.append((*key, serialize_bitmap(numbers)))
            else:
                emptied.append(key)
        posting = self._tables.posting
        self._session.insert(posting, new)
        self._session.update(posting, changed)
        self._session.delete(posting, emptied)


def serialize(numbers: Sequence[int]) -> bytes:
    """Return the portable serialization of the bitmap of the numbers of one chunk; of one, without a bitmap."""
    if len(numbers) > 1:
        return serialize_bitmap(BitMap(numbers))
    (number,) = numbers
    high, low = number >> CHUNK_BITS, number & ((1 << CHUNK_BITS) - 1)
    return _SINGLETON.pack(_NO_RUNS, 1, high, 0, _ARRAY_OFFSET, low)


def serialize_bitmap(numbers: BitMap) -> bytes:
    """Return the portable serialization of a bitmap, with runs where they make it smaller."""
    numbers.run_optimize()
    return bytes(numbers.serialize())


def _numbers_by_name() -> _NumbersByName:
    return defaultdict(lambda: defaultdict(list))


def _differences(old: ValuesByName, new: ValuesByName) -> Iterator[tuple[str, Iterable[str], Iterable[str]]]:
    """Yield each name whose values differ, with those gained and those lost."""
    for name in old | new:
        before, after = old.get(name, ()), new.get(name, ())
        if before != after:
            yield name, [value for value in after if value not in before], {*before}.difference(after)


def _by_value(
    gained: Mapping[str, list[int]], lost: Mapping[str, list[int]]
) -> Iterator[tuple[str, Sequence[int], Sequence[int]]]:
    """Yield each value in order, with the numbers that it gains and loses."""
    for value in sorted({*gained, *lost}):
        yield value, gained.get(value, ()), lost.get(value, ())


def _by_chunk(
    gained: Sequence[int], lost: Sequence[int]
) -> Iterable[tuple[int, tuple[Sequence[int], Sequence[int]]]]:
    """Return each chunk with the numbers that it gains and loses."""
    if gained and not lost and min(gained) >> CHUNK_BITS == max(gained) >> CHUNK_BITS:
        return [(gained[0] >> CHUNK_BITS, (gained, lost))]  # as most values of a batch of new records
    chunks: defaultdict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for number in gained:
        chunks[number >> CHUNK_BITS][0].append(number)
    for number in lost:
        chunks[number >> CHUNK_BITS][1].append(number)
    return chunks.items()


def _select_chunks(tables: Tables) -> Select[Any]:
    """Return the query for some bitmaps by name, value and chunk."""
    posting = tables.posting.c
    key = (posting.name, posting.value, posting.chunk)
    return select(*key, posting.numbers).where(KeysIn(*key))

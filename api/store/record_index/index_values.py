"""All values of an index with their records, as facet counts need them: sets for few values, a column for many."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from heapq import nlargest
from itertools import islice
from typing import TypeVar

from pyroaring import BitMap

from schema.index.record_numbers import MAX_ORDINAL

MAX_SETS = 1_000
"""Values that are kept as a set each: intersecting a set takes a fraction of a microsecond, and 600 bytes."""

_BITMAP_BYTES, _SET_BYTES, _VALUE_BYTES = 200, 400, 100
"""Memory of a bitmap beside its numbers, of a value with a set, and of one in a column, in bytes."""

CHARACTER_BYTES = 4
"""Memory of a character of a value at most, in bytes."""

PART_RECORDS = 2_000
"""Records of a column that are loaded or written in one step, a few milliseconds."""

COUNTED_RECORDS = 500
"""Records whose values are counted in one step: each may have many."""

_SPARE_RECORDS = 1_024
"""Records for which a column reserves room at once."""


_T = TypeVar("_T")

Counts = Generator[None, None, dict[str, int]]
"""Numbers of records by value, counted in parts: other requests may be answered at each `yield`."""


def at_once(parts: Generator[None, None, _T]) -> _T:
    """Return the result of a generator of parts."""
    while True:
        try:
            next(parts)
        except StopIteration as stop:
            result: _T = stop.value
            return result


def bitmap_size(records: BitMap) -> int:
    """Return the memory of a bitmap in bytes, by an upper estimate."""
    statistics = records.get_statistics()
    return (
        _BITMAP_BYTES
        + statistics["n_bytes_array_containers"]
        + statistics["n_bytes_run_containers"]
        + statistics["n_bytes_bitset_containers"]
    )


class ValueSets:
    """The values of an index with few of them, each with the set of its records."""

    def __init__(self, records: dict[str, BitMap]) -> None:
        self._records = records

    @property
    def size(self) -> int:
        """Return the memory in bytes, by an upper estimate."""
        return sum(
            _SET_BYTES + CHARACTER_BYTES * len(value) + bitmap_size(records)
            for value, records in self._records.items()
        )

    def counts(self, records: BitMap, most: int | None = None, used: Iterable[str] = ()) -> Counts:  # noqa: ARG002
        """Return the number of records with each value among those of a set, in one part; without values of none.

        The values are few, so that none is left out for others that are more frequent.
        """
        yield
        counts = ((value, one.intersection_cardinality(records)) for value, one in self._records.items())
        return {value: count for value, count in counts if count}

    def replace(self, numbers: BitMap, added: Mapping[str, Sequence[int]]) -> None:
        """Remove records from all values, and add them to those that they have now."""
        for records in self._records.values():
            records.difference_update(numbers)
        for value, its_numbers in added.items():
            self._records.setdefault(value, BitMap()).update(its_numbers)


class ValueColumn:
    """The values of an index with many of them, by record: a set each would take too much memory and time.

    A value is an index in the list of values. Those of a record are in a row from its start on.
    """

    def __init__(self) -> None:
        self._values: list[str] = []
        self._characters = 0
        self._sorted = 0
        """The number of values that are sorted; those that were added later follow."""
        self._known = BitMap()
        self._totals = array("I")
        self._starts, self._lengths = array("I"), array("H")
        self._pairs = array("I")
        self._loaded: dict[int, list[int]] = {}
        self._load_count = 0

    def load(self, value: str, records: BitMap) -> Iterator[None]:
        """Add records of a value that is not smaller than those before, in parts."""
        if not self._values or value != self._values[-1]:
            self._append(value)
        index = len(self._values) - 1
        self._totals[index] += len(records)
        for number in records:
            self._loaded.setdefault(number, []).append(index)
            self._load_count += 1
            if self._load_count % PART_RECORDS == 0:
                yield

    def finish_loading(self) -> Iterator[None]:
        """Write the rows of all records, in parts."""
        self._sorted = len(self._values)
        for written, (number, indexes) in enumerate(self._loaded.items(), 1):
            self._put(number, indexes)
            if written % PART_RECORDS == 0:
                yield
        self._loaded = {}

    @property
    def size(self) -> int:
        """Return the memory in bytes, by an upper estimate."""
        arrays = 4 * len(self._totals) + 6 * len(self._starts) + 4 * len(self._pairs)
        values = _VALUE_BYTES * len(self._values) + CHARACTER_BYTES * self._characters
        return values + arrays + bitmap_size(self._known)

    def counts(self, records: BitMap, most: int | None = None, used: Iterable[str] = ()) -> Counts:
        """Return the number of records with each value among those of a set, in parts; without values of none.

        With `most` others than the most frequent values and those in `used` are left out: of tens of thousands,
        twelve are shown.
        """
        found = records & self._known
        others = self._known - found
        if len(others) < len(found):
            totals = array("I", self._totals)
            for index, count in (yield from self._count(others)).items():
                totals[index] -= count
            yield
            return self._by_value(totals, enumerate(totals), most, used)
        counts = yield from self._count(found)
        return self._by_value(counts.values(), counts.items(), most, used)

    def _by_value(
        self,
        counts: Iterable[int],
        counts_by_index: Iterable[tuple[int, int]],
        most: int | None,
        used: Iterable[str],
    ) -> dict[str, int]:
        least = 1 if most is None else max(1, min(nlargest(most, counts), default=1))
        included = {self._index_of(value) for value in used}
        values = self._values
        return {
            values[index]: count
            for index, count in counts_by_index
            if count >= least or (count and index in included)
        }

    def replace(self, numbers: BitMap, added: Mapping[str, Sequence[int]]) -> None:
        """Remove records from all values, and add them to those that they have now."""
        for index, count in at_once(self._count(self._known & numbers)).items():
            self._totals[index] -= count
        self._known -= numbers
        by_number: dict[int, list[int]] = {}
        for value, its_numbers in added.items():
            index = self._index(value)
            self._totals[index] += len(its_numbers)
            for number in its_numbers:
                by_number.setdefault(number, []).append(index)
        for number, indexes in by_number.items():
            self._put(number, indexes)

    def _count(self, records: BitMap) -> Generator[None, None, Counter[int]]:
        """Return the number of records with each value by its index, in parts."""
        counts: Counter[int] = Counter()
        remaining = iter(records)
        while part := [number & MAX_ORDINAL for number in islice(remaining, COUNTED_RECORDS)]:
            pairs = array("I")
            for ordinal in part:
                start = self._starts[ordinal]
                pairs.extend(self._pairs[start : start + self._lengths[ordinal]])
            counts.update(pairs)
            yield
        return counts

    def _put(self, number: int, indexes: Sequence[int]) -> None:
        """Write the row of a record behind all others; one that it had before stays without use."""
        ordinal = number & MAX_ORDINAL
        missing = ordinal + 1 - len(self._starts)
        if missing > 0:
            self._starts.frombytes(bytes(4 * (missing + _SPARE_RECORDS)))
            self._lengths.frombytes(bytes(2 * (missing + _SPARE_RECORDS)))
        self._starts[ordinal], self._lengths[ordinal] = len(self._pairs), len(indexes)
        self._pairs.extend(indexes)
        self._known.add(number)

    def _index(self, value: str) -> int:
        """Return the index of a value, which is added if need be."""
        index = self._index_of(value)
        if index is None:
            self._append(value)
            index = len(self._values) - 1
        return index

    def _index_of(self, value: str) -> int | None:
        """Return the index of a value, or None if it is not known."""
        index = bisect_left(self._values, value, 0, self._sorted)
        if index < self._sorted and self._values[index] == value:
            return index
        try:
            return self._values.index(value, self._sorted)
        except ValueError:
            return None

    def _append(self, value: str) -> None:
        self._values.append(value)
        self._characters += len(value)
        self._totals.append(0)


IndexValues = ValueSets | ValueColumn


class IndexValuesLoader:
    """Makes the values of an index from sorted rows: other requests are answered between the parts of many."""

    def __init__(self) -> None:
        self._sets: dict[str, BitMap] = {}
        self._column: ValueColumn | None = None

    def add(self, rows: Iterable[tuple[str, BitMap]]) -> Iterator[None]:
        """Add rows of values and records, which are sorted by value, in parts."""
        for value, records in rows:
            if self._column:
                yield from self._column.load(value, records)
            else:
                self._sets.setdefault(value, BitMap()).update(records)
        if not self._column and len(self._sets) > MAX_SETS:
            self._column = ValueColumn()
            for value, records in self._sets.items():
                yield from self._column.load(value, records)

    def finish(self) -> Iterator[None]:
        """Finish the values, in parts."""
        if self._column:
            yield from self._column.finish_loading()

    @property
    def values(self) -> IndexValues:
        """Return the finished values, as sets or as a column."""
        return self._column or ValueSets(self._sets)

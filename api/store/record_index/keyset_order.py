"""Keyset pagination over sets of record numbers: by some sort keys, then by number.

Missing values come last in both directions. Records with equal values are in the order of their numbers, in the
direction of the last sort key.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, Protocol

from pyroaring import BitMap

SortPosition = tuple[float, ...]
"""A position in an order: for each sort key a flag of a missing value and a label, then the number.

Labels and numbers are negative where the order is descending, so that positions compare as records do.
"""

_KNOWN, _MISSING = 0.0, 1.0

_STEP = 64
"""Numbers that are taken from a set at once."""

_SORTED_AT_ONCE = 16
"""A set is sorted at once if the square of its size is smaller than so many times the number of pieces.

For a page the pieces are intersected in turn, the fewer the larger the set is.
"""


class LabelledRecords(Protocol):
    """Records with labels that order them; `RecordOrder` describes its members."""

    @property
    def known(self) -> BitMap:
        """Return the numbers of the records that have a label."""

    @property
    def piece_count(self) -> int:
        """Return the number of pieces."""

    def label(self, number: int) -> float:
        """Return the label of a record that has one."""

    def pieces(
        self, start: float | None = None, *, descending: bool = False
    ) -> Iterator[tuple[BitMap, float | None]]:
        """Yield the pieces in order, each with its only label or None."""


@dataclass(frozen=True)
class RankedRecords:
    """The records that match a search, best first; the label of a record is the rank of its match."""

    known: BitMap
    by_rank: tuple[BitMap, ...]
    """The records of each rank; without ranks there are none, and nothing is sorted by them."""

    @classmethod
    def of_rows(cls, rows: Iterable[Sequence[Any]], ranks: int) -> "RankedRecords":
        """Return the matches in rows of rank and number."""
        numbers: list[list[int]] = [[] for _ in range(ranks)]
        for rank, number in rows:
            numbers[rank].append(number)
        by_rank = tuple(map(BitMap, numbers))
        return cls(BitMap.union(BitMap(), *by_rank), by_rank)

    @property
    def piece_count(self) -> int:
        """Return the number of ranks."""
        return len(self.by_rank)

    def label(self, number: int) -> float:
        """Return the rank of a match."""
        return float(next(rank for rank, records in enumerate(self.by_rank) if number in records))

    def pieces(
        self, start: float | None = None, *, descending: bool = False
    ) -> Iterator[tuple[BitMap, float | None]]:
        """Yield the records of each rank, from that of a position on."""
        ranks = range(len(self.by_rank))
        for rank in reversed(ranks) if descending else ranks:
            if start is None or (rank <= start if descending else rank >= start):
                yield self.by_rank[rank], float(rank)


class DirectedOrder(NamedTuple):
    """The order of a sort key with its direction."""

    order: LabelledRecords
    descending: bool

    def components(self, label: float | None) -> tuple[float, float]:
        """Return the two components of a position from the label of a value, or None for a missing value."""
        if label is None:
            return _MISSING, 0.0
        return _KNOWN, -label if self.descending else label


@dataclass(frozen=True)
class KeysetOrder:
    """The order of a list: by some sort keys, then by number, in the direction of the last sort key."""

    keys: tuple[DirectedOrder, ...] = ()
    descending: bool = False
    """True for descending numbers."""

    def position(self, number: int) -> SortPosition:
        """Return the position of a record."""
        return self._components(number, 0)

    def position_of_values(self, labels: Sequence[float | None], number: int) -> SortPosition:
        """Return the position of the values with some labels, and of a number; no record need have them."""
        components = [
            component
            for key, label in zip(self.keys, labels, strict=True)
            for component in key.components(label)
        ]
        return (*components, self._signed(number))

    def walk(
        self, records: BitMap, start: SortPosition | None = None, *, backwards: bool = False
    ) -> Iterator[int]:
        """Yield the numbers of a set in order, or backwards; with `start`, those beyond a position."""
        return chain.from_iterable(self._batches(records, 0, start, backwards=backwards))

    def _batches(
        self, records: BitMap, depth: int, start: SortPosition | None, *, backwards: bool
    ) -> Iterator[Iterable[int]]:
        """Yield the numbers of records whose values are equal for the sort keys before `depth`, some at once.

        `start` has the components from `depth` on.
        """
        if depth == len(self.keys):
            number = None if start is None else self._signed(start[0])
            yield from _numbers(records, number, descending=self.descending != backwards)
            return
        known = records & self.keys[depth].order.known
        for flag in (_MISSING, _KNOWN) if backwards else (_KNOWN, _MISSING):
            start_of_part = start
            if start is not None and start[0] != flag:
                if (start[0] > flag) != backwards:
                    continue  # the start is beyond all of them
                start_of_part = None
            if flag == _KNOWN:
                yield from self._batches_by_value(known, depth, start_of_part, backwards=backwards)
            else:
                rest = None if start_of_part is None else start_of_part[2:]
                yield from self._batches(records - known, depth + 1, rest, backwards=backwards)

    def _batches_by_value(
        self, records: BitMap, depth: int, start: SortPosition | None, *, backwards: bool
    ) -> Iterator[Iterable[int]]:
        """Yield the numbers of records that have a value for the sort key at `depth`, some at once."""
        order, descending = self.keys[depth]
        if len(records) ** 2 < _SORTED_AT_ONCE * order.piece_count:
            yield self._sorted(records, depth, start, backwards=backwards)
            return
        edge = None if start is None else -start[1] if descending else start[1]
        for piece, only_label in order.pieces(edge, descending=descending != backwards):
            if here := records & piece:
                if only_label is None:
                    yield self._sorted(here, depth, start, backwards=backwards)
                elif start is None or self._is_beyond(only_label, depth, start, backwards=backwards):
                    yield from self._batches(here, depth + 1, None, backwards=backwards)
                elif only_label == edge:
                    yield from self._batches(here, depth + 1, start[2:], backwards=backwards)
            start = None  # only the first piece has records on both sides

    def _is_beyond(self, label: float, depth: int, start: SortPosition, *, backwards: bool) -> bool:
        """Return True if a label is beyond that of a position in the direction of the walk."""
        components = self.keys[depth].components(label)
        return components < start[:2] if backwards else components > start[:2]

    def _sorted(
        self, records: BitMap, depth: int, start: SortPosition | None, *, backwards: bool
    ) -> Sequence[int]:
        """Return the numbers of a small set, sorted by their positions from `depth` on."""
        if depth == len(self.keys) - 1 and start is None:
            # Both sorts are stable: records with one value stay in the order of their numbers.
            numbers = sorted(records, key=self.keys[depth].order.label)
            return numbers[::-1] if self.descending != backwards else numbers
        positions = sorted(
            [(self._components(number, depth), number) for number in records], reverse=backwards
        )
        return [
            number
            for position, number in positions
            if start is None or (position < start if backwards else position > start)
        ]

    def _components(self, number: int, depth: int) -> SortPosition:
        """Return the components of the position of a record from a sort key on."""
        components: list[float] = []
        for key in self.keys[depth:]:
            label = key.order.label(number) if number in key.order.known else None
            components += key.components(label)
        return (*components, self._signed(number))

    def _signed(self, number: float) -> float:
        return -number if self.descending else number


def _numbers(records: BitMap, start: float | None, *, descending: bool) -> Iterator[Iterable[int]]:
    """Yield the numbers of a set by size, or descending, some at once; with `start`, those beyond it."""
    size = len(records)
    if not descending:
        index = 0 if start is None else records.rank(int(start))
        while index < size:
            yield records[index : index + _STEP]
            index += _STEP
        return
    end = size if start is None else records.rank(int(start) - 1) if start > 0 else 0
    while end > 0:
        yield reversed([*records[max(0, end - _STEP) : end]])
        end -= _STEP

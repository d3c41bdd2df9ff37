"""The order of a sort key: each record with a value has a label that grows with the value, and labels are in pieces.

Records with equal values have equal labels. A new value gets a label between those of its neighbours, so that no
other label changes.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf, nextafter
from typing import Any

from pyroaring import BitMap

from schema.index.record_numbers import MAX_ORDINAL

_PIECE_SIZE = 128
"""Records of a piece when it is made; one with several labels is split at twice the size."""

_SPARE_LABELS = 1_024
"""Labels that are reserved for new records at once."""

_LABEL_BYTES, _PIECE_BYTES = 8, 400
"""Memory of a label, and of a piece beside two bytes per record, in bytes."""


class NoRoomError(ArithmeticError):
    """No number is left between two labels: the order must be read again."""


@dataclass
class _Piece:
    """A set of records with neighbouring labels: from `lowest` to `highest`, which may be gone."""

    records: BitMap
    lowest: float
    highest: float

    @property
    def is_uniform(self) -> bool:
        """Return True if all records have the same label; such a piece may have any size."""
        return self.lowest == self.highest


class RecordOrder:
    """The records of an entity that have a value of a sort key, in the order of the values."""

    def __init__(self) -> None:
        self._known = BitMap()
        self._labels = array("d")
        self._pieces: list[_Piece] = []
        self._last_value: str | None = None

    @property
    def known(self) -> BitMap:
        """Return the numbers of the records that have a value."""
        return self._known

    @property
    def size(self) -> int:
        """Return the memory of the order in bytes, by an upper estimate."""
        return _LABEL_BYTES * len(self._labels) + _PIECE_BYTES * (1 + len(self._pieces)) + 4 * len(self.known)

    def label(self, number: int) -> float:
        """Return the label of a record that has a value."""
        return self._labels[number & MAX_ORDINAL]

    def label_of(self, number: int | None, *, exact: bool) -> float:
        """Return the label of a value, given the first record that has it or a greater one.

        Without `exact` the record has a greater value: then no record has the label. Without a record all values
        are smaller.
        """
        if number is None:
            return inf
        label = self.label(number)
        return label if exact else nextafter(label, -inf)

    def append(self, rows: Sequence[Sequence[Any]]) -> None:
        """Add records after all others, from sorted rows of value and number; none has a smaller value."""
        if not rows:
            return
        if not self._pieces:
            self._pieces.append(_Piece(BitMap(), 0.0, 0.0))
            label = -1.0
        else:
            label = self._pieces[-1].highest
        numbers = [number for _, number in rows]
        self._reserve_labels(numbers)
        begin, size, last_value = 0, len(self._pieces[-1].records), self._last_value
        for index, (value, number) in enumerate(rows):
            if value != last_value:
                last_value = value
                if size + index - begin >= _PIECE_SIZE:
                    self._extend_last_piece(numbers[begin:index], label)
                    self._pieces.append(_Piece(BitMap(), label + 1, label + 1))
                    begin, size = index, 0
                label += 1
            self._labels[number & MAX_ORDINAL] = label
        self._extend_last_piece(numbers[begin:], label)
        self._known.update(numbers)
        self._last_value = last_value

    def remove(self, number: int) -> None:
        """Remove a record, if it is in the order."""
        if number in self.known:
            self._pieces[self._piece_index(self.label(number))].records.remove(number)
            self._known.remove(number)

    def insert(self, number: int, *, equal_to: int | None = None, before: int | None = None) -> None:
        """Add a record with the value of another one, or with a value right before that of another, or at the end.

        Raise NoRoomError if no label is left between the neighbours.
        """
        label = self._new_label(before) if equal_to is None else self.label(equal_to)
        self._reserve_labels([number])
        self._labels[number & MAX_ORDINAL] = label
        self._known.add(number)
        index = self._piece_for(label)
        piece = self._pieces[index]
        piece.records.add(number)
        piece.lowest, piece.highest = min(piece.lowest, label), max(piece.highest, label)
        self._split_if_large(index)

    def pieces(
        self, start: float | None = None, *, descending: bool = False
    ) -> Iterator[tuple[BitMap, float | None]]:
        """Yield the pieces in order, from the one where a label is or would be: each a set, and its only label.

        The label is None for a piece with several ones.
        """
        edge = start if start is not None else inf if descending else -inf
        index, step = (self._piece_index(edge), -1 if descending else 1) if self._pieces else (0, 1)
        while 0 <= index < len(self._pieces):
            piece = self._pieces[index]
            yield piece.records, piece.lowest if piece.is_uniform else None
            index += step

    @property
    def piece_count(self) -> int:
        """Return the number of pieces."""
        return len(self._pieces)

    def _reserve_labels(self, numbers: Sequence[int]) -> None:
        missing = (max(numbers) & MAX_ORDINAL) + 1 - len(self._labels)
        if missing > 0:
            self._labels.frombytes(bytes(_LABEL_BYTES * (missing + _SPARE_LABELS)))

    def _extend_last_piece(self, numbers: Sequence[int], highest: float) -> None:
        piece = self._pieces[-1]
        piece.records.update(numbers)
        piece.highest = highest
        self._split_if_large(len(self._pieces) - 1)

    def _piece_index(self, label: float) -> int:
        """Return the index of the piece that has the records with a label, if there are any."""
        return max(0, bisect_right(self._pieces, label, key=lambda piece: piece.lowest) - 1)

    def _piece_for(self, label: float) -> int:
        """Return the index of the piece for a label: a new one beside a large piece with one other label."""
        index = self._piece_index(label)
        if self._pieces:
            piece = self._pieces[index]
            if not piece.is_uniform or label == piece.lowest or len(piece.records) < _PIECE_SIZE:
                return index
            index += label > piece.lowest
        self._pieces.insert(index, _Piece(BitMap(), label, label))
        return index

    def _new_label(self, before: int | None) -> float:
        """Return a label that no record has, right before that of a record, or after all others."""
        high = inf if before is None else self.label(before)
        low = self._label_before(high)
        if before is None:
            return 0.0 if low == -inf else low + 1
        if low == -inf:
            return high - 1
        label = (low + high) / 2
        # A cursor needs a number between two labels too: the one right below a label.
        if not nextafter(low, inf) < label < nextafter(high, -inf):
            raise NoRoomError
        return label

    def _label_before(self, high: float) -> float:
        """Return the highest label below another, or minus infinity."""
        for records, only_label in self.pieces(high, descending=True):
            labels = map(self.label, records) if only_label is None else (only_label,) if records else ()
            lower = [label for label in labels if label < high]
            if lower:
                return max(lower)
        return -inf

    def _split_if_large(self, index: int) -> None:
        """Split a piece with several labels that has become too large."""
        piece = self._pieces[index]
        if piece.is_uniform or len(piece.records) <= 2 * _PIECE_SIZE:
            return
        parts: list[_Piece] = []
        for label, group in groupby(sorted(piece.records, key=self.label), key=self.label):
            numbers = BitMap(group)
            if not parts or max(len(parts[-1].records), len(numbers)) >= _PIECE_SIZE:
                parts.append(_Piece(numbers, label, label))
            else:
                parts[-1].records |= numbers
                parts[-1].highest = label
        self._pieces[index : index + 1] = parts

"""Checks of the log: every revision and public change can be read and is numbered without gaps, and none is later than now."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Row, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from api.store.log.actions import CHANGE_ACTIONS, Action
from api.store.log.clock import EARLIEST, LATEST, Clock, is_storable, parse_time
from api.store.maintenance.check_result import CheckResult, CheckStatus, ok_or_failed
from schema.model import Model
from schema.storage.tables import Tables

_ACTIONS = frozenset(action.value for action in Action)

_CHANGE_ACTIONS = frozenset(CHANGE_ACTIONS)

_IsSound = Callable[[Row[Any]], bool]
"""Returns True if a row has values that the software writes; raises ValueError or TypeError if not."""

_PART_SIZE = 1_000
"""Number of rows that are read at once."""

_MAX_RANGES = 5
"""Number of ranges of numbers that are printed."""

_TOLERANCE = timedelta(days=1)
"""Time in the future that may be a clock that is a little fast."""

_UNREADABLE = (SQLAlchemyError, ValueError, TypeError)
"""Errors of reading a damaged row: those of the driver, and of the bytes of a text."""


@dataclass
class NumberedRows:
    """The numbers of a table of the log: the last one, and those that are missing or cannot be read."""

    last: int | None = None
    """The last number, None if it cannot be read."""
    lost: list[int] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Return True if every row from 1 to the last one can be read."""
        return self.last is not None and not self.lost


class LogChecks:
    """Checks of the log in one snapshot. It is whole if every row can be read, even if the head cannot."""

    def __init__(self, tables: Tables, model: Model, connection: Connection) -> None:
        self._tables = tables
        self._model = model
        self._connection = connection
        self.revisions, self.changes = NumberedRows(), NumberedRows()
        self.has_newer = False
        """True if a newer version of the software wrote some of the revisions."""

    @property
    def is_whole(self) -> bool:
        """Return True if every revision and public change was read."""
        return self.revisions.is_whole and self.changes.is_whole

    def check_numbers(self) -> Iterator[CheckResult]:
        """Read all revisions and public changes, and compare their numbers with those of the head."""
        head = self._read_head()
        self.revisions = self._read(self._tables.revision.c.seq, head.seq if head else 0, self._is_sound)
        self.changes = self._read(self._tables.change.c.number, head.number if head else 0, _is_public_change)
        last = self.revisions.last, self.changes.last
        for name, rows, table in (
            ("revisions", self.revisions, self._tables.revision),
            ("public changes", self.changes, self._tables.change),
        ):
            if rows.lost:
                text = (
                    f"{len(rows.lost)} {name} are missing or cannot be read: {_ranges(rows.lost)}; they were written "
                    f"between {self._time(table, rows.lost[0] - 1)} and {self._time(table, rows.lost[-1] + 1)}"
                )
                yield CheckResult(CheckStatus.FAILED, text)
            elif rows.last is None:
                yield CheckResult(CheckStatus.FAILED, f"the {name} cannot be read")
        if self.has_newer:
            yield CheckResult(
                CheckStatus.FAILED, "a newer version of the software wrote some of the revisions"
            )
        if head is None:
            yield CheckResult(CheckStatus.FAILED, "the row of table head is missing or cannot be read")
            return
        yield ok_or_failed(
            f"the log has {last[0]} revisions and {last[1]} public changes, the last of them at {head.at}",
            f"the numbers of the log disagree: {last[0]} revisions (head: {head.seq}), {last[1]} public changes "
            f"(head: {head.number})",
            passed=last == (head.seq, head.number) and self.is_whole,
        )

    def check_time(self, clock: Clock) -> Iterator[CheckResult]:
        """Check that the time of the last change is not in the future, as later changes then get it too."""
        head = self._read_head()
        if head is None or not head.seq:
            return
        if not is_storable(head.at):
            text = f"the time of the last change is not from {EARLIEST} to {LATEST}: {head.at!r}"
            yield CheckResult(CheckStatus.FAILED, text)
            return
        ahead = parse_time(head.at) - clock().astimezone(UTC)
        if ahead > timedelta():
            yield CheckResult(
                CheckStatus.FAILED if ahead > _TOLERANCE else CheckStatus.NOTE,
                f"the last change was made in the future, at {head.at}: compare the clocks of the machines that "
                "write; until then, every change gets this time",
            )

    def _read_head(self) -> Row[Any] | None:
        """Return the head, or None if it is missing or cannot be read."""
        try:
            with self._connection.begin_nested():
                return self._connection.execute(select(self._tables.head)).one_or_none()
        except _UNREADABLE:
            return None

    def _time(self, table: Table, number: int) -> str:
        """Return the time of a row beside those that are lost, if it can be read, or the end of the log where there is none."""
        if not number:
            return "the beginning"
        # The number is the first column of its table.
        query = select(table.c.at).where(next(iter(table.c)) == number)
        try:
            with self._connection.begin_nested():
                return self._connection.scalar(query) or "the end"
        except _UNREADABLE:
            return "an unknown time"

    def _read(self, number: Column[Any], last_of_head: int, is_sound: _IsSound) -> NumberedRows:
        """Read all rows of a table with a number, in parts."""
        rows = NumberedRows(self._last(number))
        stop = max(last_of_head, rows.last or 0) + 1
        for start in range(1, stop, _PART_SIZE):
            rows.lost += self._unreadable(number, range(start, min(start + _PART_SIZE, stop)), is_sound)
        return rows

    def _last(self, number: Column[Any]) -> int | None:
        """Return the greatest number, 0 if there are no rows, None if it cannot be read."""
        try:
            with self._connection.begin_nested():
                return self._connection.scalar(select(func.max(number))) or 0
        except _UNREADABLE:
            return None

    def _unreadable(self, number: Column[Any], numbers: range, is_sound: _IsSound) -> list[int]:
        """Return the numbers whose rows are missing or cannot be read: halves are read until they can."""
        # The number is the first column of its table.
        query = select(number.table).where(number >= numbers.start, number < numbers.stop)
        try:
            with self._connection.begin_nested():
                readable = {row[0] for row in self._connection.execute(query) if is_sound(row)}
        except _UNREADABLE:
            if len(numbers) == 1:
                return [*numbers]
            middle = len(numbers) // 2
            halves = (numbers[:middle], numbers[middle:])
            return [lost for half in halves for lost in self._unreadable(number, half, is_sound)]
        return [expected for expected in numbers if expected not in readable]

    def _is_sound(self, revision: Row[Any]) -> bool:
        """Return True if a revision has an entity and an action of this version, and a document that is JSON."""
        if revision.document is not None:
            msgspec.json.decode(revision.document, type=msgspec.Raw)
        self.has_newer |= revision.declared > len(self._model.upgrades)
        return (revision.entity in self._model.by_name or self.has_newer) and revision.action in _ACTIONS


def _is_public_change(row: Row[Any]) -> bool:
    """Return True if a row of `change` has the action of a public change."""
    return row.action in _CHANGE_ACTIONS


def _ranges(numbers: Iterable[int]) -> str:
    """Return numbers in ascending order as ranges, such as `3-5, 9`."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:_MAX_RANGES]]
    return ", ".join(texts) + (", …" if len(ranges) > _MAX_RANGES else "")

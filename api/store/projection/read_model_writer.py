"""What is served of records, written where it is something else than was served before."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Column, Table

from api.store.database.session import RowValues, Session
from api.store.digests import digest
from api.store.projection.facet_counts import EntryCounts
from schema.declaration.entity import RecordKey
from schema.index.entries import MODIFIED

TableRows = Mapping[RecordKey, list[RowValues]]
"""The rows of records in one table."""

ReadModelRows = Mapping[Table, TableRows]
"""The rows of records in every table that public reading asks."""

_NOT_RENDERED = ("changed",)
"""Columns that do not follow from what is published."""

_NOTHING = ("nothing",) * 6
"""What tells that nothing is served of a record: of its texts, of its four sets, and of its moment."""


class ReadModelWriter:
    """The tables that public reading asks, inside a writing transaction."""

    def __init__(self, session: Session) -> None:
        self.repaired: Counter[str] = Counter()
        """How many records had something else in each table, where that was looked for."""
        self._session = session
        self._tables = session.tables
        self._tallying = EntryCounts(session)

    def repair(self, keys: list[RecordKey], new: ReadModelRows, at: str) -> None:
        """Put what was rendered in the place of what is served, whatever that is."""
        for table in self._tables.read_model_tables:
            self._mend(table, keys, self._session.rows(table, keys, _NOT_RENDERED), new[table], at)

    def replace(self, keys: list[RecordKey], new: ReadModelRows, at: str) -> None:
        """Put what was rendered in the place of what is served, where items tell that it is something else."""
        item = self._tables.item
        served = self._session.rows(item, keys, without=("body",))
        was, now = _told(served), _told(new[item])
        texts, *sets, moved = (
            [key for key in keys if was.get(key, _NOTHING)[part] != now.get(key, _NOTHING)[part]]
            for part in range(len(_NOTHING))
        )
        for table in (self._tables.document, self._tables.searchable):
            self._exchange(table, texts, served, new[table], at)
        self._exchange(item, {*texts, *chain(*sets), *moved}, served, new[item], at)
        for table, differing in zip(self._tables.row_sets, sets, strict=True):
            # Where nothing but the moment is another, what there was is known without reading it.
            known = {*moved}.difference(differing)
            old = {key: _at(was[key][-1], now[key][-1], new[table][key]) for key in known}
            old |= self._session.rows(table, [key for key in differing if key in served])
            self._mend(table, sorted({*differing, *known}), old, new[table], at)

    def write_counts(self) -> None:
        """Bring the tallies in line with all that was replaced."""
        self._tallying.write()

    def _exchange(
        self, table: Table, keys: Iterable[RecordKey], served: Iterable[RecordKey], new: TableRows, at: str
    ) -> None:
        """Put new rows in the place of those that some records have, which are known to differ."""
        gone = set(keys).intersection(served)
        come = [row for key in keys for row in new.get(key, ())]
        self._session.delete_all(table, gone)
        self._insert(table, come, at)
        self._tally(table, gone, come)

    def _mend(self, table: Table, keys: Iterable[RecordKey], old: TableRows, new: TableRows, at: str) -> None:
        """Put new rows in the place of those that some records have, where they differ."""
        gone: list[RowValues] = []
        come: list[RowValues] = []
        for key in keys:
            before, after = old.get(key, []), new.get(key, [])
            if before != after:
                self.repaired[table.name] += 1
                gone += set(before).difference(after)
                come += set(after).difference(before) if before else after
        places = self._session.primary_key_positions(table, _NOT_RENDERED)
        self._session.delete(table, [tuple(row[place] for place in places) for row in gone])
        for place, column in _numbers(table):
            # Damage may have left it with any other record, which is mended in its turn.
            self._session.delete_by_column(column, [(row[place],) for row in come])
        self._insert(table, come, at)
        self._tally(table, gone, come)

    def _insert(self, table: Table, rows: Iterable[RowValues], at: str) -> None:
        """Write new rows, in the order of their key, so that what is written together stands together."""
        besides = (at,) if table is self._tables.document else ()
        self._session.insert(table, [(*row, *besides) for row in sorted(rows)])

    def _tally(self, table: Table, gone: Iterable[RowValues], come: Iterable[RowValues]) -> None:
        """Count records and their facets as they are now, and no more as they were."""
        for rows, number in ((gone, -1), (come, 1)):
            if table is self._tables.facet:
                self._tallying.add((row[:3] for row in rows), number)
            elif table is self._tables.document:
                self._tallying.add(((row[0], "", "") for row in rows), number)


def _numbers(table: Table) -> Iterator[tuple[int, Column[Any]]]:
    """Yield the columns in which each row has a number of its own, and where they stand."""
    is_key = len(table.primary_key) == 1
    for place, column in enumerate(table.c):
        if column.unique or (column.primary_key and is_key):
            yield place, column


def content_hash(texts: Sequence[Any], sets: Iterable[Iterable[RowValues]], modified: str) -> str:
    """Return what tells all that is served of a record: of its texts, of each set but for its moment, and that."""
    parts = (texts, *(_at(None, modified, rows) for rows in sets))
    return " ".join((*(digest(msgspec.json.encode(one)) for one in parts), modified))


def _told(items: TableRows) -> dict[RecordKey, Sequence[str]]:
    """Return what tells all that is served of records, part by part; of a damaged row, parts are empty."""
    parts = len(_NOTHING)
    return {key: (row[-1] + " " * parts).split(" ")[:parts] for key, (row,) in items.items()}


def _at(moment: str | None, modified: str, rows: Iterable[RowValues]) -> list[RowValues]:
    """Return rows with another moment wherever they say when their record was modified."""
    return [
        tuple(moment if value == modified else value for value in row) if MODIFIED in row else row
        for row in rows
    ]

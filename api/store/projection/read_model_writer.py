"""Writing of the read model: comparison of rendered with stored rows, and replacement of those that differ."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Column, Table

from api.store.database.writing_session import RowValues, Session
from api.store.digests import digest
from api.store.projection.facet_counts import EntryCounts
from schema.declaration.entity_base import RecordKey
from schema.index.entries import MODIFIED

TableRows = Mapping[RecordKey, list[RowValues]]
"""The rows of records in one table."""

ReadModelRows = Mapping[Table, TableRows]
"""The rows of records in every table of the read model."""

_NOT_RENDERED = ("changed",)
"""Columns that are set when a row is written, and are not rendered."""

_NO_HASH = ("nothing",) * 6
"""The parts of the content hash of a record that is not in the read model: texts, four row sets, time."""


class ReadModelWriter:
    """Writes the tables of the read model, inside a writing transaction."""

    def __init__(self, session: Session) -> None:
        self.repaired: Counter[str] = Counter()
        """Number of records whose rows differed, by table, where whole rows were compared."""
        self._session = session
        self._tables = session.tables
        self._counts = EntryCounts(session)

    def repair(self, keys: list[RecordKey], rendered: ReadModelRows, at: str) -> None:
        """Compare all stored rows of records with the rendered ones, and replace those that differ."""
        for table in self._tables.read_model_tables:
            stored = self._session.rows(table, keys, _NOT_RENDERED)
            self._replace_differences(table, keys, stored, rendered[table], at)

    def differences(self, keys: Sequence[RecordKey], rendered: ReadModelRows) -> Counter[str]:
        """Return the number of records whose stored rows differ from the rendered ones, by table.

        Sums of the hashes of rows are compared, as sorting the rows takes longer.
        """
        differences: Counter[str] = Counter()
        for table in self._tables.read_model_tables:
            stored = self._session.row_hashes(table, keys, _NOT_RENDERED)
            rows = rendered[table]
            differences[table.name] += sum(
                stored.get(key, 0) != sum(map(hash, rows.get(key, ()))) for key in keys
            )
        return differences

    def replace(self, keys: list[RecordKey], rendered: ReadModelRows, at: str) -> None:
        """Replace the rows of records where the parts of their content hashes differ.

        Only the items are read for the comparison. Rows that differ only in the modification time are
        derived from the rendered ones.
        """
        item = self._tables.item
        stored = self._session.rows(item, keys, without=("body",))
        old, new = _hash_parts(stored), _hash_parts(rendered[item])
        changed_texts, *changed_sets, changed_times = (
            [key for key in keys if old.get(key, _NO_HASH)[part] != new.get(key, _NO_HASH)[part]]
            for part in range(len(_NO_HASH))
        )
        for table in (self._tables.document, self._tables.searchable):
            self._replace_all(table, changed_texts, stored, rendered[table], at)
        changed_items = {*changed_texts, *chain(*changed_sets), *changed_times}
        self._replace_all(item, changed_items, stored, rendered[item], at)
        for table, changed in zip(self._tables.row_sets, changed_sets, strict=True):
            # Where only the time changes, the stored rows follow from the rendered ones and are not read.
            only_times = {*changed_times}.difference(changed)
            old_rows = {
                key: _with_time(old[key][-1], new[key][-1], rendered[table][key]) for key in only_times
            }
            old_rows |= self._session.rows(table, [key for key in changed if key in stored])
            self._replace_differences(table, sorted({*changed, *only_times}), old_rows, rendered[table], at)

    def write_counts(self) -> None:
        """Write the counts of records per index entry after all replacements."""
        self._counts.write()

    def _replace_all(
        self,
        table: Table,
        keys: Iterable[RecordKey],
        stored: Iterable[RecordKey],
        rendered: TableRows,
        at: str,
    ) -> None:
        """Replace all rows of records, which are known to differ; `stored` are the records that have rows."""
        deleted = set(keys).intersection(stored)
        inserted = [row for key in keys for row in rendered.get(key, ())]
        self._session.delete_all(table, deleted)
        self._insert(table, inserted, at)
        self._count(table, deleted, inserted)

    def _replace_differences(
        self, table: Table, keys: Iterable[RecordKey], stored: TableRows, rendered: TableRows, at: str
    ) -> None:
        """Delete the stored rows of records that are not rendered, and insert the rendered ones not stored."""
        deleted: list[RowValues] = []
        inserted: list[RowValues] = []
        for key in keys:
            old, new = stored.get(key, []), rendered.get(key, [])
            if old != new:
                self.repaired[table.name] += 1
                deleted += set(old).difference(new)
                inserted += set(new).difference(old) if old else new
        positions = self._session.primary_key_positions(table, _NOT_RENDERED)
        self._session.delete(table, [tuple(row[position] for position in positions) for row in deleted])
        for position, column in _unique_columns(table):
            # In a damaged table, another record may have the value; that record is repaired in its turn.
            self._session.delete_by_column(column, [(row[position],) for row in inserted])
        self._insert(table, inserted, at)
        self._count(table, deleted, inserted)

    def _insert(self, table: Table, rows: Iterable[RowValues], at: str) -> None:
        """Insert rows sorted by key, so that those written together share pages."""
        unrendered = (at,) if table is self._tables.document else ()
        self._session.insert(table, [(*row, *unrendered) for row in sorted(rows)])

    def _count(self, table: Table, deleted: Iterable[RowValues], inserted: Iterable[RowValues]) -> None:
        """Update the counts of index entries and records."""
        for rows, number in ((deleted, -1), (inserted, 1)):
            if table is self._tables.facet:
                self._counts.add((row[:3] for row in rows), number)
            elif table is self._tables.document:
                self._counts.add(((row[0], "", "") for row in rows), number)


def content_hash(texts: Sequence[Any], row_sets: Iterable[Iterable[RowValues]], modified: str) -> str:
    """Return the content hash of a record's read model, six parts separated by spaces.

    They are one digest for its texts, one per row set with the modification time masked, and that time.
    """
    contents = (texts, *(_with_time(None, modified, rows) for rows in row_sets))
    return " ".join((*(digest(msgspec.json.encode(content)) for content in contents), modified))


def _unique_columns(table: Table) -> Iterator[tuple[int, Column[Any]]]:
    """Yield the position and column of each single-column unique or primary key."""
    is_single = len(table.primary_key) == 1
    for position, column in enumerate(table.c):
        if column.unique or (column.primary_key and is_single):
            yield position, column


def _hash_parts(items: TableRows) -> dict[RecordKey, Sequence[str]]:
    """Return the six parts of the content hash of each item; parts missing in a damaged row are empty."""
    count = len(_NO_HASH)
    return {key: (row[-1] + " " * count).split(" ")[:count] for key, (row,) in items.items()}


def _with_time(time: str | None, modified: str, rows: Iterable[RowValues]) -> list[RowValues]:
    """Return rows with their record's modification time replaced, in the rows that index it."""
    return [
        tuple(time if value == modified else value for value in row) if MODIFIED in row else row
        for row in rows
    ]

"""What is served of records, written where it is something else than was served before."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Column, Table

from api.store.database.session import Session, Values
from api.store.digests import digest
from api.store.projection.facet_counts import Tallying
from schema.declaration.entity import Key
from schema.index.entries import MODIFIED

Rows = Mapping[Key, list[Values]]
"""The rows of records in one table."""

Rendered = Mapping[Table, Rows]
"""The rows of records in every table that public reading asks."""

_NOT_RENDERED = ("changed",)
"""Columns that do not follow from what is published."""

_NOTHING = ("nothing",) * 6
"""What tells that nothing is served of a record: of its texts, of its four sets, and of its moment."""


class Served:
    """The tables that public reading asks, inside a writing transaction."""

    def __init__(self, session: Session) -> None:
        self.mended: Counter[str] = Counter()
        """How many records had something else in each table, where that was looked for."""
        self._session = session
        self._tables = session.tables
        self._tallying = Tallying(session)

    def mend(self, keys: list[Key], new: Rendered, at: str) -> None:
        """Put what was rendered in the place of what is served, whatever that is."""
        for table in self._tables.rendered:
            self._mend(table, keys, self._session.rows(table, keys, _NOT_RENDERED), new[table], at)

    def replace(self, keys: list[Key], new: Rendered, at: str) -> None:
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
        for table, differing in zip(self._tables.sets, sets, strict=True):
            # Where nothing but the moment is another, what there was is known without reading it.
            known = {*moved}.difference(differing)
            old = {key: _at(was[key][-1], now[key][-1], new[table][key]) for key in known}
            old |= self._session.rows(table, [key for key in differing if key in served])
            self._mend(table, sorted({*differing, *known}), old, new[table], at)

    def tally(self) -> None:
        """Bring the tallies in line with all that was replaced."""
        self._tallying.write()

    def _exchange(self, table: Table, keys: Iterable[Key], served: Iterable[Key], new: Rows, at: str) -> None:
        """Put new rows in the place of those that some records have, which are known to differ."""
        gone = set(keys).intersection(served)
        come = [row for key in keys for row in new.get(key, ())]
        self._session.delete_all(table, gone)
        self._insert(table, come, at)
        self._tally(table, gone, come)

    def _mend(self, table: Table, keys: Iterable[Key], old: Rows, new: Rows, at: str) -> None:
        """Put new rows in the place of those that some records have, where they differ."""
        gone: list[Values] = []
        come: list[Values] = []
        for key in keys:
            before, after = old.get(key, []), new.get(key, [])
            if before != after:
                self.mended[table.name] += 1
                gone += set(before).difference(after)
                come += set(after).difference(before) if before else after
        places = self._session.places(table, _NOT_RENDERED)
        self._session.delete(table, [tuple(row[place] for place in places) for row in gone])
        for place, column in _numbers(table):
            # Damage may have left it with any other record, which is mended in its turn.
            self._session.delete_any(column, [(row[place],) for row in come])
        self._insert(table, come, at)
        self._tally(table, gone, come)

    def _insert(self, table: Table, rows: Iterable[Values], at: str) -> None:
        """Write new rows, in the order of their key, so that what is written together stands together."""
        besides = (at,) if table is self._tables.document else ()
        self._session.insert(table, [(*row, *besides) for row in sorted(rows)])

    def _tally(self, table: Table, gone: Iterable[Values], come: Iterable[Values]) -> None:
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


def telling(texts: Sequence[Any], sets: Iterable[Iterable[Values]], modified: str) -> str:
    """Return what tells all that is served of a record: of its texts, of each set but for its moment, and that."""
    parts = (texts, *(_at(None, modified, rows) for rows in sets))
    return " ".join((*(digest(msgspec.json.encode(one)) for one in parts), modified))


def _told(items: Rows) -> dict[Key, Sequence[str]]:
    """Return what tells all that is served of records, part by part; of a damaged row, parts are empty."""
    parts = len(_NOTHING)
    return {key: (row[-1] + " " * parts).split(" ")[:parts] for key, (row,) in items.items()}


def _at(moment: str | None, modified: str, rows: Iterable[Values]) -> list[Values]:
    """Return rows with another moment wherever they say when their record was modified."""
    return [
        tuple(moment if value == modified else value for value in row) if MODIFIED in row else row
        for row in rows
    ]

"""One transaction of writing: what it reads and writes, by statements that were compiled before."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Delete, Select, Table, bindparam, delete, select
from sqlalchemy.exc import DBAPIError

from api.store.database.statement_cache import Build, KeysIn, StatementCache, primary_key_names
from schema.declaration.entity import RecordKey
from schema.storage.tables import Tables

Keys = Sequence[tuple[str, ...]]
"""What a statement is about: as many texts for each as the statement has columns for them."""

RowValues = tuple[Any, ...]
"""A row: what was asked for, or, to be written, every column."""

_COPY_THRESHOLD = 20
"""Rows that are written one by one: a stream of more is cheaper."""


class Session:
    """A connection in a transaction, and the statements that it runs."""

    def __init__(self, connection: Connection, prepared: StatementCache) -> None:
        self.connection = connection
        self._driver: Any = connection.connection.driver_connection
        self.tables = prepared.tables
        self.row_builders = prepared.row_builders
        self._prepared = prepared

    def run(self, build: Build, *of: Any, keys: Keys = (), **values: Any) -> list[RowValues]:
        """Run a statement and return what it found; `of` says which, where there are several of its kind."""
        statement = self._prepared.statement(build, *of)
        if keys:
            values["keys"] = msgspec.json.encode(keys).decode()
        with self._cursor(statement.text) as cursor:
            cursor.execute(statement.text, statement.bind(values))
            return cursor.fetchall() if cursor.description else []

    def rows_about(self, build: Build, keys: Iterable[RecordKey], *of: Any) -> list[RowValues]:
        """Return what a statement finds about some records; nothing is asked about none."""
        asked = sorted(set(keys))
        return self.run(build, *of, keys=asked) if asked else []

    def rows(
        self, table: Table, keys: Iterable[RecordKey], without: Iterable[str] = ()
    ) -> dict[RecordKey, list[RowValues]]:
        """Return the rows of some records in a table that says whose each is, in order, without some columns."""
        found: dict[RecordKey, list[RowValues]] = defaultdict(list)
        names = self._prepared.column_names(table, tuple(without))
        entity, identifier = names.index("entity"), names.index("id")
        # Sorted here: an engine might read the whole table in this order to find a few of its rows.
        for row in sorted(self.rows_about(_rows, keys, table, names)):
            found[row[entity], row[identifier]].append(row)
        return found

    def insert(self, table: Table, rows: Sequence[RowValues]) -> None:
        """Write new rows."""
        copy = self._prepared.copy(table)
        if not copy or len(rows) < _COPY_THRESHOLD:
            self._run_for_each(self._prepared.insert(table), rows)
            return
        with self._cursor(copy) as cursor, cursor.copy(copy) as stream:
            for row in rows:
                stream.write_row(row)

    def add(self, table: Table, rows: Sequence[RowValues]) -> None:
        """Add the last value of each row to that of the row with the same key; none is kept that comes to nothing."""
        self._run_for_each(self._prepared.upsert_count(table), rows)
        self._run_for_each(self._prepared.delete_zero(table), [row[:-1] for row in rows if row[-1] < 0])

    def delete(self, table: Table, rows: Sequence[RowValues]) -> None:
        """Take away rows, told by the columns that tell them apart, in the order of the table."""
        self._run_for_each(self._prepared.statement(_removal_of_rows, table).text, rows)

    def delete_by_column(self, column: Column[Any], values: Sequence[RowValues]) -> None:
        """Take away the rows that have some values in a column, whoever's they are."""
        self._run_for_each(self._prepared.statement(_removal_of_any, column).text, values)

    def primary_key_positions(self, table: Table, without: Sequence[str] = ()) -> list[int]:
        """Return where, in rows without some columns, those stand that tell the rows of a table from each other."""
        return self._prepared.primary_key_positions(table, tuple(without))

    def delete_all(self, table: Table, keys: Iterable[RecordKey]) -> None:
        """Take away all rows of some records, be it a table of one entity or of all."""
        is_of_all = "entity" in table.c
        if asked := sorted(set(keys)):
            self.run(_removal, table, keys=asked if is_of_all else [(one,) for _, one in asked])

    def _run_for_each(self, text: str, rows: Sequence[RowValues]) -> None:
        if rows:
            with self._cursor(text) as cursor:
                cursor.executemany(text, rows)

    @contextmanager
    def _cursor(self, text: str) -> Iterator[Any]:
        """Yield a cursor of the driver itself: there are dozens of statements in the smallest commit."""
        try:
            yield self._driver.cursor()
        except self.connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(text, None, error) from error


def ids_by_entity(keys: Iterable[RecordKey]) -> Iterator[tuple[str, list[str]]]:
    """Yield each entity with the ids of it that are among some keys."""
    ids: dict[str, list[str]] = defaultdict(list)
    for entity, identifier in sorted(set(keys)):
        ids[entity].append(identifier)
    yield from ids.items()


def key_condition(table: Table) -> KeysIn:
    """Return the condition that picks some records in a table of all."""
    return KeysIn(table.c.entity, table.c.id)


def owner_column(table: Table) -> Column[Any]:
    """Return the column of a table of one entity that says whose a row is."""
    first, *_ = table.primary_key
    return first


def _rows(_: Tables, table: Table, names: tuple[str, ...]) -> Select[Any]:
    columns = [table.c[name] for name in names]
    return select(*columns).where(key_condition(table))


def _removal(_: Tables, table: Table) -> Delete:
    return delete(table).where(key_condition(table) if "entity" in table.c else KeysIn(owner_column(table)))


def _removal_of_any(_: Tables, column: Column[Any]) -> Delete:
    return delete(column.table).where(column == bindparam(column.name))


def _removal_of_rows(_: Tables, table: Table) -> Delete:
    return delete(table).where(*(table.c[name] == bindparam(name) for name in primary_key_names(table)))

"""A session: the reads and writes of one writing transaction, with compiled statements."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Delete, Select, Table, bindparam, delete, select
from sqlalchemy.exc import DBAPIError

from api.store.database.statement_cache import KeysIn, StatementBuilder, StatementCache, primary_key_names
from schema.declaration.entity_base import RecordKey
from schema.storage.tables import Tables

Keys = Sequence[tuple[str, ...]]
"""The value of the bind parameter `keys`: tuples with one text per column of the condition `KeysIn`."""

RowValues = tuple[Any, ...]
"""A row: the selected columns, or every column of a table when it is written."""

_COPY_THRESHOLD = 20
"""Number of rows from which COPY is cheaper than one INSERT per row."""


class Session:
    """A connection in a transaction, with the statement cache of its database."""

    def __init__(self, connection: Connection, statements: StatementCache) -> None:
        self.connection = connection
        self._driver: Any = connection.connection.driver_connection
        self.tables = statements.tables
        self.row_builders = statements.row_builders
        self._statements = statements

    def run(
        self, builder: StatementBuilder, *arguments: Any, keys: Keys = (), **values: Any
    ) -> list[RowValues]:
        """Execute a statement and return its rows; an UPDATE or DELETE without RETURNING has none.

        The builder gets the tables and the `arguments`; `keys` and `values` are bind parameters.
        """
        statement = self._statements.statement(builder, *arguments)
        if keys:
            values["keys"] = msgspec.json.encode(keys).decode()
        with self._cursor(statement.text) as cursor:
            cursor.execute(statement.text, statement.bind(values))
            return cursor.fetchall() if cursor.description else []

    def rows_about(
        self, builder: StatementBuilder, keys: Iterable[RecordKey], *arguments: Any
    ) -> list[RowValues]:
        """Return the rows of a statement for some records; without records, it is not executed."""
        record_keys = sorted(set(keys))
        return self.run(builder, *arguments, keys=record_keys) if record_keys else []

    def rows(
        self, table: Table, keys: Iterable[RecordKey], without: Iterable[str] = ()
    ) -> dict[RecordKey, list[RowValues]]:
        """Return the rows of some records in a table with `entity` and `id`, sorted, by record.

        The columns named in `without` are not read.
        """
        rows: dict[RecordKey, list[RowValues]] = defaultdict(list)
        names = self._statements.column_names(table, tuple(without))
        entity, identifier = names.index("entity"), names.index("id")
        # Sorted here: with ORDER BY, a database may scan the whole table in this order to find a few rows.
        for row in sorted(self.rows_about(_select_by_record, keys, table, names)):
            rows[row[entity], row[identifier]].append(row)
        return rows

    def row_hashes(
        self, table: Table, keys: Iterable[RecordKey], without: Iterable[str] = ()
    ) -> dict[RecordKey, int]:
        """Return the sum of the hashes of the rows of some records in a table, by record.

        The columns named in `without` are not read. Hashes hold for this process.
        """
        hashes: dict[RecordKey, int] = defaultdict(int)
        names = self._statements.column_names(table, tuple(without))
        entity, identifier = names.index("entity"), names.index("id")
        for row in self.rows_about(_select_by_record, keys, table, names):
            hashes[row[entity], row[identifier]] += hash(row)
        return hashes

    def insert(self, table: Table, rows: Sequence[RowValues]) -> None:
        """Insert rows with all columns."""
        copy = self._statements.copy(table)
        if not copy or len(rows) < _COPY_THRESHOLD:
            self._execute_many(self._statements.insert(table), rows)
            return
        with self._cursor(copy) as cursor, cursor.copy(copy) as stream:
            for row in rows:
                stream.write_row(row)

    def add(self, table: Table, rows: Sequence[RowValues]) -> None:
        """Add the last column of each row to the stored row with the same key; delete rows that become 0."""
        self._execute_many(self._statements.upsert_count(table), rows)
        self._execute_many(self._statements.delete_zero(table), [row[:-1] for row in rows if row[-1] < 0])

    def delete(self, table: Table, rows: Sequence[RowValues]) -> None:
        """Delete rows by primary key; each tuple has the key columns in the order of the table."""
        self._execute_many(self._statements.statement(_delete_by_primary_key, table).text, rows)

    def delete_by_column(self, column: Column[Any], values: Sequence[RowValues]) -> None:
        """Delete the rows of all records with one of some values in a column; each value is a 1-tuple."""
        self._execute_many(self._statements.statement(_delete_by_value, column).text, values)

    def primary_key_positions(self, table: Table, without: Sequence[str] = ()) -> list[int]:
        """Return the indexes of the primary key columns in the rows of a table read without some columns."""
        return self._statements.primary_key_positions(table, tuple(without))

    def delete_all(self, table: Table, keys: Iterable[RecordKey]) -> None:
        """Delete all rows of some records, from a table of all entities or of the entity of the records."""
        has_entity = "entity" in table.c
        if record_keys := sorted(set(keys)):
            ids = [(identifier,) for _, identifier in record_keys]
            self.run(_delete_by_record, table, keys=record_keys if has_entity else ids)

    def _execute_many(self, text: str, rows: Sequence[RowValues]) -> None:
        if rows:
            with self._cursor(text) as cursor:
                cursor.executemany(text, rows)

    @contextmanager
    def _cursor(self, text: str) -> Iterator[Any]:
        """Yield a cursor of the driver: the smallest commit runs dozens of statements, so overhead counts."""
        try:
            yield self._driver.cursor()
        except self.connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(text, None, error) from error


def ids_by_entity(keys: Iterable[RecordKey]) -> Iterator[tuple[str, list[str]]]:
    """Yield each entity among some record keys with its ids, both sorted and without duplicates."""
    ids: dict[str, list[str]] = defaultdict(list)
    for entity, identifier in sorted(set(keys)):
        ids[entity].append(identifier)
    yield from ids.items()


def key_condition(table: Table) -> KeysIn:
    """Return the condition for some records in a table of all entities."""
    return KeysIn(table.c.entity, table.c.id)


def owner_column(table: Table) -> Column[Any]:
    """Return the column with the record id in a table of one entity: the first of its primary key."""
    first, *_ = table.primary_key
    return first


def _select_by_record(_: Tables, table: Table, names: tuple[str, ...]) -> Select[Any]:
    columns = [table.c[name] for name in names]
    return select(*columns).where(key_condition(table))


def _delete_by_record(_: Tables, table: Table) -> Delete:
    return delete(table).where(key_condition(table) if "entity" in table.c else KeysIn(owner_column(table)))


def _delete_by_value(_: Tables, column: Column[Any]) -> Delete:
    return delete(column.table).where(column == bindparam(column.name))


def _delete_by_primary_key(_: Tables, table: Table) -> Delete:
    return delete(table).where(*(table.c[name] == bindparam(name) for name in primary_key_names(table)))

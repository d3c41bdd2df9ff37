"""A session: the reads and writes of one writing transaction, with compiled statements."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection, Delete, Table, bindparam, delete
from sqlalchemy.exc import DBAPIError

from api.store.database.statement_cache import KeysIn, StatementBuilder, StatementCache, primary_key_names
from schema.declaration.entity_base import RecordKey
from schema.storage.tables import Tables

Keys = Sequence[tuple[str | int, ...]]
"""The value of the bind parameter `keys`: tuples with one value per column of the condition `KeysIn`."""

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

    def rows_numbered(
        self, builder: StatementBuilder, numbers: Iterable[int], *arguments: Any
    ) -> list[RowValues]:
        """Return the rows of a statement for the records with some numbers; without numbers, it is not executed."""
        keys = [(number,) for number in sorted(set(numbers))]
        return self.run(builder, *arguments, keys=keys) if keys else []

    def insert(self, table: Table, rows: Sequence[RowValues]) -> None:
        """Insert rows with all columns."""
        copy = self._statements.copy(table)
        if not copy or len(rows) < _COPY_THRESHOLD:
            self.execute_many(self._statements.insert(table), rows)
            return
        with self._cursor(copy) as cursor, cursor.copy(copy) as stream:
            for row in rows:
                stream.write_row(row)

    def update(self, table: Table, rows: Sequence[RowValues]) -> None:
        """Replace stored rows by rows with all columns and the same primary keys."""
        text, positions = self._statements.update(table)
        self.execute_many(text, [tuple([row[position] for position in positions]) for row in rows])

    def delete(self, table: Table, rows: Sequence[RowValues]) -> None:
        """Delete rows by primary key; each tuple has the key columns in the order of the table."""
        self.execute_many(self._statements.statement(_delete_by_primary_key, table).text, rows)

    def execute_many(self, text: str, rows: Sequence[RowValues]) -> None:
        """Execute a statement, in the syntax of the engine, once with each row as its bind parameters."""
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


def _delete_by_primary_key(_: Tables, table: Table) -> Delete:
    return delete(table).where(*(table.c[name] == bindparam(name) for name in primary_key_names(table)))

"""One transaction of writing: what it reads and writes, by statements that were compiled before."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Delete, Row, Select, Table, bindparam, delete, select

from api.store.database import SQLITE
from api.store.prepared import Among, Build, Prepared
from schema.render import Key
from schema.tables import Tables

Found = Row[*tuple[Any, ...]]
"""A row as it was found, whose columns have names."""

Values = tuple[Any, ...]
"""A row to be written: a value for each column of its table, but for a number that the engine gives."""


class Session:
    """A connection in a transaction, and the statements that it runs."""

    def __init__(self, connection: Connection, prepared: Prepared) -> None:
        self.connection = connection
        self.tables = prepared.tables
        self.rows_of = prepared.rows_of
        self._prepared = prepared
        self._is_sqlite = prepared.kind == SQLITE

    def run(self, build: Build, *of: Any, **values: Any) -> Sequence[Found]:
        """Run a statement and return what it found; `of` says which, where there are several of its kind."""
        statement = self._prepared.statement(build, *of)
        if self._is_sqlite and "ids" in values:
            values["ids"] = msgspec.json.encode(values["ids"]).decode()
        result = self.connection.exec_driver_sql(statement.text, tuple(statement.values(values)))
        return result.all() if result.returns_rows else ()

    def about(self, build: Build, keys: Iterable[Key], *of: Any) -> Iterator[tuple[str, Found]]:
        """Yield what a statement finds about some records, each row with the entity that it is of."""
        for entity, ids in by_entity(keys):
            for row in self.run(build, *of, entity=entity, ids=ids):
                yield entity, row

    def rows(self, table: Table, keys: Iterable[Key], without: Iterable[str] = ()) -> dict[Key, list[Values]]:
        """Return the rows of some records in a table that says whose each is, without some columns."""
        found: dict[Key, list[Values]] = defaultdict(list)
        names = tuple(column.name for column in table.c if column.name not in without)
        place = names.index("id")
        for entity, row in self.about(_rows, keys, table, names):
            found[entity, row[place]].append(tuple(row))
        return found

    def insert(self, table: Table, rows: Sequence[Values]) -> None:
        """Write new rows."""
        if rows:
            self.connection.exec_driver_sql(self._prepared.insert(table), list(rows))

    def add(self, table: Table, rows: Sequence[Values]) -> None:
        """Add the last value of each row to that of the row with the same key; none is kept that comes to nothing."""
        if rows:
            self.connection.exec_driver_sql(self._prepared.addition(table), list(rows))
        if less := [row[:-1] for row in rows if row[-1] < 0]:
            self.connection.exec_driver_sql(self._prepared.emptied(table), less)

    def delete(self, table: Table, keys: Iterable[Key]) -> None:
        """Take away the rows of some records, be it a table of one entity or of all."""
        for entity, ids in by_entity(keys):
            self.run(_removal, table, entity=entity, ids=ids)


def by_entity(keys: Iterable[Key]) -> Iterator[tuple[str, list[str]]]:
    """Yield each entity with the ids of it that are among some keys."""
    ids: dict[str, list[str]] = defaultdict(list)
    for entity, identifier in sorted(set(keys)):
        ids[entity].append(identifier)
    yield from ids.items()


def of_entity(table: Table, column: str = "id") -> tuple[Any, ...]:
    """Return the conditions that pick some records of an entity in a table of all."""
    return table.c.entity == bindparam("entity"), Among(table.c[column])


def owner(table: Table) -> Column[Any]:
    """Return the column of a table of one entity that says whose a row is."""
    first, *_ = table.primary_key
    return first


def _rows(_: Tables, table: Table, names: tuple[str, ...]) -> Select[Any]:
    columns = [table.c[name] for name in names]
    return select(*columns).where(*of_entity(table)).order_by(*table.primary_key)


def _removal(_: Tables, table: Table) -> Delete:
    is_of_all = "entity" in table.c
    return delete(table).where(*(of_entity(table) if is_of_all else [Among(owner(table))]))

"""What writing needs for each transaction and is found out once: statements as an engine's driver takes them."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import (
    Delete,
    Dialect,
    Insert,
    Select,
    Table,
    Text,
    Update,
    bindparam,
    delete,
    insert,
    literal_column,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from api.store.database.database import SQLITE
from api.store.database.statement import Statement
from schema.model import Model
from schema.storage.rows import RowBuilder
from schema.storage.tables import Tables

Build = Callable[..., Select[Any] | Update | Delete]
"""Makes a statement for some tables, in which values are named."""


class StatementCache:
    """The statements of one database, and how records become rows there."""

    def __init__(self, tables: Tables, model: Model, kind: str) -> None:
        self.tables = tables
        self.row_builders = {
            shape.name: RowBuilder(tables.entities[shape.name], shape.fields) for shape in model.entities
        }
        self.kind = kind
        # With places for values, not names, so that rows are given as they are.
        self._dialect: Dialect = (
            SQLiteDialect_pysqlite() if kind == SQLITE else PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
        )
        self.statement = cache(self._statement)
        self.insert = cache(self._insert)
        self.copy = cache(self._copy)
        self.upsert_count = cache(self._addition)
        self.delete_zero = cache(self._emptied)
        self.column_names = cache(self._names)
        self.primary_key_positions = cache(self._places)

    def _statement(self, build: Build, *of: Any) -> Statement:
        return self._compiled(build(self.tables, *of))

    def _insert(self, table: Table) -> str:
        """Return what inserts a row of all columns."""
        return self._compiled(insert(table).inline(), [column.name for column in table.c]).text

    def _copy(self, table: Table) -> str | None:
        """Return what begins a stream of rows, where an engine takes one."""
        if self.kind == SQLITE:
            return None
        quoted = self._dialect.identifier_preparer.quote
        names = ", ".join(quoted(column.name) for column in table.c)
        return f"COPY {quoted(table.name)} ({names}) FROM STDIN"

    def _addition(self, table: Table) -> str:
        """Return what writes a row, or adds its last value to that of the row with the same key."""
        added = (sqlite if self.kind == SQLITE else postgresql).insert(table).inline()
        (*_, number) = table.c
        more = {number.name: number + added.excluded[number.name]}
        statement = added.on_conflict_do_update(index_elements=table.primary_key, set_=more)
        return self._compiled(statement, [column.name for column in table.c]).text

    def _emptied(self, table: Table) -> str:
        """Return what takes away the row with a key if its last value has come to nothing."""
        (*_, number) = table.c
        here = [column == bindparam(f"of_{column.name}") for column in table.primary_key]
        return self._compiled(delete(table).where(*here, number == literal_column("0"))).text

    def _names(self, table: Table, without: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of a table's columns, without some."""
        return tuple(column.name for column in table.c if column.name not in without)

    def _places(self, table: Table, without: tuple[str, ...]) -> list[int]:
        """Return where, among these columns, those stand that tell the rows from each other."""
        names = self.column_names(table, without)
        return [names.index(name) for name in primary_key_names(table)]

    def _compiled(
        self, statement: Select[Any] | Update | Delete | Insert, names: list[str] | None = None
    ) -> Statement:
        compiled = statement.compile(dialect=self._dialect, column_keys=names)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - it is no definition of a table
        return Statement(str(compiled), tuple(compiled.positiontup or ()), compiled.params)


def primary_key_names(table: Table) -> list[str]:
    """Return the names of the columns that tell the rows of a table from each other."""
    return [column.name for column in table.c if column.primary_key]


_JSON = {"sqlite": "TEXT", "postgresql": "JSON"}
"""What JSON is to the functions that take it apart."""


class KeysIn(ColumnElement[bool]):
    """That columns are those of one of `keys`, which are one value of a statement however many they are.

    The value is JSON: a list of lists, each with as many texts as there are columns.
    """

    inherit_cache = False

    def __init__(self, *columns: ColumnElement[str]) -> None:
        self.columns = columns
        self.keys: BindParameter[str] = bindparam("keys", type_=Text)


@compiles(KeysIn, "sqlite")
def _among_in_sqlite(among: KeysIn, compiler: SQLCompiler, **how: Any) -> str:
    parts = (f"json_extract(value, '$[{place}]')" for place in range(len(among.columns)))
    # It would rather read all of an entity than look up a few of its records where an index lacks a column.
    return f"likelihood({_among(among, compiler, ', '.join(parts), 'json_each', **how)}, 0.0001)"


@compiles(KeysIn, "postgresql")
def _among_in_postgresql(among: KeysIn, compiler: SQLCompiler, **how: Any) -> str:
    parts = (f"value->>{place}" for place in range(len(among.columns)))
    return _among(among, compiler, ", ".join(parts), "json_array_elements", **how)


def _among(among: KeysIn, compiler: SQLCompiler, parts: str, function: str, **how: Any) -> str:
    columns = ", ".join(compiler.process(one, **how) for one in among.columns)
    keys = f"CAST({compiler.process(among.keys, **how)} AS {_JSON[compiler.dialect.name]})"
    return f"({columns}) IN (SELECT {parts} FROM {function}({keys}))"  # noqa: S608 - all of it is ours

"""What writing needs for each transaction and is found out once: statements as an engine's driver takes them."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Delete, Dialect, Insert, Select, Table, Text, Update, bindparam, insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from api.store.database import SQLITE
from api.store.statements import Statement
from schema.model import Model
from schema.rows import Rows
from schema.tables import Tables

Build = Callable[..., Select[Any] | Update | Delete]
"""Makes a statement for some tables, in which values are named."""


class Prepared:
    """The statements of one database, and how records become rows there."""

    def __init__(self, tables: Tables, model: Model, kind: str) -> None:
        self.tables = tables
        self.rows_of = {
            shape.name: Rows(tables.entities[shape.name], shape.fields) for shape in model.entities
        }
        self.kind = kind
        # With places for values, not names, so that rows are given as they are.
        self._dialect: Dialect = (
            SQLiteDialect_pysqlite() if kind == SQLITE else PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
        )
        self.statement = cache(self._statement)
        self.insert = cache(self._insert)
        self.copy = cache(self._copy)

    def _statement(self, build: Build, *of: Any) -> Statement:
        return self._compiled(build(self.tables, *of))

    def _insert(self, table: Table) -> str:
        """Return what inserts a row of all columns but a number that the engine gives."""
        return self._compiled(insert(table).inline(), _written(table)).text

    def _copy(self, table: Table) -> str | None:
        """Return what begins a stream of such rows, where an engine takes one."""
        if self.kind == SQLITE:
            return None
        quoted = self._dialect.identifier_preparer.quote
        return f"COPY {quoted(table.name)} ({', '.join(map(quoted, _written(table)))}) FROM STDIN"

    def _compiled(
        self, statement: Select[Any] | Update | Delete | Insert, names: list[str] | None = None
    ) -> Statement:
        compiled = statement.compile(dialect=self._dialect, column_keys=names)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - it is no definition of a table
        return Statement(str(compiled), tuple(compiled.positiontup or ()), compiled.params)


def _written(table: Table) -> list[str]:
    return [column.name for column in table.c if column is not table.autoincrement_column]


_JSON = {"sqlite": "TEXT", "postgresql": "JSON"}
"""What JSON is to the functions that take it apart."""


class Among(ColumnElement[bool]):
    """That columns are those of one of `keys`, which are one value of a statement however many they are.

    The value is JSON: a list of lists, each with as many texts as there are columns.
    """

    inherit_cache = False

    def __init__(self, *columns: ColumnElement[str]) -> None:
        self.columns = columns
        self.keys: BindParameter[str] = bindparam("keys", type_=Text)


@compiles(Among, "sqlite")
def _among_in_sqlite(among: Among, compiler: SQLCompiler, **how: Any) -> str:
    parts = (f"json_extract(value, '$[{place}]')" for place in range(len(among.columns)))
    return _among(among, compiler, ", ".join(parts), "json_each", **how)


@compiles(Among, "postgresql")
def _among_in_postgresql(among: Among, compiler: SQLCompiler, **how: Any) -> str:
    parts = (f"value->>{place}" for place in range(len(among.columns)))
    return _among(among, compiler, ", ".join(parts), "json_array_elements", **how)


def _among(among: Among, compiler: SQLCompiler, parts: str, function: str, **how: Any) -> str:
    columns = ", ".join(compiler.process(one, **how) for one in among.columns)
    keys = f"CAST({compiler.process(among.keys, **how)} AS {_JSON[compiler.dialect.name]})"
    return f"({columns}) IN (SELECT {parts} FROM {function}({keys}))"  # noqa: S608 - all of it is ours

"""The compiled statements of writing transactions: each is built and compiled once per process and engine."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    Delete,
    Dialect,
    Insert,
    Select,
    Table,
    Text,
    Update,
    bindparam,
    insert,
    update,
)
from sqlalchemy.dialects import registry
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from api.store.database.database_url import SQLITE
from api.store.database.statement import Statement
from schema.storage.tables import Tables

StatementBuilder = Callable[..., Select[Any] | Insert | Update | Delete]
"""A function from the tables, and hashable arguments, to a statement with named bind parameters."""


class StatementCache:
    """The compiled statements of one engine for some tables."""

    def __init__(self, tables: Tables, kind: str) -> None:
        self.tables = tables
        dialect = _dialect(kind)
        self.statement = partial(_statement, dialect, tables)
        self.insert = partial(_insert, dialect)
        self.copy = partial(_copy, dialect)
        self.update = partial(_update, dialect)


@cache
def _dialect(kind: str) -> Dialect:
    """Return the dialect of an engine. The other one is not imported.

    Bind parameters are positional, so that rows are passed to the driver as tuples.
    """
    dialect: Dialect = (
        registry.load("sqlite.pysqlite")()
        if kind == SQLITE
        else registry.load("postgresql.psycopg")(paramstyle="format")
    )
    return dialect


@cache
def _statement(dialect: Dialect, tables: Tables, builder: StatementBuilder, *arguments: Any) -> Statement:
    return _compile(dialect, builder(tables, *arguments))


@cache
def _insert(dialect: Dialect, table: Table) -> str:
    """Return the INSERT of one row with all columns."""
    return _compile(dialect, insert(table).inline(), [column.name for column in table.c]).text


@cache
def _copy(dialect: Dialect, table: Table) -> str | None:
    """Return the COPY command of PostgreSQL for rows with all columns, or None for SQLite."""
    if dialect.name == SQLITE:
        return None
    quote = dialect.identifier_preparer.quote
    names = ", ".join(quote(column.name) for column in table.c)
    return f"COPY {quote(table.name)} ({names}) FROM STDIN"


@cache
def _update(dialect: Dialect, table: Table) -> tuple[str, list[int]]:
    """Return the UPDATE of the row with a primary key, and the index of the column of each bind parameter."""
    key_names = primary_key_names(table)
    has_key = [table.c[name] == bindparam(f"of_{name}") for name in key_names]
    values: dict[str, Any] = {
        column.name: bindparam(column.name) for column in table.c if column.name not in key_names
    }
    statement = _compile(dialect, update(table).where(*has_key).values(values))
    names = [column.name for column in table.c]
    return statement.text, [names.index(name.removeprefix("of_")) for name in statement.parameter_order]


def _compile(
    dialect: Dialect, statement: Select[Any] | Update | Delete | Insert, names: list[str] | None = None
) -> Statement:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - another compiler is for DDL only
    return Statement(str(compiled), tuple(compiled.positiontup or ()), compiled.params)


def primary_key_names(table: Table) -> list[str]:
    """Return the names of the primary key columns of a table."""
    return [column.name for column in table.c if column.primary_key]


_JSON_TYPES = {"sqlite": "TEXT", "postgresql": "JSON"}
"""The type that the JSON functions of a dialect take."""


class KeysIn(ColumnElement[bool]):
    """The condition that a tuple of columns is among the keys in the bind parameter `keys`.

    The parameter is a JSON array of arrays, each with one text or integer per column. The statement is therefore the
    same for any number of keys.
    """

    inherit_cache = False

    def __init__(self, *columns: ColumnElement[Any]) -> None:
        self.columns = columns
        self.keys: BindParameter[str] = bindparam("keys", type_=Text)


class AdvisoryLock(ColumnElement[bool]):
    """The condition, always true, that takes an advisory lock, for which the writers of PostgreSQL wait in turn.

    A row lock promises no order: a writer that at once locks again could overtake one that waits. An advisory
    lock is granted in the order of the requests. SQLite has the file lock for it.
    """

    inherit_cache = True


@compiles(AdvisoryLock, "sqlite")
def _compile_lock_for_sqlite(_: AdvisoryLock, __: SQLCompiler, **___: Any) -> str:
    return "1"


@compiles(AdvisoryLock, "postgresql")
def _compile_lock_for_postgresql(_: AdvisoryLock, __: SQLCompiler, **___: Any) -> str:
    return "pg_advisory_xact_lock(7462) IS NOT NULL"


@compiles(KeysIn, "sqlite")
def _compile_for_sqlite(condition: KeysIn, compiler: SQLCompiler, **options: Any) -> str:
    parts = (f"json_extract(value, '$[{index}]')" for index in range(len(condition.columns)))
    membership = _compile_membership(condition, compiler, ", ".join(parts), "json_each", **options)
    # Without the hint, SQLite scans all records of an entity if the index lacks one of the columns.
    return f"likelihood({membership}, 0.0001)"


@compiles(KeysIn, "postgresql")
def _compile_for_postgresql(condition: KeysIn, compiler: SQLCompiler, **options: Any) -> str:
    parts = (
        f"(value->>{index})::bigint" if isinstance(column.type, BigInteger) else f"value->>{index}"
        for index, column in enumerate(condition.columns)
    )
    return _compile_membership(condition, compiler, ", ".join(parts), "json_array_elements", **options)


def _compile_membership(
    condition: KeysIn, compiler: SQLCompiler, parts: str, function: str, **options: Any
) -> str:
    columns = ", ".join(compiler.process(column, **options) for column in condition.columns)
    keys = f"CAST({compiler.process(condition.keys, **options)} AS {_JSON_TYPES[compiler.dialect.name]})"
    return f"({columns}) IN (SELECT {parts} FROM {function}({keys}))"  # noqa: S608 - no input of clients in it

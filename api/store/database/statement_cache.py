"""The compiled statements of writing transactions: each is built and compiled once per process and engine."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
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
from sqlalchemy.dialects import registry
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from api.store.database.database_url import SQLITE
from api.store.database.statement import Statement
from schema.model import Model
from schema.storage.rows import RowBuilder
from schema.storage.tables import Tables

StatementBuilder = Callable[..., Select[Any] | Update | Delete]
"""A function from the tables, and hashable arguments, to a statement with named bind parameters."""


class StatementCache:
    """The compiled statements of one engine for some tables, and the row builder of each entity."""

    def __init__(self, tables: Tables, model: Model, kind: str) -> None:
        self.tables = tables
        self.row_builders = _row_builders(tables, model)
        dialect = _dialect(kind)
        self.statement = partial(_statement, dialect, tables)
        self.insert = partial(_insert, dialect)
        self.copy = partial(_copy, dialect)
        self.upsert_count = partial(_upsert_count, dialect)
        self.delete_zero = partial(_delete_zero, dialect)
        self.column_names = _column_names
        self.primary_key_positions = _primary_key_positions


@cache
def _row_builders(tables: Tables, model: Model) -> Mapping[str, RowBuilder]:
    return {shape.name: RowBuilder(tables.entities[shape.name], shape.fields) for shape in model.entities}


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
def _upsert_count(dialect: Dialect, table: Table) -> str:
    """Return the upsert of one row: if its key exists, the last column is added to the stored one."""
    upsert = import_module(f"sqlalchemy.dialects.{dialect.name}").insert(table).inline()
    (*_, number) = table.c
    updates = {number.name: number + upsert.excluded[number.name]}
    statement = upsert.on_conflict_do_update(index_elements=table.primary_key, set_=updates)
    return _compile(dialect, statement, [column.name for column in table.c]).text


@cache
def _delete_zero(dialect: Dialect, table: Table) -> str:
    """Return the DELETE of the row with a primary key if its last column is 0."""
    (*_, number) = table.c
    key_conditions = [column == bindparam(f"of_{column.name}") for column in table.primary_key]
    return _compile(dialect, delete(table).where(*key_conditions, number == literal_column("0"))).text


@cache
def _column_names(table: Table, without: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the columns of a table, except those in `without`."""
    return tuple(column.name for column in table.c if column.name not in without)


@cache
def _primary_key_positions(table: Table, without: tuple[str, ...]) -> list[int]:
    """Return the indexes of the primary key columns among these columns."""
    names = _column_names(table, without)
    return [names.index(name) for name in primary_key_names(table)]


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

    The parameter is a JSON array of arrays, each with one text per column. The statement is therefore the
    same for any number of keys.
    """

    inherit_cache = False

    def __init__(self, *columns: ColumnElement[str]) -> None:
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
    parts = (f"value->>{index}" for index in range(len(condition.columns)))
    return _compile_membership(condition, compiler, ", ".join(parts), "json_array_elements", **options)


def _compile_membership(
    condition: KeysIn, compiler: SQLCompiler, parts: str, function: str, **options: Any
) -> str:
    columns = ", ".join(compiler.process(column, **options) for column in condition.columns)
    keys = f"CAST({compiler.process(condition.keys, **options)} AS {_JSON_TYPES[compiler.dialect.name]})"
    return f"({columns}) IN (SELECT {parts} FROM {function}({keys}))"  # noqa: S608 - no input of clients in it

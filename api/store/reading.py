"""The reading path: compiled selects on held connections of the driver, and nothing between."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import asyncpg
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from api.store.database import Database
from api.store.statements import Statement, compile_for

Rows = Sequence[Sequence[Any]]
_MOST_CONNECTIONS = 8
_SQLITE = sqlite_dialect(paramstyle="qmark")
_ASYNCPG = asyncpg_dialect()  # type: ignore[no-untyped-call]


class Reader(Protocol):
    """Answers selects. Values and rows are bytes, text and integers."""

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        """Return the rows of a select."""

    async def close(self) -> None:
        """Let go of the connections."""


async def open_reader(database: Database) -> Reader:
    """Return a reader of a database, with its connections open."""
    if database.path:
        return _SqliteReader(database)
    pool = await asyncpg.create_pool(database.address, min_size=1, max_size=_MOST_CONNECTIONS)
    return _PostgresqlReader(pool)


class _SqliteReader:
    """One connection, used in the event loop: a short read costs less than a change of thread."""

    def __init__(self, database: Database) -> None:
        self._connection = sqlite3.connect(
            f"file:{database.path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA busy_timeout = 10000")
        self._compiled: dict[Select[Any], Statement] = {}

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        if (statement := self._compiled.get(query)) is None:
            statement = self._compiled[query] = compile_for(_SQLITE, query)
        return self._connection.execute(statement.text, statement.values(values)).fetchall()

    async def close(self) -> None:
        self._connection.close()


class _PostgresqlReader:
    """A few connections that are held open; the driver keeps statements prepared on each."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._compiled: dict[Select[Any], Statement] = {}

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        if (statement := self._compiled.get(query)) is None:
            statement = self._compiled[query] = compile_for(_ASYNCPG, query)
        async with self._pool.acquire() as connection:
            found: Rows = await connection.fetch(statement.text, *statement.values(values))
            return found

    async def close(self) -> None:
        await self._pool.close()

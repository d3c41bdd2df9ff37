"""The reading path: compiled selects on held connections of the driver, and nothing between."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import asyncpg
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from api.store.database import Database
from api.store.statements import Statement, compile_for

Rows = Sequence[Sequence[Any]]
_MOST_CONNECTIONS = 8
_PATIENCE = 5.0
"""Seconds that a read waits: for a connection, a lock, an answer."""
_SQLITE = sqlite_dialect(paramstyle="qmark")
_ASYNCPG = asyncpg_dialect()  # type: ignore[no-untyped-call]
_POSTGRESQL_IS_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what it says of a connection that was ended while it lay idle
)


class Reader(Protocol):
    """Answers selects. Values and rows are bytes, text and integers."""

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        """Return the rows of a select."""

    async def close(self) -> None:
        """Let go of the connections."""


class DatabaseAwayError(ConnectionError):
    """The database cannot be reached now; it may be there again soon."""


async def open_reader(database: Database) -> Reader:
    """Return a reader of a database; it connects when it is first asked, and again when it must."""
    if database.path:
        return _SqliteReader(database.path, database.read_only_uri)
    pool = await asyncpg.create_pool(
        database.address,
        min_size=0,
        max_size=_MOST_CONNECTIONS,
        max_inactive_connection_lifetime=0,
        timeout=_PATIENCE,
        command_timeout=_PATIENCE,
    )
    return _PostgresqlReader(pool)


class _SqliteReader:
    """One connection, used in the event loop: a short read costs less than a change of thread."""

    def __init__(self, path: Path, uri: str) -> None:
        self._path = path
        self._uri = uri
        self._connection: sqlite3.Connection | None = None
        self._file = (0, 0)
        self._compiled: dict[Select[Any], Statement] = {}

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        if (statement := self._compiled.get(query)) is None:
            statement = self._compiled[query] = compile_for(_SQLITE, query)
        try:
            return self._connected().execute(statement.text, statement.values(values)).fetchall()
        except (OSError, sqlite3.Error) as error:
            self._disconnect()
            raise DatabaseAwayError from error

    def _connected(self) -> sqlite3.Connection:
        """Return the connection, a new one if the file is not the one that was opened."""
        found = self._path.stat()
        file = (found.st_dev, found.st_ino)
        if self._connection is None or file != self._file:
            self._disconnect()
            self._connection = sqlite3.connect(self._uri, uri=True, isolation_level=None, timeout=_PATIENCE)
            self._file = file
        return self._connection

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    async def close(self) -> None:
        self._disconnect()


class _PostgresqlReader:
    """A few connections that are held open; the driver keeps statements prepared on each."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._compiled: dict[Select[Any], Statement] = {}

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        if (statement := self._compiled.get(query)) is None:
            statement = self._compiled[query] = compile_for(_ASYNCPG, query)
        try:
            async with self._pool.acquire(timeout=_PATIENCE) as connection:
                found: Rows = await connection.fetch(statement.text, *statement.values(values))
                return found
        except _POSTGRESQL_IS_AWAY as error:
            raise DatabaseAwayError from error

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._pool.close(), _PATIENCE)
        except TimeoutError:
            self._pool.terminate()

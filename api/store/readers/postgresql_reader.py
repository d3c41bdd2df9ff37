"""Reading from PostgreSQL: quick queries on most connections, slow ones repeated on a few."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from time import monotonic
from typing import Any

from sqlalchemy.dialects.postgresql.asyncpg import dialect

from api.request_work import current_work
from api.store.database.database_url import ConnectionParameters
from api.store.database.statement import SelectQuery
from api.store.readers.fair_slots import FairSlots
from api.store.readers.postgresql_data_version import VersionReader
from api.store.readers.postgresql_pool import ConnectionPool
from api.store.readers.reader import (
    MAX_WAITING_QUERIES,
    DatabaseUnavailableError,
    NoConnectionError,
    QueryTimeoutError,
    Reader,
    Rows,
    RunQuery,
    T,
)
from api.store.readers.statement_compiler import CompiledStatements, StatementCompiler

STATEMENTS = CompiledStatements(dialect())  # type: ignore[no-untyped-call]
"""The compiled statements of all databases of a process."""
_QUICK_CONNECTIONS, _SLOW_CONNECTIONS = 8, 2
_BUDGET = 0.1
"""Seconds that the statements of one read may take on a quick connection."""
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


async def open_postgresql(parameters: ConnectionParameters, deadline: float) -> Reader:
    """Return a reader of a PostgreSQL database. `deadline` is in seconds."""
    return _PostgresqlReader(parameters, deadline)


class _PostgresqlReader:
    """Reads on a quick connection, and repeats the whole read as a slow one if it exceeds the budget."""

    def __init__(self, parameters: ConnectionParameters, deadline: float) -> None:
        self._budget = min(_BUDGET, deadline)
        self._deadline = deadline
        self._quick = FairSlots(_QUICK_CONNECTIONS)
        self._slow = FairSlots(_SLOW_CONNECTIONS, MAX_WAITING_QUERIES)
        self._pool = ConnectionPool(parameters, self._budget)
        self._versions = VersionReader(parameters)
        self._compiler = StatementCompiler(STATEMENTS)

    async def rows(self, query: SelectQuery, values: Mapping[str, Any]) -> Rows:
        """Return the rows of a SELECT. Raise QueryTimeoutError after the deadline."""
        return await self._retry(lambda end: self._rows(query, values, end))

    async def snapshot(self, work: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return the result of several SELECTs in one snapshot. Raise QueryTimeoutError after the deadline."""
        return await self._retry(lambda end: self._read(work, end))

    async def long_snapshot(self, work: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return the result of a read on a slow connection. Raise QueryTimeoutError after the deadline."""
        return await self._retry(lambda end: self._read_slowly(work, end))

    async def _retry(self, read: Callable[[float], Awaitable[T]]) -> T:
        """Read until the deadline, and once more if a connection was lost: a restarted server has closed all of them.

        A refused new connection says nothing about the others: the server may have no room for more.
        """
        end = monotonic() + self._deadline
        try:
            with current_work().waiting_until(DatabaseUnavailableError):
                return await read(end)
        except NoConnectionError:
            raise
        except DatabaseUnavailableError:
            self._pool.renew()
            with current_work().waiting_until(DatabaseUnavailableError):
                return await read(end)

    async def _rows(self, query: SelectQuery, values: Mapping[str, Any], end: float) -> Rows:
        statement = await self._compiler.statement(query, end)
        try:
            return await self._pool.fetch(self._quick, end, statement, values)
        except QueryTimeoutError:
            return await self._read_slowly(lambda run_query: run_query(query, values), end)

    async def _read(self, work: Callable[[RunQuery], Awaitable[T]], end: float) -> T:
        try:
            return await self._compiler.retry(lambda: self._read_quickly(work, end), end)
        except QueryTimeoutError:
            return await self._read_slowly(work, end)

    async def _read_quickly(self, work: Callable[[RunQuery], Awaitable[T]], end: float) -> T:
        """Return the result of a read within the budget. Raise QueryTimeoutError beyond it.

        Raise NotCompiledError for a statement that is not compiled yet, so that the connection need not wait.
        """
        remaining = self._budget
        async with self._pool.transaction(self._quick, end, _SNAPSHOT) as connection:

            async def run_query(query: SelectQuery, values: Mapping[str, Any]) -> Rows:
                nonlocal remaining
                start = monotonic()
                if remaining <= 0:
                    raise QueryTimeoutError
                rows = await connection.fetch(end, self._compiler.compiled(query), values)
                remaining -= monotonic() - start
                return rows

            return await work(run_query)

    async def _read_slowly(self, work: Callable[[RunQuery], Awaitable[T]], end: float) -> T:
        current_work().watch_client()
        async with self._pool.transaction(self._slow, end, _SNAPSHOT) as connection:

            async def run_query(query: SelectQuery, values: Mapping[str, Any]) -> Rows:
                return await connection.fetch_until(end, await self._compiler.statement(query, end), values)

            return await work(run_query)

    async def version(self) -> Hashable:
        """Return the version of the data: the number of the last writing transaction."""
        return await self._versions.newest()

    async def close(self) -> None:
        """Close the connections, after a timeout also those in use."""
        await asyncio.gather(self._pool.close(), self._versions.close())

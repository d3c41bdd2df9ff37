"""Reading from PostgreSQL: quick queries on many connections, slow ones repeated on a few others."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from time import monotonic
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from api.store.readers.postgresql_data_version import VersionReader
from api.store.readers.postgresql_pool import ConnectionPool
from api.store.readers.reader import (
    DatabaseUnavailableError,
    QueryTimeoutError,
    Reader,
    Rows,
    RunQuery,
    T,
    statement_compiler,
)

_COMPILE = statement_compiler(dialect())  # type: ignore[no-untyped-call]
"""Compiles the statements of all databases of a process: they depend on the tables alone."""
_QUICK_CONNECTIONS, _SLOW_CONNECTIONS = 8, 2
_BUDGET = 0.1
"""Seconds that the statements of one read may take on a quick connection."""
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


async def open_postgresql(address: str, deadline: float) -> Reader:
    """Return a reader of a PostgreSQL database. `deadline` is in seconds."""
    budget = min(_BUDGET, deadline)
    quick = ConnectionPool(address, _QUICK_CONNECTIONS, budget)
    slow = ConnectionPool(address, _SLOW_CONNECTIONS, deadline)
    return _PostgresqlReader(quick, slow, VersionReader(address), budget, deadline)


class _PostgresqlReader:
    """Reads on a quick connection, and repeats the whole read on a slow one if it exceeds the budget."""

    def __init__(
        self,
        quick: ConnectionPool,
        slow: ConnectionPool,
        versions: VersionReader,
        budget: float,
        deadline: float,
    ) -> None:
        self._quick = quick
        self._slow = slow
        self._versions = versions
        self._budget = budget
        self._deadline = deadline
        self._compile = _COMPILE

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        """Return the rows of a SELECT. Raise QueryTimeoutError after the deadline."""
        return await self._retry(lambda: self._rows(query, values))

    async def snapshot(self, work: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return the result of several SELECTs in one snapshot. Raise QueryTimeoutError after the deadline."""
        return await self._retry(lambda: self._read(work))

    async def _retry(self, read: Callable[[], Awaitable[T]]) -> T:
        """Read, and once more if a connection was lost: a restarted server has closed all of them."""
        try:
            return await read()
        except DatabaseUnavailableError:
            self._quick.renew()
            self._slow.renew()
            return await read()

    async def _rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        end = monotonic() + self._deadline
        try:
            return await self._quick.fetch(end, self._compile(query), values)
        except QueryTimeoutError:
            return await self._read_slowly(lambda run_query: run_query(query, values), end)

    async def _read(self, work: Callable[[RunQuery], Awaitable[T]]) -> T:
        end = monotonic() + self._deadline
        try:
            return await self._read_quickly(work, end)
        except QueryTimeoutError:
            return await self._read_slowly(work, end)

    async def _read_quickly(self, work: Callable[[RunQuery], Awaitable[T]], end: float) -> T:
        """Return the result of a read within the budget. Raise QueryTimeoutError beyond it."""
        remaining = self._budget
        async with self._quick.transaction(end, _SNAPSHOT) as connection:

            async def run_query(query: Select[Any], values: Mapping[str, Any]) -> Rows:
                nonlocal remaining
                start = monotonic()
                if remaining <= 0:
                    raise QueryTimeoutError
                rows = await connection.fetch(self._compile(query), values)
                remaining -= monotonic() - start
                return rows

            return await work(run_query)

    async def _read_slowly(self, work: Callable[[RunQuery], Awaitable[T]], end: float) -> T:
        async with self._slow.transaction(end, _SNAPSHOT) as connection:
            return await work(lambda query, values: connection.fetch_until(end, self._compile(query), values))

    async def version(self) -> Hashable:
        """Return the version of the data: the number of the last writing transaction."""
        return await self._versions.newest()

    async def close(self) -> None:
        """Close the connections, after a timeout also those in use."""
        await asyncio.gather(self._quick.close(), self._slow.close(), self._versions.close())

"""Reading PostgreSQL: on many connections what is quick, on few others what is not."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from time import monotonic
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from api.store.readers.postgresql_pool import ConnectionPool
from api.store.readers.postgresql_version import VersionReader
from api.store.readers.reader import (
    DatabaseUnavailableError,
    QueryTimeoutError,
    Reader,
    Rows,
    RunQuery,
    T,
    statement_compiler,
)

_DIALECT = dialect()  # type: ignore[no-untyped-call]

_QUICK_CONNECTIONS, _SLOW_CONNECTIONS = 8, 2

_BUDGET = 0.1
"""Seconds that a statement may take on the connections of the quick ones."""

_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


async def open_postgresql(address: str, deadline: float) -> Reader:
    """Return a reader of a database on a server."""
    budget = min(_BUDGET, deadline)
    quick = ConnectionPool(address, _QUICK_CONNECTIONS, budget)
    slow = ConnectionPool(address, _SLOW_CONNECTIONS, deadline)
    return _PostgresqlReader(quick, slow, VersionReader(address), budget, deadline)


class _PostgresqlReader:
    """Asks on a quick connection first, and again, from the beginning, on a slow one if it must."""

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
        self._compiled = statement_compiler(_DIALECT)

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        """Return the rows of a select. Raise TooSlowError after the deadline."""
        return await self._twice(lambda: self._rows(query, values))

    async def snapshot(self, work: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return what a work makes of one moment. Raise TooSlowError after the deadline."""
        return await self._twice(lambda: self._answer(work))

    async def _twice(self, read: Callable[[], Awaitable[T]]) -> T:
        """Read, and once more if a connection was lost: a server that came back has ended all there were."""
        try:
            return await read()
        except DatabaseUnavailableError:
            self._quick.renew()
            self._slow.renew()
            return await read()

    async def _rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        end = monotonic() + self._deadline
        try:
            return await self._quick.fetch(end, self._compiled(query), values)
        except QueryTimeoutError:
            return await self._slowly(lambda ask: ask(query, values), end)

    async def _answer(self, work: Callable[[RunQuery], Awaitable[T]]) -> T:
        end = monotonic() + self._deadline
        try:
            return await self._at_once(work, end)
        except QueryTimeoutError:
            return await self._slowly(work, end)

    async def _at_once(self, work: Callable[[RunQuery], Awaitable[T]], end: float) -> T:
        """Return what a work makes of one moment, on a connection that it does not hold for long."""
        left = self._budget
        async with self._quick.transaction(end, _SNAPSHOT) as connection:

            async def ask(query: Select[Any], values: Mapping[str, Any]) -> Rows:
                nonlocal left
                begun = monotonic()
                if left <= 0:
                    raise QueryTimeoutError
                rows = await connection.fetch(self._compiled(query), values)
                left -= monotonic() - begun
                return rows

            return await work(ask)

    async def _slowly(self, work: Callable[[RunQuery], Awaitable[T]], end: float) -> T:
        async with self._slow.transaction(end, _SNAPSHOT) as connection:
            return await work(
                lambda query, values: connection.fetch_until(end, self._compiled(query), values)
            )

    async def version(self) -> Hashable:
        """Return which of the writing transactions was the last."""
        return await self._versions.newest()

    async def close(self) -> None:
        """Close the connections, when they are free or have not been for long."""
        await asyncio.gather(self._quick.close(), self._slow.close(), self._versions.close())

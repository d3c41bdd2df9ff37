"""Reading PostgreSQL: on many connections what is quick, on few others what is not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from math import inf
from time import monotonic
from typing import Any

import asyncpg
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from api.store.reading import PATIENCE, Ask, DatabaseAwayError, Reader, Rows, T, TooSlowError, compiler
from api.store.statements import Statement

_DIALECT = dialect()  # type: ignore[no-untyped-call]
_QUICK_CONNECTIONS, _SLOW_CONNECTIONS = 8, 2
_BUDGET = 0.1
"""Seconds that the statements of one answer may take on the connections of the quick ones."""
_IS_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what it says of a connection that was ended while it lay idle
)


async def open_postgresql(address: str, deadline: float) -> Reader:
    """Return a reader of a database on a server."""
    quick, slow = [await _open(address, most, deadline) for most in (_QUICK_CONNECTIONS, _SLOW_CONNECTIONS)]
    return _PostgresqlReader(quick, slow, deadline)


async def _open(address: str, most: int, deadline: float) -> "_Connections":
    pool = await asyncpg.create_pool(
        address,
        min_size=0,
        max_size=most,
        max_inactive_connection_lifetime=0,
        timeout=PATIENCE,
        command_timeout=PATIENCE,
        server_settings={
            "jit": "off",  # it would take longer than short statements do
            # We give up earlier; should we be gone, then so does the server.
            "statement_timeout": str(max(1, round(deadline * 1000))),
        },
    )
    return _Connections(pool, most)


class _PostgresqlReader:
    """Asks on a quick connection first, and again, from the beginning, on a slow one if it must."""

    def __init__(self, quick: "_Connections", slow: "_Connections", deadline: float) -> None:
        self._quick = quick
        self._slow = slow
        self._deadline = deadline
        self._budget = min(_BUDGET, deadline)
        self._compiled = compiler(_DIALECT)

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        """Return the rows of a select. Raise TooSlowError after the deadline."""
        end = monotonic() + self._deadline
        statement = self._compiled(query)
        try:
            async with self._quick.taken(end) as connection:
                return await _fetch(connection, statement, values, self._budget)
        except TooSlowError:
            async with self._slow.taken(end) as connection:
                return await _fetch(connection, statement, values, end - monotonic())

    async def answer(self, work: Callable[[Ask], Awaitable[T]]) -> T:
        """Return what a work makes of one moment. Raise TooSlowError after the deadline."""
        end = monotonic() + self._deadline
        try:
            return await self._on(self._quick, work, end, self._budget)
        except TooSlowError:
            return await self._on(self._slow, work, end, inf)

    async def _on(
        self, connections: "_Connections", work: Callable[[Ask], Awaitable[T]], end: float, budget: float
    ) -> T:
        left = budget
        async with connections.taken(end) as connection, _snapshot(connection):

            async def ask(query: Select[Any], values: Mapping[str, Any]) -> Rows:
                nonlocal left
                begun = monotonic()
                rows = await _fetch(connection, self._compiled(query), values, min(left, end - begun))
                left -= monotonic() - begun
                return rows

            return await work(ask)

    async def close(self) -> None:
        """Close the connections, when they are free or have not been for long."""
        await asyncio.gather(self._quick.close(), self._slow.close())


class _Connections:
    """Connections that are held open; the driver keeps statements prepared on each."""

    def __init__(self, pool: Any, most: int) -> None:
        self._pool = pool
        # Waited for apart from the pool, where it could not be told from waiting for the server.
        self._places = asyncio.Semaphore(most)

    @asynccontextmanager
    async def taken(self, end: float) -> AsyncIterator[Any]:
        """Yield a connection. Raise TooSlowError if none is free in time, DatabaseAwayError if none can be."""
        try:
            async with asyncio.timeout(end - monotonic()):
                await self._places.acquire()
        except TimeoutError as error:
            raise TooSlowError from error
        try:
            with _away():
                connection = await self._pool.acquire(timeout=PATIENCE)
            try:
                yield connection
            finally:
                with _away():
                    await self._pool.release(connection)
        finally:
            self._places.release()

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._pool.close(), PATIENCE)
        except TimeoutError:
            self._pool.terminate()


async def _fetch(connection: Any, statement: Statement, values: Mapping[str, Any], seconds: float) -> Rows:
    """Return the rows of a statement. Raise TooSlowError if it takes more seconds."""
    if seconds <= 0:
        raise TooSlowError
    try:
        found: Rows = await connection.fetch(statement.text, *statement.values(values), timeout=seconds)
    except (TimeoutError, asyncpg.QueryCanceledError) as error:
        raise TooSlowError from error
    except _IS_AWAY as error:
        raise DatabaseAwayError from error
    return found


@asynccontextmanager
async def _snapshot(connection: Any) -> AsyncIterator[None]:
    """Let a connection see one moment only."""
    transaction = connection.transaction(isolation="repeatable_read", readonly=True)
    with _away():
        await transaction.start()
    try:
        yield
    finally:
        if not connection.is_closed():
            with _away():
                await transaction.rollback()


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except _IS_AWAY as error:
        raise DatabaseAwayError from error

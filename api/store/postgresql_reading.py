"""Reading PostgreSQL: on many connections what is quick, on few others what is not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
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
"""Seconds that a statement may take on the connections of the quick ones."""
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_IS_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what it says of a connection that was ended while it lay idle
)


async def open_postgresql(address: str, deadline: float) -> Reader:
    """Return a reader of a database on a server."""
    budget = min(_BUDGET, deadline)
    quick = await _open(address, _QUICK_CONNECTIONS, budget)
    slow = await _open(address, _SLOW_CONNECTIONS, deadline)
    return _PostgresqlReader(quick, slow, budget, deadline)


async def _open(address: str, most: int, seconds: float) -> "_Connections":
    # The server itself ends what takes too long: it may miss a request to cancel, and we may be gone.
    pool = await asyncpg.create_pool(
        address,
        min_size=0,
        max_size=most,
        max_inactive_connection_lifetime=0,
        timeout=PATIENCE,
        command_timeout=PATIENCE,
        # Compiling would take longer than a short statement does.
        server_settings={"jit": "off", "statement_timeout": _milliseconds(seconds)},
    )
    return _Connections(pool, most)


class _PostgresqlReader:
    """Asks on a quick connection first, and again, from the beginning, on a slow one if it must."""

    def __init__(self, quick: "_Connections", slow: "_Connections", budget: float, deadline: float) -> None:
        self._quick = quick
        self._slow = slow
        self._budget = budget
        self._deadline = deadline
        self._compiled = compiler(_DIALECT)

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        """Return the rows of a select. Raise TooSlowError after the deadline."""
        end = monotonic() + self._deadline
        statement = self._compiled(query)
        try:
            async with self._quick.taken(end) as connection:
                return await _fetch(connection, statement, values)
        except TooSlowError:
            async with self._slow.taken(end) as connection:
                return await _fetch_until(end, connection, statement, values)

    async def answer(self, work: Callable[[Ask], Awaitable[T]]) -> T:
        """Return what a work makes of one moment. Raise TooSlowError after the deadline."""
        end = monotonic() + self._deadline
        try:
            return await self._at_once(work, end)
        except TooSlowError:
            async with self._slow.taken(end, _SNAPSHOT) as connection:
                return await work(
                    lambda query, values: _fetch_until(end, connection, self._compiled(query), values)
                )

    async def _at_once(self, work: Callable[[Ask], Awaitable[T]], end: float) -> T:
        """Return what a work makes of one moment, on a connection that it does not hold for long."""
        left = self._budget
        async with self._quick.taken(end, _SNAPSHOT) as connection:

            async def ask(query: Select[Any], values: Mapping[str, Any]) -> Rows:
                nonlocal left
                begun = monotonic()
                if left <= 0:
                    raise TooSlowError
                rows = await _fetch(connection, self._compiled(query), values)
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
        self._returns: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def taken(self, end: float, begin: str = "") -> AsyncIterator[Any]:
        """Yield a connection, in a transaction if it is told how one begins.

        Raise TooSlowError if none is free in time, DatabaseAwayError if the server gives none.
        """
        connection = await self._take(end)
        try:
            if begin:
                with _away():
                    await connection.execute(begin)
            yield connection
        finally:
            # Whoever has the answer, or does not want it any more, need not wait for this.
            giving = asyncio.create_task(self._give_back(connection, is_in_transaction=bool(begin)))
            self._returns.add(giving)
            giving.add_done_callback(self._returns.discard)

    async def _take(self, end: float) -> Any:
        try:
            async with asyncio.timeout(end - monotonic()):
                await self._places.acquire()
        except TimeoutError as error:
            raise TooSlowError from error
        try:
            with _away():
                return await self._pool.acquire(timeout=PATIENCE)
        except BaseException:
            self._places.release()
            raise

    async def _give_back(self, connection: Any, *, is_in_transaction: bool) -> None:
        try:
            if is_in_transaction:
                await connection.execute("ROLLBACK")
        except _IS_AWAY:
            connection.terminate()
        try:
            with suppress(*_IS_AWAY):
                await self._pool.release(connection)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Close the connections that are free; wait a while for the others, and end them."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()
        await asyncio.gather(*self._returns)


async def _fetch_until(end: float, connection: Any, statement: Statement, values: Mapping[str, Any]) -> Rows:
    """Return the rows of a statement. Raise TooSlowError if they are not there at the end."""
    seconds = end - monotonic()
    if seconds <= 0:
        raise TooSlowError
    with _away():
        await connection.execute(f"SET statement_timeout = {_milliseconds(seconds)}")
    return await _fetch(connection, statement, values, seconds + PATIENCE)


async def _fetch(
    connection: Any, statement: Statement, values: Mapping[str, Any], patience: float = PATIENCE
) -> Rows:
    """Return the rows of a statement. Raise TooSlowError if the server gives it up."""
    try:
        found: Rows = await connection.fetch(statement.text, *statement.values(values), timeout=patience)
    except asyncpg.QueryCanceledError as error:
        raise TooSlowError from error
    except _IS_AWAY as error:
        raise DatabaseAwayError from error
    return found


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except _IS_AWAY as error:
        raise DatabaseAwayError from error


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))

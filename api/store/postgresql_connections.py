"""Connections to PostgreSQL that are held open, and what is asked on them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from time import monotonic
from typing import Any

import asyncpg

from api.store.reading import PATIENCE, DatabaseAwayError, Rows, TooSlowError
from api.store.statements import Statement

IS_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what it says of a connection that was ended while it lay idle
)
"""What the driver raises when a server cannot be asked."""


async def open_connections(address: str, most: int, seconds: float) -> "Connections":
    """Return so many connections, of which each takes at most so many seconds for a statement."""
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
    return Connections(pool, most)


class Connections:
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
            # A connection that was lost has been given back by itself.
            with suppress(*IS_AWAY):
                if is_in_transaction:
                    await self._end(connection)
                await self._pool.release(connection)
        finally:
            self._places.release()

    async def _end(self, connection: Any) -> None:
        try:
            await connection.execute("ROLLBACK")
        except IS_AWAY:
            connection.terminate()

    async def renew(self) -> None:
        """Let each connection be made anew before it is used again."""
        await self._pool.expire_connections()

    async def close(self) -> None:
        """Close the connections that are free; wait a while for the others, and end them."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()
        await asyncio.gather(*self._returns)


async def fetch_until(end: float, connection: Any, statement: Statement, values: Mapping[str, Any]) -> Rows:
    """Return the rows of a statement. Raise TooSlowError if they are not there at the end."""
    seconds = end - monotonic()
    if seconds <= 0:
        raise TooSlowError
    with _away():
        await connection.execute(f"SET statement_timeout = {_milliseconds(seconds)}")
    return await fetch(connection, statement, values, seconds + PATIENCE)


async def fetch(
    connection: Any, statement: Statement, values: Mapping[str, Any], patience: float = PATIENCE
) -> Rows:
    """Return the rows of a statement. Raise TooSlowError if the server gives it up."""
    try:
        found: Rows = await connection.fetch(statement.text, *statement.values(values), timeout=patience)
    except asyncpg.QueryCanceledError as error:
        raise TooSlowError from error
    except IS_AWAY as error:
        raise DatabaseAwayError from error
    return found


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except IS_AWAY as error:
        raise DatabaseAwayError from error


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))

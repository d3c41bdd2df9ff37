"""Connections to PostgreSQL that are held open, each for one at a time."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

from api.store.database.statement import Statement
from api.store.readers.postgresql_connection import PostgresqlConnection, connect
from api.store.readers.reader import CONNECT_TIMEOUT, DatabaseUnavailableError, QueryTimeoutError, Rows


class ConnectionPool:
    """So many connections, each made when it is first needed; each takes at most so many seconds for a statement."""

    def __init__(self, address: str, most: int, seconds: float) -> None:
        self._address = address
        self._most = most
        self._seconds = seconds
        self._places = asyncio.Semaphore(most)
        self._free: list[PostgresqlConnection] = []
        self._taken: set[PostgresqlConnection] = set()
        self._returns: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def fetch(self, end: float, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """Return the rows of one statement, which needs no transaction.

        Raise TooSlowError if no connection is free in time or the server gives the statement up,
        DatabaseAwayError if it cannot be asked.
        """
        connection = await self._take(end)
        try:
            return await connection.fetch(statement, values)
        finally:
            self._give_back(connection)

    @asynccontextmanager
    async def transaction(self, end: float, begin: str) -> AsyncIterator[PostgresqlConnection]:
        """Yield a connection in a transaction that begins so and changes nothing. Raise what `fetch` does."""
        connection = await self._take(end)
        try:
            await connection.execute(begin)
            yield connection
        finally:
            # Whoever has the answer, or does not want it any more, need not wait for this.
            self._later(self._roll_back(connection))

    async def _take(self, end: float) -> PostgresqlConnection:
        await self._take_place(end)
        try:
            connection = self._free_one() or await self._connected()
        except BaseException:
            self._places.release()
            raise
        self._taken.add(connection)
        return connection

    async def _take_place(self, end: float) -> None:
        if not self._places.locked():  # then there is nothing to wait for, and no clock to set
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(end - monotonic()):
                await self._places.acquire()
        except TimeoutError as error:
            raise QueryTimeoutError from error

    def _free_one(self) -> PostgresqlConnection | None:
        """Return the connection that was used last, of those that the server has not closed meanwhile."""
        while self._free:
            connection = self._free.pop()
            if connection.is_free:
                return connection
        return None

    async def _connected(self) -> PostgresqlConnection:
        if self._is_closing:
            raise DatabaseUnavailableError
        return await connect(self._address, self._seconds)

    def _give_back(self, connection: PostgresqlConnection) -> None:
        """Let another have the connection; or its place, once the server has done with it."""
        if connection.is_free:
            self._free.append(connection)
            self._leave(connection)
        else:
            self._later(self._close(connection))

    def _leave(self, connection: PostgresqlConnection) -> None:
        self._taken.remove(connection)
        self._places.release()

    async def _roll_back(self, connection: PostgresqlConnection) -> None:
        try:
            with suppress(DatabaseUnavailableError, QueryTimeoutError):
                if connection.is_sound:
                    await connection.execute("ROLLBACK")
        finally:
            self._give_back(connection)

    async def _close(self, connection: PostgresqlConnection) -> None:
        try:
            await connection.close()
        finally:
            self._leave(connection)

    def _later(self, returning: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(returning)
        self._returns.add(task)
        task.add_done_callback(self._returns.discard)

    def renew(self) -> None:
        """Let each connection be made anew before it is used again."""
        while self._free:
            self._free.pop().terminate()
        for connection in self._taken:
            connection.is_sound = False

    async def close(self) -> None:
        """Close the connections that are free; wait a while for the others, and end them."""
        self._is_closing = True
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_TIMEOUT):
                for _ in range(self._most):
                    await self._places.acquire()
        for connection in self._taken:
            connection.terminate()
        await asyncio.gather(*self._returns, *(connection.close() for connection in self._free))

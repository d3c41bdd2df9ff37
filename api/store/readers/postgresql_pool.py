"""A pool of PostgreSQL connections for reading, without a reset between queries."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

from api.store.database.statement import Statement
from api.store.readers.postgresql_connection import PostgresqlConnection, connect
from api.store.readers.reader import CONNECT_TIMEOUT, DatabaseUnavailableError, QueryTimeoutError, Rows


class ConnectionPool:
    """At most `size` connections, opened when first needed, each with a statement timeout in seconds."""

    def __init__(self, address: str, size: int, statement_timeout: float) -> None:
        self._address = address
        self._size = size
        self._statement_timeout = statement_timeout
        self._slots = asyncio.Semaphore(size)
        self._free: list[PostgresqlConnection] = []
        self._used: set[PostgresqlConnection] = set()
        self._returns: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def fetch(self, end: float, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """Return the rows of one statement outside a transaction. `end` is the deadline in monotonic time.

        Raise QueryTimeoutError if no connection is free in time or the server cancels the statement,
        DatabaseUnavailableError if the server cannot be reached.
        """
        connection = await self._acquire(end)
        try:
            return await connection.fetch(statement, values)
        finally:
            self._release(connection)

    @asynccontextmanager
    async def transaction(self, end: float, begin: str) -> AsyncIterator[PostgresqlConnection]:
        """Yield a connection in a read-only transaction, begun by a command. Raise the errors of `fetch`."""
        connection = await self._acquire(end)
        try:
            await connection.execute(begin)
            yield connection
        finally:
            # The rollback runs in a task: the client need not wait for it.
            self._schedule(self._roll_back(connection))

    async def _acquire(self, end: float) -> PostgresqlConnection:
        await self._acquire_slot(end)
        try:
            connection = self._pop_free() or await self._connect()
        except BaseException:
            self._slots.release()
            raise
        self._used.add(connection)
        return connection

    async def _acquire_slot(self, end: float) -> None:
        if not self._slots.locked():  # a free slot needs no timeout
            await self._slots.acquire()
            return
        try:
            async with asyncio.timeout(end - monotonic()):
                await self._slots.acquire()
        except TimeoutError as error:
            raise QueryTimeoutError from error

    def _pop_free(self) -> PostgresqlConnection | None:
        """Return the most recently used free connection that the server has not closed, or None."""
        while self._free:
            connection = self._free.pop()
            if connection.is_free:
                return connection
        return None

    async def _connect(self) -> PostgresqlConnection:
        if self._is_closing:
            raise DatabaseUnavailableError
        return await connect(self._address, self._statement_timeout)

    def _release(self, connection: PostgresqlConnection) -> None:
        """Return a connection to the pool; close an unsound one, and free its slot once the server has cancelled."""
        if connection.is_free:
            self._free.append(connection)
            self._free_slot(connection)
        else:
            self._schedule(self._close(connection))

    def _free_slot(self, connection: PostgresqlConnection) -> None:
        self._used.remove(connection)
        self._slots.release()

    async def _roll_back(self, connection: PostgresqlConnection) -> None:
        try:
            with suppress(DatabaseUnavailableError, QueryTimeoutError):
                if connection.is_sound:
                    await connection.execute("ROLLBACK")
        finally:
            self._release(connection)

    async def _close(self, connection: PostgresqlConnection) -> None:
        try:
            await connection.close()
        finally:
            self._free_slot(connection)

    def _schedule(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._returns.add(task)
        task.add_done_callback(self._returns.discard)

    def renew(self) -> None:
        """Replace every connection before it is used again."""
        while self._free:
            self._free.pop().terminate()
        for connection in self._used:
            connection.is_sound = False

    async def close(self) -> None:
        """Close the free connections; wait for the used ones up to a timeout, then terminate them."""
        self._is_closing = True
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_TIMEOUT):
                for _ in range(self._size):
                    await self._slots.acquire()
        for connection in self._used:
            connection.terminate()
        await asyncio.gather(*self._returns, *(connection.close() for connection in self._free))

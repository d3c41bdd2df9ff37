"""A pool of PostgreSQL connections for reading, without a reset between queries."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

from api.request_work import current_work
from api.store.database.database_url import ConnectionParameters
from api.store.database.statement import Statement
from api.store.readers.fair_slots import FairSlots, Slot
from api.store.readers.postgresql_connection import PostgresqlConnection, connect
from api.store.readers.reader import (
    CONNECT_TIMEOUT,
    DatabaseUnavailableError,
    NoConnectionError,
    QueryTimeoutError,
    Rows,
)

_REFUSAL_PAUSE = 1.0
"""Seconds after a refused connection in which the pool tries no other, as long as it has connections."""


class ConnectionPool:
    """Connections, opened when first needed, each with a statement timeout in seconds.

    Slots limit their number. A server may have room for fewer: then queries share those that it gave.
    """

    def __init__(self, parameters: ConnectionParameters, statement_timeout: float) -> None:
        self._parameters = parameters
        self._statement_timeout = statement_timeout
        self._connections: set[PostgresqlConnection] = set()
        self._free: list[PostgresqlConnection] = []
        self._used: dict[PostgresqlConnection, Slot] = {}
        self._attempts = 0
        """The number of connections that are being opened."""
        self._refused_until = 0.0
        self._waiting: deque[asyncio.Future[PostgresqlConnection | None]] = deque()
        """Queries without a connection: each gets a released one, or None to open one."""
        self._returns: set[asyncio.Task[None]] = set()
        self._is_closing = False
        self._all_released = asyncio.Event()

    async def fetch(
        self, slots: FairSlots, end: float, statement: Statement, values: Mapping[str, Any]
    ) -> Rows:
        """Return the rows of one statement outside a transaction. `end` is the deadline in monotonic time.

        Raise QueryTimeoutError if no slot is free in time or the server cancels the statement, TooManyQueriesError
        if too many wait for a slot, DatabaseUnavailableError if the server does not respond, NoConnectionError if
        it gives no connection.
        """
        connection = await self._acquire(slots, end)
        try:
            return await connection.fetch(end, statement, values)
        finally:
            self._release(connection)

    @asynccontextmanager
    async def transaction(
        self, slots: FairSlots, end: float, begin: str
    ) -> AsyncIterator[PostgresqlConnection]:
        """Yield a connection in a read-only transaction, begun by a command. Raise the errors of `fetch`."""
        connection = await self._acquire(slots, end)
        try:
            await connection.execute(end, begin)
            yield connection
        finally:
            # The rollback runs in a task: the client need not wait for it.
            self._schedule(self._roll_back(connection))

    async def _acquire(self, slots: FairSlots, end: float) -> PostgresqlConnection:
        slot = await slots.acquire(end)
        try:
            connection = self._pop_free() or await self._open(end)
        except BaseException:
            slot.release()
            raise
        self._used[connection] = slot
        return connection

    def _pop_free(self) -> PostgresqlConnection | None:
        """Return the most recently used free connection that the server has not closed, or None."""
        while self._free:
            connection = self._free.pop()
            if connection.is_free:
                return connection
            self._discard(connection)
        return None

    async def _open(self, end: float) -> PostgresqlConnection:
        """Open a connection, or wait for one that is in use if the server refuses another one.

        Raise NoConnectionError if there is none, or none is released until `end`.
        """
        while True:
            if self._is_closing:
                raise NoConnectionError
            if monotonic() >= self._refused_until or not self._has_prospects:
                try:
                    return await self._connect(end)
                except NoConnectionError:
                    if not self._has_prospects:
                        self._fail_waiting()
                        raise
                except BaseException:
                    self._pass_on(None)
                    raise
            if connection := self._pop_free() or await self._next_released(end):
                return connection

    async def _connect(self, end: float) -> PostgresqlConnection:
        self._attempts += 1
        try:
            with current_work().waiting():
                connection = await connect(self._parameters, self._statement_timeout, end)
        except NoConnectionError:
            self._refused_until = monotonic() + _REFUSAL_PAUSE
            raise
        finally:
            self._attempts -= 1
        self._connections.add(connection)
        return connection

    @property
    def _has_prospects(self) -> bool:
        """Return True if a connection is open, or may soon be."""
        return bool(self._connections or self._attempts)

    async def _next_released(self, end: float) -> PostgresqlConnection | None:
        """Return the next connection that is released, in the order of calls, or None if one was closed."""
        released: asyncio.Future[PostgresqlConnection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(released)
        try:
            with current_work().waiting():
                async with asyncio.timeout(end - monotonic()):
                    connection = await released
        except BaseException as error:
            if released.done() and not released.cancelled() and not released.exception():
                self._pass_on(released.result())  # it came when the query was cancelled
            if isinstance(error, TimeoutError):
                raise NoConnectionError from error
            raise
        if connection and not connection.is_free:  # it was replaced after it was released
            self._discard(connection)
            return None
        return connection

    def _discard(self, connection: PostgresqlConnection) -> None:
        self._connections.discard(connection)
        connection.terminate()
        self._refused_until = 0.0  # the server has room for another one

    def _pass_on(self, connection: PostgresqlConnection | None) -> None:
        """Give a free connection, or the chance to open one, to the query that has waited longest."""
        while self._waiting:
            released = self._waiting.popleft()
            if not released.done():
                released.set_result(connection)
                return
        if connection:
            self._free.append(connection)

    def _fail_waiting(self) -> None:
        """Raise NoConnectionError in all waiting queries."""
        while self._waiting:
            released = self._waiting.popleft()
            if not released.done():
                released.set_exception(NoConnectionError)

    def _release(self, connection: PostgresqlConnection) -> None:
        """Return a connection to the pool; close an unsound one, and free its slot once the server has cancelled."""
        if connection.is_free and not self._is_closing:
            self._pass_on(connection)
            self._used.pop(connection).release()
        else:
            self._schedule(self._close(connection))

    async def _roll_back(self, connection: PostgresqlConnection) -> None:
        try:
            with suppress(DatabaseUnavailableError, QueryTimeoutError):
                if connection.is_sound:
                    await connection.execute(monotonic() + CONNECT_TIMEOUT, "ROLLBACK")
        finally:
            self._release(connection)

    async def _close(self, connection: PostgresqlConnection) -> None:
        try:
            await connection.close()
        finally:
            self._connections.discard(connection)
            self._refused_until = 0.0  # the server has room for another one
            self._used.pop(connection).release()
            self._pass_on(None)
            if self._is_closing and not self._used:
                self._all_released.set()

    def _schedule(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._returns.add(task)
        task.add_done_callback(self._returns.discard)

    def renew(self) -> None:
        """Replace every connection before it is used again."""
        for connection in self._connections:
            connection.is_sound = False
        while self._free:
            self._discard(self._free.pop())

    async def close(self) -> None:
        """Close the free connections; wait for the used ones up to a timeout, then terminate them."""
        self._is_closing = True
        self._fail_waiting()
        await asyncio.gather(self._wait_for_used(), *(connection.close() for connection in self._free))
        for connection in self._used:
            connection.terminate()
        await asyncio.gather(*self._returns)

    async def _wait_for_used(self) -> None:
        """Wait until no connection is in use, up to a timeout."""
        if self._used:
            with suppress(TimeoutError):
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    await self._all_released.wait()

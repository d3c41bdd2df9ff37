"""Connections to PostgreSQL that are held open, and what is asked on them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

import asyncpg

from api.store.reading import PATIENCE, DatabaseAwayError, Rows, T, TooSlowError
from api.store.statements import Statement

IS_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what it says of a connection that was ended while it lay idle
)
"""What the driver raises when a server cannot be asked."""


class Connection:
    """A connection that is held open; the driver keeps statements prepared on it."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self.is_sound = True
        """Whether nobody gave up waiting on it, nothing else went wrong, and it was not replaced."""

    @property
    def is_free(self) -> bool:
        """Tell whether another may ask on it: nothing is under way, neither here nor at the server."""
        return self.is_sound and not self._driver.is_closed() and not self._driver.is_in_transaction()

    async def fetch(
        self, statement: Statement, values: Mapping[str, Any], patience: float | None = None
    ) -> Rows:
        """Return the rows of a statement. Raise TooSlowError if the server gives it up."""
        return await self._answered(
            self._driver.fetch(statement.text, *statement.values(values), timeout=patience)
        )

    async def fetch_until(self, end: float, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """Return the rows of a statement in a transaction. Raise TooSlowError if they are not there at the end."""
        seconds = end - monotonic()
        if seconds <= 0:
            raise TooSlowError
        # It holds until the transaction ends, and so for nobody else.
        await self.execute(f"SET LOCAL statement_timeout = {_milliseconds(seconds)}")
        return await self.fetch(statement, values, seconds + PATIENCE)

    async def execute(self, command: str) -> None:
        """Run what has no rows. Raise TooSlowError if the server gives it up."""
        await self._answered(self._driver.execute(command))

    async def _answered(self, answer: Awaitable[T]) -> T:
        """Return what the server answers. Unless it answers, nobody else may ask: it would be waited for still."""
        try:
            return await answer
        except asyncpg.QueryCanceledError as error:
            raise TooSlowError from error
        except IS_AWAY as error:
            self.is_sound = False
            raise DatabaseAwayError from error
        except BaseException:
            self.is_sound = False
            raise

    async def close(self) -> None:
        """Have the server end what is under way, and close the connection."""
        with suppress(*IS_AWAY):
            await self._driver.close(timeout=PATIENCE)

    def terminate(self) -> None:
        """Close the connection without waiting for anything."""
        self._driver.terminate()


class Connections:
    """So many connections, each made when it is first needed; each takes at most so many seconds for a statement."""

    def __init__(self, address: str, most: int, seconds: float) -> None:
        self._address = address
        self._most = most
        self._settings = {
            "jit": "off",  # compiling would take longer than a short statement does
            # The server itself ends what takes too long: it may miss a request to cancel, and we may be gone.
            "statement_timeout": _milliseconds(seconds),
        }
        self._places = asyncio.Semaphore(most)
        self._free: list[Connection] = []
        self._taken: set[Connection] = set()
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
    async def transaction(self, end: float, begin: str) -> AsyncIterator[Connection]:
        """Yield a connection in a transaction that begins so and changes nothing. Raise what `fetch` does."""
        connection = await self._take(end)
        try:
            await connection.execute(begin)
            yield connection
        finally:
            # Whoever has the answer, or does not want it any more, need not wait for this.
            self._later(self._roll_back(connection))

    async def _take(self, end: float) -> Connection:
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
            raise TooSlowError from error

    def _free_one(self) -> Connection | None:
        """Return the connection that was used last, of those that the server has not closed meanwhile."""
        while self._free:
            connection = self._free.pop()
            if connection.is_free:
                return connection
        return None

    async def _connected(self) -> Connection:
        if self._is_closing:
            raise DatabaseAwayError
        try:
            driver = await asyncpg.connect(
                self._address, timeout=PATIENCE, command_timeout=PATIENCE, server_settings=self._settings
            )
        except IS_AWAY as error:
            raise DatabaseAwayError from error
        return Connection(driver)

    def _give_back(self, connection: Connection) -> None:
        """Let another have the connection; or its place, once the server has done with it."""
        if connection.is_free:
            self._free.append(connection)
            self._leave(connection)
        else:
            self._later(self._close(connection))

    def _leave(self, connection: Connection) -> None:
        self._taken.remove(connection)
        self._places.release()

    async def _roll_back(self, connection: Connection) -> None:
        try:
            with suppress(DatabaseAwayError, TooSlowError):
                if connection.is_sound:
                    await connection.execute("ROLLBACK")
        finally:
            self._give_back(connection)

    async def _close(self, connection: Connection) -> None:
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
            async with asyncio.timeout(PATIENCE):
                for _ in range(self._most):
                    await self._places.acquire()
        for connection in self._taken:
            connection.terminate()
        await asyncio.gather(*self._returns, *(connection.close() for connection in self._free))


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))

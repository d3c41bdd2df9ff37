"""A connection to PostgreSQL for reading, with statement timeouts."""

from collections.abc import Awaitable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

import asyncpg

from api.store.database.statement import Statement
from api.store.readers.reader import CONNECT_TIMEOUT, DatabaseUnavailableError, QueryTimeoutError, Rows, T

UNAVAILABLE_ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # raised for a connection that was ended while idle
)
"""What the driver raises when the server is unavailable."""


async def connect(address: str, seconds: float) -> "PostgresqlConnection":
    """Connect, with a statement timeout in seconds. Raise DatabaseUnavailableError if that fails."""
    settings = {
        "jit": "off",  # compilation takes longer than a short statement
        # Every query has an index, and the planner underestimates a full-text scan without one.
        "enable_seqscan": "off",
        # The server enforces it itself: a cancel request may be lost, and this process may be gone.
        "statement_timeout": _milliseconds(seconds),
    }
    try:
        return PostgresqlConnection(
            await asyncpg.connect(
                address, timeout=CONNECT_TIMEOUT, command_timeout=CONNECT_TIMEOUT, server_settings=settings
            )
        )
    except UNAVAILABLE_ERRORS as error:
        raise DatabaseUnavailableError from error


class PostgresqlConnection:
    """A pooled connection, on which the driver keeps prepared statements."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self.is_sound = True
        """False after an abandoned or failed query, or once the pool has replaced its connections."""

    @property
    def is_free(self) -> bool:
        """Return True if the connection can be reused: it is sound, open, and in no transaction."""
        return self.is_sound and not self._driver.is_closed() and not self._driver.is_in_transaction()

    async def fetch(
        self, statement: Statement, values: Mapping[str, Any], patience: float | None = None
    ) -> Rows:
        """Return the rows of a statement. Raise QueryTimeoutError if the server cancels it."""
        return await self._answered(
            self._driver.fetch(statement.text, *statement.bind(values), timeout=patience)
        )

    async def fetch_until(self, end: float, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """Return the rows of a statement in a transaction. Raise QueryTimeoutError after `end` (monotonic time)."""
        seconds = end - monotonic()
        if seconds <= 0:
            raise QueryTimeoutError
        # LOCAL: the setting ends with the transaction.
        await self.execute(f"SET LOCAL statement_timeout = {_milliseconds(seconds)}")
        return await self.fetch(statement, values, seconds + CONNECT_TIMEOUT)

    async def execute(self, command: str) -> None:
        """Run a command without rows. Raise QueryTimeoutError if the server cancels it."""
        await self._answered(self._driver.execute(command))

    async def _answered(self, answer: Awaitable[T]) -> T:
        """Await a response of the server. Without one the connection is unsound, as a query may still run on it."""
        try:
            return await answer
        except asyncpg.QueryCanceledError as error:
            raise QueryTimeoutError from error
        except UNAVAILABLE_ERRORS as error:
            self.is_sound = False
            raise DatabaseUnavailableError from error
        except BaseException:
            self.is_sound = False
            raise

    async def close(self) -> None:
        """Cancel the running query, and close the connection."""
        with suppress(*UNAVAILABLE_ERRORS):
            await self._driver.close(timeout=CONNECT_TIMEOUT)

    def terminate(self) -> None:
        """Close the connection without waiting."""
        self._driver.terminate()


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))

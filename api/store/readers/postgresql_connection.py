"""A connection to PostgreSQL for reading, with statement timeouts."""

from collections.abc import Awaitable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

import asyncpg

from api.store.database.database_url import ConnectionParameters
from api.store.database.statement import Statement
from api.store.readers.reader import (
    CONNECT_TIMEOUT,
    DatabaseUnavailableError,
    NoConnectionError,
    QueryTimeoutError,
    Rows,
    T,
)

UNAVAILABLE_ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # raised for a connection that was ended while idle
)
"""What the driver raises when the server is unavailable."""

GRACE_PERIOD = 0.4
"""Seconds after the end of a query in which the server reports its timeout, unless it is frozen or unreachable."""


async def connect(
    parameters: ConnectionParameters, statement_timeout: float, end: float
) -> "PostgresqlConnection":
    """Connect, with a statement timeout in seconds. Raise NoConnectionError if that fails until `end`."""
    settings = {
        "jit": "off",  # compilation takes longer than a short statement
        # Every query has an index, and the planner underestimates a full-text scan without one.
        "enable_seqscan": "off",
        # The server enforces it itself: a cancel request may be lost, and this process may be gone.
        "statement_timeout": _milliseconds(statement_timeout),
    }
    seconds = min(CONNECT_TIMEOUT, end - monotonic())
    try:
        return PostgresqlConnection(
            await asyncpg.connect(**parameters.for_asyncpg(**settings), timeout=max(seconds, 0))
        )
    except UNAVAILABLE_ERRORS as error:
        raise NoConnectionError from error


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

    async def fetch(self, end: float, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """Return the rows of a statement. Raise QueryTimeoutError if the server cancels it.

        Raise DatabaseUnavailableError if the server does not respond, soon after `end` (monotonic time).
        """
        return await self._answered(
            self._driver.fetch(statement.text, *statement.bind(values), timeout=_patience(end))
        )

    async def fetch_until(self, end: float, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """Return the rows of a statement in a transaction. Raise QueryTimeoutError after `end` (monotonic time)."""
        seconds = end - monotonic()
        if seconds <= 0:
            raise QueryTimeoutError
        # LOCAL: the setting ends with the transaction.
        await self.execute(end, f"SET LOCAL statement_timeout = {_milliseconds(seconds)}")
        return await self.fetch(end, statement, values)

    async def execute(self, end: float, command: str) -> None:
        """Run a command without rows. Raise the errors of `fetch`."""
        await self._answered(self._driver.execute(command, timeout=_patience(end)))

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


def _patience(end: float) -> float:
    """Return the seconds to wait for the response to a query that ends at `end`: more than 0."""
    return max(end - monotonic(), 0) + GRACE_PERIOD


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))

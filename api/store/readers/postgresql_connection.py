"""A connection to PostgreSQL, and what is asked on it."""

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
    asyncpg.InternalClientError,  # what it says of a connection that was ended while it lay idle
)
"""What the driver raises when a server cannot be asked."""


async def connect(address: str, seconds: float) -> "PostgresqlConnection":
    """Return a connection that takes at most so many seconds for a statement. Raise DatabaseAwayError if there is none."""
    settings = {
        "jit": "off",  # compiling would take longer than a short statement does
        # All that is asked has an index; how long it takes to look for words without theirs, the server does not know.
        "enable_seqscan": "off",
        # The server itself ends what takes too long: it may miss a request to cancel, and we may be gone.
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
            self._driver.fetch(statement.text, *statement.bind(values), timeout=patience)
        )

    async def fetch_until(self, end: float, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """Return the rows of a statement in a transaction. Raise TooSlowError if they are not there at the end."""
        seconds = end - monotonic()
        if seconds <= 0:
            raise QueryTimeoutError
        # It holds until the transaction ends, and so for nobody else.
        await self.execute(f"SET LOCAL statement_timeout = {_milliseconds(seconds)}")
        return await self.fetch(statement, values, seconds + CONNECT_TIMEOUT)

    async def execute(self, command: str) -> None:
        """Run what has no rows. Raise TooSlowError if the server gives it up."""
        await self._answered(self._driver.execute(command))

    async def _answered(self, answer: Awaitable[T]) -> T:
        """Return what the server answers. Unless it answers, nobody else may ask: it would be waited for still."""
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
        """Have the server end what is under way, and close the connection."""
        with suppress(*UNAVAILABLE_ERRORS):
            await self._driver.close(timeout=CONNECT_TIMEOUT)

    def terminate(self) -> None:
        """Close the connection without waiting for anything."""
        self._driver.terminate()


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))

"""The interface of readers: SELECT statements that are answered within a deadline or fail."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from api.store.database.statement import SelectQuery

T = TypeVar("T")

Rows = Sequence[Sequence[Any]]
"""The rows of a result, each with the values of its columns."""

RunQuery = Callable[[SelectQuery, Mapping[str, Any]], Awaitable[Rows]]
"""A function that executes a SELECT with the values of its bind parameters."""

MAX_WAITING_QUERIES = 64
"""Number of slow queries that wait for a thread or a connection."""

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection or a lock."""

FTS5_MATCH = "words_for_sqlite"
"""The name of the bind parameter with the match expression of FTS5."""


class Reader(Protocol):
    """A reader of one database. Bind parameters and columns are bytes, text and integers."""

    async def rows(self, query: SelectQuery, values: Mapping[str, Any]) -> Rows:
        """Return the rows of a SELECT.

        Raise QueryTimeoutError after the deadline, TooManyQueriesError if it would have to wait behind too many,
        DatabaseUnavailableError without a connection.
        """

    async def snapshot(self, callback: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return the result of a callback whose queries all see the same snapshot. Raise as `rows` does.

        The callback awaits nothing but its queries. It is called again if a run turns out to be slow, or needs
        a statement that is not compiled yet, so it must have no side effects.
        """

    async def long_snapshot(self, callback: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return the result of a callback as `snapshot` does; it may await other work between its queries.

        It is run as a slow read is, at once: the rows of all its queries need not be in memory together.
        """

    async def version(self) -> Hashable:
        """Return an opaque version of the data. It changes with every commit.

        It reflects every commit acknowledged before the call. Raise DatabaseUnavailableError or
        QueryTimeoutError if the version cannot be read at once.
        """

    async def close(self) -> None:
        """Close the connections."""


class DatabaseUnavailableError(ConnectionError):
    """The database cannot be reached now; a later attempt may succeed."""


class NoConnectionError(DatabaseUnavailableError):
    """A new connection was refused, or not opened in time; those that are open may be sound."""


class QueryTimeoutError(TimeoutError):
    """A query exceeded its time limit."""


class TooManyQueriesError(Exception):
    """Too many slow queries wait already."""

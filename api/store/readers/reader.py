"""What reading is: questions asked of one database, each answered in time or not at all."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Protocol, TypeVar

from sqlalchemy import Dialect, Select

from api.store.database.statement import Statement, compile_statement

T = TypeVar("T")

Rows = Sequence[Sequence[Any]]

RunQuery = Callable[[Select[Any], Mapping[str, Any]], Awaitable[Rows]]

MAX_COMPILED_STATEMENTS = 512
"""Statements that are kept ready by each reader: those that were asked last."""

CONNECT_TIMEOUT = 5.0
"""Seconds that a connection or a lock is waited for."""


class Reader(Protocol):
    """Answers selects. Values and rows are bytes, text and integers."""

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        """Return the rows of a select, as they are at one moment."""

    async def snapshot(self, work: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return what a work makes of several selects, which all see the same moment.

        The work waits for nothing but its asking. It is begun anew if it turns out to be slow, so
        it changes nothing outside.
        """

    async def version(self) -> Hashable:
        """Return what differs from all that was returned before when anything was written since.

        It tells of every act that was acknowledged before it was asked for. Raise
        DatabaseAwayError or TooSlowError if it cannot be known at once.
        """

    async def close(self) -> None:
        """Let go of the connections."""


class DatabaseUnavailableError(ConnectionError):
    """The database cannot be reached now; it may be there again soon."""


class QueryTimeoutError(TimeoutError):
    """A question took longer than it may."""


def statement_compiler(dialect: Dialect) -> Callable[[Select[Any]], Statement]:
    """Return what compiles selects for a driver; the same select is compiled once while it is in use."""
    return lru_cache(MAX_COMPILED_STATEMENTS)(partial(compile_statement, dialect))

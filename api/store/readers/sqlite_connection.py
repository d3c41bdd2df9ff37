"""A read connection to SQLite with time limits, enforced by the progress handler."""

import sqlite3
from collections.abc import Sequence
from math import inf
from time import monotonic, thread_time
from typing import Any

from api.store.readers.reader import (
    DatabaseUnavailableError,
    QueryTimeoutError,
    Rows,
)

_MAX_PREPARED_STATEMENTS = 128
"""The statements that SQLite keeps prepared on a connection, each some ten to a hundred kilobytes."""

_MAX_STALL = 0.05
"""Seconds of wall-clock time for a statement with a CPU budget, as it may wait for a disk."""

_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""The errors of the driver; of a damaged schema, it cannot even decode the message."""


class SqliteConnection:
    """A connection that interrupts a statement at a point in time, or when its CPU budget is used up."""

    def __init__(self, uri: str, *, check_interval: int, lock_timeout: float, end: float = inf) -> None:
        """Open the connection.

        `check_interval` is the number of virtual machine instructions between two checks of the limits,
        `lock_timeout` the seconds to wait for locks, and `end` the time on the monotonic clock after which
        no statement runs. Raise DatabaseUnavailableError if the file cannot be opened.
        """
        self._end = end
        self._cpu_end = inf
        self._lock_timeout = lock_timeout
        try:
            self._connection = sqlite3.connect(
                uri,
                uri=True,
                isolation_level=None,
                timeout=lock_timeout,
                cached_statements=_MAX_PREPARED_STATEMENTS,
            )
        except sqlite3.Error as error:
            raise DatabaseUnavailableError from error
        self._connection.set_progress_handler(self._is_over_limit, check_interval)

    @property
    def is_in_transaction(self) -> bool:
        """Return True if a transaction is open."""
        return self._connection.in_transaction

    def set_budget(self, seconds: float) -> None:
        """Limit the CPU time of the following statements.

        It is the CPU time of this thread: a statement is not slow because other processes and threads
        keep it waiting.
        """
        self._end = monotonic() + _MAX_STALL
        self._cpu_end = thread_time() + seconds

    def remaining_budget(self) -> float:
        """Return the seconds of CPU time that remain; negative if the budget was exceeded."""
        return self._cpu_end - thread_time()

    def clear_limits(self) -> None:
        """Remove both time limits."""
        self._end = self._cpu_end = inf

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a statement.

        Raise QueryTimeoutError at a time limit, DatabaseUnavailableError for any other error of SQLite.
        """
        if monotonic() >= self._end:
            raise QueryTimeoutError
        try:
            return self._connection.execute(statement, values).fetchall()
        except _ERRORS as error:
            raise self._translate_error(error) from error

    def commits(self) -> int:
        """Return `PRAGMA data_version`: it changes with every commit of another connection."""
        self.clear_limits()
        try:
            data_version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except _ERRORS as error:
            raise self._translate_error(error) from error
        return data_version

    def interrupt(self) -> None:
        """Interrupt the running statement, and refuse all later ones. It may be called from any thread."""
        self._end = -inf
        self._connection.interrupt()

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self._connection.close()

    def _is_over_limit(self) -> bool:
        return monotonic() >= self._end or thread_time() >= self._cpu_end

    def _translate_error(self, error: Exception) -> Exception:
        name = getattr(error, "sqlite_errorname", "")
        # Without a lock timeout, a locked database is a timeout: the query is repeated in a thread, which
        # waits for locks. If it is locked even after the wait, another attempt is no use.
        is_timeout = name == "SQLITE_INTERRUPT" or (not self._lock_timeout and name.startswith("SQLITE_BUSY"))
        return QueryTimeoutError() if is_timeout else DatabaseUnavailableError()

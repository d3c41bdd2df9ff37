"""A connection to SQLite for reading, whose statements end when their time is over."""

import sqlite3
from collections.abc import Sequence
from math import inf
from time import monotonic, thread_time
from typing import Any

from api.store.readers.reader import (
    MAX_COMPILED_STATEMENTS,
    DatabaseUnavailableError,
    QueryTimeoutError,
    Rows,
)

_LONGEST_STALL = 0.05
"""Seconds for which a statement that is counted by its work may wait, as for a disk."""


class SqliteConnection:
    """Runs statements, and interrupts the one that runs at a moment, or when it has worked for long enough."""

    def __init__(self, uri: str, *, steps: int, patience: float, end: float = inf) -> None:
        """Connect, to look at the clock each so many steps of SQLite's machine, and wait so long for locks."""
        self._end = end
        self._worked = inf
        self._patience = patience
        try:
            self._connection = sqlite3.connect(
                uri,
                uri=True,
                isolation_level=None,
                timeout=patience,
                cached_statements=MAX_COMPILED_STATEMENTS,
            )
        except sqlite3.Error as error:
            raise DatabaseUnavailableError from error
        self._connection.set_progress_handler(self._is_late, steps)

    @property
    def is_in_transaction(self) -> bool:
        """Tell whether a transaction was begun and has not ended."""
        return self._connection.in_transaction

    def allow(self, seconds: float) -> None:
        """Let the next statement work for some seconds.

        The seconds are those of this thread alone: when other processes and threads keep a quick
        statement waiting, it is quick nevertheless.
        """
        self._end = monotonic() + _LONGEST_STALL
        self._worked = thread_time() + seconds

    def left(self) -> float:
        """Return how many of these seconds are left."""
        return self._worked - thread_time()

    def allow_all(self) -> None:
        """Let what comes next take as long as it takes."""
        self._end = self._worked = inf

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Return the rows of a statement. Raise TooSlowError at the end of its time."""
        if monotonic() >= self._end:
            raise QueryTimeoutError
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._meaning(error) from error

    def commits(self) -> int:
        """Return how many commits of others this connection has noticed."""
        self.allow_all()
        try:
            found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise self._meaning(error) from error
        return found

    def stop(self) -> None:
        """Interrupt what runs, and let nothing run any more. Any thread may ask for that."""
        self._end = -inf
        self._connection.interrupt()

    def close(self) -> None:
        """Close the connection; an open transaction is undone."""
        self._connection.close()

    def _is_late(self) -> bool:
        return monotonic() >= self._end or thread_time() >= self._worked

    def _meaning(self, error: sqlite3.Error) -> Exception:
        name = getattr(error, "sqlite_errorname", "")
        # Who does not wait for locks has no time for it; one who has waited will find no more of it later.
        is_slow = name == "SQLITE_INTERRUPT" or (not self._patience and name.startswith("SQLITE_BUSY"))
        return QueryTimeoutError() if is_slow else DatabaseUnavailableError()

"""The reader of SQLite: short queries run in the event loop, long ones in worker threads."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic, thread_time
from typing import Any

from sqlalchemy.dialects.sqlite import dialect

from api.store.database.sqlite_files import FileIdentity, file_identity, wal_identities
from api.store.database.statement import SelectQuery
from api.store.readers.reader import (
    FTS5_MATCH,
    DatabaseUnavailableError,
    QueryTimeoutError,
    Rows,
    RunQuery,
    T,
)
from api.store.readers.sqlite_connection import SqliteConnection
from api.store.readers.sqlite_worker_threads import SqliteWorkerThreads
from api.store.readers.statement_compiler import CompiledStatements, StatementCompiler

STATEMENTS = CompiledStatements(dialect(paramstyle="qmark"))
"""The compiled statements of all databases of a process."""

_BUDGET = 0.002
"""Seconds of CPU time for the queries of one request in the event loop."""

MAX_STEP = 0.01
"""Seconds of CPU time of one snapshot in the event loop, with what is made of the rows between its queries."""

_CHECK_INTERVAL = 1_000
"""Virtual machine instructions between two checks of the budget, about 20 microseconds."""

_PAGE_CACHE_KIB = 16_000
"""The size of SQLite's page cache, 2,000 by default. The file is not mapped into memory: if it were cut off, reading it
would end the process (SIGBUS)."""

_WAL_CHECK_INTERVAL = 1.0
"""Seconds between two checks of the files beside the database file, as a check takes longer than a lookup."""


_connection_numbers = count(1)
"""The numbers of the connections of a process: the `data_version` of each begins with the same value."""


class SqliteReader:
    """A reader with one connection in the event loop: a short query costs less than a change of thread.

    A query that exceeds the budget is run again from the start, in a worker thread.
    """

    def __init__(self, path: Path, uri: str, deadline: float) -> None:
        self._path = str(path)
        self._uri = uri
        self._deadline = deadline
        self._connection: SqliteConnection | None = None
        self._file_identity: FileIdentity = None
        self._wal_identities: tuple[FileIdentity, FileIdentity] | None = None
        self._next_wal_check = 0.0
        self._connection_number = 0
        self._version: Hashable = None
        self._compiler = StatementCompiler(STATEMENTS)
        self._threads = SqliteWorkerThreads(uri, self._compiler)

    async def rows(self, query: SelectQuery, values: Mapping[str, Any]) -> Rows:
        """Return the rows of a SELECT. Raise QueryTimeoutError after the deadline."""
        end = monotonic() + self._deadline
        statement = await self._compiler.statement(query, end)
        try:
            _check_interruptible(values)
            connection = self._current_connection()
            connection.set_budget(_BUDGET)
            return connection.run(statement.text, statement.bind(values))
        except DatabaseUnavailableError:
            self._disconnect()
            raise
        except QueryTimeoutError:
            return await self._threads.snapshot(lambda run_query: run_query(query, values), end)

    async def snapshot(self, callback: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return the result of a callback whose queries all see the same snapshot.

        Raise QueryTimeoutError after the deadline, RuntimeError if the callback awaits anything but its
        queries.
        """
        end = monotonic() + self._deadline
        try:
            return await self._compiler.retry(partial(self._snapshot_in_event_loop, callback), end)
        except DatabaseUnavailableError:
            self._disconnect()
            raise
        except QueryTimeoutError:
            return await self._threads.snapshot(callback, end)

    async def long_snapshot(self, callback: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return the result of a callback in a worker thread. Raise QueryTimeoutError after the deadline."""
        return await self._threads.snapshot(callback, monotonic() + self._deadline)

    async def version(self) -> Hashable:
        """Return the number of the connection, and its `data_version`, which changes with every commit."""
        if self._version is None:
            # Callers that are already queued in the event loop share this version. A caller that arrives
            # during the read may know of a later commit: it is queued after this reset, and reads again.
            asyncio.get_running_loop().call_soon(self._forget_version)
            try:
                commits = self._current_connection().commits()
            except DatabaseUnavailableError:
                self._disconnect()
                raise
            self._version = self._connection_number, commits
        return self._version

    def _forget_version(self) -> None:
        self._version = None

    async def close(self) -> None:
        """Close the connection, and shut down the worker threads."""
        self._disconnect()
        await self._threads.close()

    async def _snapshot_in_event_loop(self, callback: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Run a callback in one transaction without giving up the event loop.

        Raise QueryTimeoutError if its queries exceed the budget together, or if another follows after MAX_STEP;
        NotCompiledError for a statement that is not compiled yet.
        """
        connection = self._current_connection()
        connection.clear_limits()
        budget, end = _BUDGET, thread_time() + MAX_STEP

        async def run_query(query: SelectQuery, values: Mapping[str, Any]) -> Rows:
            nonlocal budget
            _check_interruptible(values)
            statement = self._compiler.compiled(query)
            if budget <= 0 or thread_time() >= end:
                raise QueryTimeoutError
            connection.set_budget(budget)
            rows = connection.run(statement.text, statement.bind(values))
            budget = connection.remaining_budget()
            return rows

        connection.run("BEGIN")
        try:
            return _run_without_suspending(callback(run_query))
        finally:
            connection.clear_limits()
            if connection.is_in_transaction:
                connection.run("ROLLBACK")

    def _current_connection(self) -> SqliteConnection:
        """Return the connection; open a new one if another file is at the path, or its write-ahead log was removed.

        Raise RuntimeError inside a snapshot, whose transaction other queries must not join.
        """
        try:
            identity = file_identity(self._path)
        except OSError as error:
            raise DatabaseUnavailableError from error
        if identity is None:
            raise DatabaseUnavailableError
        if self._connection is None or identity != self._file_identity or self._has_lost_wal():
            self._disconnect()
            self._connection = SqliteConnection(self._uri, check_interval=_CHECK_INTERVAL, lock_timeout=0)
            self._file_identity = identity
            self._connection_number = next(_connection_numbers)
            # Makes SQLite read the schema now, so that this does not count for the budget of the first query.
            self._connection.run("SELECT count(*) FROM sqlite_schema")
            self._connection.run(f"PRAGMA cache_size = -{_PAGE_CACHE_KIB}")
            # All connections of a process share one index: while a thread reads, this one has the old one too.
            self._wal_identities = wal_identities(self._path) if self._threads.are_idle else None
        if self._connection.is_in_transaction:
            message = "a snapshot callback must query through its argument, not through the reader"
            raise RuntimeError(message)
        return self._connection

    def _has_lost_wal(self) -> bool:
        """Return True if other files are beside the database file than those that the connection has open."""
        now = monotonic()
        if now < self._next_wal_check:
            return False
        self._next_wal_check = now + _WAL_CHECK_INTERVAL
        return wal_identities(self._path) != self._wal_identities

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


def _check_interruptible(values: Mapping[str, Any]) -> None:
    """Raise QueryTimeoutError for a search by a prefix: FTS5 merges the entries of its words without a check."""
    if "*" in values.get(FTS5_MATCH, ""):
        raise QueryTimeoutError


def _run_without_suspending(awaitable: Awaitable[T]) -> T:
    """Return the result of an awaitable.

    Raise RuntimeError if it suspends, as the queries of other requests would then join its transaction.
    """
    steps = awaitable.__await__()
    try:
        steps.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    steps.close()
    message = "a snapshot callback must await nothing but its queries"
    raise RuntimeError(message)

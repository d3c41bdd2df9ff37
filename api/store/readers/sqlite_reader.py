"""Reading SQLite: in the event loop what is quick, in threads what is not."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Hashable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects.sqlite import dialect

from api.store.readers.reader import (
    DatabaseUnavailableError,
    QueryTimeoutError,
    Rows,
    RunQuery,
    T,
    statement_compiler,
)
from api.store.readers.sqlite_connection import SqliteConnection
from api.store.readers.sqlite_worker_threads import SqliteWorkerThreads

_DIALECT = dialect(paramstyle="qmark")

_BUDGET = 0.002
"""Seconds for which the statements of one answer may work in the event loop."""

_STEPS = 1_000
"""Steps of SQLite's machine, some 20 microseconds of them, after which it looks at the clock."""


class SqliteReader:
    """One connection, used in the event loop: a short read costs less than a change of thread.

    What turns out not to be short is read again, from its beginning, in a thread.
    """

    def __init__(self, path: Path, uri: str, deadline: float) -> None:
        self._path = str(path)
        self._uri = uri
        self._deadline = deadline
        self._connection: SqliteConnection | None = None
        self._file = (0, 0)
        self._opened = 0
        self._version: Hashable = None
        self._compiled = statement_compiler(_DIALECT)
        self._threads = SqliteWorkerThreads(uri, self._compiled)

    async def rows(self, query: Select[Any], values: Mapping[str, Any]) -> Rows:
        """Return the rows of a select. Raise TooSlowError after the deadline."""
        begun = monotonic()
        statement = self._compiled(query)
        try:
            connection = self._connected()
            connection.allow(_BUDGET)
            return connection.run(statement.text, statement.bind(values))
        except DatabaseUnavailableError:
            self._disconnect()
            raise
        except QueryTimeoutError:
            return await self._threads.snapshot(lambda ask: ask(query, values), begun + self._deadline)

    async def snapshot(self, work: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return what a work makes of one moment. Raise TooSlowError after the deadline."""
        begun = monotonic()
        try:
            return self._at_once(work)
        except DatabaseUnavailableError:
            self._disconnect()
            raise
        except QueryTimeoutError:
            return await self._threads.snapshot(work, begun + self._deadline)

    async def version(self) -> Hashable:
        """Return which of the connections tells it, and how many commits of others that has noticed."""
        if self._version is None:
            # Who asks before the loop comes to this was there before the look, and may have what it finds. Who
            # comes during the look may know of a later commit, and so must stand behind this.
            asyncio.get_running_loop().call_soon(self._forget_version)
            try:
                commits = self._connected().commits()
            except DatabaseUnavailableError:
                self._disconnect()
                raise
            self._version = self._opened, commits
        return self._version

    def _forget_version(self) -> None:
        self._version = None

    async def close(self) -> None:
        """Close the connection, and end the threads."""
        self._disconnect()
        await self._threads.close()

    def _at_once(self, work: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return what a work makes of one moment, while nobody else has the event loop."""
        connection = self._connected()
        connection.allow_all()
        left = _BUDGET

        async def ask(query: Select[Any], values: Mapping[str, Any]) -> Rows:
            nonlocal left
            statement = self._compiled(query)
            if left <= 0:
                raise QueryTimeoutError
            connection.allow(left)
            rows = connection.run(statement.text, statement.bind(values))
            left = connection.left()
            return rows

        connection.run("BEGIN")
        try:
            return _without_waiting(work(ask))
        finally:
            connection.allow_all()
            if connection.is_in_transaction:
                connection.run("ROLLBACK")

    def _connected(self) -> SqliteConnection:
        """Return the connection, a new one if the file is not the one that was opened."""
        try:
            found = os.stat(self._path)  # noqa: PTH116 - half the time that a Path takes, in each request
        except OSError as error:
            raise DatabaseUnavailableError from error
        file = (found.st_dev, found.st_ino)
        if self._connection is None or file != self._file:
            self._disconnect()
            self._connection = SqliteConnection(self._uri, steps=_STEPS, patience=0)
            self._file = file
            self._opened += 1
            # Reading the schema takes its time once, and must not use up that of each first question.
            self._connection.run("SELECT count(*) FROM sqlite_schema")
        if self._connection.is_in_transaction:
            message = "a work asks with what it is given, not with the reader"
            raise RuntimeError(message)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


def _without_waiting(answer: Awaitable[T]) -> T:
    """Return what comes of a work. Raise RuntimeError if it waits, as others would come into its transaction."""
    steps = answer.__await__()
    try:
        steps.send(None)
    except StopIteration as end:
        found: T = end.value
        return found
    steps.close()
    message = "a work waits for nothing but its asking"
    raise RuntimeError(message)

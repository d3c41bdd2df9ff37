"""Threads in which SQLite answers the questions that are too slow for the event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any

from sqlalchemy import Select

from api.store.database.statement import Statement
from api.store.readers.reader import CONNECT_TIMEOUT, QueryTimeoutError, Rows, RunQuery, T
from api.store.readers.sqlite_connection import SqliteConnection

_THREADS = 2

_STEPS = 50_000
"""Steps of SQLite's machine, about a millisecond of them, after which a thread looks at the clock."""


class SqliteWorkerThreads:
    """A few threads; each serves one answer at a time, with a connection opened for it."""

    def __init__(self, uri: str, compiled: Callable[[Select[Any]], Statement]) -> None:
        self._uri = uri
        self._compiled = compiled
        # One worker each, so that what is done to a connection is done in order.
        self._threads = [ThreadPoolExecutor(1, "reading") for _ in range(_THREADS)]
        self._free: asyncio.Queue[ThreadPoolExecutor] = asyncio.Queue()
        for thread in self._threads:
            self._free.put_nowait(thread)

    async def snapshot(self, work: Callable[[RunQuery], Awaitable[T]], end: float) -> T:
        """Return what the work makes of one moment. Raise TooSlowError if it is not done at the end."""
        try:
            async with asyncio.timeout(end - monotonic()):
                thread = await self._free.get()
        except TimeoutError as error:
            raise QueryTimeoutError from error
        visit = _ThreadSession(thread, self._uri, end)
        try:
            await visit.begin()
            return await work(partial(self._ask, visit))
        finally:
            visit.leave(partial(self._free.put_nowait, thread))

    async def _ask(self, visit: "_ThreadSession", query: Select[Any], values: Mapping[str, Any]) -> Rows:
        return await visit.ask(self._compiled(query), values)

    async def close(self) -> None:
        """Wait a while for the threads that are at work, and end them all."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_TIMEOUT):
                for _ in self._threads:
                    await self._free.get()
        for thread in self._threads:
            thread.shutdown(wait=False)


class _ThreadSession:
    """The stay of one answer in a thread: from the opening of its connection to the closing."""

    def __init__(self, thread: ThreadPoolExecutor, uri: str, end: float) -> None:
        self._thread = thread
        self._uri = uri
        self._end = end
        self._connection: SqliteConnection | None = None

    async def begin(self) -> None:
        """Open the connection and a transaction."""
        await self._run(self._open)

    async def ask(self, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """Return the rows of a statement."""
        return await self._run(partial(self._rows, statement.text, statement.bind(values)))

    def leave(self, free: Callable[[], None]) -> None:
        """Interrupt what still runs, as nobody waits for it; when all is closed the thread is free."""
        if self._connection:
            self._connection.stop()
        loop = asyncio.get_running_loop()
        closing = self._thread.submit(self._close)
        closing.add_done_callback(lambda _: loop.call_soon_threadsafe(free))

    async def _run(self, job: Callable[[], T]) -> T:
        # The thread looks at the clock itself, but not while it waits for a disk or a lock.
        try:
            async with asyncio.timeout(self._end - monotonic()):
                return await asyncio.get_running_loop().run_in_executor(self._thread, job)
        except TimeoutError as error:
            raise QueryTimeoutError from error

    def _open(self) -> None:
        self._connection = SqliteConnection(self._uri, steps=_STEPS, patience=CONNECT_TIMEOUT, end=self._end)
        self._connection.run("BEGIN")

    def _rows(self, statement: str, values: list[Any]) -> Rows:
        return self._connection.run(statement, values) if self._connection else ()

    def _close(self) -> None:
        if self._connection:
            self._connection.close()

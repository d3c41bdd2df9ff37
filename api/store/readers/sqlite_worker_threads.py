"""Worker threads for SQLite queries that are too slow for the event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any

from api.request_work import current_work
from api.store.database.statement import SelectQuery, Statement
from api.store.readers.fair_slots import FairSlots, Slot
from api.store.readers.reader import (
    CONNECT_TIMEOUT,
    MAX_WAITING_QUERIES,
    QueryTimeoutError,
    Rows,
    RunQuery,
    T,
    TooManyQueriesError,
)
from api.store.readers.sqlite_connection import SqliteConnection
from api.store.readers.statement_compiler import StatementCompiler

_THREADS = 2

_CHECK_INTERVAL = 50_000
"""Virtual machine instructions between two checks of the time limit, about a millisecond."""


class SqliteWorkerThreads:
    """A fixed number of threads; each runs one snapshot at a time, on a connection opened for it."""

    def __init__(self, uri: str, compiler: StatementCompiler) -> None:
        self._uri = uri
        self._compiler = compiler
        # One executor per thread, so that all calls on a connection run in order and in the thread that opened it.
        self._threads = [ThreadPoolExecutor(1, "reading") for _ in range(_THREADS)]
        self._free = [*self._threads]
        self._slots = FairSlots(_THREADS, MAX_WAITING_QUERIES)

    @property
    def are_idle(self) -> bool:
        """Return True if no thread has a connection."""
        return len(self._free) == len(self._threads)

    async def snapshot(self, callback: Callable[[RunQuery], Awaitable[T]], end: float) -> T:
        """Return the result of a callback whose queries all see the same snapshot.

        Raise QueryTimeoutError if it is not done at `end`, a time on the monotonic clock, TooManyQueriesError
        if too many wait for a thread.
        """
        current_work().watch_client()
        slot = await self._slots.acquire(end)
        thread = self._free.pop()
        session = _ThreadSession(thread, self._uri, end)
        try:
            await session.begin()
            return await callback(partial(self._run_query, session))
        finally:
            session.close(partial(self._release, thread, slot))

    def _release(self, thread: ThreadPoolExecutor, slot: Slot) -> None:
        self._free.append(thread)
        slot.release()

    async def _run_query(
        self, session: "_ThreadSession", query: SelectQuery, values: Mapping[str, Any]
    ) -> Rows:
        return await session.run(await self._compiler.statement(query, session.end), values)

    async def close(self) -> None:
        """Wait up to CONNECT_TIMEOUT seconds for the busy threads, and shut all of them down."""
        end = monotonic() + CONNECT_TIMEOUT
        with suppress(QueryTimeoutError, TooManyQueriesError):
            for _ in self._threads:
                await self._slots.acquire(end)
        for thread in self._threads:
            thread.shutdown(wait=False)


class _ThreadSession:
    """One snapshot in a thread: a connection and its transaction, from opening to closing."""

    def __init__(self, thread: ThreadPoolExecutor, uri: str, end: float) -> None:
        self._thread = thread
        self._uri = uri
        self.end = end
        self._connection: SqliteConnection | None = None

    async def begin(self) -> None:
        """Open the connection and begin a transaction."""
        await self._submit(self._open)

    async def run(self, statement: Statement, values: Mapping[str, Any]) -> Rows:
        """Return the rows of a statement."""
        return await self._submit(partial(self._rows, statement.text, statement.bind(values)))

    def close(self, release: Callable[[], None]) -> None:
        """Interrupt a statement that still runs, and close the connection; then release the thread."""
        if self._connection:
            self._connection.interrupt()
        loop = asyncio.get_running_loop()
        closing = self._thread.submit(self._close_connection)
        closing.add_done_callback(lambda _: loop.call_soon_threadsafe(release))

    async def _submit(self, job: Callable[[], T]) -> T:
        # The connection checks the limit itself, but not while it waits for a disk or a lock.
        try:
            async with asyncio.timeout(self.end - monotonic()):
                return await asyncio.get_running_loop().run_in_executor(self._thread, job)
        except TimeoutError as error:
            raise QueryTimeoutError from error

    def _open(self) -> None:
        self._connection = SqliteConnection(
            self._uri, check_interval=_CHECK_INTERVAL, lock_timeout=CONNECT_TIMEOUT, end=self.end
        )
        self._connection.run("BEGIN")

    def _rows(self, statement: str, values: list[Any]) -> Rows:
        return self._connection.run(statement, values) if self._connection else ()

    def _close_connection(self) -> None:
        if self._connection:
            self._connection.close()

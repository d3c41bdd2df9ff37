"""The version of the data in PostgreSQL: one query serves all concurrent callers."""

import asyncio
from collections.abc import Hashable
from typing import Any

import asyncpg

from api.request_work import current_work
from api.store.database.database_url import ConnectionParameters
from api.store.readers.postgresql_connection import UNAVAILABLE_ERRORS
from api.store.readers.reader import DatabaseUnavailableError

_TIMEOUT = 0.5
"""Seconds to wait for the version; without it, a request is answered without the cache."""

_VERSION_QUERY = "SELECT number, xmin::text FROM head"
"""Every writing transaction updates the row of `head`, so `xmin` is the id of the last one."""


class VersionReader:
    """Reads the version on its own pooled connection, once for all callers that came before the query was sent.

    A caller that comes while a query is running waits for the next one, because a commit may have been
    acknowledged after the running query took its snapshot.
    """

    def __init__(self, parameters: ConnectionParameters) -> None:
        self._parameters = parameters
        self._connection: Any = None
        self._connection_number = 0
        self._running: asyncio.Task[Hashable] | None = None
        self._pending: asyncio.Task[Hashable] | None = None

    async def newest(self) -> Hashable:
        """Return the version. Raise DatabaseUnavailableError if the server does not answer in time."""
        if self._pending is None:
            self._pending = asyncio.create_task(self._query_after(self._running))
            # If all callers are cancelled, this retrieves the exception that asyncio would log otherwise.
            self._pending.add_done_callback(lambda task: task.cancelled() or task.exception())
        with current_work().waiting():
            return await asyncio.shield(self._pending)

    async def close(self) -> None:
        """Wait for the running queries, and close the connection."""
        if tasks := [task for task in (self._running, self._pending) if task]:
            await asyncio.wait(tasks)
        self._disconnect()

    async def _query_after(self, previous: "asyncio.Task[Hashable] | None") -> Hashable:
        """Read the version after the running query. The timeout includes the time for which callers wait for that."""
        end = asyncio.get_running_loop().time() + _TIMEOUT
        if previous:
            await asyncio.wait([previous], timeout=_TIMEOUT)
        self._running, self._pending = self._pending, None
        try:
            async with asyncio.timeout_at(end):
                connection = await self._connect()
                rows = await connection.fetch(_VERSION_QUERY)
        except UNAVAILABLE_ERRORS as error:
            self._disconnect()
            raise DatabaseUnavailableError from error
        return self._connection_number, *map(tuple, rows)

    async def _connect(self) -> Any:
        """Return the connection; open a new one if there is none or it was closed."""
        if self._connection is None or self._connection.is_closed():
            self._connection_number += 1
            self._connection = await asyncpg.connect(**self._parameters.for_asyncpg(), timeout=_TIMEOUT)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.terminate()
            self._connection = None

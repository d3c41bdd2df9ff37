"""Which version of the data PostgreSQL has: one small question for all who ask at the same time."""

import asyncio
from collections.abc import Hashable
from typing import Any

import asyncpg

from api.store.readers.postgresql_connection import UNAVAILABLE_ERRORS
from api.store.readers.reader import DatabaseUnavailableError

_PATIENCE = 1.0
"""Seconds after which an answer is made without knowing it."""

_NEWEST = "SELECT number, xmin::text FROM head"
"""Every writing transaction writes the row of `head`, and leaves its own number in it."""


class VersionReader:
    """Asks on a connection of its own, held open, for all who came before the question was sent.

    Who comes while one is under way waits for the next: an act may have been acknowledged meanwhile.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: Any = None
        self._opened = 0
        self._under_way: asyncio.Task[Hashable] | None = None
        self._next: asyncio.Task[Hashable] | None = None

    async def newest(self) -> Hashable:
        """Return the version. Raise DatabaseAwayError if the server does not tell it."""
        if self._next is None:
            self._next = asyncio.create_task(self._ask_after(self._under_way))
            # Perhaps nobody waits for it in the end, and then nobody hears what it raises.
            self._next.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._next)

    async def close(self) -> None:
        """Wait for what is under way, and close the connection."""
        if waited_for := [task for task in (self._under_way, self._next) if task]:
            await asyncio.wait(waited_for)
        self._disconnect()

    async def _ask_after(self, before: "asyncio.Task[Hashable] | None") -> Hashable:
        if before:
            await asyncio.wait([before])
        self._under_way, self._next = self._next, None
        try:
            async with asyncio.timeout(_PATIENCE):
                connection = await self._connected()
                rows = await connection.fetch(_NEWEST)
        except UNAVAILABLE_ERRORS as error:
            self._disconnect()
            raise DatabaseUnavailableError from error
        return self._opened, *map(tuple, rows)

    async def _connected(self) -> Any:
        if self._connection is None or self._connection.is_closed():
            self._opened += 1
            self._connection = await asyncpg.connect(self._address, timeout=_PATIENCE)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.terminate()
            self._connection = None

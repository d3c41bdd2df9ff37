"""Compiling of statements beside the event loop, one at a time, and the cache of compiled statements."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import Dialect

from api.store.database.size_bounded_cache import SizeBoundedCache
from api.store.database.statement import SelectQuery, Statement, compile_statement
from api.store.readers.fair_slots import FairSlots, Slot
from api.store.readers.reader import MAX_WAITING_QUERIES, QueryTimeoutError, T

MAX_STATEMENT_BYTES = 4_000_000
"""Bytes of the compiled statements of each engine together, by an upper estimate."""

_STATEMENT_OVERHEAD, _PARAMETER_BYTES = 2_000, 200
"""Bytes of a statement beside its text: its key, its objects, and each of its bind parameters."""


class NotCompiledError(LookupError):
    """A statement must be compiled before it can be executed in the event loop."""

    def __init__(self, query: SelectQuery) -> None:
        super().__init__(query)
        self.query = query


class CompiledStatements:
    """The compiled statements of an engine, which all databases of a process share: they depend on tables alone."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.cache: SizeBoundedCache[SelectQuery, Statement] = SizeBoundedCache(MAX_STATEMENT_BYTES)


class StatementCompiler:
    """Finds the compiled statements of one event loop, and compiles others in a thread.

    SQLAlchemy takes some milliseconds to compile a SELECT, and some tens for a long one. One at a time is
    compiled, so that the event loop competes with one thread; peers take turns.
    """

    def __init__(self, statements: CompiledStatements) -> None:
        self._dialect = statements.dialect
        self._cache = statements.cache
        self._slots = FairSlots(1, MAX_WAITING_QUERIES)

    def compiled(self, query: SelectQuery) -> Statement:
        """Return a compiled statement. Raise NotCompiledError if it is not cached."""
        statement = self._cache.get(query)
        if statement is None:
            raise NotCompiledError(query)
        return statement

    async def statement(self, query: SelectQuery, end: float) -> Statement:
        """Return a statement, compiled in a thread if need be.

        Raise QueryTimeoutError if others are compiled until `end`, a time on the monotonic clock, and
        TooManyQueriesError if too many wait.
        """
        return self._cache.get(query) or await self._compile(query, end)

    async def retry(self, read: Callable[[], Awaitable[T]], end: float) -> T:
        """Return the result of a read, repeated after each of its statements that had to be compiled.

        Raise QueryTimeoutError if the cache does not keep one of them: the read must compile it by itself.
        """
        compiled: set[SelectQuery] = set()
        while True:
            try:
                return await read()
            except NotCompiledError as error:
                if error.query in compiled:
                    raise QueryTimeoutError from error
                compiled.add(error.query)
                await self._compile(error.query, end)

    async def _compile(self, query: SelectQuery, end: float) -> Statement:
        slot = await self._slots.acquire(end)
        # A compiling that has begun cannot be stopped: it goes on in its slot, and its result is cached.
        return await asyncio.shield(asyncio.create_task(self._compile_in(slot, query)))

    async def _compile_in(self, slot: Slot, query: SelectQuery) -> Statement:
        try:
            statement = self._cache.get(query)
            if statement is None:
                statement = await asyncio.to_thread(compile_statement, self._dialect, query)
                self._cache.put(query, statement, _size(statement))
            return statement
        finally:
            slot.release()


def _size(statement: Statement) -> int:
    """Return an upper estimate of the memory of a compiled statement and of its key, in bytes."""
    return _STATEMENT_OVERHEAD + len(statement.text) + _PARAMETER_BYTES * len(statement.parameter_order)

"""The record index of a process: brought up to date before each answer, by the records that were written since."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from api.store.database.array_parameter import json_array
from api.store.database.statement import SelectQuery
from api.store.readers.reader import (
    DatabaseUnavailableError,
    QueryTimeoutError,
    Reader,
    Rows,
    RunQuery,
    T,
)
from api.store.record_index.cached_index import CachedIndex, ChangedRecord, FollowingRows, IndexVersion
from api.store.record_index.index_selects import IndexSelects
from api.store.record_index.index_snapshot import DamagedIndexError, DataChangedError, IndexSnapshot
from schema.index.record_index import NO_INDEX, decode_record_index

_MAX_CHANGES = 1_000
"""Changed records that a cached index is updated by: after more, reading it again costs less.

The part of a load that is committed at once has fewer.
"""

_CHANGES_BATCH = 200
"""Changed records that are read and decoded at once."""

_MAX_MOVES = 400
"""Changed records times orders that are moved in place: each takes a query."""

_MAX_ATTEMPTS = 3
"""Attempts to answer from the shared index while others move it on."""

Callback = Callable[[IndexSnapshot], Awaitable[T]]
"""A function that answers from a snapshot of the index; it awaits nothing but that, and has no side effects."""


class NotCachedError(LookupError):
    """An answer needs more of the database than a process has read of it."""


class CurrentIndex:
    """The record index of a process, shared by all its answers.

    It is used in the thread of the event loop only, and changes between two awaits: an answer that began with an
    earlier version begins again.
    """

    def __init__(self, selects: IndexSelects, max_size: int) -> None:
        """Make an empty index, which keeps up to `max_size` bytes."""
        self._selects = selects
        self._max_size = max_size
        self._index = CachedIndex(max_size)
        self._separate: CachedIndex | None = None
        self._known: tuple[Hashable, IndexVersion | None] = (None, None)
        """A version of the data by the reader, and that of the index which shows these data."""

    @property
    def size(self) -> int:
        """Return the memory of the index in bytes, by an upper estimate."""
        return self._index.size

    async def answer(
        self, reader: Reader, callback: Callback[T], *, is_cached: bool = False, is_long: bool = False
    ) -> T:
        """Return the result of a callback, which sees the data of one snapshot.

        With `is_cached` it is tried first with what the process has read already: then only the version of the data
        and the items are read, without a transaction. `is_long` reads as `Reader.long_snapshot` does.
        """
        if is_cached:
            try:
                return await self._answer_from_cache(reader, callback)
            except (NotCachedError, DataChangedError, DamagedIndexError):
                pass
        snapshot = reader.long_snapshot if is_long else reader.snapshot
        for _ in range(_MAX_ATTEMPTS):
            try:
                return await snapshot(partial(self._answer, self._index, self._index.version, callback))
            except DataChangedError:
                continue
        # Commits come faster than this answer reads: it gets an index of its own, which is shared afterwards.
        index = CachedIndex(self._max_size)
        result = await snapshot(partial(self._answer, index, None, callback))
        self._separate = index
        return result

    async def _answer_from_cache(self, reader: Reader, callback: Callback[T]) -> T:
        """Return the result of a callback. Raise NotCachedError if it needs more than items of the database."""
        try:
            data_version = await reader.version()
        except (DatabaseUnavailableError, QueryTimeoutError) as error:
            raise NotCachedError from error  # A snapshot may wait for longer.
        # The index may have another version for the same data: a slow snapshot can set it back to an earlier epoch.
        if (data_version, self._index.version) != self._known:
            version = await _read_version(reader.rows, self._selects)
            if version != self._index.version:
                raise NotCachedError
            # The data version was read before: if there was a commit meanwhile, the next answer finds another one.
            self._known = data_version, version

        async def run_query(query: SelectQuery, values: Mapping[str, Any]) -> Rows:
            if not any(query is select for select in (*self._selects.of_generation, self._selects.version)):
                raise NotCachedError
            if query is self._selects.version:
                # Asked for between two parts of what is counted: SQLite may answer without giving up the event loop.
                await asyncio.sleep(0)
            return await reader.rows(query, values)

        return await callback(IndexSnapshot(self._index, self._selects, run_query))

    async def _answer(
        self, index: CachedIndex, earlier: IndexVersion | None, callback: Callback[T], run_query: RunQuery
    ) -> T:
        version = await _read_version(run_query, self._selects)
        if earlier and version.commit_number < earlier.commit_number:
            # The snapshot began after that version was read, so another database is at the address.
            index.restart(version)
        await self._catch_up(index, version, run_query)
        if self._separate and index is self._index:
            await self._adopt(self._separate, version, run_query)
        return await callback(IndexSnapshot(index, self._selects, run_query))

    async def _catch_up(self, index: CachedIndex, version: IndexVersion, run_query: RunQuery) -> None:
        """Bring an index to the version of a snapshot. Raise DataChangedError if it has a later one."""
        earlier = index.version
        if earlier == version:
            return
        if earlier and version.epoch != earlier.epoch:
            index.restart(version)
            return
        if earlier and version.commit_number < earlier.commit_number:
            raise DataChangedError
        changes: Sequence[ChangedRecord] | None = None
        following: FollowingRows = {}
        # A rebuild that has found the records in order begins no epoch, but a generation.
        if earlier and version.commit_number > earlier.commit_number and version.change > earlier.change:
            changes = await self._changes(earlier, run_query)
            following = await self._following(index, changes or (), run_query)
        if index.version == version:
            return
        if index.version != earlier:
            raise DataChangedError
        if changes is None:
            index.restart(version)
        else:
            index.apply(version, changes, following)

    async def _adopt(self, separate: CachedIndex, version: IndexVersion, run_query: RunQuery) -> None:
        """Share what was read for one answer only."""
        await self._catch_up(separate, version, run_query)
        if self._index.version == version and self._separate is separate:
            self._separate = None
            for key, value in separate.cache.entries():
                if key not in self._index.cache:
                    self._index.put(key, value)

    async def _changes(self, earlier: IndexVersion, run_query: RunQuery) -> Sequence[ChangedRecord] | None:
        """Return the records that were written after an earlier version, or None if the index must be read again.

        That is so if they are many, or if the earlier version is not one of this database: its last change is not
        that of the log.
        """
        changes = await run_query(self._selects.change, {"number": earlier.change})
        if [tuple(row) for row in changes] != [earlier.last_change]:
            return None
        values = {"commit_number": earlier.commit_number, "limit": _MAX_CHANGES + 1}
        numbers = sorted(number for (number,) in await run_query(self._selects.changed_numbers, values))
        if len(numbers) > _MAX_CHANGES:
            return None
        changed: list[ChangedRecord] = []
        for start in range(0, len(numbers), _CHANGES_BATCH):
            batch = json_array(numbers[start : start + _CHANGES_BATCH])
            rows = await run_query(self._selects.changed_records, {"numbers": batch})
            changed += [
                ChangedRecord(
                    number, (entity, identifier), decode_record_index(entries) if entries else NO_INDEX
                )
                for number, entity, identifier, entries in rows
            ]
        return changed

    async def _following(
        self, index: CachedIndex, changes: Sequence[ChangedRecord], run_query: RunQuery
    ) -> FollowingRows:
        """Return the rows of each order for the values of changed records; of too many, none."""
        orders = index.orders
        if len(orders) * len(changes) > _MAX_MOVES:
            return {}
        following: dict[tuple[str, str, str], Rows] = {}
        for entity, name, _ in orders:
            select, values = self._selects.sort_key_rows(entity, name)
            for change in changes:
                value = change.sort_key(name) if change.key[0] == entity else None
                if value is not None:
                    values |= {"value": value, "number": -1, "limit": len(changes) + 1}
                    following[entity, name, value] = await run_query(select, values)
        return following


async def _read_version(run_query: RunQuery, selects: IndexSelects) -> IndexVersion:
    (columns,) = await run_query(selects.version, {})
    return IndexVersion(*columns)

"""Pagination: pages of a list, read along the cheapest access path, with cached totals."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from api.lists.cursor import Cursor, requested_cursor
from api.lists.named_records import follow_merges
from api.store.database.size_bounded_cache import SizeBoundedCache
from api.store.database.statement import SelectQuery
from api.store.queries.keyset import PageFetch, fetch_segments, keyset_segments
from api.store.queries.list_query import ListQuery
from api.store.queries.list_selects import GENERATION, ID, KEYS, OF_ENTITY
from api.store.queries.planner import (
    Cardinalities,
    QueryPlan,
    known_total,
    plan_of_all,
    plan_of_page,
)
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import Rows, RunQuery
from schema.storage.last_change_key import lowest_key

_MAX_PLAN_BYTES, _MAX_SELECT_BYTES = 8_000_000, 4_000_000
"""Bytes of the cached plans, and of the cached SELECTs of sides of lists, by an upper estimate."""
_MAX_COUNT_BYTES, _STORED_COUNT_BYTES = 2_000_000, 300
"""Bytes of the cached counts of the values of whole collections, and of one of them, by an upper estimate."""
_ENTRY_OVERHEAD, _BYTES_PER_CHARACTER = 4_000, 10
"""Bytes of a cache entry: it has objects for the conditions, whose number the canonical text shows."""


class DataChangedError(RuntimeError):
    """The data have another generation than the cached total of the list."""


class ListRows(NamedTuple):
    """The rows of a page, its total and moment, and whether there are other pages.

    `lowest_key` is set in the order of changes: the change-order keys in cursors are relative to it, so that
    none of them names the entity.
    """

    query: ListQuery
    cursor: Cursor | None
    limit: int
    cardinalities: Cardinalities
    rows: Rows
    has_previous: bool
    has_next: bool
    lowest_key: int | None = None

    def keys(self, index: int) -> tuple[str | int, ...]:
        """Return the sort keys of a row, as cursors hold them."""
        row = self.rows[index]
        if self.lowest_key is not None:
            return (row[KEYS] - self.lowest_key,)
        entity = () if self.query.entity else (row[OF_ENTITY],)
        sort_keys = row[KEYS:-1] if entity or self.query.role else row[KEYS:]
        return (*sort_keys, row[ID], *entity)


class _CachedPlan(NamedTuple):
    """The cardinalities of a list in one generation, its query plan, and its bind parameters.

    The query has the ids that those of merged records lead to.
    """

    query: ListQuery
    cardinalities: Cardinalities
    plan: QueryPlan
    values: Mapping[str, Any]


_PlanKey = tuple[str, bool, int]
"""The canonical text of a query, whether full documents are read, and the limit."""


class Paginator:
    """Reads pages of lists. `entity_ordinals` are the ordinals in change-order keys."""

    def __init__(self, statements: SelectStatements, entity_ordinals: Mapping[str, int]) -> None:
        self.statements = statements
        self._entity_ordinals = entity_ordinals
        self._plans: SizeBoundedCache[_PlanKey, _CachedPlan] = SizeBoundedCache(_MAX_PLAN_BYTES)
        self._selects: SizeBoundedCache[Hashable, list[tuple[SelectQuery, dict[str, int]]]] = (
            SizeBoundedCache(_MAX_SELECT_BYTES)
        )
        self._stored_counts: SizeBoundedCache[Hashable, Rows] = SizeBoundedCache(_MAX_COUNT_BYTES)

    def has_cached_plan(self, query: ListQuery, limit: int) -> bool:
        """Return True if pages can be read without a transaction, as their generation shows consistency."""
        return (query.canonical_text, query.full_documents, limit) in self._plans

    async def cardinalities(self, run_query: RunQuery, query: ListQuery) -> Cardinalities:
        """Return the number of records of a list, and of the records that each of its clauses matches."""
        cardinalities = await self._cardinalities(run_query, query)
        total = known_total(query.shape, cardinalities)
        if total is None:
            plan = plan_of_all(query.shape, cardinalities)
            statement = self.statements.total(query.shape.unordered, plan)
            total = (await run_query(statement, self._values(query)))[0][0]
        return replace(cardinalities, total=total)

    async def page(
        self, run_query: RunQuery, query: ListQuery, cursor_text: str | None, limit: int
    ) -> ListRows:
        """Return the page at a cursor.

        Raise DataChangedError if the cached total is of another generation, UnknownRecordsError if the query
        names records that are not public, BadParameter for a cursor of another query.
        """
        key = (query.canonical_text, query.full_documents, limit)
        cached = self._plans.get(key) or await self._plan(run_query, query, limit)
        cursor = requested_cursor(cursor_text, query)
        backwards = bool(cursor and cursor.backwards)
        query = cached.query
        fetches = self._fetches(query, cached, cursor, backwards=backwards)
        segments = await fetch_segments(run_query, fetches, limit + 1)
        other_side: list[Rows] = []
        if cursor:
            fetches = self._fetches(query, cached, cursor, backwards=not backwards, inclusive=True)
            other_side = await fetch_segments(run_query, fetches, 1)
        last_rows = [*segments, *other_side][-1]
        if await self._generation(run_query, last_rows) != cached.cardinalities.generation:
            if self._plans.get(key) is cached:
                self._plans.remove(key)
            raise DataChangedError
        self._plans.put(key, cached, _entry_size(query))
        rows = [row for segment in segments for row in segment]
        has_previous, has_next = any(other_side), len(rows) > limit
        rows = rows[:limit]
        if backwards:
            rows.reverse()
            has_previous, has_next = has_next, has_previous
        lowest = lowest_key(self._ordinal(query)) if cached.plan.is_by_change else None
        return ListRows(query, cursor, limit, cached.cardinalities, rows, has_previous, has_next, lowest)

    async def ids(self, run_query: RunQuery, query: ListQuery, limit: int, among: str | None) -> list[str]:
        """Return some ids of the records of a list, up to a limit; the query follows merges.

        `among` is an array parameter of ids: then the search terms of the query are ignored, and only these
        records are filtered.
        """
        values = {**self._values(query), "most": limit}
        if among is None:
            plan = plan_of_all(query.shape, await self._cardinalities(run_query, query))
            statement = self.statements.ids(query.shape.unordered, plan)
        else:
            statement = self.statements.ids_among(replace(query.shape.unordered, phrase_lengths=()))
            values["ids"] = among
        return [identifier for (identifier,) in await run_query(statement, values)]

    async def stored_counts(self, run_query: RunQuery, generation: int, values: Mapping[str, Any]) -> Rows:
        """Return the most frequent values of an index of all records of an entity, with their numbers of records.

        `values` are the bind parameters. They are cached for a generation, as pages of a list share them.
        """
        key = (generation, *values.items())
        rows = self._stored_counts.get(key)
        if rows is None:
            rows = await run_query(self.statements.stored_counts, values)
            self._stored_counts.put(key, rows, _STORED_COUNT_BYTES * (1 + len(rows)))
        return rows

    async def _plan(self, run_query: RunQuery, query: ListQuery, limit: int) -> _CachedPlan:
        # Cursors digest the query as it was requested, so that a walk goes on after a merge.
        query = await follow_merges(run_query, self.statements, query)
        cardinalities = await self.cardinalities(run_query, query)
        return _CachedPlan(
            query, cardinalities, plan_of_page(query.shape, cardinalities, limit), self._values(query)
        )

    async def _cardinalities(self, run_query: RunQuery, query: ListQuery) -> Cardinalities:
        statement = self.statements.cardinalities(query.shape.unordered)
        ((generation, served_at, records, *counts),) = await run_query(statement, query.values)
        matching = iter(counts)
        clauses = (
            sum(next(matching) if predicate.holds else records - next(matching) for predicate in clause)
            for clause in query.shape.clauses
        )
        matches = 0
        if query.terms and query.query:
            search = ListQuery(query.entity, terms=query.terms)
            matches = (await self.cardinalities(run_query, search)).total
        return Cardinalities(generation, records, tuple(clauses), served_at=served_at, matches=matches)

    async def _generation(self, run_query: RunQuery, last_rows: Rows) -> int:
        """Return the current generation: that of the rows that were read last, if there are any.

        Generations are random and never reused. If the generation is unchanged after the reads, they all
        saw the same data, even without a transaction.
        """
        return int((last_rows or await run_query(self.statements.generation, {}))[0][GENERATION])

    def _fetches(
        self,
        query: ListQuery,
        cached: _CachedPlan,
        cursor: Cursor | None,
        *,
        backwards: bool,
        inclusive: bool = False,
    ) -> Iterator[PageFetch]:
        """Yield the SELECTs that read a list from a cursor on, one keyset segment at a time.

        With the row at the cursor included, they only show whether there is any.
        """
        values = _page_values(query, cached, cursor, backwards=backwards)
        first_key = cursor.keys[0] if cursor and cached.plan.is_by_key else None
        lists = (query.canonical_text, query.full_documents, cached.plan)
        key = (*lists, bool(cursor), backwards, inclusive, first_key)
        selects = self._selects.get(key)
        if selects is None:
            select = self.statements.edge if inclusive else self.statements.page
            keys = cursor.keys if cursor else None
            segments = keyset_segments(cached.plan, keys, backwards=backwards, inclusive=inclusive)
            selects = [(select(query.shape, cached.plan, segment), more) for segment, more in segments]
            self._selects.put(key, selects, _entry_size(query))
        yield from (PageFetch(select, values | more) for select, more in selects)

    def _values(self, query: ListQuery) -> dict[str, Any]:
        ordinal = self._ordinal(query)
        return {**query.values, "low": lowest_key(ordinal), "high": lowest_key(ordinal + 1) - 1}

    def _ordinal(self, query: ListQuery) -> int:
        return self._entity_ordinals.get(query.entity, 0)


def _entry_size(query: ListQuery) -> int:
    """Return an upper estimate of the memory of a cache entry for a query, in bytes."""
    return _ENTRY_OVERHEAD + _BYTES_PER_CHARACTER * len(query.canonical_text)


def _page_values(
    query: ListQuery, cached: _CachedPlan, cursor: Cursor | None, *, backwards: bool
) -> dict[str, Any]:
    """Return the bind parameters of the SELECTs that read a list from a cursor on."""
    values = {**cached.values}
    if cursor and cached.plan.is_by_change:
        # The scan of the full-text index can start or end at the cursor.
        position = values["low"] + int(cursor.keys[0])
        bound = "low" if query.order[0].descending != backwards else "high"
        values |= {"place0": position, bound: position}
    elif cursor:
        values |= {f"place{index}": key for index, key in enumerate(cursor.keys)}
    return values

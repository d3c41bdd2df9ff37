"""Pagination: pages of a list, read along the cheapest access path, with cached totals."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select

from api.lists.cursor import Cursor, requested_cursor
from api.lists.named_records import follow_merges
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

_MAX_PLANS, _MAX_SELECTS = 1_000, 200
"""Cached plans, and cached SELECTs of sides of lists, which take more memory."""
_K = TypeVar("_K")
_V = TypeVar("_V")


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
        self._plans: dict[_PlanKey, _CachedPlan] = {}
        self._selects: dict[Hashable, list[tuple[Select[Any], dict[str, int]]]] = {}

    def has_cached_plan(self, query: ListQuery, limit: int) -> bool:
        """Return True if pages can be read without a transaction, as their generation shows consistency."""
        return (query.canonical_text, query.full_documents, limit) in self._plans

    async def cardinalities(self, run_query: RunQuery, query: ListQuery) -> Cardinalities:
        """Return the number of records of a list, and of the records that each of its clauses matches."""
        cardinalities = await self._cardinalities(run_query, query)
        total = known_total(query.shape, cardinalities)
        if total is None:
            plan = plan_of_all(query.shape, cardinalities)
            statement = self.statements.total(query.shape, plan)
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
                del self._plans[key]
            raise DataChangedError
        _put_bounded(self._plans, key, cached, _MAX_PLANS)
        rows = [row for segment in segments for row in segment]
        has_previous, has_next = any(other_side), len(rows) > limit
        rows = rows[:limit]
        if backwards:
            rows.reverse()
            has_previous, has_next = has_next, has_previous
        lowest = lowest_key(self._ordinal(query)) if cached.plan.is_by_change else None
        return ListRows(query, cursor, limit, cached.cardinalities, rows, has_previous, has_next, lowest)

    async def value_counts(self, run_query: RunQuery, query: ListQuery, names: Sequence[str]) -> Rows:
        """Return the number of records of a list that have each value of some indexes; the query follows merges."""
        plan = plan_of_all(query.shape, await self._cardinalities(run_query, query))
        statement = self.statements.value_counts(query.shape, plan, len(names))
        values = {f"name{index}": name for index, name in enumerate(names)}
        return await run_query(statement, {**self._values(query), **values})

    async def _plan(self, run_query: RunQuery, query: ListQuery, limit: int) -> _CachedPlan:
        # Cursors digest the query as it was requested, so that a walk goes on after a merge.
        query = await follow_merges(run_query, self.statements, query)
        cardinalities = await self.cardinalities(run_query, query)
        return _CachedPlan(
            query, cardinalities, plan_of_page(query.shape, cardinalities, limit), self._values(query)
        )

    async def _cardinalities(self, run_query: RunQuery, query: ListQuery) -> Cardinalities:
        statement = self.statements.cardinalities(query.shape)
        ((generation, served_at, records, *counts),) = await run_query(statement, query.values)
        matching = iter(counts)
        clauses = (
            sum(next(matching) if predicate.holds else records - next(matching) for predicate in clause)
            for clause in query.shape.clauses
        )
        return Cardinalities(generation, records, tuple(clauses), served_at=served_at)

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
        is_unknown = cursor.keys[0] if cursor and cached.plan.is_by_key else None
        lists = (query.canonical_text, query.full_documents, cached.plan)
        key = (*lists, bool(cursor), backwards, inclusive, is_unknown)
        selects = self._selects.get(key)
        if selects is None:
            select = self.statements.edge if inclusive else self.statements.page
            keys = cursor.keys if cursor else None
            segments = keyset_segments(cached.plan, keys, backwards=backwards, inclusive=inclusive)
            selects = [(select(query.shape, cached.plan, segment), more) for segment, more in segments]
            _put_bounded(self._selects, key, selects, _MAX_SELECTS)
        yield from (PageFetch(select, values | more) for select, more in selects)

    def _values(self, query: ListQuery) -> dict[str, Any]:
        ordinal = self._ordinal(query)
        return {**query.values, "low": lowest_key(ordinal), "high": lowest_key(ordinal + 1) - 1}

    def _ordinal(self, query: ListQuery) -> int:
        return self._entity_ordinals.get(query.entity, 0)


def _put_bounded(cache: dict[_K, _V], key: _K, value: _V, max_entries: int) -> None:
    """Put a value into a cache, and evict the oldest entry if there are too many."""
    cache.pop(key, None)
    cache[key] = value
    if len(cache) > max_entries:
        del cache[next(iter(cache))]


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

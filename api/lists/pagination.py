"""Reading a page of a list, on the way that is best for it."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select

from api.lists.cursor import Cursor
from api.store.queries.keyset import PageFetch, fetch_segments, keyset_segments
from api.store.queries.list_query import ListQuery
from api.store.queries.list_selects import GENERATION, ID, KEYS, OF_ENTITY
from api.store.queries.planner import (
    AccessPath,
    Cardinalities,
    QueryPlan,
    known_total,
    plan_of_all,
    plan_of_page,
)
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import Rows, RunQuery
from schema.storage.change_order import lowest_key

_MOST_KNOWN, _MOST_SIDES = 1_000, 200
"""Lists whose numbers are remembered for as long as nothing else is served; sides of lists for which it is
remembered what they are read with, which takes more memory."""

_K = TypeVar("_K")

_V = TypeVar("_V")


class DataChangedError(RuntimeError):
    """Something else is served than when the list was counted."""


class ListRows(NamedTuple):
    """A page of a list, as it was read."""

    query: ListQuery
    cursor: Cursor | None
    limit: int
    total: int
    rows: Rows
    has_previous: bool
    has_next: bool
    lowest_key: int | None = None
    """In the order of changes: what the numbers of the rows are counted from, so that none says its entity."""

    def keys(self, row: int) -> tuple[str | int, ...]:
        """Return what puts a row in order."""
        found = self.rows[row]
        if self.lowest_key is not None:
            return (found[KEYS] - self.lowest_key,)
        entity = () if self.query.entity else (found[OF_ENTITY],)
        before = found[KEYS:-1] if entity or self.query.role else found[KEYS:]
        return (*before, found[ID], *entity)


class Paginator:
    """Reads pages of lists, and remembers how many records they have."""

    def __init__(self, statements: SelectStatements, places: Mapping[str, int]) -> None:
        self.statements = statements
        self._places = places
        self._known: dict[_Page, _CachedPlan] = {}
        self._selects: dict[Hashable, list[tuple[Select[Any], dict[str, int]]]] = {}

    def has_cached_plan(self, wanted: ListQuery, limit: int) -> bool:
        """Tell whether pages can be read without a transaction, as they tell themselves if all is as it was."""
        return (wanted.canonical_text, wanted.full_documents, limit) in self._known

    async def cardinalities(self, ask: RunQuery, wanted: ListQuery) -> Cardinalities:
        """Return how many records a list has now, and how many each of its clauses finds."""
        sizes = await self._sizes(ask, wanted)
        total = known_total(wanted.shape, sizes)
        if total is None:
            plan = plan_of_all(wanted.shape, sizes)
            total = (await ask(self.statements.total(wanted.shape, plan), self._values(wanted)))[0][0]
        return replace(sizes, total=total)

    async def page(self, ask: RunQuery, wanted: ListQuery, cursor: Cursor | None, limit: int) -> ListRows:
        """Return the page at a cursor. Raise MovedOnError if its list must be counted anew."""
        here = (wanted.canonical_text, wanted.full_documents, limit)
        known = self._known.get(here) or await self._count(ask, wanted, limit)
        backwards = bool(cursor and cursor.backwards)
        pieces = await fetch_segments(ask, self._steps(wanted, known, cursor, backwards=backwards), limit + 1)
        behind: list[Rows] = []
        if cursor:
            other_side = self._steps(wanted, known, cursor, backwards=not backwards, inclusive=True)
            behind = await fetch_segments(ask, other_side, 1)
        if await self._served(ask, [*pieces, *behind][-1]) != known.sizes.generation:
            if self._known.get(here) is known:
                del self._known[here]
            raise DataChangedError
        _put_bounded(self._known, here, known, _MOST_KNOWN)
        found = [row for piece in pieces for row in piece]
        sides = [any(behind), len(found) > limit]
        found = found[:limit]
        if backwards:
            found.reverse()
            sides.reverse()
        lowest = (
            lowest_key(self._place(wanted))
            if known.plan.access_path is AccessPath.FULLTEXT_BY_CHANGE
            else None
        )
        return ListRows(wanted, cursor, limit, known.sizes.total, found, sides[0], sides[1], lowest)

    async def value_counts(self, ask: RunQuery, wanted: ListQuery, names: Sequence[str]) -> Rows:
        """Return how many records of a list have each value of some facets."""
        plan = plan_of_all(wanted.shape, await self._sizes(ask, wanted))
        values = {f"name{place}": name for place, name in enumerate(names)}
        return await ask(
            self.statements.value_counts(wanted.shape, plan, len(names)), {**self._values(wanted), **values}
        )

    async def _count(self, ask: RunQuery, wanted: ListQuery, limit: int) -> "_CachedPlan":
        sizes = await self.cardinalities(ask, wanted)
        return _CachedPlan(sizes, plan_of_page(wanted.shape, sizes, limit), self._values(wanted))

    async def _sizes(self, ask: RunQuery, wanted: ListQuery) -> Cardinalities:
        outline = wanted.shape
        ((served, records, *numbers),) = await ask(self.statements.cardinalities(outline), wanted.values)
        found = iter(numbers)
        clauses = (
            sum(next(found) if probe.holds else records - next(found) for probe in clause)
            for clause in outline.clauses
        )
        return Cardinalities(served, records, tuple(clauses))

    async def _served(self, ask: RunQuery, last: Rows) -> int:
        """Return what is served, given the rows that were asked for last, which may be none.

        No number of what is served comes twice: if it is the same before and behind, all that was
        read between belongs together, in one transaction or not.
        """
        return int((last or await ask(self.statements.generation, {}))[0][GENERATION])

    def _steps(
        self,
        wanted: ListQuery,
        known: "_CachedPlan",
        cursor: Cursor | None,
        *,
        backwards: bool,
        inclusive: bool = False,
    ) -> Iterator[PageFetch]:
        """Yield what reads a list from a place on, piece by piece until there are enough rows.

        With what is at the place included, it is only told whether there is anything.
        """
        values = _values_from(wanted, known, cursor, backwards=backwards)
        unknown = cursor.keys[0] if cursor and known.plan.is_by_key else None
        side = (
            wanted.canonical_text,
            wanted.full_documents,
            known.plan,
            bool(cursor),
            backwards,
            inclusive,
            unknown,
        )
        selects = self._selects.get(side)
        if selects is None:
            select = self.statements.edge if inclusive else self.statements.page
            pieces = keyset_segments(
                known.plan, cursor.keys if cursor else None, backwards=backwards, inclusive=inclusive
            )
            selects = [(select(wanted.shape, known.plan, piece), more) for piece, more in pieces]
            _put_bounded(self._selects, side, selects, _MOST_SIDES)
        yield from (PageFetch(select, values | more) for select, more in selects)

    def _values(self, wanted: ListQuery) -> dict[str, Any]:
        place = self._place(wanted)
        return {**wanted.values, "low": lowest_key(place), "high": lowest_key(place + 1) - 1}

    def _place(self, wanted: ListQuery) -> int:
        return self._places.get(wanted.entity, 0)


_Page = tuple[str, bool, int]
"""A list, whether whole documents are read, and how many."""


class _CachedPlan(NamedTuple):
    """What is known of a list since it was last counted, and how it is best read."""

    sizes: Cardinalities
    plan: QueryPlan
    values: Mapping[str, Any]


def _put_bounded(kept: dict[_K, _V], key: _K, value: _V, most: int) -> None:
    """Keep a value with others, without the one that was kept first if they are too many."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]


def _values_from(
    wanted: ListQuery, known: _CachedPlan, cursor: Cursor | None, *, backwards: bool
) -> dict[str, Any]:
    """Return the values of statements that read a list from a place on."""
    values = {**known.values}
    if cursor and known.plan.access_path is AccessPath.FULLTEXT_BY_CHANGE:
        # What changed on the other side of the place need not be looked at.
        place = values["low"] + int(cursor.keys[0])
        values |= {"place0": place, "low" if wanted.order[0].descending != backwards else "high": place}
    elif cursor:
        values |= {f"place{number}": key for number, key in enumerate(cursor.keys)}
    return values

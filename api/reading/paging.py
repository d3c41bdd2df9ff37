"""Reading a page of a list, on the way that is best for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from api.reading.cursor import Cursor
from api.store.lists import ID, KEYS, OF_ENTITY, SERVED
from api.store.pieces import Piece, Where
from api.store.planning import Plan, Sizes, Way, known_total, plan_of_all, plan_of_page
from api.store.reading import Ask, Rows
from api.store.statements import Statements
from api.store.wanted import Wanted
from schema.newest import lowest_of

_MOST_KNOWN = 1_000
"""Lists whose numbers are remembered for as long as nothing else is served."""


class MovedOnError(RuntimeError):
    """Something else is served than when the list was counted."""


@dataclass(frozen=True)
class Position:
    """A page of a list, as it was read."""

    wanted: Wanted
    cursor: Cursor | None
    limit: int
    total: int
    rows: Rows
    is_more_before: bool
    is_more_behind: bool
    lowest: int | None = None
    """In the order of changes: what the numbers of the rows are counted from, so that none says its entity."""

    def keys(self, row: int) -> tuple[str | int, ...]:
        """Return what puts a row in order."""
        found = self.rows[row]
        if self.lowest is not None:
            return (found[KEYS] - self.lowest,)
        entity = () if self.wanted.entity else (found[OF_ENTITY],)
        before = found[KEYS:-1] if entity or self.wanted.role else found[KEYS:]
        return (*before, found[ID], *entity)


class Paging:
    """Reads pages of lists, and remembers how many records they have."""

    def __init__(self, statements: Statements, places: Mapping[str, int]) -> None:
        self.statements = statements
        self._places = places
        self._known: dict[tuple[str, int], _Known] = {}

    def is_quick(self, wanted: Wanted, cursor: Cursor | None, limit: int) -> bool:
        """Tell whether a page can be read without a transaction, as it tells itself if all is as it was."""
        return not cursor and (wanted.text, limit) in self._known

    async def sizes(self, ask: Ask, wanted: Wanted) -> Sizes:
        """Return how many records a list has now, and how many each of its clauses finds."""
        sizes = await self._sizes(ask, wanted)
        total = known_total(wanted.outline, sizes)
        if total is None:
            plan = plan_of_all(wanted.outline, sizes)
            total = (await ask(self.statements.total(wanted.outline, plan), self._values(wanted)))[0][0]
        return replace(sizes, total=total)

    async def page(self, ask: Ask, wanted: Wanted, cursor: Cursor | None, limit: int) -> Position:
        """Return the page at a cursor. Raise MovedOnError if its list must be counted anew."""
        known = self._known.pop((wanted.text, limit), None) or await self._count(ask, wanted, limit)
        look = _Look(ask, self.statements, wanted, known.plan, cursor, self._places.get(wanted.entity, 0))
        backwards = bool(cursor and cursor.backwards)
        pieces = await look.pieces(limit + 1, backwards=backwards)
        behind = await look.pieces(1, backwards=not backwards, inclusive=True) if cursor else []
        if await self._served(ask, [*pieces, *behind][-1]) != known.sizes.served:
            raise MovedOnError
        self._remember((wanted.text, limit), known)
        found = [row for piece in pieces for row in piece]
        sides = [any(behind), len(found) > limit]
        found = found[:limit]
        if backwards:
            found.reverse()
            sides.reverse()
        lowest = lowest_of(look.entity_place) if known.plan.way is Way.NEWEST else None
        return Position(wanted, cursor, limit, known.sizes.total, found, sides[0], sides[1], lowest)

    async def tally(self, ask: Ask, wanted: Wanted, names: Sequence[str]) -> Rows:
        """Return how many records of a list have each value of some facets."""
        plan = plan_of_all(wanted.outline, await self._sizes(ask, wanted))
        values = {f"name{place}": name for place, name in enumerate(names)}
        return await ask(
            self.statements.tally(wanted.outline, plan, len(names)), {**self._values(wanted), **values}
        )

    async def _count(self, ask: Ask, wanted: Wanted, limit: int) -> "_Known":
        sizes = await self.sizes(ask, wanted)
        return _Known(sizes, plan_of_page(wanted.outline, sizes, limit))

    async def _sizes(self, ask: Ask, wanted: Wanted) -> Sizes:
        outline = wanted.outline
        ((served, records, *numbers),) = await ask(self.statements.sizes(outline), wanted.values)
        found = iter(numbers)
        clauses = (
            sum(next(found) if probe.holds else records - next(found) for probe in clause)
            for clause in outline.clauses
        )
        return Sizes(served, records, tuple(clauses))

    async def _served(self, ask: Ask, last: Rows) -> int:
        """Return what is served, given the rows that were asked for last, which may be none.

        No number of what is served comes twice: if it is the same before and behind, all that was
        read between belongs together, in one transaction or not.
        """
        rows = last or await ask(self.statements.served, {})
        served: int = rows[0][SERVED]
        return served

    def _values(self, wanted: Wanted) -> dict[str, Any]:
        return {**wanted.values, **_range(self._places.get(wanted.entity, 0))}

    def _remember(self, page: tuple[str, int], known: "_Known") -> None:
        self._known[page] = known
        if len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]


class _Known(NamedTuple):
    """What is known of a list since it was last counted, and how it is best read."""

    sizes: Sizes
    plan: Plan


@dataclass(frozen=True)
class _Look:
    """A look at a list from a place on, forwards or backwards."""

    ask: Ask
    statements: Statements
    wanted: Wanted
    plan: Plan
    cursor: Cursor | None
    entity_place: int

    async def pieces(self, limit: int, *, backwards: bool, inclusive: bool = False) -> list[Rows]:
        """Return as many rows as are wanted, if there are so many, in the pieces in which they were read."""
        values = {**self.wanted.values, **_range(self.entity_place), **self._place(backwards=backwards)}
        found: list[Rows] = []
        for piece, more in _pieces(self.plan, self.cursor, backwards=backwards, inclusive=inclusive):
            query = self.statements.page(self.wanted.outline, self.plan, piece)
            found.append(await self.ask(query, {**values, **more, "limit": limit}))
            limit -= len(found[-1])
            if limit <= 0:
                break
        return found

    def _place(self, *, backwards: bool) -> dict[str, Any]:
        """Return the values that stand for the place; what changed on its other side need not be looked at."""
        if self.cursor is None:
            return {}
        if self.plan.way is not Way.NEWEST:
            return {f"place{number}": key for number, key in enumerate(self.cursor.keys)}
        place = lowest_of(self.entity_place) + int(self.cursor.keys[0])
        is_down = self.wanted.order[0].descending != backwards
        return {"place0": place, "high" if is_down else "low": place}


def _range(entity_place: int) -> dict[str, int]:
    return {"low": lowest_of(entity_place), "high": lowest_of(entity_place + 1) - 1}


def _pieces(
    plan: Plan, cursor: Cursor | None, *, backwards: bool, inclusive: bool
) -> Iterator[tuple[Piece, dict[str, int]]]:
    """Yield the pieces that a list has from a place on, in order; of a sort key first what is known."""
    if not plan.is_by_key:
        yield Piece(Where.AHEAD if cursor else Where.ANYWHERE, backwards, inclusive), {}
        return
    if not cursor:
        yield from ((Piece(), {"unknown": unknown}) for unknown in (0, 1))
        return
    unknown = int(cursor.keys[0])
    yield Piece(Where.SAME, backwards, inclusive), {"unknown": unknown}
    if not unknown:
        yield Piece(Where.FURTHER, backwards), {"unknown": 0}
    if unknown == int(backwards):
        yield Piece(backwards=backwards), {"unknown": 1 - unknown}

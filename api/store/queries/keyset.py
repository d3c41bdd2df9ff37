"""Pages of lists, piece by piece, so that each is found in an index where it begins."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, true

from api.lists.cursor import Cursor
from api.store.queries.planner import QueryPlan
from api.store.readers.reader import Rows, RunQuery

SortColumn = tuple[ColumnElement[Any], bool]
"""What records are put in order by, and whether downwards."""


class SegmentScope(Enum):
    """Which records are in a piece."""

    ALL = "all"
    AFTER_CURSOR = "those ahead of a place"
    SAME_FIRST_KEY = "those ahead of a place that are the same in the first sort key"
    NEXT_FIRST_KEY = "those that are ahead of a place in the first sort key already"


@dataclass(frozen=True)
class KeysetSegment:
    """Some records of a list, in its order or backwards; perhaps the one at the place itself too."""

    scope: SegmentScope = SegmentScope.ALL
    backwards: bool = False
    inclusive: bool = False


def in_order(keys: Sequence[SortColumn], piece: KeysetSegment) -> Iterator[ColumnElement[Any]]:
    """Yield what a piece is put in order by."""
    return (column.desc() if descending != piece.backwards else column.asc() for column, descending in keys)


def ahead(keys: Sequence[SortColumn], piece: KeysetSegment) -> ColumnElement[bool]:
    """Return that a record is in a piece: its first two keys say whether it is known, and by what."""
    directed = [(column, descending != piece.backwards) for column, descending in keys]
    places = [bindparam(f"place{number}", type_=column.type) for number, (column, _) in enumerate(keys)]
    match piece.scope:
        case SegmentScope.AFTER_CURSOR:
            return _beyond(directed, places, inclusive=piece.inclusive)
        case SegmentScope.SAME_FIRST_KEY:
            rest = _beyond(directed[2:], places[2:], inclusive=piece.inclusive)
            return and_(keys[1][0] == places[1], rest)
        case SegmentScope.NEXT_FIRST_KEY:
            return _beyond(directed[1:2], places[1:2], inclusive=False)
        case _:
            return true()


def _beyond(keys: Sequence[SortColumn], places: Sequence[Any], *, inclusive: bool) -> ColumnElement[bool]:
    """Return that a row comes behind a place in the order of some keys."""
    (column, descending), place = keys[0], places[0]
    if len(keys) == 1 and inclusive:
        at_least: ColumnElement[bool] = column <= place if descending else column >= place
        return at_least
    further: ColumnElement[bool] = column < place if descending else column > place
    if len(keys) == 1:
        return further
    return or_(further, and_(column == place, _beyond(keys[1:], places[1:], inclusive=inclusive)))


class PageFetch(NamedTuple):
    """A select, and its values but for how many rows are wanted."""

    select: Select[Any]
    values: Mapping[str, Any]


async def fetch_segments(ask: RunQuery, steps: Iterable[PageFetch], limit: int) -> list[Rows]:
    """Return as many rows as are wanted, if there are so many, in the pieces in which they were read."""
    found: list[Rows] = []
    for query, values in steps:
        found.append(await ask(query, {**values, "limit": limit}))
        limit -= len(found[-1])
        if limit <= 0:
            break
    return found


def keyset_segments(
    plan: QueryPlan, cursor: Cursor | None, *, backwards: bool, inclusive: bool
) -> Iterator[tuple[KeysetSegment, dict[str, int]]]:
    """Yield the pieces that a list has from a place on, in order; of a sort key first what is known."""
    if not plan.is_by_key:
        yield (
            KeysetSegment(SegmentScope.AFTER_CURSOR if cursor else SegmentScope.ALL, backwards, inclusive),
            {},
        )
        return
    if not cursor:
        yield from ((KeysetSegment(), {"unknown": unknown}) for unknown in (0, 1))
        return
    unknown = int(cursor.keys[0])
    yield KeysetSegment(SegmentScope.SAME_FIRST_KEY, backwards, inclusive), {"unknown": unknown}
    if not unknown:
        yield KeysetSegment(SegmentScope.NEXT_FIRST_KEY, backwards), {"unknown": 0}
    if unknown == int(backwards):
        yield KeysetSegment(backwards=backwards), {"unknown": 1 - unknown}

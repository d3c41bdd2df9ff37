"""Keyset pagination: the segments of a list after a cursor, their conditions, and the fetch of a page.

A list in the order of a sort key is read in segments, so that each is one range of an index.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, or_, true

from api.store.database.statement import SelectQuery
from api.store.queries.planner import QueryPlan
from api.store.readers.reader import Rows, RunQuery

SortColumn = tuple[ColumnElement[Any], bool]
"""A column of the sort order, and whether it is descending."""


class SegmentScope(Enum):
    """The records of a segment, relative to the cursor."""

    ALL = "all records"
    AFTER_CURSOR = "the records after the cursor"
    SAME_FIRST_KEY = "the records after the cursor with its value of the first sort key"
    NEXT_FIRST_KEY = "the records whose first sort key is after that of the cursor"


@dataclass(frozen=True)
class KeysetSegment:
    """A segment of a list, in its order or backwards; with `inclusive`, the record at the cursor is in it."""

    scope: SegmentScope = SegmentScope.ALL
    backwards: bool = False
    inclusive: bool = False


class PageFetch(NamedTuple):
    """A SELECT of one segment, and the values of its bind parameters without `limit`."""

    select: SelectQuery
    values: Mapping[str, Any]


def keyset_segments(
    plan: QueryPlan, cursor_keys: tuple[str | int, ...] | None, *, backwards: bool, inclusive: bool
) -> Iterator[tuple[KeysetSegment, dict[str, int]]]:
    """Yield the segments of a list after a cursor, or of the whole list without one, in reading order.

    Each comes with its own bind value. A plan by a sort key has separate segments for the records with a
    value (`unknown` 0) and, after them, for those without (`unknown` 1); the first key of a cursor is this flag.
    """
    if not plan.is_by_key:
        scope = SegmentScope.ALL if cursor_keys is None else SegmentScope.AFTER_CURSOR
        yield KeysetSegment(scope, backwards, inclusive), {}
        return
    if cursor_keys is None:
        yield from ((KeysetSegment(), {"unknown": unknown}) for unknown in (0, 1))
        return
    unknown = int(cursor_keys[0])
    yield KeysetSegment(SegmentScope.SAME_FIRST_KEY, backwards, inclusive), {"unknown": unknown}
    if not unknown:
        yield KeysetSegment(SegmentScope.NEXT_FIRST_KEY, backwards), {"unknown": 0}
    if unknown == int(backwards):
        yield KeysetSegment(backwards=backwards), {"unknown": 1 - unknown}


async def fetch_segments(run_query: RunQuery, fetches: Iterable[PageFetch], limit: int) -> list[Rows]:
    """Fetch up to `limit` rows, running the segments in order until the page is full.

    Returns one list of rows per executed segment.
    """
    segments: list[Rows] = []
    for query, values in fetches:
        segments.append(await run_query(query, {**values, "limit": limit}))
        limit -= len(segments[-1])
        if limit <= 0:
            break
    return segments


def order_by_columns(keys: Sequence[SortColumn], segment: KeysetSegment) -> Iterator[ColumnElement[Any]]:
    """Yield the ORDER BY columns of a segment."""
    return (column.desc() if descending != segment.backwards else column.asc() for column, descending in keys)


def segment_condition(keys: Sequence[SortColumn], segment: KeysetSegment) -> ColumnElement[bool]:
    """Return the condition that a row is in a segment.

    For the scopes by first key, the first two columns are the flag of a missing value, which the plan fixes,
    and the value.
    """
    directed = [(column, descending != segment.backwards) for column, descending in keys]
    cursor = [bindparam(f"place{index}", type_=column.type) for index, (column, _) in enumerate(keys)]
    match segment.scope:
        case SegmentScope.AFTER_CURSOR:
            return _after(directed, cursor, inclusive=segment.inclusive)
        case SegmentScope.SAME_FIRST_KEY:
            tiebreak = _after(directed[2:], cursor[2:], inclusive=segment.inclusive)
            return and_(keys[1][0] == cursor[1], tiebreak)
        case SegmentScope.NEXT_FIRST_KEY:
            return _after(directed[1:2], cursor[1:2], inclusive=False)
        case _:
            return true()


def _after(keys: Sequence[SortColumn], cursor: Sequence[Any], *, inclusive: bool) -> ColumnElement[bool]:
    """Return the condition that a row is after a cursor in lexicographic order; `inclusive` adds the cursor."""
    (column, descending), value = keys[0], cursor[0]
    if len(keys) == 1 and inclusive:
        at_or_after: ColumnElement[bool] = column <= value if descending else column >= value
        return at_or_after
    strictly_after: ColumnElement[bool] = column < value if descending else column > value
    if len(keys) == 1:
        return strictly_after
    return or_(strictly_after, and_(column == value, _after(keys[1:], cursor[1:], inclusive=inclusive)))

"""How a list is read from a place on: piece by piece, until there are enough rows."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Select

from api.reading.cursor import Cursor
from api.store.pieces import Piece, Where
from api.store.planning import Plan
from api.store.reading import Ask, Rows


class Step(NamedTuple):
    """A select, and its values but for how many rows are wanted."""

    query: Select[Any]
    values: Mapping[str, Any]


async def read(ask: Ask, steps: Iterable[Step], limit: int) -> list[Rows]:
    """Return as many rows as are wanted, if there are so many, in the pieces in which they were read."""
    found: list[Rows] = []
    for query, values in steps:
        found.append(await ask(query, {**values, "limit": limit}))
        limit -= len(found[-1])
        if limit <= 0:
            break
    return found


def pieces_of(
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

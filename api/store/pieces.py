"""Pages of lists, piece by piece, so that each is found in an index where it begins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, true

Key = tuple[ColumnElement[Any], bool]
"""What records are put in order by, and whether downwards."""


class Where(Enum):
    """Which records are in a piece."""

    ANYWHERE = "all"
    AHEAD = "those ahead of a place"
    SAME = "those ahead of a place that are the same in the first sort key"
    FURTHER = "those that are ahead of a place in the first sort key already"


@dataclass(frozen=True)
class Piece:
    """Some records of a list, in its order or backwards; perhaps the one at the place itself too."""

    where: Where = Where.ANYWHERE
    backwards: bool = False
    inclusive: bool = False


def in_order(keys: Sequence[Key], piece: Piece) -> Iterator[ColumnElement[Any]]:
    """Yield what a piece is put in order by."""
    return (column.desc() if descending != piece.backwards else column.asc() for column, descending in keys)


def ahead(keys: Sequence[Key], piece: Piece) -> ColumnElement[bool]:
    """Return that a record is in a piece: its first two keys say whether it is known, and by what."""
    directed = [(column, descending != piece.backwards) for column, descending in keys]
    places = [bindparam(f"place{number}", type_=column.type) for number, (column, _) in enumerate(keys)]
    match piece.where:
        case Where.AHEAD:
            return _beyond(directed, places, inclusive=piece.inclusive)
        case Where.SAME:
            rest = _beyond(directed[2:], places[2:], inclusive=piece.inclusive)
            return and_(keys[1][0] == places[1], rest)
        case Where.FURTHER:
            return _beyond(directed[1:2], places[1:2], inclusive=False)
        case _:
            return true()


def _beyond(keys: Sequence[Key], places: Sequence[Any], *, inclusive: bool) -> ColumnElement[bool]:
    """Return that a row comes behind a place in the order of some keys."""
    (column, descending), place = keys[0], places[0]
    if len(keys) == 1 and inclusive:
        at_least: ColumnElement[bool] = column <= place if descending else column >= place
        return at_least
    further: ColumnElement[bool] = column < place if descending else column > place
    if len(keys) == 1:
        return further
    return or_(further, and_(column == place, _beyond(keys[1:], places[1:], inclusive=inclusive)))

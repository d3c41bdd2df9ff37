"""Numbers that stand in the order in which records last changed, each entity's in a range of its own.

An index of words finds what has higher numbers first without looking at the rest.
"""

from datetime import UTC, datetime
from functools import lru_cache

_IN_ALL, _OF_PLACE, _OF_SECONDS = 63, 5, 32
_BELOW_PLACE = _IN_ALL - _OF_PLACE
BELOW_MOMENT = _BELOW_PLACE - _OF_SECONDS
"""Bits of a number that tell apart what changed in one second."""
MOST_PLACES = 1 << _OF_PLACE
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def number_of(place: int, modified: str, revision: int) -> int:
    """Return the number of a record: the place of its entity, when it changed, its public revision.

    Two revisions with the same last 26 bits, changed in one second, would have the same.
    """
    return first_at(place, modified) | revision & ((1 << BELOW_MOMENT) - 1)


def range_of(place: int) -> tuple[int, int]:
    """Return the lowest and the highest number of an entity's records."""
    return place << _BELOW_PLACE, ((place + 1) << _BELOW_PLACE) - 1


def first_at(place: int, modified: str) -> int:
    """Return the lowest number of what changed at a moment."""
    return place << _BELOW_PLACE | _seconds(modified) << BELOW_MOMENT


def last_at(place: int, modified: str) -> int:
    """Return the highest number of what changed at a moment."""
    return first_at(place, modified) + (1 << BELOW_MOMENT) - 1


def moment_of(number: int) -> str:
    """Return the moment that a number stands for."""
    seconds = (number >> BELOW_MOMENT) & ((1 << _OF_SECONDS) - 1)
    return datetime.fromtimestamp(seconds, UTC).strftime(_FORMAT)


@lru_cache(1_000)
def _seconds(moment: str) -> int:
    """Return the seconds of a moment, which many records have in common."""
    return int(datetime.strptime(moment, _FORMAT).replace(tzinfo=UTC).timestamp())

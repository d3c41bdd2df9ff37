"""Numbers that stand in the order in which records last changed, each entity's in a range of its own.

What changed later has a lower number: an index of words is read upwards in a third of the time that
it takes downwards, and the newest are wanted first. A number says nothing but what everyone may know:
which entity, which second, and which of the public changes.
"""

from datetime import UTC, datetime
from functools import lru_cache

_IN_ALL, _OF_PLACE, _OF_SECONDS = 63, 5, 32

_BELOW_PLACE = _IN_ALL - _OF_PLACE

_BELOW_SECOND = _BELOW_PLACE - _OF_SECONDS

MAX_ENTITIES = 1 << _OF_PLACE

KEYS_PER_ENTITY = 1 << _BELOW_PLACE
"""What the numbers of one entity's records, counted from the lowest, are below."""

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def change_order_key(place: int, modified: str, change: int) -> int:
    """Return the number of a record: the place of its entity, when it changed, the number of that change.

    Two changes with the same last 26 bits, in one second, would have the same.
    """
    within = _seconds(modified) << _BELOW_SECOND | change & ((1 << _BELOW_SECOND) - 1)
    return lowest_key(place) + KEYS_PER_ENTITY - 1 - within


def lowest_key(place: int) -> int:
    """Return the lowest number of an entity's records."""
    return place << _BELOW_PLACE


@lru_cache(1_000)
def _seconds(moment: str) -> int:
    """Return the seconds of a moment, which many records have in common."""
    return int(datetime.strptime(moment, _FORMAT).replace(tzinfo=UTC).timestamp())

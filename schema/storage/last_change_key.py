"""Change-order keys: integers that sort the records of an entity by their last change, newest first.

The 63 bits of a key are the ordinal of the entity (5), and the complement of the second (32) and of
the change number (26), so that a later change has a lower key: an ascending scan of a full-text index
takes a third of the time of a descending one, and the newest records are wanted first. A key reveals
public facts only: the entity, the second of the change, and its number among the public changes.
"""

from datetime import UTC, datetime
from functools import lru_cache

_KEY_BITS, _ENTITY_BITS, _SECOND_BITS = 63, 5, 32

_ENTITY_SHIFT = _KEY_BITS - _ENTITY_BITS

_SECOND_SHIFT = _ENTITY_SHIFT - _SECOND_BITS

MAX_ENTITIES = 1 << _ENTITY_BITS
"""Entities of a model."""

KEYS_PER_ENTITY = 1 << _ENTITY_SHIFT
"""Size of the range of keys of one entity."""

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def change_order_key(entity_ordinal: int, modified: str, change: int) -> int:
    """Return the change-order key of a record, from the time and the number of its last change.

    Only the last 26 bits of the change number are used, so two keys are equal if, within one second,
    the numbers of two changes differ by a multiple of 2**26.
    """
    offset = _seconds(modified) << _SECOND_SHIFT | change & ((1 << _SECOND_SHIFT) - 1)
    return lowest_key(entity_ordinal) + KEYS_PER_ENTITY - 1 - offset


def lowest_key(entity_ordinal: int) -> int:
    """Return the lowest change-order key of an entity."""
    return entity_ordinal << _ENTITY_SHIFT


@lru_cache(1_000)
def _seconds(time: str) -> int:
    """Return a time as seconds since 1970; cached, as the records of a commit share their time."""
    return int(datetime.strptime(time, _TIME_FORMAT).replace(tzinfo=UTC).timestamp())

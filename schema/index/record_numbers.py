"""Record numbers: 31 bits that name a record in posting lists, from its entity's place and the log.

A number is `place << 27 | n`: the record is the n-th of its entity that was published, counted from 1. It follows from
the log, stays with a record that is withdrawn, and is never given to another one.
"""

_ORDINAL_BITS = 27

MAX_ORDINAL = (1 << _ORDINAL_BITS) - 1
"""Records of an entity that can have numbers."""

CHUNK_BITS = 16
"""Low bits of a record number that vary within a chunk of a posting list."""


def record_number(place: int, ordinal: int) -> int:
    """Return the number of the record with an ordinal, from 1, among those of the entity with a place.

    Raise OverflowError if the entity has more records than numbers.
    """
    if ordinal > MAX_ORDINAL:
        message = f"an entity has at most {MAX_ORDINAL} records"
        raise OverflowError(message)
    return place << _ORDINAL_BITS | ordinal


def number_range(place: int) -> tuple[int, int]:
    """Return the lowest and the highest record number of the entity with a place."""
    return place << _ORDINAL_BITS, place << _ORDINAL_BITS | MAX_ORDINAL


def number_place(number: int) -> int:
    """Return the place of the entity of a record."""
    return number >> _ORDINAL_BITS


def record_ordinal(number: int) -> int:
    """Return the ordinal of a record among those of its entity."""
    return number & MAX_ORDINAL

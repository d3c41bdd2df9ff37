"""Values that follow from a record's own statements."""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

from schema.declaration.annotations import Computed, DateBound
from schema.declaration.datatypes import date_bounds
from schema.declaration.shapes import Field

Accessor = Callable[[Any], Any]
"""Takes a record or a part of one; returns a value of it, None where it says nothing."""


@cache
def accessor(field: Field) -> Accessor:
    """Return what reads a field, stated or derived; it finds nothing where others decide the value.

    A place in a list is not known to the part that has it.
    """
    match field.derived:
        case None:
            return attrgetter(field.name)
        case Computed(compute):
            return compute
        case DateBound(name, last):
            return lambda struct: _bound(getattr(struct, name), last)
        case _:
            return _nothing


def _bound(partial: str | None, last: int) -> str | None:
    return date_bounds(partial)[last].isoformat() if partial else None


def _nothing(_: Any) -> None:
    """Stand for what other records, the log or a list decide."""

"""Accessors: functions that read a field's value from a record or part, stated or computed."""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

from schema.declaration.annotations import Computed, DateBound, Label
from schema.declaration.datatypes import NO_LANGUAGE, date_bounds
from schema.declaration.shapes import Declared, Field, describe

Accessor = Callable[[Any], Any]
"""Takes a record or part and returns the value of one field, None if absent."""


@cache
def accessor(field: Field) -> Accessor:
    """Return the accessor of a field.

    It returns None for values that the record alone does not determine: those of other records, of the log,
    and an ordinal, since a part does not know its position in the list.
    """
    match field.derived:
        case None:
            return attrgetter(field.name)
        case Computed(compute):
            return compute
        case Label():
            return _label
        case DateBound(name, last):
            return lambda struct: _date_bound(getattr(struct, name), last)
        case _:
            return _undetermined


def _date_bound(partial_date: str | None, last: int) -> str | None:
    return date_bounds(partial_date)[last].isoformat() if partial_date else None


def _label(struct: Declared) -> dict[str, str] | None:
    """Return the label of a record or part; a string is a text without a language."""
    shape = describe(type(struct))
    texts = (getattr(struct, field.name) for field in shape.card_fields)
    text = next((text for text in texts if text), getattr(struct, "id", None) if shape.collection else None)
    return {NO_LANGUAGE: text} if isinstance(text, str) else text


def _undetermined(_: Any) -> None:
    """Return None for a value that is derived elsewhere."""

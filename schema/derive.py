"""Values that follow from a record's own statements."""

from typing import Any

from schema.declare import Declared, Field
from schema.marks import Bound, Computed, Position
from schema.values import bounds


def value(field: Field, struct: Declared, order: int = 0) -> Any:
    """Return a field's value, stated or derived; None where other records or the log decide it."""
    match field.derived:
        case None:
            return getattr(struct, field.name)
        case Computed(compute):
            return compute(struct)
        case Position():
            return order
        case Bound(name, last):
            partial = getattr(struct, name)
            return partial and bounds(partial)[last].isoformat()
        case _:
            return None

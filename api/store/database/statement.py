"""A compiled SQL statement: its text and the order of its bind parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Select


@dataclass(frozen=True)
class Statement:
    """A select as a driver wants it: its text, and the order of its values."""

    text: str
    order: tuple[str, ...]
    fixed: Mapping[str, Any]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """Return the values in the driver's order."""
        return [given[name] if name in given else self.fixed[name] for name in self.order]


def compile_for(dialect: Dialect, query: Select[Any]) -> Statement:
    """Return a select as one dialect's driver takes it."""
    compiled = query.compile(dialect=dialect)
    return Statement(str(compiled), tuple(compiled.positiontup or ()), compiled.params)

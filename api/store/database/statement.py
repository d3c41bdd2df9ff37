"""A compiled SQL statement: its text and the order of its bind parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Select


@dataclass(frozen=True)
class Statement:
    """A select as a driver wants it: its text, and the order of its values."""

    text: str
    parameter_order: tuple[str, ...]
    literals: Mapping[str, Any]

    def bind(self, given: Mapping[str, Any]) -> list[Any]:
        """Return the values in the driver's order."""
        return [given[name] if name in given else self.literals[name] for name in self.parameter_order]


def compile_statement(dialect: Dialect, query: Select[Any]) -> Statement:
    """Return a select as one dialect's driver takes it."""
    compiled = query.compile(dialect=dialect)
    return Statement(str(compiled), tuple(compiled.positiontup or ()), compiled.params)

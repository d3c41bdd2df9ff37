"""A compiled SELECT statement: its SQL text and the order of its bind parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Select


@dataclass(frozen=True)
class Statement:
    """SQL text with positional bind parameters, their names in order, and the values fixed at compile time."""

    text: str
    parameter_order: tuple[str, ...]
    literals: Mapping[str, Any]

    def bind(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the values of the bind parameters in the order of the text. Raise KeyError if one is missing."""
        return [values[name] if name in values else self.literals[name] for name in self.parameter_order]


def compile_statement(dialect: Dialect, query: Select[Any]) -> Statement:
    """Compile a SELECT for the driver of a dialect."""
    compiled = query.compile(dialect=dialect)
    return Statement(str(compiled), tuple(compiled.positiontup or ()), compiled.params)

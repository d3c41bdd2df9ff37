"""Compiled SELECT statements: their SQL text and the order of their bind parameters, and SELECTs to be compiled."""

from collections.abc import Callable, Hashable, Mapping
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


class DeferredSelect:
    """A SELECT as the function that builds it, and its arguments: it is built when it is compiled, and not kept.

    It is equal to another one with the same function and arguments, so that both have one compiled statement.
    """

    __slots__ = ("_arguments", "_builder", "_hash")

    def __init__(self, builder: Callable[..., Select[Any]], *arguments: Hashable) -> None:
        self._builder = builder
        self._arguments = arguments
        self._hash = hash((builder, arguments))

    def build(self) -> Select[Any]:
        """Return the SELECT."""
        return self._builder(*self._arguments)

    def __eq__(self, other: object) -> bool:
        """Return True for the same function with equal arguments."""
        return isinstance(other, DeferredSelect) and (self._builder, self._arguments) == (
            other._builder,
            other._arguments,
        )

    def __hash__(self) -> int:
        """Return the hash of the function and the arguments."""
        return self._hash


SelectQuery = Select[Any] | DeferredSelect
"""A SELECT, or one that is built when it is compiled."""


def compile_statement(dialect: Dialect, query: SelectQuery) -> Statement:
    """Compile a SELECT for the driver of a dialect."""
    select = query.build() if isinstance(query, DeferredSelect) else query
    compiled = select.compile(dialect=dialect)
    return Statement(str(compiled), tuple(compiled.positiontup or ()), compiled.params)

"""Lists of values as one bind parameter: a JSON array, so that a statement is the same for any number of values."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement


def json_array(values: Iterable[str] | Iterable[int]) -> str:
    """Return the value of an array parameter."""
    return msgspec.json.encode([*values]).decode()


class AnyOf(ColumnElement[bool]):
    """The condition that a column equals one of the texts or numbers in a bind parameter, a JSON array."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], array: Any) -> None:
        self.column = column
        self.array = array


@compiles(AnyOf, "sqlite")
def _compile_for_sqlite(condition: AnyOf, compiler: SQLCompiler, **options: Any) -> str:
    column, array = _parts(condition, compiler, **options)
    return f"{column} IN (SELECT value FROM json_each({array}))"  # noqa: S608 - a bind parameter


@compiles(AnyOf, "postgresql")
def _compile_for_postgresql(condition: AnyOf, compiler: SQLCompiler, **options: Any) -> str:
    column, array = _parts(condition, compiler, **options)
    elements = f"json_array_elements_text(CAST({array} AS JSON))"
    if isinstance(condition.column.type, Integer):
        elements = f"CAST({elements} AS BIGINT)"
    # An array is computed once, and an index scan looks up each of its values.
    return f"{column} = ANY (ARRAY(SELECT {elements}))"


def _parts(condition: AnyOf, compiler: SQLCompiler, **options: Any) -> tuple[str, str]:
    return compiler.process(condition.column, **options), compiler.process(condition.array, **options)

"""Filters with their values, and how many records have each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schema.parameters import Parameter


@dataclass(frozen=True)
class Count:
    """One value of a filter: how many records have it, its card where it is a record's or has labels."""

    value: str
    number: int
    card: Mapping[str, Any] | None


@dataclass(frozen=True)
class Tally:
    """One filter, with the values that records of the list have, the most frequent first."""

    parameter: Parameter
    counts: tuple[Count, ...]

"""Filters with their values, and how many records have each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schema.parameters import Parameter
from schema.render import Key


@dataclass(frozen=True)
class Count:
    """One value of a filter, and how many records would be found by it alone, where that is known."""

    value: str
    number: int | None


@dataclass(frozen=True)
class Tally:
    """One filter, with the values that records of the list have, the most frequent first."""

    parameter: Parameter
    counts: tuple[Count, ...]


@dataclass(frozen=True)
class Tallies:
    """The main filters of a list, and the cards of all records that they or its question name."""

    filters: tuple[Tally, ...] = ()
    cards: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)

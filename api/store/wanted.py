"""A list as it is wanted: which records, in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.store.matching import phrases_of, words_of
from api.store.probes import Probe, probes, values_of
from schema.questions import Question
from schema.roles import Role
from schema.search import Term
from schema.sorting import BY_ID

_MOST_RANKS = 3
"""How well a record is found, and whether something is known of it, are numbers below this."""


@dataclass(frozen=True)
class Order:
    """What records are put in order by."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class Outline:
    """What the text of a select depends on: all of a question but its values."""

    clauses: tuple[tuple[tuple[bool, bool, bool, int], ...], ...]
    lengths: tuple[int, ...]
    order: tuple[tuple[bool, bool], ...]
    role: Role | None
    is_mixed: bool
    is_whole: bool


@dataclass(frozen=True)
class Wanted:
    """A list that is asked for: records of an entity, or of all; their items, or whole documents."""

    entity: str = ""
    question: Question = ()
    terms: tuple[Term, ...] = ()
    order: tuple[Order, ...] = ()
    role: Role | None = None
    is_whole: bool = False

    @cached_property
    def outline(self) -> Outline:
        """Return what the text of the select depends on."""
        return Outline(
            tuple(tuple(probe.shape for probe in clause) for clause in self._probes),
            tuple(len(term.words) for term in self.terms),
            tuple((order.name == BY_ID, order.descending) for order in self.order),
            self.role,
            not self.entity,
            self.is_whole,
        )

    @cached_property
    def values(self) -> dict[str, Any]:
        """Return the values for the places in the select, by their names."""
        found: dict[str, Any] = {f"v{place}": value for place, value in enumerate(self._in_order())}
        return {"entity": self.entity, **found, **(words_of(self.terms) if self.terms else {})}

    def is_place(self, keys: Sequence[str | int]) -> bool:
        """Tell whether keys are such as put the records of this list in order."""
        kinds: list[type] = [int] if self.terms and not self.order else []
        for order in self.order:
            kinds += [str] if order.name == BY_ID else [int, str]
        kinds += [str] if self.entity else [str, str]
        return len(keys) == len(kinds) and all(map(_is_key, keys, kinds))

    @cached_property
    def _probes(self) -> tuple[tuple[Probe, ...], ...]:
        return probes(self.question)

    def _in_order(self) -> Iterator[str]:
        """Yield the values in the order in which the select makes places for them."""
        yield from values_of(self._probes)
        yield from phrases_of(self.terms)
        yield from (order.name for order in self.order if order.name != BY_ID)


def _is_key(key: str | int, kind: type) -> bool:
    """Tell whether a key is of a kind, and one that a database can be asked about."""
    return type(key) is kind and (key in range(_MOST_RANKS) if isinstance(key, int) else "\0" not in key)

"""A list as it is wanted: which records, in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from api.store.queries.conditions import Probe, ProbeShape, is_one_of, probes, values_of
from api.store.queries.fulltext import phrases_of, words_of
from schema.entities.role_lists import Role
from schema.index.entries import MODIFIED, together
from schema.index.fulltext import Term
from schema.index.sort_keys import BY_ID
from schema.query.parser import Question
from schema.storage.change_order import MOST_WITHIN

_RANKS, _UNKNOWN, _NUMBERS = range(3), range(2), range(MOST_WITHIN)
"""How well a record is found, whether something is not known of it, where it is in the order of changes."""


@dataclass(frozen=True)
class Order:
    """What records are put in order by."""

    name: str
    descending: bool = False


class OrderShape(NamedTuple):
    """What of an order the text of a select depends on."""

    is_id: bool
    descending: bool
    is_change: bool
    """Whether it is that in which records last changed."""


@dataclass(frozen=True)
class Outline:
    """What the text of a select depends on: all of a question but its values."""

    clauses: tuple[tuple[ProbeShape, ...], ...]
    lengths: tuple[int, ...]
    order: tuple[OrderShape, ...]
    role: Role | None
    is_mixed: bool
    is_whole: bool
    kept: int | None = None
    """The clause whose records are kept in the order that is wanted, if there is one."""

    @property
    def is_by_change(self) -> bool:
        """Tell whether records are in the order in which they last changed, and in no other."""
        return len(self.order) == 1 and self.order[0].is_change


@dataclass(frozen=True)
class Wanted:
    """A list that is asked for: records of an entity, or of all; their items, or whole documents.

    Of some pairs of facets those records can be looked up that have a value of each, also in the
    order of the sort keys that they are kept by.
    """

    entity: str = ""
    question: Question = ()
    terms: tuple[Term, ...] = ()
    order: tuple[Order, ...] = ()
    role: Role | None = None
    is_whole: bool = False
    pairs: tuple[tuple[str, str], ...] = ()
    kept_by: tuple[str, ...] = ()

    @cached_property
    def outline(self) -> Outline:
        """Return what the text of the select depends on."""
        return Outline(
            tuple(tuple(probe.shape for probe in clause) for clause in self._probes),
            tuple(len(term.words) for term in self.terms),
            tuple(_shape(order) for order in self.order),
            self.role,
            not self.entity,
            self.is_whole,
            self._kept(),
        )

    @cached_property
    def values(self) -> dict[str, Any]:
        """Return the values for the places in the select, by their names."""
        orders = (order.name for order in self.order if order.name != BY_ID)
        return {
            "entity": self.entity,
            **dict(values_of(self._probes)),
            **{f"phrase{place}": phrase for place, phrase in enumerate(phrases_of(self.terms))},
            **{f"order{place}": name for place, name in enumerate(orders)},
            **(words_of(self.terms) if self.terms else {}),
        }

    @cached_property
    def text(self) -> str:
        """Return what tells a question in its order from all others, however it was written."""
        role = self.role.collection if self.role else ""
        said = [self.entity, role, self.question, self.terms, self.order]
        return msgspec.json.encode(said).decode()

    def is_place(self, keys: Sequence[str | int]) -> bool:
        """Tell whether keys are such as put the records of this list in order."""
        kinds = [*self._kinds()]
        return len(keys) == len(kinds) and all(map(_is_key, keys, kinds))

    @cached_property
    def _probes(self) -> tuple[tuple[Probe, ...], ...]:
        return probes(self.question, self.pairs)

    def _kept(self) -> int | None:
        if not self.order or self.order[0].name not in self.kept_by:
            return None
        names = {together(pair) for pair in self.pairs}
        clauses = enumerate(self._probes)
        kept = (number for number, probes in clauses if is_one_of(probes, names))
        return next(kept, None)

    def _kinds(self) -> Iterator[range | None]:
        """Yield the numbers that each key is among; or nothing where it is a text."""
        if self.terms and self.outline.is_by_change:
            yield _NUMBERS
            return
        if self.terms and not self.order:
            yield _RANKS
        for order in self.order:
            if order.name == BY_ID:
                break
            yield from (_UNKNOWN, None)
        yield from [None] if self.entity else [None, None]


def _shape(order: Order) -> OrderShape:
    return OrderShape(order.name == BY_ID, order.descending, order.name == MODIFIED)


def _is_key(key: str | int, numbers: range | None) -> bool:
    """Tell whether a key is one of some numbers, or else a text that a database can be asked about."""
    if isinstance(key, str):
        return numbers is None and "\0" not in key
    return numbers is not None and type(key) is int and key in numbers

"""A list as it is wanted: which records, in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from api.store.queries.conditions import Predicate, PredicateShape, bind_values, is_one_of, predicates
from api.store.queries.fulltext import match_expressions, phrase_texts
from schema.entities.role_lists import RoleList
from schema.index.entries import MODIFIED, composite
from schema.index.fulltext import SearchTerm
from schema.index.sort_keys import BY_ID
from schema.query.parser import Query
from schema.storage.change_order import KEYS_PER_ENTITY

_RANKS, _UNKNOWN, _NUMBERS = range(3), range(2), range(KEYS_PER_ENTITY)
"""How well a record is found, whether something is not known of it, where it is in the order of changes."""


@dataclass(frozen=True)
class SortOrder:
    """What records are put in order by."""

    name: str
    descending: bool = False


class SortShape(NamedTuple):
    """What of an order the text of a select depends on."""

    is_id: bool
    descending: bool
    is_change: bool
    """Whether it is that in which records last changed."""


@dataclass(frozen=True)
class QueryShape:
    """What the text of a select depends on: all of a question but its values."""

    clauses: tuple[tuple[PredicateShape, ...], ...]
    phrase_lengths: tuple[int, ...]
    order: tuple[SortShape, ...]
    role: RoleList | None
    is_mixed: bool
    full_documents: bool
    composite_clause: int | None = None
    """The clause whose records are kept in the order that is wanted, if there is one."""

    @property
    def is_by_change(self) -> bool:
        """Tell whether records are in the order in which they last changed, and in no other."""
        return len(self.order) == 1 and self.order[0].is_change


@dataclass(frozen=True)
class ListQuery:
    """A list that is asked for: records of an entity, or of all; their items, or whole documents.

    Of some pairs of facets those records can be looked up that have a value of each, also in the
    order of the sort keys that they are kept by.
    """

    entity: str = ""
    query: Query = ()
    terms: tuple[SearchTerm, ...] = ()
    order: tuple[SortOrder, ...] = ()
    role: RoleList | None = None
    full_documents: bool = False
    composite_index: tuple[tuple[str, str], ...] = ()
    composite_index_order: tuple[str, ...] = ()

    @cached_property
    def shape(self) -> QueryShape:
        """Return what the text of the select depends on."""
        return QueryShape(
            tuple(tuple(probe.shape for probe in clause) for clause in self._probes),
            tuple(len(term.tokens) for term in self.terms),
            tuple(_shape(order) for order in self.order),
            self.role,
            not self.entity,
            self.full_documents,
            self._kept(),
        )

    @cached_property
    def values(self) -> dict[str, Any]:
        """Return the values for the places in the select, by their names."""
        orders = (order.name for order in self.order if order.name != BY_ID)
        return {
            "entity": self.entity,
            **dict(bind_values(self._probes)),
            **{f"phrase{place}": phrase for place, phrase in enumerate(phrase_texts(self.terms))},
            **{f"order{place}": name for place, name in enumerate(orders)},
            **(match_expressions(self.terms) if self.terms else {}),
        }

    @cached_property
    def canonical_text(self) -> str:
        """Return what tells a question in its order from all others, however it was written."""
        role = self.role.collection if self.role else ""
        said = [self.entity, role, self.query, self.terms, self.order]
        return msgspec.json.encode(said).decode()

    def is_position(self, keys: Sequence[str | int]) -> bool:
        """Tell whether keys are such as put the records of this list in order."""
        kinds = [*self._kinds()]
        return len(keys) == len(kinds) and all(map(_is_key, keys, kinds))

    @cached_property
    def _probes(self) -> tuple[tuple[Predicate, ...], ...]:
        return predicates(self.query, self.composite_index)

    def _kept(self) -> int | None:
        if not self.order or self.order[0].name not in self.composite_index_order:
            return None
        names = {composite(pair) for pair in self.composite_index}
        clauses = enumerate(self._probes)
        kept = (number for number, probes in clauses if is_one_of(probes, names))
        return next(kept, None)

    def _kinds(self) -> Iterator[range | None]:
        """Yield the numbers that each key is among; or nothing where it is a text."""
        if self.terms and self.shape.is_by_change:
            yield _NUMBERS
            return
        if self.terms and not self.order:
            yield _RANKS
        for order in self.order:
            if order.name == BY_ID:
                break
            yield from (_UNKNOWN, None)
        yield from [None] if self.entity else [None, None]


def _shape(order: SortOrder) -> SortShape:
    return SortShape(order.name == BY_ID, order.descending, order.name == MODIFIED)


def _is_key(key: str | int, numbers: range | None) -> bool:
    """Tell whether a key is one of some numbers, or else a text that a database can be asked about."""
    if isinstance(key, str):
        return numbers is None and "\0" not in key
    return numbers is not None and type(key) is int and key in numbers

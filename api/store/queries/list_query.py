"""List queries: which records a list has, in which order, and the shape that its SELECT depends on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from api.store.queries.conditions import (
    Predicate,
    PredicateShape,
    bind_values,
    is_single_value_of,
    predicates,
)
from api.store.queries.fulltext import match_expressions, phrase_texts
from schema.declaration.entity_base import RecordKey
from schema.entities.partner_and_funder_lists import RoleList
from schema.index.entries import MODIFIED, composite
from schema.index.fulltext import SearchTerm
from schema.index.sort_keys import BY_ID
from schema.query.parser import Condition, Query
from schema.storage.last_change_key import KEYS_PER_ENTITY

_RANKS, _UNKNOWN_FLAGS, _CHANGE_ORDER_KEYS = range(3), range(2), range(KEYS_PER_ENTITY)
"""The valid integers of a cursor: the rank of a match, the flag of a missing sort value, a change-order key."""


@dataclass(frozen=True)
class SortOrder:
    """A sort key by name, with its direction."""

    name: str
    descending: bool = False


class SortShape(NamedTuple):
    """The part of a sort order that the text of a SELECT depends on."""

    is_id: bool
    descending: bool
    is_change: bool
    """True for the sort key `modified`."""


@dataclass(frozen=True)
class QueryShape:
    """The part of a list query that the text of its SELECT depends on: everything but values."""

    clauses: tuple[tuple[PredicateShape, ...], ...]
    phrase_lengths: tuple[int, ...]
    """The number of tokens of each search term."""
    order: tuple[SortShape, ...]
    role: RoleList | None
    is_mixed: bool
    """True for a list of all entities."""
    full_documents: bool
    composite_clause: int | None = None
    """The index of the clause that a composite index yields in the order of the first sort key."""

    @property
    def unordered(self) -> "QueryShape":
        """Return the shape of the same records in no order."""
        return replace(self, order=(), full_documents=False, composite_clause=None)

    @property
    def is_by_change(self) -> bool:
        """Return True if the time of the last change is the only sort key."""
        return len(self.order) == 1 and self.order[0].is_change


@dataclass(frozen=True)
class ListQuery:
    """A list query over the records of one entity, or of all; its rows are list items or full documents.

    `composite_index` are the pairs of indexes with a composite index, `composite_index_order` the sort keys
    by which that index is also ordered. `link_indexes` are the indexes whose values are ids, each with the
    entity of the records. `parse` returns the conditions again, with the ids of merged records replaced.
    """

    entity: str = ""
    query: Query = ()
    terms: tuple[SearchTerm, ...] = ()
    order: tuple[SortOrder, ...] = ()
    role: RoleList | None = None
    full_documents: bool = False
    composite_index: tuple[tuple[str, str], ...] = ()
    composite_index_order: tuple[str, ...] = ()
    link_indexes: tuple[tuple[str, str], ...] = ()
    parse: Callable[[Mapping[RecordKey, RecordKey]], Query] | None = field(default=None, compare=False)

    @cached_property
    def linked_keys(self) -> frozenset[RecordKey]:
        """Return the keys of the records that the conditions name."""
        keys = (self._linked_key(condition) for clause in self.query for condition in clause)
        return frozenset(key for key in keys if key)

    def following(self, merges: Mapping[RecordKey, RecordKey]) -> "ListQuery":
        """Return the query with the ids of merged records replaced by those of the records they lead to.

        It is parsed again, as values that were different may exclude each other now.
        """
        return replace(self, query=self.parse(merges)) if merges and self.parse else self

    @cached_property
    def shape(self) -> QueryShape:
        """Return the part that the text of the SELECT depends on."""
        return QueryShape(
            tuple(tuple(predicate.shape for predicate in clause) for clause in self._predicates),
            tuple(len(term.tokens) for term in self.terms),
            tuple(_sort_shape(order) for order in self.order),
            self.role,
            not self.entity,
            self.full_documents,
            self._composite_clause(),
        )

    @cached_property
    def values(self) -> dict[str, Any]:
        """Return the values of the bind parameters by name, without those of the page."""
        sort_names = (order.name for order in self.order if order.name != BY_ID)
        return {
            "entity": self.entity,
            **dict(bind_values(self._predicates)),
            **{f"phrase{index}": phrase for index, phrase in enumerate(phrase_texts(self.terms))},
            **{f"order{index}": name for index, name in enumerate(sort_names)},
            **(match_expressions(self.terms) if self.terms else {}),
        }

    @cached_property
    def canonical_text(self) -> str:
        """Return the query and its order as canonical JSON, the same for every spelling of the parameters.

        Cursors digest it, so its keys are written out: a renamed field leaves cursors in circulation valid.
        """
        clauses = [
            [
                {
                    "facet": condition.index_name,
                    "lowest": condition.minimum,
                    "highest": condition.maximum,
                    "holds": condition.holds,
                }
                for condition in clause
            ]
            for clause in self.query
        ]
        terms = [{"words": term.tokens, "is_prefix": term.is_prefix} for term in self.terms]
        order = [{"name": key.name, "descending": key.descending} for key in self.order]
        role = self.role.collection if self.role else ""
        return msgspec.json.encode([self.entity, role, clauses, terms, order]).decode()

    def is_position(self, keys: Sequence[str | int]) -> bool:
        """Return True if the keys of a cursor have the number and the types of the sort columns."""
        ranges = [*self._key_ranges()]
        return len(keys) == len(ranges) and all(map(_is_valid_key, keys, ranges))

    @cached_property
    def _predicates(self) -> tuple[tuple[Predicate, ...], ...]:
        return predicates(self.query, self.composite_index)

    def _linked_key(self, condition: Condition) -> RecordKey | None:
        entity = dict(self.link_indexes).get(condition.index_name)
        return (entity, condition.minimum) if entity else None

    def _composite_clause(self) -> int | None:
        if not self.order or self.order[0].name not in self.composite_index_order:
            return None
        names = {composite(pair) for pair in self.composite_index}
        indexes = (
            index for index, clause in enumerate(self._predicates) if is_single_value_of(clause, names)
        )
        return next(indexes, None)

    def _key_ranges(self) -> Iterator[range | None]:
        """Yield the range of each key of a cursor, or None for a text."""
        if self.terms and self.shape.is_by_change:
            yield _CHANGE_ORDER_KEYS
            return
        if self.terms and not self.order:
            yield _RANKS
        for order in self.order:
            if order.name == BY_ID:
                break
            yield from (_UNKNOWN_FLAGS, None)
        yield from [None] if self.entity else [None, None]


def _sort_shape(order: SortOrder) -> SortShape:
    return SortShape(order.name == BY_ID, order.descending, order.name == MODIFIED)


def _is_valid_key(key: str | int, key_range: range | None) -> bool:
    """Return True if a key is an integer of a range, or without a range a text that PostgreSQL accepts."""
    if isinstance(key, str):
        return key_range is None and "\0" not in key
    return key_range is not None and type(key) is int and key in key_range

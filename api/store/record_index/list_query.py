"""List queries: the conditions that the records of a list satisfy, the order, and the positions in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import msgspec

from api.store.record_index.fulltext import RANKS
from schema.declaration.entity_base import RecordKey
from schema.entities.partner_and_funder_lists import RoleList
from schema.index.fulltext import SearchTerm
from schema.index.sort_keys import BY_ID
from schema.query.parser import Condition, Query

CursorKey = str | int | None
"""A value of a sort key, None if it is missing; or the rank of a match, or a record number."""

_MAX_NUMBER = (1 << 31) - 1


@dataclass(frozen=True)
class SortOrder:
    """A sort key by name, with its direction."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class ListQuery:
    """A list query over the records of one entity, or of all; its rows are list items or full documents.

    `link_indexes` are the indexes whose values are ids, each with the entity of the records. `parse` returns the
    conditions again, with the ids of merged records replaced.
    """

    entity: str = ""
    query: Query = ()
    terms: tuple[SearchTerm, ...] = ()
    order: tuple[SortOrder, ...] = ()
    role: RoleList | None = None
    full_documents: bool = False
    link_indexes: tuple[tuple[str, str], ...] = ()
    parse: Callable[[Mapping[RecordKey, RecordKey]], Query] | None = field(default=None, compare=False)

    @cached_property
    def linked_keys(self) -> frozenset[RecordKey]:
        """Return the keys of the records that the conditions name."""
        keys = (self._linked_key(condition) for clause in self.query for condition in clause)
        return frozenset(key for key in keys if key)

    def with_merges_replaced(self, merges: Mapping[RecordKey, RecordKey]) -> "ListQuery":
        """Return the query with the ids of merged records replaced by those of the records they lead to.

        It is parsed again, as values that were different may exclude each other now.
        """
        return replace(self, query=self.parse(merges)) if merges and self.parse else self

    @property
    def is_ranked(self) -> bool:
        """Return True for a search in the order of the ranks of its matches."""
        return bool(self.terms) and not self.order

    @cached_property
    def sort_keys(self) -> tuple[SortOrder, ...]:
        """Return the sort keys that decide the order: none after the id, which is different for each record."""
        names = [order.name for order in self.order]
        return self.order[: names.index(BY_ID) + 1] if BY_ID in names else self.order

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
        terms = [
            {"words": term.tokens, "is_prefix": term.is_prefix}
            | ({"is_quoted": True} if term.is_quoted else {})
            for term in self.terms
        ]
        order = [{"name": key.name, "descending": key.descending} for key in self.order]
        role = self.role.collection if self.role else ""
        return msgspec.json.encode([self.entity, role, clauses, terms, order]).decode()

    def is_position(self, keys: Sequence[CursorKey]) -> bool:
        """Return True if the keys of a cursor have the number and the types of those of a row of the list."""
        tests = [*self._key_tests()]
        return len(keys) == len(tests) and all(test(key) for test, key in zip(tests, keys, strict=True))

    def _linked_key(self, condition: Condition) -> RecordKey | None:
        entity = dict(self.link_indexes).get(condition.index_name)
        return (entity, condition.minimum) if entity else None

    def _key_tests(self) -> Iterator[Callable[[CursorKey], bool]]:
        """Yield the test of each key of a cursor."""
        if self.is_ranked:
            yield lambda key: type(key) is int and 0 <= key < RANKS
        for order in self.sort_keys:
            if order.name == BY_ID:
                yield _is_text
                return
            yield lambda key: key is None or _is_text(key)
        yield lambda key: type(key) is int and 0 <= key <= _MAX_NUMBER


def _is_text(key: CursorKey) -> bool:
    """Return True for a text that PostgreSQL accepts."""
    return isinstance(key, str) and "\0" not in key

"""The filter conditions of list queries: predicates on index entries, their SQL and their bind values."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
)

from schema.index.entries import composite
from schema.query.parameters import ID_FILTER
from schema.query.parser import Clause, Condition, Query

ENTITY: Any = bindparam("entity", type_=Text)
"""The entity of a list."""

_ZERO: Any = literal_column("0")

_MAX_COMPOSITE_VALUES = 16
"""Largest number of value pairs for which two clauses are merged on a composite index: each is one lookup."""


class PredicateShape(NamedTuple):
    """The part of a predicate that the text of a SELECT depends on."""

    is_id: bool
    holds: bool
    is_range: bool
    value_count: int

    @property
    def is_single_value(self) -> bool:
        """Return True for an equality with one value of an index other than the id."""
        return self.holds and self.value_count == 1 and not self.is_range and not self.is_id


@dataclass(frozen=True)
class Predicate:
    """A predicate on one index: an entry has one of some values, or a value in a range; or none has."""

    index_name: str
    holds: bool
    is_range: bool
    values: tuple[str, ...]
    """The alternative values, or the minimum and the maximum of a range."""

    @property
    def shape(self) -> PredicateShape:
        """Return the part that the text of a SELECT depends on."""
        return PredicateShape(self.index_name == ID_FILTER, self.holds, self.is_range, len(self.values))


def predicates(query: Query, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[Predicate, ...], ...]:
    """Return the clauses of a query, each as a disjunction of predicates.

    `pairs` are the indexes with a composite index. Two clauses on such a pair become one predicate on the
    composite index, unless their values have too many combinations.
    """
    clauses = [tuple(_clause_predicates(clause)) for clause in query]
    for pair in pairs:
        mergeable = [[clause for clause in clauses if _has_values_of(clause, name)] for name in pair]
        if all(len(matches) == 1 for matches in mergeable):
            (first,), (second,) = mergeable[0][0], mergeable[1][0]
            values = tuple(composite(values) for values in product(first.values, second.values))
            if len(values) <= _MAX_COMPOSITE_VALUES:
                clauses = [clause for clause in clauses if clause not in ((first,), (second,))]
                clauses.insert(0, (Predicate(composite(pair), holds=True, is_range=False, values=values),))
    return tuple(clauses)


def is_single_value_of(clause: Sequence[Predicate], index_names: Container[str]) -> bool:
    """Return True if a clause is an equality with one value of one of some indexes."""
    return len(clause) == 1 and clause[0].index_name in index_names and clause[0].shape.is_single_value


def _has_values_of(clause: Sequence[Predicate], index_name: str) -> bool:
    """Return True if a clause asks for one of some values of an index."""
    return (
        len(clause) == 1 and clause[0].index_name == index_name and clause[0].holds and not clause[0].is_range
    )


def _clause_predicates(clause: Clause) -> Iterator[Predicate]:
    """Yield the conditions of a clause as predicates; equalities on one index are combined."""
    for (index_name, holds, is_range), conditions in groupby(sorted(clause, key=_group_key), _group_key):
        if is_range or not holds:
            yield from (
                Predicate(index_name, holds, is_range, _condition_values(condition, is_range=is_range))
                for condition in conditions
            )
        else:
            yield Predicate(index_name, holds, is_range, tuple(condition.minimum for condition in conditions))


def _group_key(condition: Condition) -> tuple[str, bool, bool]:
    return condition.index_name, condition.holds, condition.minimum != condition.maximum


def _condition_values(condition: Condition, *, is_range: bool) -> tuple[str, ...]:
    return (condition.minimum, condition.maximum) if is_range else (condition.minimum,)


def bind_values(clauses: Iterable[Iterable[Predicate]]) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of each bind parameter of the predicates of a query."""
    for clause_index, clause in enumerate(clauses):
        for predicate_index, predicate in enumerate(clause):
            prefix = f"c{clause_index}_{predicate_index}"
            yield f"{prefix}_name", predicate.index_name
            yield from ((f"{prefix}_{index}", value) for index, value in enumerate(predicate.values))


@dataclass(frozen=True)
class BindPosition:
    """The position of a predicate in a query, which its bind parameters are named after."""

    clause: int
    predicate: int
    shape: PredicateShape

    def entry_condition(self, table: FromClause) -> ColumnElement[bool]:
        """Return the condition that an index entry, a row of `table`, matches. It ignores `holds`."""
        return and_(
            table.c.entity == ENTITY,
            table.c.name == self._bind_parameter("name"),
            self._value_condition(table.c.value),
        )

    def matching_ids(self, item: FromClause, index_entry: FromClause) -> Select[Any]:
        """Return the SELECT of the id and the item number of records with a matching index entry.

        It ignores `holds`. A record with several matching entries occurs several times.
        """
        if self.shape.is_id:
            number = item.c.number.label("item")
            return select(item.c.id, number).where(item.c.entity == ENTITY, self._value_condition(item.c.id))
        entry = index_entry.alias()
        return select(entry.c.id, entry.c.item).where(self.entry_condition(entry))

    def record_condition(
        self, identifier: ColumnElement[str], index_entry: FromClause, *, correlated: bool
    ) -> ColumnElement[bool]:
        """Return the condition that the record with an id satisfies the predicate.

        With `correlated`, PostgreSQL evaluates the subquery for each record.
        """
        if self.shape.is_id:
            condition = self._value_condition(identifier)
        else:
            entry = index_entry.alias()
            matches = (
                select(1).select_from(entry).where(self.entry_condition(entry), entry.c.id == identifier)
            )
            # PostgreSQL does not turn a subquery with an OFFSET into a join, so the plan cannot start from it.
            condition = exists(matches.offset(_ZERO) if correlated else matches)
        return condition if self.shape.holds else not_(condition)

    def cardinality(self, entry_counts: FromClause) -> ColumnElement[int]:
        """Return an upper bound of the number of matching records, as a scalar expression.

        A record with several of the values counts once for each. It ignores `holds`.
        """
        if self.shape.is_id:
            return literal(self.shape.value_count)
        total = cast(func.coalesce(func.sum(entry_counts.c.number), 0), BigInteger)
        return select(total).where(self.entry_condition(entry_counts)).scalar_subquery()

    def _value_condition(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        values = [self._bind_parameter(str(index)) for index in range(self.shape.value_count)]
        if self.shape.is_range:
            return column.between(*values)
        return column == values[0] if len(values) == 1 else column.in_(values)

    def _bind_parameter(self, name: str) -> Any:
        return bindparam(f"c{self.clause}_{self.predicate}_{name}", type_=Text)


def bind_positions(clauses: Iterable[Iterable[PredicateShape]]) -> list[list[BindPosition]]:
    """Return the bind positions of all predicates, by clause."""
    return [
        [BindPosition(clause_index, predicate_index, shape) for predicate_index, shape in enumerate(clause)]
        for clause_index, clause in enumerate(clauses)
    ]


def any_of(
    clause: Iterable[BindPosition],
    identifier: ColumnElement[str],
    index_entry: FromClause,
    *,
    correlated: bool,
) -> ColumnElement[bool]:
    """Return the condition that the record with an id satisfies one of the predicates of a clause."""
    return or_(
        *[position.record_condition(identifier, index_entry, correlated=correlated) for position in clause]
    )

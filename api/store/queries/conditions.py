"""The filter conditions of list queries: predicates on index entries, their SQL and their bind values."""

from collections import defaultdict
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
from sqlalchemy.ext.compiler import compiles

from api.store.queries.array_parameter import AnyOf, json_array
from schema.index.entries import composite
from schema.query.parameters import ID_FILTER
from schema.query.parser import MAX_VALUES_OF_PARAMETER, Clause, Condition, Query

ENTITY: Any = bindparam("entity", type_=Text)
"""The entity of a list."""

_ZERO: Any = literal_column("0")

_MAX_COMPOSITE_VALUES = 16
"""Largest number of value pairs for which two clauses are merged on a composite index: each is one lookup."""


class Evaluation(NamedTuple):
    """The method by which each engine evaluates filters on the records of an access path."""

    reads_ids: bool
    """True if SQLite reads all matching ids once; else it looks each record up."""
    correlated: bool
    """True if PostgreSQL looks each record up; else it plans a join."""


class PredicateShape(NamedTuple):
    """The part of a predicate that the text of a SELECT depends on."""

    is_id: bool
    holds: bool
    is_range: bool
    is_array: bool
    """True for several values, which are one bind parameter: a JSON array."""

    @property
    def is_equality(self) -> bool:
        """Return True for a comparison with one value of an index other than the id."""
        return not (self.is_array or self.is_range or self.is_id)

    @property
    def is_single_value(self) -> bool:
        """Return True for an equality with one value of an index other than the id."""
        return self.holds and self.is_equality


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
        is_array = len(self.values) > 1 and not self.is_range
        return PredicateShape(self.index_name == ID_FILTER, self.holds, self.is_range, is_array)


def predicates(query: Query, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[Predicate, ...], ...]:
    """Return the clauses of a query, each as a disjunction of predicates.

    `pairs` are the indexes with a composite index. Two clauses on such a pair become one predicate on the
    composite index, unless their values have too many combinations. The clauses are in the order of their
    shapes, so that queries by other parameters have the same statements.
    """
    clauses = [
        tuple(_clause_predicates(clause, is_exclusion=is_exclusion))
        for clause, is_exclusion in _with_combined_exclusions(query)
    ]
    for pair in pairs:
        mergeable = [[clause for clause in clauses if _has_values_of(clause, name)] for name in pair]
        if all(len(matches) == 1 for matches in mergeable):
            (first,), (second,) = mergeable[0][0], mergeable[1][0]
            values = tuple(composite(values) for values in product(first.values, second.values))
            if len(values) <= _MAX_COMPOSITE_VALUES:
                clauses = [clause for clause in clauses if clause not in ((first,), (second,))]
                clauses.insert(0, (Predicate(composite(pair), holds=True, is_range=False, values=values),))
    return tuple(sorted(clauses, key=lambda clause: [predicate.shape for predicate in clause]))


def is_single_value_of(clause: Sequence[Predicate], index_names: Container[str]) -> bool:
    """Return True if a clause is an equality with one value of one of some indexes."""
    return len(clause) == 1 and clause[0].index_name in index_names and clause[0].shape.is_single_value


def _has_values_of(clause: Sequence[Predicate], index_name: str) -> bool:
    """Return True if a clause asks for one of some values of an index."""
    return (
        len(clause) == 1 and clause[0].index_name == index_name and clause[0].holds and not clause[0].is_range
    )


def _with_combined_exclusions(query: Query) -> Iterator[tuple[Clause, bool]]:
    """Yield the clauses of a query. The excluded values of one index are one clause, marked with True."""
    excluded: dict[str, list[Condition]] = defaultdict(list)
    for clause in query:
        condition = clause[0]
        if len(clause) == 1 and not condition.holds and condition.minimum == condition.maximum:
            excluded[condition.index_name].append(condition)
        else:
            yield clause, False
    yield from ((tuple(conditions), True) for conditions in excluded.values())


def _clause_predicates(clause: Clause, *, is_exclusion: bool) -> Iterator[Predicate]:
    """Yield the conditions of a clause as predicates; equalities on one index are combined.

    Of an exclusion, none of the values may be there; otherwise conditions that do not hold are alternatives.
    """
    for (index_name, holds, is_range), conditions in groupby(sorted(clause, key=_group_key), _group_key):
        if (holds and not is_range) or is_exclusion:
            yield Predicate(index_name, holds, is_range, tuple(condition.minimum for condition in conditions))
        else:
            yield from (
                Predicate(index_name, holds, is_range, _condition_values(condition, is_range=is_range))
                for condition in conditions
            )


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
            if predicate.shape.is_array:
                yield f"{prefix}_values", json_array(predicate.values)
            else:
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
        self, identifier: ColumnElement[str], index_entry: FromClause, evaluation: Evaluation
    ) -> ColumnElement[bool]:
        """Return the condition that the record with an id satisfies the predicate."""
        if self.shape.is_id:
            condition = self._value_condition(identifier)
        else:
            entry = index_entry.alias()
            is_match = self.entry_condition(entry)
            matches = select(1).select_from(entry).where(is_match, entry.c.id == identifier)
            # PostgreSQL does not turn a subquery with an OFFSET into a join, so the plan cannot start from it.
            condition = exists(matches.offset(_ZERO) if evaluation.correlated else matches)
            if evaluation.reads_ids:
                condition = _IdAmong(identifier, select(entry.c.id).where(is_match), condition)
        return condition if self.shape.holds else not_(condition)

    def cardinality(self, entry_counts: FromClause) -> ColumnElement[int]:
        """Return an upper bound of the number of matching records, as a scalar expression.

        A record with several of the values counts once for each. It ignores `holds`.
        """
        if self.shape.is_id:
            return literal(MAX_VALUES_OF_PARAMETER if self.shape.is_array else 1)
        total = cast(func.coalesce(func.sum(entry_counts.c.number), 0), BigInteger)
        return select(total).where(self.entry_condition(entry_counts)).scalar_subquery()

    def _value_condition(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        if self.shape.is_array:
            return AnyOf(column, self._bind_parameter("values"))
        if self.shape.is_range:
            return column.between(self._bind_parameter("0"), self._bind_parameter("1"))
        is_equal: ColumnElement[bool] = column == self._bind_parameter("0")
        return is_equal

    def _bind_parameter(self, name: str) -> Any:
        return bindparam(f"c{self.clause}_{self.predicate}_{name}", type_=Text)


class _IdAmong(ColumnElement[bool]):
    """The condition that an id is among selected ones; `exists` is the same as a correlated subquery.

    SQLite reads the selected ids once. PostgreSQL plans a join for the correlated form, and would repeat a
    selection that is too large for its memory for each record.
    """

    inherit_cache = False

    def __init__(self, identifier: ColumnElement[str], ids: Select[Any], exists: ColumnElement[bool]) -> None:
        self.membership = identifier.in_(ids)
        self.exists = exists


@compiles(_IdAmong, "sqlite")
def _compile_for_sqlite(condition: _IdAmong, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(condition.membership, **options)})"


@compiles(_IdAmong, "postgresql")
def _compile_for_postgresql(condition: _IdAmong, compiler: Any, **options: Any) -> str:
    text: str = compiler.process(condition.exists, **options)
    return text


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
    evaluation: Evaluation,
) -> ColumnElement[bool]:
    """Return the condition that the record with an id satisfies one of the predicates of a clause."""
    return or_(*[position.record_condition(identifier, index_entry, evaluation) for position in clause])

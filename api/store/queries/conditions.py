"""What decides whether a record is in a list, as conditions of a select and the values for them."""

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

_NO_ROWS: Any = literal_column("0")

_MOST_TOGETHER = 16
"""Values of a facet that stands for two others: more would be looked up one by one for little."""


class PredicateShape(NamedTuple):
    """What the text of a select depends on."""

    is_id: bool
    holds: bool
    is_range: bool
    number: int

    @property
    def is_one(self) -> bool:
        """Tell whether records are looked for that have one value of one facet."""
        return self.holds and self.number == 1 and not self.is_range and not self.is_id


@dataclass(frozen=True)
class Predicate:
    """Conditions on one facet, looked up together: it has one of some values, or one in a range."""

    index_name: str
    holds: bool
    is_range: bool
    values: tuple[str, ...]

    @property
    def shape(self) -> PredicateShape:
        """Return what the text of a select depends on."""
        return PredicateShape(self.index_name == ID_FILTER, self.holds, self.is_range, len(self.values))


def predicates(question: Query, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[Predicate, ...], ...]:
    """Return the clauses of a question, each as alternatives that are looked up one by one.

    Two clauses become one where a pair of facets is kept together.
    """
    clauses = [tuple(_grouped(clause)) for clause in question]
    for pair in pairs:
        both = [[clause for clause in clauses if _is_of(clause, name)] for name in pair]
        if all(len(found) == 1 for found in both):
            (one,), (other,) = both[0][0], both[1][0]
            values = tuple(composite(values) for values in product(one.values, other.values))
            if len(values) <= _MOST_TOGETHER:
                clauses = [clause for clause in clauses if clause not in ((one,), (other,))]
                clauses.insert(0, (Predicate(composite(pair), holds=True, is_range=False, values=values),))
    return tuple(clauses)


def is_one_of(clause: Sequence[Predicate], facets: Container[str]) -> bool:
    """Tell whether a clause is that one of some facets has one value."""
    return len(clause) == 1 and clause[0].index_name in facets and clause[0].shape.is_one


def _is_of(clause: Sequence[Predicate], facet: str) -> bool:
    """Tell whether a clause is that a facet has one of some values."""
    return len(clause) == 1 and clause[0].index_name == facet and clause[0].holds and not clause[0].is_range


def _grouped(clause: Clause) -> Iterator[Predicate]:
    for (facet, holds, is_range), found in groupby(sorted(clause, key=_kind), _kind):
        if is_range or not holds:
            yield from (Predicate(facet, holds, is_range, _values(one, is_range=is_range)) for one in found)
        else:
            yield Predicate(facet, holds, is_range, tuple(one.minimum for one in found))


def _kind(condition: Condition) -> tuple[str, bool, bool]:
    return condition.index_name, condition.holds, condition.minimum != condition.maximum


def _values(condition: Condition, *, is_range: bool) -> tuple[str, ...]:
    return (condition.minimum, condition.maximum) if is_range else (condition.minimum,)


def bind_values(clauses: Iterable[Iterable[Predicate]]) -> Iterator[tuple[str, str]]:
    """Yield the values of the places that selects have for them, by name."""
    for number, clause in enumerate(clauses):
        for place, probe in enumerate(clause):
            yield f"c{number}_{place}_name", probe.index_name
            yield from ((f"c{number}_{place}_{at}", value) for at, value in enumerate(probe.values))


@dataclass(frozen=True)
class BindPosition:
    """Where a probe stands in a question; the values for it are named by that."""

    clause: int
    predicate: int
    shape: PredicateShape

    def finds(self, table: FromClause) -> ColumnElement[bool]:
        """Return that a row of a table of facets is one that the probe looks for."""
        return and_(table.c.entity == ENTITY, table.c.name == self._value("name"), self._among(table.c.value))

    def ids(self, record: FromClause, facet: FromClause) -> Select[Any]:
        """Return the ids of what a probe looks for, and the numbers of their items, whether or not they are wanted."""
        if self.shape.is_id:
            item = record.c.number.label("item")
            return select(record.c.id, item).where(record.c.entity == ENTITY, self._among(record.c.id))
        found = facet.alias()
        return select(found.c.id, found.c.item).where(self.finds(found))

    def holds(
        self, identifier: ColumnElement[str], facet: FromClause, *, of_each: bool
    ) -> ColumnElement[bool]:
        """Return that the probe holds of a record; PostgreSQL may be told to ask that of each record found."""
        if self.shape.is_id:
            found = self._among(identifier)
        else:
            one = facet.alias()
            here = select(1).select_from(one).where(self.finds(one), one.c.id == identifier)
            # It joins no select with an offset, and so does not begin with this one.
            found = exists(here.offset(_NO_ROWS) if of_each else here)
        return found if self.shape.holds else not_(found)

    def number(self, tally: FromClause) -> ColumnElement[int]:
        """Return how many records the probe looks for, at most."""
        if self.shape.is_id:
            return literal(self.shape.number)
        number = cast(func.coalesce(func.sum(tally.c.number), 0), BigInteger)
        return select(number).where(self.finds(tally)).scalar_subquery()

    def _among(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        values = [self._value(str(number)) for number in range(self.shape.number)]
        if self.shape.is_range:
            return column.between(*values)
        return column == values[0] if len(values) == 1 else column.in_(values)

    def _value(self, name: str) -> Any:
        return bindparam(f"c{self.clause}_{self.predicate}_{name}", type_=Text)


def bind_positions(clauses: Iterable[Iterable[PredicateShape]]) -> list[list[BindPosition]]:
    """Return the places of all probes, by clause."""
    return [
        [BindPosition(number, place, shape) for place, shape in enumerate(clause)]
        for number, clause in enumerate(clauses)
    ]


def any_of(
    clause: Iterable[BindPosition], identifier: ColumnElement[str], facet: FromClause, *, of_each: bool
) -> ColumnElement[bool]:
    """Return that one of some probes finds a record."""
    return or_(*[place.holds(identifier, facet, of_each=of_each) for place in clause])

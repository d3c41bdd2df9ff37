"""What decides whether a record is in a list, as conditions of a select and the values for them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, and_, exists, not_, or_, select

from schema.parameters import IDS
from schema.questions import Clause, Condition, Question

Bind = Callable[[], Any]
"""Makes the next place for a value in a statement."""


@dataclass(frozen=True)
class Probe:
    """Conditions on one facet, looked up together: it has one of some values, or one in a range."""

    facet: str
    holds: bool
    is_range: bool
    values: tuple[str, ...]

    @property
    def shape(self) -> tuple[bool, bool, bool, int]:
        """Return what the text of a select depends on."""
        return self.facet == IDS, self.holds, self.is_range, len(self.values)


def probes(question: Question) -> tuple[tuple[Probe, ...], ...]:
    """Return the clauses of a question, each as alternatives that are looked up one by one."""
    return tuple(tuple(_grouped(clause)) for clause in question)


def _grouped(clause: Clause) -> Iterator[Probe]:
    for (facet, holds, is_range), found in groupby(sorted(clause, key=_kind), _kind):
        if is_range or not holds:
            yield from (Probe(facet, holds, is_range, _values(one, is_range=is_range)) for one in found)
        else:
            yield Probe(facet, holds, is_range, tuple(one.lowest for one in found))


def _kind(condition: Condition) -> tuple[str, bool, bool]:
    return condition.facet, condition.holds, condition.lowest != condition.highest


def _values(condition: Condition, *, is_range: bool) -> tuple[str, ...]:
    return (condition.lowest, condition.highest) if is_range else (condition.lowest,)


def values_of(clauses: Iterable[Iterable[Probe]]) -> Iterator[str]:
    """Yield the values in the order in which `condition_of` makes places for them."""
    for clause in clauses:
        for probe in clause:
            if probe.facet != IDS:
                yield probe.facet
            yield from probe.values


def condition_of(
    shapes: Iterable[tuple[bool, bool, bool, int]], facet: Table, record: FromClause, bind: Bind
) -> ColumnElement[bool]:
    """Return that one of some probes finds a record."""
    return or_(*[_condition(shape, facet, record, bind) for shape in shapes])


def _condition(
    shape: tuple[bool, bool, bool, int], facet: Table, record: FromClause, bind: Bind
) -> ColumnElement[bool]:
    is_id, holds, is_range, count = shape
    if is_id:
        found: ColumnElement[bool] = record.c.id.in_([bind() for _ in range(count)])
        return found if holds else not_(found)
    probe = facet.alias()
    name = probe.c.name == bind()
    value = (
        probe.c.value.between(bind(), bind())
        if is_range
        else probe.c.value.in_([bind() for _ in range(count)])
    )
    here = and_(probe.c.entity == record.c.entity, probe.c.id == record.c.id, name, value)
    found = exists(select(1).select_from(probe).where(here).correlate(record))
    return found if holds else not_(found)

"""The query planner: it chooses the access path of a list by the number of matching records.

Databases estimate from statistics of whole columns; the index entry counts give the number of records
per value.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from api.store.queries.list_query import QueryShape

_LARGE_PART = 8
"""From an eighth of the records on, reading the ids that match a filter costs less than looking each record up."""


class AccessPath(Enum):
    """The table or index that a list is read from; all other conditions are filters on its rows."""

    ALL_RECORDS = "all records, in the order of their ids"
    SORT_KEY_SCAN = "all records, in the order of a sort key"
    COMPOSITE_INDEX_SCAN = "the records with a value of each of two indexes, in the order of a sort key"
    INDEX_SCAN = "the records with one value of an index, in the order of their ids"
    INDEX_UNION = "the records that match a clause, in no order"
    FULLTEXT = "the records that match a search, in no order"
    FULLTEXT_BY_CHANGE = "the records that match a search, in the order of their last change"


_KEY_SCANS = (AccessPath.SORT_KEY_SCAN, AccessPath.COMPOSITE_INDEX_SCAN)

_ORDERED_SCANS = (
    *_KEY_SCANS,
    AccessPath.ALL_RECORDS,
    AccessPath.INDEX_SCAN,
    AccessPath.FULLTEXT_BY_CHANGE,
)


@dataclass(frozen=True)
class QueryPlan:
    """An access path, and the index of the clause that it evaluates, if any."""

    access_path: AccessPath
    clause: int | None = None
    reads_many: bool = False
    """True if all rows are read, and these are a large part of the records."""

    @property
    def is_by_key(self) -> bool:
        """Return True if records are read in the order of a sort key, those without a value last."""
        return self.access_path in _KEY_SCANS

    @property
    def is_by_change(self) -> bool:
        """Return True if the matches of a search are read in the order of their last change."""
        return self.access_path is AccessPath.FULLTEXT_BY_CHANGE

    def provides_order(self, shape: QueryShape) -> bool:
        """Return True if the access path yields the records in the order of the list, without a sort."""
        return self.access_path in _ORDERED_SCANS and len(shape.order) <= 1


@dataclass(frozen=True)
class Cardinalities:
    """The number of records of an entity, of each clause (an upper bound), and of the list.

    They belong to one generation of the data, and its moment. The total is 0 until it is counted; `matches` are
    the records that a search matches, if there are clauses besides.
    """

    generation: int
    records: int
    clauses: tuple[int, ...]
    total: int = 0
    served_at: str = ""
    matches: int = 0


def plan_of_page(shape: QueryShape, cardinalities: Cardinalities, limit: int) -> QueryPlan:
    """Return the plan with the lowest estimated cost, in rows read, for a page of `limit` rows."""
    if shape.phrase_lengths:
        path = AccessPath.FULLTEXT_BY_CHANGE if shape.is_by_change else AccessPath.FULLTEXT
        return _of_all_rows(QueryPlan(path), cardinalities)
    total = max(1, cardinalities.total)
    ordered_scan = QueryPlan(
        AccessPath.SORT_KEY_SCAN if shape.order and not _is_by_id(shape) else AccessPath.ALL_RECORDS
    )
    candidates = [(limit * cardinalities.records / total, ordered_scan)]
    if shape.composite_clause is not None:
        candidates.append(
            (
                limit * cardinalities.clauses[shape.composite_clause] / total,
                QueryPlan(AccessPath.COMPOSITE_INDEX_SCAN, shape.composite_clause),
            )
        )
    for clause, size in _indexed_clauses(shape, cardinalities):
        # A union is sorted, so all its rows are read; the factor is the cost of the sort per row.
        candidates.append((2.0 * size, QueryPlan(AccessPath.INDEX_UNION, clause)))
        if _is_by_id(shape) and [predicate.is_single_value for predicate in shape.clauses[clause]] == [True]:
            candidates.append((limit * size / total, QueryPlan(AccessPath.INDEX_SCAN, clause)))
    plan = min(candidates, key=lambda candidate: candidate[0])[1]
    return plan if plan.provides_order(shape) else _of_all_rows(plan, cardinalities)


def plan_of_all(shape: QueryShape, cardinalities: Cardinalities) -> QueryPlan:
    """Return the plan with the lowest estimated cost for all records of a list, in any order."""
    if shape.phrase_lengths:
        return _of_all_rows(QueryPlan(AccessPath.FULLTEXT), cardinalities)
    size, clause = min(
        ((size, clause) for clause, size in _indexed_clauses(shape, cardinalities)), default=(0, None)
    )
    is_scan = clause is None or 2 * size > cardinalities.records
    plan = QueryPlan(AccessPath.ALL_RECORDS) if is_scan else QueryPlan(AccessPath.INDEX_UNION, clause)
    return _of_all_rows(plan, cardinalities)


def known_total(shape: QueryShape, cardinalities: Cardinalities) -> int | None:
    """Return the number of records of a list if the index entry counts give it exactly, else None."""
    if shape.phrase_lengths or shape.role or shape.is_mixed:
        return None
    match shape.clauses:
        case ():
            return cardinalities.records
        case ((predicate,),) if predicate.is_equality:
            return cardinalities.clauses[0]
    return None


def _of_all_rows(plan: QueryPlan, cardinalities: Cardinalities) -> QueryPlan:
    """Return a plan that reads all rows of its access path, marked if these are many."""
    rows = cardinalities.records if plan.clause is None else cardinalities.clauses[plan.clause]
    if plan.access_path in (AccessPath.FULLTEXT, AccessPath.FULLTEXT_BY_CHANGE):
        rows = cardinalities.matches
    return replace(plan, reads_many=_LARGE_PART * rows > cardinalities.records)


def _indexed_clauses(shape: QueryShape, cardinalities: Cardinalities) -> Iterator[tuple[int, int]]:
    """Yield the index and the cardinality of each clause that an index can evaluate: one without negation."""
    for index, clause in enumerate(shape.clauses):
        if all(predicate.holds for predicate in clause):
            yield index, cardinalities.clauses[index]


def _is_by_id(shape: QueryShape) -> bool:
    return not shape.order or shape.order[0].is_id

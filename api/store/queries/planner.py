"""How a list is best read: where its records are looked for first, given how many there are of each kind.

The databases know how often values occur on the whole; the tallies know it of each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from api.store.queries.list_query import QueryShape


class AccessPath(Enum):
    """Where the records of a list are looked for first; all else is then asked of each of them."""

    ALL_RECORDS = "all records, in the order of their ids"
    SORT_KEY_SCAN = "all records, in the order of a sort key"
    COMPOSITE_INDEX_SCAN = "all records with a value of each of two facets, in the order of a sort key"
    INDEX_SCAN = "all records with one value, in the order of their ids"
    INDEX_UNION = "all records with one of some values, in no order"
    FULLTEXT = "all records with some words, in no order"
    FULLTEXT_BY_CHANGE = "all records with some words, in the order in which they changed"


_BY_KEY = (AccessPath.SORT_KEY_SCAN, AccessPath.COMPOSITE_INDEX_SCAN)

_IN_ORDER = (*_BY_KEY, AccessPath.ALL_RECORDS, AccessPath.INDEX_SCAN, AccessPath.FULLTEXT_BY_CHANGE)


@dataclass(frozen=True)
class QueryPlan:
    """A way, and the clause that it begins with, if it does with one."""

    access_path: AccessPath
    clause: int | None = None

    @property
    def is_by_key(self) -> bool:
        """Tell whether records are read in the order of a sort key, and then those of which it is not known."""
        return self.access_path in _BY_KEY

    def has_order_of(self, outline: QueryShape) -> bool:
        """Tell whether an index has the records in the order that is wanted, so that nothing is sorted."""
        return self.access_path in _IN_ORDER and len(outline.order) <= 1


@dataclass(frozen=True)
class Cardinalities:
    """How many records there are, how many each clause finds at most, and how many all find together.

    They are those of one moment, which `served` names. The last of them may have to be counted yet.
    """

    generation: int
    records: int
    clauses: tuple[int, ...]
    total: int = 0


def plan_of_page(outline: QueryShape, sizes: Cardinalities, limit: int) -> QueryPlan:
    """Return the way on which the fewest rows are looked at, as far as one can tell."""
    if outline.phrase_lengths:
        return QueryPlan(AccessPath.FULLTEXT_BY_CHANGE if outline.is_by_change else AccessPath.FULLTEXT)
    found = max(1, sizes.total)
    in_order = QueryPlan(
        AccessPath.SORT_KEY_SCAN if outline.order and not _is_by_id(outline) else AccessPath.ALL_RECORDS
    )
    ways = [(limit * sizes.records / found, in_order)]
    if outline.composite_clause is not None:
        ways.append(
            (
                limit * sizes.clauses[outline.composite_clause] / found,
                QueryPlan(AccessPath.COMPOSITE_INDEX_SCAN, outline.composite_clause),
            )
        )
    for clause, size in _usable(outline, sizes):
        # Rows that are put in order afterwards are all looked at, and each costs more.
        ways.append((2.0 * size, QueryPlan(AccessPath.INDEX_UNION, clause)))
        if _is_by_id(outline) and [probe.is_one for probe in outline.clauses[clause]] == [True]:
            ways.append((limit * size / found, QueryPlan(AccessPath.INDEX_SCAN, clause)))
    return min(ways, key=lambda one: one[0])[1]


def plan_of_all(outline: QueryShape, sizes: Cardinalities) -> QueryPlan:
    """Return the way on which the fewest rows are looked at if all records of the list are."""
    if outline.phrase_lengths:
        return QueryPlan(AccessPath.FULLTEXT)
    size, clause = min(((size, clause) for clause, size in _usable(outline, sizes)), default=(0, None))
    return (
        QueryPlan(AccessPath.ALL_RECORDS)
        if clause is None or 2 * size > sizes.records
        else QueryPlan(AccessPath.INDEX_UNION, clause)
    )


def known_total(outline: QueryShape, sizes: Cardinalities) -> int | None:
    """Return how many records a list has where that need not be counted, or None."""
    if outline.phrase_lengths or outline.role or outline.is_mixed:
        return None
    match outline.clauses:
        case ():
            return sizes.records
        case ((probe,),) if probe.number == 1 and not probe.is_range and not probe.is_id:
            return sizes.clauses[0]
    return None


def _usable(outline: QueryShape, sizes: Cardinalities) -> Iterator[tuple[int, int]]:
    """Yield each clause whose records can be looked up, with how many they are at most."""
    for number, clause in enumerate(outline.clauses):
        if all(probe.holds for probe in clause):
            yield number, sizes.clauses[number]


def _is_by_id(outline: QueryShape) -> bool:
    return not outline.order or outline.order[0].is_id

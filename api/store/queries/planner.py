"""How a list is best read: where its records are looked for first, given how many there are of each kind.

The databases know how often values occur on the whole; the tallies know it of each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from api.store.queries.list_query import Outline


class Way(Enum):
    """Where the records of a list are looked for first; all else is then asked of each of them."""

    RECORDS = "all records, in the order of their ids"
    SORTED = "all records, in the order of a sort key"
    KEPT = "all records with a value of each of two facets, in the order of a sort key"
    FACET = "all records with one value, in the order of their ids"
    GATHERED = "all records with one of some values, in no order"
    WORDS = "all records with some words, in no order"
    NEWEST = "all records with some words, in the order in which they changed"


_BY_KEY = (Way.SORTED, Way.KEPT)

_IN_ORDER = (*_BY_KEY, Way.RECORDS, Way.FACET, Way.NEWEST)


@dataclass(frozen=True)
class Plan:
    """A way, and the clause that it begins with, if it does with one."""

    way: Way
    clause: int | None = None

    @property
    def is_by_key(self) -> bool:
        """Tell whether records are read in the order of a sort key, and then those of which it is not known."""
        return self.way in _BY_KEY

    def has_order_of(self, outline: Outline) -> bool:
        """Tell whether an index has the records in the order that is wanted, so that nothing is sorted."""
        return self.way in _IN_ORDER and len(outline.order) <= 1


@dataclass(frozen=True)
class Sizes:
    """How many records there are, how many each clause finds at most, and how many all find together.

    They are those of one moment, which `served` names. The last of them may have to be counted yet.
    """

    served: int
    records: int
    clauses: tuple[int, ...]
    total: int = 0


def plan_of_page(outline: Outline, sizes: Sizes, limit: int) -> Plan:
    """Return the way on which the fewest rows are looked at, as far as one can tell."""
    if outline.lengths:
        return Plan(Way.NEWEST if outline.is_by_change else Way.WORDS)
    found = max(1, sizes.total)
    in_order = Plan(Way.SORTED if outline.order and not _is_by_id(outline) else Way.RECORDS)
    ways = [(limit * sizes.records / found, in_order)]
    if outline.kept is not None:
        ways.append((limit * sizes.clauses[outline.kept] / found, Plan(Way.KEPT, outline.kept)))
    for clause, size in _usable(outline, sizes):
        # Rows that are put in order afterwards are all looked at, and each costs more.
        ways.append((2.0 * size, Plan(Way.GATHERED, clause)))
        if _is_by_id(outline) and [probe.is_one for probe in outline.clauses[clause]] == [True]:
            ways.append((limit * size / found, Plan(Way.FACET, clause)))
    return min(ways, key=lambda one: one[0])[1]


def plan_of_all(outline: Outline, sizes: Sizes) -> Plan:
    """Return the way on which the fewest rows are looked at if all records of the list are."""
    if outline.lengths:
        return Plan(Way.WORDS)
    size, clause = min(((size, clause) for clause, size in _usable(outline, sizes)), default=(0, None))
    return Plan(Way.RECORDS) if clause is None or 2 * size > sizes.records else Plan(Way.GATHERED, clause)


def known_total(outline: Outline, sizes: Sizes) -> int | None:
    """Return how many records a list has where that need not be counted, or None."""
    if outline.lengths or outline.role or outline.is_mixed:
        return None
    match outline.clauses:
        case ():
            return sizes.records
        case ((probe,),) if probe.number == 1 and not probe.is_range and not probe.is_id:
            return sizes.clauses[0]
    return None


def _usable(outline: Outline, sizes: Sizes) -> Iterator[tuple[int, int]]:
    """Yield each clause whose records can be looked up, with how many they are at most."""
    for number, clause in enumerate(outline.clauses):
        if all(probe.holds for probe in clause):
            yield number, sizes.clauses[number]


def _is_by_id(outline: Outline) -> bool:
    return not outline.order or outline.order[0].is_id

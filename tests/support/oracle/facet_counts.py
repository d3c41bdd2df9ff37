"""Expected facet counts of a list page, counted from the documents alone."""

from collections import Counter
from collections.abc import Iterator, Mapping

from tests.support.oracle.filter_values import CODES, Body, objects
from tests.support.oracle.queries import BruteForce, QueryPairs

MAX_VALUES = 12

ShownCounts = Mapping[str, int | None]
"""The values of a filter that a page shows, each with its count, or None if it shows none."""


def expected_facets(oracle: BruteForce, entity: str, query: QueryPairs) -> dict[str, ShownCounts]:
    """Return the counts on the page of a query by filter: of the most frequent values, and of those required.

    Each value is counted among the results of the query without the values that the filter requires. Filters without
    any value are left out.
    """
    facets = {name: _shown_counts(oracle, entity, query, name) for name in _counted_filters(entity, query)}
    return {name: counts for name, counts in facets.items() if counts}


def _counted_filters(entity: str, query: QueryPairs) -> Iterator[str]:
    """Yield the filters by codes; a currency that the amounts of the query need cannot be left out of it."""
    has_amounts = bool({"amount_from", "amount_to"} & {name for name, _ in query})
    return (name for name in CODES[entity] if not (has_amounts and name == "currency"))


def _shown_counts(oracle: BruteForce, entity: str, query: QueryPairs, name: str) -> ShownCounts:
    values = [value for parameter, text in query if parameter == name for value in text.split(",")]
    excluded = [(name, value) for value in values if value.startswith("-")]
    others = [pair for pair in query if pair[0] != name]
    bodies = oracle.documents[entity]
    results = oracle.ask(entity, [*others, *excluded])
    counts = Counter(code for one in results for code in _counted_codes(oracle, entity, name, bodies[one]))
    most_frequent = sorted(counts, key=lambda code: (-counts[code], code))[:MAX_VALUES]
    required = [oracle.code_of(entity, name, value) for value in values if not value.startswith("-")]
    return {
        code: None if name == "region" and _has_subregion(code, counts) else counts[code]
        for code in [*most_frequent, *sorted(required)]
    }


def _counted_codes(oracle: BruteForce, entity: str, name: str, body: Body) -> set[str]:
    """Return the codes of a document; a region is counted as it is stated, without those that it lies in."""
    if name != "region":
        return oracle.codes(entity, name, body)
    places = [*objects(body, "place"), *objects(body, "places")]
    return {place["nuts"] for place in places if "nuts" in place}


def _has_subregion(region: str, counts: Mapping[str, int]) -> bool:
    return any(other.startswith(region) and other != region for other in counts)

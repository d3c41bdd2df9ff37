"""Facet counts: the values of the filters of a list, each with its number of records."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nlargest
from typing import Any

import msgspec

from api.formats.document import Facet, Facets, FacetValue
from api.http.parameter_names import SORT
from api.lists.page_reader import ListRows, Paginator
from api.lists.query import ListQuerySpec, SearchSpec
from api.store.queries.merge_targets import fetch_merge_targets
from api.store.record_index.index_snapshot import IndexSnapshot
from api.store.record_index.list_query import ListQuery
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import RecordKey
from schema.index.entries import HAS, LACKS_LANGUAGE
from schema.query.parameters import ID_FILTER, FilterParameter
from schema.query.parser import QueryParameters, excluded_values

_MAX_VALUES = 12
"""Values of a filter that are shown, unless they are in use."""

_UNCOUNTED = (ID_FILTER, HAS, LACKS_LANGUAGE)


async def count_facets(
    snapshot: IndexSnapshot,
    paginator: Paginator,
    spec: ListQuerySpec | SearchSpec,
    parameters: QueryParameters,
    page: ListRows,
) -> Facets:
    """Return the facets of the list of a page.

    The values of a filter in use are counted without that filter, as they are alternatives to its values.
    """
    if isinstance(spec, SearchSpec):
        return Facets()
    query = spec.list_query(parameters, full_documents=False)
    public = await snapshot.numbers(query.linked_keys)
    merged = [key for key in query.linked_keys if key not in public]
    merges = await fetch_merge_targets(snapshot.run_query, paginator.statements, merged)
    evaluation = paginator.evaluation(snapshot)
    records = await evaluation.records(page.query)
    facets = []
    for parameter in _counted_filters(spec, parameters):
        others = records
        if parameter.name in parameters:
            others = await evaluation.records(
                _without(spec, parameters, parameter).with_merges_replaced(merges)
            )
        used = _used(spec, parameters, parameter, merges)
        index, most = (query.entity, parameter.index_name), _most_values(parameter)
        counts = await snapshot.value_counts(index, others, most, used)
        facets.append(Facet(parameter, tuple(_values(parameter, counts, used))))
    shown = tuple(facet for facet in facets if facet.values)
    cards = await _cards(snapshot, {*_value_keys(shown), *page.query.linked_keys})
    # The query may name a merged record, which has the label of the record that it leads to.
    cards |= {key: cards[target] for key, target in merges.items() if target in cards}
    return Facets(shown, cards)


def _most_values(parameter: FilterParameter) -> int | None:
    """Return the number of values of a filter that are needed, None for all.

    A region is shown without a count if others are inside it, however few records these have.
    """
    return None if parameter.kind is Kind.REGION else _MAX_VALUES


def _counted_filters(spec: ListQuerySpec, parameters: QueryParameters) -> list[FilterParameter]:
    """Return the filters that are counted: not those that scope a range in use."""
    filters = spec.parameters.values()
    scopes = {parameter.scoped_by for parameter in filters if parameter.name in parameters}
    return [
        parameter
        for parameter in filters
        if parameter.is_multivalued
        and parameter.index_name not in _UNCOUNTED
        and parameter.name not in scopes
    ]


def _without(spec: ListQuerySpec, parameters: QueryParameters, parameter: FilterParameter) -> ListQuery:
    """Return the query of some parameters without the values of a filter; what the filter excludes stays excluded."""
    others = {name: value for name, value in parameters.items() if name not in (parameter.name, SORT)}
    excluded = excluded_values(parameters[parameter.name])
    exclusions = {parameter.name: ",".join(excluded)} if excluded else {}
    return spec.list_query(others | exclusions, full_documents=False)


def _used(
    spec: ListQuerySpec,
    parameters: QueryParameters,
    parameter: FilterParameter,
    merges: Mapping[RecordKey, RecordKey],
) -> list[str]:
    """Return the values of a filter that are in use, as index entries have them."""
    if parameter.name not in parameters:
        return []
    query = spec.list_query({parameter.name: parameters[parameter.name]}, full_documents=False)
    clauses = query.with_merges_replaced(merges).query
    return [condition.minimum for clause in clauses for condition in clause if condition.holds]


def _values(
    parameter: FilterParameter, counts: Mapping[str, int], used: Sequence[str]
) -> Iterator[FacetValue]:
    """Yield the most frequent values of a filter, and all values in use."""
    least = min(nlargest(_MAX_VALUES, counts.values()), default=0)
    frequent = [value for value, count in counts.items() if count >= least]
    most_frequent = sorted(frequent, key=lambda value: (-counts[value], value))[:_MAX_VALUES]
    for value in [*most_frequent, *(value for value in used if value not in most_frequent)]:
        # A filter by a region matches the regions inside it, which are counted apart.
        is_known = parameter.kind is not Kind.REGION or not _has_subregion(value, counts)
        yield FacetValue(value, counts.get(value, 0) if is_known else None)


def _has_subregion(region: str, regions: Iterable[str]) -> bool:
    return any(other.startswith(region) and other != region for other in regions)


async def _cards(snapshot: IndexSnapshot, keys: Iterable[RecordKey]) -> dict[RecordKey, Any]:
    """Return the list items of the public records among some keys."""
    numbers = await snapshot.numbers(keys)
    items = await snapshot.items([*numbers.values()], full_documents=False)
    return {key: msgspec.json.decode(item.body) for key, item in zip(numbers, items, strict=True)}


def _value_keys(facets: Iterable[Facet]) -> Iterator[RecordKey]:
    """Yield the keys of the records that values of facets name."""
    for facet in facets:
        if facet.parameter.kind is Kind.LINK:
            yield from ((facet.parameter.target, value.value) for value in facet.values)

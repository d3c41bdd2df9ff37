"""Facet counts: the values of the filters of a list, each with its number of records."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import msgspec

from api.formats.document import Facet, Facets, FacetValue
from api.lists.page_reader import Paginator
from api.lists.query import ListQuerySpec, SearchSpec
from api.store.queries.document_batch import fetch_documents
from api.store.queries.list_query import ListQuery
from api.store.queries.merge_targets import fetch_merge_targets
from api.store.readers.reader import RunQuery
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import RecordKey
from schema.index.entries import HAS, LACKS_LANGUAGE
from schema.query.parameters import ID_FILTER, FilterParameter
from schema.query.parser import QueryParameters, excluded_values

_MAX_VALUES = 12
_UNCOUNTED = (ID_FILTER, HAS, LACKS_LANGUAGE)

CountedValues = Sequence[tuple[str, int]]


async def count_facets(
    run_query: RunQuery,
    paginator: Paginator,
    spec: ListQuerySpec | SearchSpec,
    parameters: QueryParameters,
    query: ListQuery,
) -> Facets:
    """Return the facets of a list.

    The values of a filter in use are counted without that filter, as they are alternatives to its values.
    """
    if isinstance(spec, SearchSpec):
        return Facets()
    counted: dict[str, CountedValues] = {}
    merges = await fetch_merge_targets(run_query, paginator.statements, query.linked_keys)
    for filters, list_query in _queries(spec, parameters, query):
        names = [parameter.index_name for parameter in filters]
        rows = await paginator.value_counts(run_query, list_query.following(merges), names)
        for name, group in groupby(rows, lambda row: row[0]):
            counted[name] = [(row[1], row[2]) for row in group]
    facets = (
        Facet(parameter, tuple(_values(parameter, counted, _used(spec, parameters, parameter, merges))))
        for parameter in _counted_filters(spec, parameters)
    )
    shown = tuple(facet for facet in facets if facet.values)
    keys = {*_value_keys(shown), *query.following(merges).linked_keys}
    bodies = await fetch_documents(run_query, paginator.statements.items, keys)
    cards = {key: msgspec.json.decode(body) for key, body in bodies.items()}
    # The query may name a merged record, which has the label of the record that it leads to.
    cards |= {key: cards[target] for key, target in merges.items() if target in cards}
    return Facets(shown, cards)


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


def _queries(
    spec: ListQuerySpec, parameters: QueryParameters, query: ListQuery
) -> Iterator[tuple[list[FilterParameter], ListQuery]]:
    """Yield filters with the query that their values are counted in."""
    unused = []
    for parameter in _counted_filters(spec, parameters):
        name = parameter.name
        if name in parameters:
            others = {other: value for other, value in parameters.items() if other != name}
            excluded = excluded_values(parameters[name])
            exclusions = {name: ",".join(excluded)} if excluded else {}
            yield [parameter], spec.list_query(others | exclusions, full_documents=query.full_documents)
        else:
            unused.append(parameter)
    if unused:
        yield unused, query


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
    clauses = query.following(merges).query
    return [condition.minimum for clause in clauses for condition in clause if condition.holds]


def _values(
    parameter: FilterParameter, counted: Mapping[str, CountedValues], used: Iterable[str]
) -> Iterator[FacetValue]:
    """Yield the most frequent values of a filter, and all values in use; `counted` has those of each index."""
    values = counted.get(parameter.index_name, ())
    most_frequent = dict(values[:_MAX_VALUES])
    counts = dict(values)
    for value in [*most_frequent, *(value for value in used if value not in most_frequent)]:
        # A filter by a region matches the regions inside it, which are counted apart.
        is_known = parameter.kind is not Kind.REGION or not _has_subregion(value, counts)
        yield FacetValue(value, counts.get(value, 0) if is_known else None)


def _has_subregion(region: str, regions: Iterable[str]) -> bool:
    return any(other.startswith(region) and other != region for other in regions)


def _value_keys(facets: Iterable[Facet]) -> Iterator[RecordKey]:
    """Yield the keys of the records that values of facets name."""
    for facet in facets:
        if facet.parameter.kind is Kind.LINK:
            yield from ((facet.parameter.target, value.value) for value in facet.values)

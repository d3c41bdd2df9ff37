"""Facet counts: the values of the filters of a list, each with its number of records."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from api.formats.document import Facet, Facets, FacetValue
from api.http.parameter_names import SORT
from api.lists.page_reader import ListRows, Paginator
from api.lists.query import ListQuerySpec, SearchSpec
from api.store.queries.array_parameter import json_array
from api.store.queries.document_batch import fetch_documents
from api.store.queries.list_query import ListQuery
from api.store.queries.merge_targets import fetch_merge_targets
from api.store.readers.reader import RunQuery
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import RecordKey
from schema.index.entries import HAS, LACKS_LANGUAGE
from schema.query.parameters import ID_FILTER, FilterParameter
from schema.query.parser import QueryParameters, excluded_values

MAX_COUNTED_RECORDS = 5_000
"""Records of a filtered list whose index entries are counted: of a longer list, values are shown without counts."""

_MAX_ALTERNATIVES = 5
"""Filters in use whose values are counted, each in a list of its own; those of others are shown without counts."""

_MAX_VALUES, _MAX_REGIONS = 12, 5_000
"""Values of a filter that are shown, unless they are in use, and regions that are read: some are within others."""

_UNCOUNTED = (ID_FILTER, HAS, LACKS_LANGUAGE)

CountedValues = Sequence[tuple[str, int | None]]
"""Values with their numbers of records, which are None if they are not counted."""


async def count_facets(
    run_query: RunQuery,
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
    merges = await fetch_merge_targets(run_query, paginator.statements, query.linked_keys)
    counter = _Counter(run_query, paginator, page)
    facets = []
    for parameter in _counted_filters(spec, parameters):
        used = _used(spec, parameters, parameter, merges)
        others = page.query
        if parameter.name in parameters:
            others = _without(spec, parameters, parameter).following(merges)
        values = await counter.values(parameter, others, used)
        facets.append(Facet(parameter, tuple(_values(parameter, values, used))))
    shown = tuple(facet for facet in facets if facet.values)
    keys = {*_value_keys(shown), *page.query.linked_keys}
    bodies = await fetch_documents(run_query, paginator.statements.items, keys)
    cards = {key: msgspec.json.decode(body) for key, body in bodies.items()}
    # The query may name a merged record, which has the label of the record that it leads to.
    cards |= {key: cards[target] for key, target in merges.items() if target in cards}
    return Facets(shown, cards)


@dataclass
class _Counter:
    """Counts the values of filters in the list of a page, and in that list without one of its filters.

    What is stored for all records of an entity is read; else the entries of the records of a list are
    counted, of at most MAX_COUNTED_RECORDS.
    """

    run_query: RunQuery
    paginator: Paginator
    page: ListRows
    _ids: dict[ListQuery, str | None] = field(default_factory=dict)
    _alternatives: int = 0

    async def values(
        self, parameter: FilterParameter, query: ListQuery, used: Sequence[str]
    ) -> CountedValues:
        """Return the most frequent values of a filter in a list, and those in use, with their numbers of records."""
        limit = _MAX_REGIONS if parameter.kind is Kind.REGION else _MAX_VALUES + len(used)
        values = {
            "entity": query.entity,
            "name": parameter.index_name,
            "used": json_array(used),
            "limit": limit,
        }
        statements = self.paginator.statements
        if not (query.query or query.terms or query.role):
            generation = self.page.cardinalities.generation
            rows = await self.paginator.stored_counts(self.run_query, generation, values)
            return [(value, number) for value, number in rows]
        ids = await self._ids_of(query)
        if ids is None:
            rows = await self.run_query(statements.stored_counts, values)
            return [(value, None) for value, _ in rows]
        rows = await self.run_query(statements.value_counts, {**values, "ids": ids})
        return [(value, number) for value, number in rows]

    async def _ids_of(self, query: ListQuery) -> str | None:
        """Return the ids of the records of a list as an array parameter, or None if they are too many."""
        if query not in self._ids:
            self._ids[query] = await self._read_ids(query)
        return self._ids[query]

    async def _read_ids(self, query: ListQuery) -> str | None:
        is_of_page = query == self.page.query
        search = ListQuery(query.entity, terms=query.terms)
        self._alternatives += not is_of_page and query != search
        if self._alternatives > _MAX_ALTERNATIVES:
            return None
        if is_of_page and self.page.cardinalities.total > MAX_COUNTED_RECORDS:
            return None
        base = None
        if query.terms and not is_of_page and query != search:
            # A search may take long: it is run once for all lists without one of the filters.
            base = await self._ids_of(search)
            if base is None:
                return None
        ids = await self.paginator.ids(self.run_query, query, MAX_COUNTED_RECORDS + 1, base)
        return json_array(ids) if len(ids) <= MAX_COUNTED_RECORDS else None


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
    clauses = query.following(merges).query
    return [condition.minimum for clause in clauses for condition in clause if condition.holds]


def _values(parameter: FilterParameter, values: CountedValues, used: Iterable[str]) -> Iterator[FacetValue]:
    """Yield the most frequent values of a filter, and all values in use."""
    by_frequency = sorted(values, key=lambda row: (-(row[1] or 0), row[0])) if used else values
    most_frequent = [value for value, _ in by_frequency[:_MAX_VALUES]]
    counts = dict(values)
    unknown = None if None in counts.values() else 0
    for value in [*most_frequent, *(value for value in used if value not in most_frequent)]:
        # A filter by a region matches the regions inside it, which are counted apart.
        is_known = parameter.kind is not Kind.REGION or not _has_subregion(value, counts)
        yield FacetValue(value, counts.get(value, unknown) if is_known else None)


def _has_subregion(region: str, regions: Iterable[str]) -> bool:
    return any(other.startswith(region) and other != region for other in regions)


def _value_keys(facets: Iterable[Facet]) -> Iterator[RecordKey]:
    """Yield the keys of the records that values of facets name."""
    for facet in facets:
        if facet.parameter.kind is Kind.LINK:
            yield from ((facet.parameter.target, value.value) for value in facet.values)

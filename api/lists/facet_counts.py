"""How many records of a list have each value that its main filters can have."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import msgspec

from api.formats.document import Facet, Facets, FacetValue
from api.lists.pagination import Paginator
from api.lists.query import ListQuerySpec, SearchSpec
from api.store.queries.document_batch import fetch_documents
from api.store.queries.list_query import ListQuery
from api.store.readers.reader import RunQuery
from schema.declaration.datatypes import Kind
from schema.declaration.entity import RecordKey
from schema.index.entries import HAS, LACKS_LANGUAGE
from schema.query.parameters import ID_FILTER, FilterParameter
from schema.query.parser import QueryParameters, excluded_values

_MOST_VALUES = 12

_NOT_COUNTED = (ID_FILTER, HAS, LACKS_LANGUAGE)

CountedValues = Sequence[tuple[str, int]]


async def count_facets(
    ask: RunQuery,
    paging: Paginator,
    asking: ListQuerySpec | SearchSpec,
    given: QueryParameters,
    wanted: ListQuery,
) -> Facets:
    """Return the main filters with their values.

    Of a filter that is in use, the values are counted as if none were wanted: they could be instead.
    """
    if isinstance(asking, SearchSpec):
        return Facets()
    found: dict[str, CountedValues] = {}
    for parameters, freed in _freed(asking, given, wanted):
        rows = await paging.value_counts(ask, freed, [one.index_name for one in parameters])
        for name, of_name in groupby(rows, lambda row: row[0]):
            found[name] = [(row[1], row[2]) for row in of_name]
    filters = [
        Facet(one, tuple(_counts(one, found.get(one.index_name, ()), _wanted(asking, given, one))))
        for one in _counted(asking, given)
    ]
    shown = tuple(one for one in filters if one.values)
    named = fetch_documents(ask, paging.statements.items, {*_linked(shown), *_asked_for(asking, wanted)})
    return Facets(shown, {key: msgspec.json.decode(body) for key, body in (await named).items()})


def _counted(asking: ListQuerySpec, given: QueryParameters) -> list[FilterParameter]:
    """Return the filters whose values are counted: not such as others in use depend on."""
    parameters = asking.parameters.values()
    needed = {one.scoped_by for one in parameters if one.name in given}
    return [
        one
        for one in parameters
        if one.is_multivalued and one.index_name not in _NOT_COUNTED and one.name not in needed
    ]


def _freed(
    asking: ListQuerySpec, given: QueryParameters, wanted: ListQuery
) -> Iterator[tuple[list[FilterParameter], ListQuery]]:
    """Yield filters with the list that their values are counted in."""
    others = []
    for one in _counted(asking, given):
        if one.name in given:
            rest = {name: value for name, value in given.items() if name != one.name}
            kept = {one.name: ",".join(refused)} if (refused := excluded_values(given[one.name])) else {}
            freed = asking.list_query(rest | kept, full_documents=wanted.full_documents)
            yield [one], replace(wanted, query=freed.query)
        else:
            others.append(one)
    if others:
        yield others, wanted


def _wanted(asking: ListQuerySpec, given: QueryParameters, one: FilterParameter) -> list[str]:
    """Return the values of a filter that are in use, as facets have them."""
    if one.name not in given:
        return []
    question = asking.list_query({one.name: given[one.name]}, full_documents=False).query
    return [condition.minimum for clause in question for condition in clause if condition.holds]


def _counts(one: FilterParameter, found: CountedValues, wanted: Iterable[str]) -> Iterator[FacetValue]:
    """Yield the most frequent values, and all that are in use."""
    shown = dict(found[:_MOST_VALUES])
    numbers = dict(found)
    for value in [*shown, *(value for value in wanted if value not in shown)]:
        # A region is asked for with all that is within, and counted without.
        is_known = one.kind is not Kind.REGION or not _has_inner(value, numbers)
        yield FacetValue(value, numbers.get(value, 0) if is_known else None)


def _has_inner(region: str, regions: Iterable[str]) -> bool:
    return any(one.startswith(region) and one != region for one in regions)


def _linked(filters: Iterable[Facet]) -> Iterator[RecordKey]:
    for one in filters:
        if one.parameter.kind is Kind.LINK:
            yield from ((one.parameter.target, count.value) for count in one.values)


def _asked_for(asking: ListQuerySpec, wanted: ListQuery) -> Iterator[RecordKey]:
    """Yield the records that a question names."""
    targets = {one.index_name: one.target for one in asking.parameters.values() if one.kind is Kind.LINK}
    for clause in wanted.query:
        yield from ((targets[one.index_name], one.minimum) for one in clause if one.index_name in targets)

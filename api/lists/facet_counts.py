"""How many records of a list have each value that its main filters can have."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import msgspec

from api.formats.document import Count, Tallies, Tally
from api.lists.pagination import Paging
from api.lists.query import Asking, Search
from api.store.queries.document_batch import bodies
from api.store.queries.list_query import Wanted
from api.store.readers.reader import Ask
from schema.declaration.datatypes import Kind
from schema.declaration.entity import Key
from schema.index.entries import HAS, LACKS_LANGUAGE
from schema.query.parameters import IDS, Parameter
from schema.query.parser import Given, excluded

_MOST_VALUES = 12

_NOT_COUNTED = (IDS, HAS, LACKS_LANGUAGE)

Found = Sequence[tuple[str, int]]


async def counts(ask: Ask, paging: Paging, asking: Asking | Search, given: Given, wanted: Wanted) -> Tallies:
    """Return the main filters with their values.

    Of a filter that is in use, the values are counted as if none were wanted: they could be instead.
    """
    if isinstance(asking, Search):
        return Tallies()
    found: dict[str, Found] = {}
    for parameters, freed in _freed(asking, given, wanted):
        rows = await paging.tally(ask, freed, [one.facet for one in parameters])
        for name, of_name in groupby(rows, lambda row: row[0]):
            found[name] = [(row[1], row[2]) for row in of_name]
    filters = [
        Tally(one, tuple(_counts(one, found.get(one.facet, ()), _wanted(asking, given, one))))
        for one in _counted(asking, given)
    ]
    shown = tuple(one for one in filters if one.counts)
    named = bodies(ask, paging.statements.items, {*_linked(shown), *_asked_for(asking, wanted)})
    return Tallies(shown, {key: msgspec.json.decode(body) for key, body in (await named).items()})


def _counted(asking: Asking, given: Given) -> list[Parameter]:
    """Return the filters whose values are counted: not such as others in use depend on."""
    parameters = asking.parameters.values()
    needed = {one.beside for one in parameters if one.name in given}
    return [
        one
        for one in parameters
        if one.takes_several and one.facet not in _NOT_COUNTED and one.name not in needed
    ]


def _freed(asking: Asking, given: Given, wanted: Wanted) -> Iterator[tuple[list[Parameter], Wanted]]:
    """Yield filters with the list that their values are counted in."""
    others = []
    for one in _counted(asking, given):
        if one.name in given:
            rest = {name: value for name, value in given.items() if name != one.name}
            kept = {one.name: ",".join(refused)} if (refused := excluded(given[one.name])) else {}
            freed = asking.wanted(rest | kept, is_whole=wanted.is_whole)
            yield [one], replace(wanted, question=freed.question)
        else:
            others.append(one)
    if others:
        yield others, wanted


def _wanted(asking: Asking, given: Given, one: Parameter) -> list[str]:
    """Return the values of a filter that are in use, as facets have them."""
    if one.name not in given:
        return []
    question = asking.wanted({one.name: given[one.name]}, is_whole=False).question
    return [condition.lowest for clause in question for condition in clause if condition.holds]


def _counts(one: Parameter, found: Found, wanted: Iterable[str]) -> Iterator[Count]:
    """Yield the most frequent values, and all that are in use."""
    shown = dict(found[:_MOST_VALUES])
    numbers = dict(found)
    for value in [*shown, *(value for value in wanted if value not in shown)]:
        # A region is asked for with all that is within, and counted without.
        is_known = one.kind is not Kind.REGION or not _has_inner(value, numbers)
        yield Count(value, numbers.get(value, 0) if is_known else None)


def _has_inner(region: str, regions: Iterable[str]) -> bool:
    return any(one.startswith(region) and one != region for one in regions)


def _linked(filters: Iterable[Tally]) -> Iterator[Key]:
    for one in filters:
        if one.parameter.kind is Kind.LINK:
            yield from ((one.parameter.target, count.value) for count in one.counts)


def _asked_for(asking: Asking, wanted: Wanted) -> Iterator[Key]:
    """Yield the records that a question names."""
    targets = {one.facet: one.target for one in asking.parameters.values() if one.kind is Kind.LINK}
    for clause in wanted.question:
        yield from ((targets[one.facet], one.lowest) for one in clause if one.facet in targets)

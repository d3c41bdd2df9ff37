"""How many records of a list have each value that its main filters can have."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

import msgspec

from api.reading.asking import Asking, Search
from api.reading.others import bodies
from api.reading.tallies import Count, Tally
from api.store.reading import Ask
from api.store.statements import Reading
from api.store.wanted import Wanted
from schema.facets import HAS, LACKS_LANGUAGE
from schema.parameters import IDS, Parameter
from schema.values import AUTHORITIES, Kind

_MOST_VALUES = 12
_NOT_COUNTED = (IDS, HAS, LACKS_LANGUAGE)


def counted(asking: Asking) -> list[Parameter]:
    """Return the filters whose values are counted."""
    return [one for one in asking.parameters.values() if one.takes_several and one.facet not in _NOT_COUNTED]


async def counts(ask: Ask, reading: Reading, asking: Asking | Search, wanted: Wanted) -> list[Tally]:
    """Return the main filters with their values.

    Of a filter that is in use, the values are counted as if it were not: they could be chosen instead.
    """
    if isinstance(asking, Search):
        return []
    parameters = {one.facet: one for one in counted(asking)}
    in_use = {condition.facet for clause in wanted.question for condition in clause} & parameters.keys()
    groups = [[facet] for facet in sorted(in_use)] + [sorted(parameters.keys() - in_use)]
    found: dict[str, list[tuple[str, int]]] = {}
    for group in filter(None, groups):
        freed = _without(wanted, group[0]) if group[0] in in_use else wanted
        names = {f"name{place}": name for place, name in enumerate(group)}
        rows = await ask(reading.tally(freed.shape, len(group)), {**freed.values, **names})
        for name, of_name in groupby(rows, lambda row: row[0]):
            found[name] = [(row[1], row[2]) for row in of_name][:_MOST_VALUES]
    cards = await _cards(ask, reading, asking, [(parameters[name], found[name]) for name in found])
    return [
        Tally(one, tuple(Count(*count, cards.get((one.target, count[0]))) for count in found[one.facet]))
        for one in parameters.values()
        if one.facet in found
    ]


def _without(wanted: Wanted, facet: str) -> Wanted:
    """Return a list without the conditions on just one facet."""
    kept = [clause for clause in wanted.question if {one.facet for one in clause} != {facet}]
    return replace(wanted, question=tuple(kept))


async def _cards(
    ask: Ask, reading: Reading, asking: Asking, found: Iterable[tuple[Parameter, list[tuple[str, int]]]]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the cards of all values that have one, by kind of value and value."""
    pairs = [(parameter, value) for parameter, values in found for value, _ in values]
    links = {(one.target, value) for one, value in pairs if one.kind is Kind.LINK}
    items = await bodies(ask, reading.items, links)
    cards = {key: msgspec.json.decode(body) for key, body in items.items()}
    return cards | dict(_labelled(asking, pairs))


def _labelled(
    asking: Asking, pairs: Iterable[tuple[Parameter, str]]
) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    renderer = asking.renderer
    for one, value in pairs:
        if one.kind is Kind.CONCEPT:
            yield (one.target, value), renderer.concept(one.target, value)
        elif one.kind in AUTHORITIES:
            names = AUTHORITIES[one.kind].names(value, renderer.languages)
            yield (one.target, value), {"id": value, "type": one.kind.value, "name": names}

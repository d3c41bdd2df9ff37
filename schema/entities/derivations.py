"""Derivations of field and index values: funding along grants and programmes, and years of activity."""

import calendar
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Protocol

from schema.declaration.datatypes import date_bounds
from schema.declaration.record_graph import OwnedPart, RecordGraph

_MAX_YEARS = 200
"""Maximum number of years in the index entries of a record, as a mistyped date can span thousands."""

_LAST_YEAR = 9_999


ACTIVE_YEARS = {
    "en": "Years from the earliest start to the latest end, or to the end of the duration.",
    "lv": "Gadi no agrākā iespējamā sākuma līdz vēlākajām iespējamām beigām vai līdz ilguma beigām.",
}
"""The years that `active_years` returns, as filters describe them."""

YEARS_OF_DATE = {
    "en": "Years that the date may lie in.",
    "lv": "Gadi, kuros datums var būt.",
}
"""The years that `years_of_date` returns, as filters describe them."""


class Funded(Protocol):
    """The fields of a project that its funding is derived from."""

    @property
    def applied_to(self) -> tuple[str, ...]:
        """Return the ids of the programmes that the project was proposed to."""


def programmes(project: Funded, graph: RecordGraph) -> tuple[str, ...]:
    """Return the ids of the grants' programmes, then of those that the project was proposed to."""
    granted = [grant.programme for grant in graph.linking_records("Grant", "grants") if grant.programme]
    return tuple(dict.fromkeys([*granted, *project.applied_to]))


def funders(_: Funded, graph: RecordGraph) -> tuple[str, ...]:
    """Return the ids of the funders of a project's grants, each as in `funders_of_grant`."""
    return tuple(dict.fromkeys(funder for ids in _nearest_values(graph, "funders") for funder in ids))


def programme_path(project: Funded, graph: RecordGraph) -> tuple[str, ...]:
    """Return the ids of a project's programmes and of their ancestors, each path from the top down."""
    paths = (
        reversed([ancestor.id for ancestor in _programme_ancestors(programme, graph)])
        for programme in programmes(project, graph)
    )
    return tuple(dict.fromkeys(programme for path in paths for programme in path))


def funders_applied_to(project: Funded, graph: RecordGraph) -> tuple[str, ...]:
    """Return the ids of the funders of the programmes that a project was proposed to."""
    ids = (
        funder
        for programme in project.applied_to
        for funder in _first_value("funders", _programme_ancestors(programme, graph)) or ()
    )
    return tuple(dict.fromkeys(ids))


def amounts(_: Funded, graph: RecordGraph) -> tuple[OwnedPart, ...]:
    """Return the amounts of the grants that fund this project alone, as the grants state them.

    What a project gets of a grant for several projects is not known.
    """
    grants = [grant for grant in graph.linking_records("Grant", "grants") if len(grant.projects) == 1]
    return tuple(OwnedPart(("Grant", grant.id), amount) for grant in grants for amount in grant.amounts)


def acknowledgements(_: Funded, graph: RecordGraph) -> dict[str, tuple[str, ...]]:
    """Return the acknowledgements of a project's grants, each from the grant or its nearest programme."""
    return _merge_texts(_nearest_values(graph, "acknowledgement"))


def disclaimers(_: Funded, graph: RecordGraph) -> dict[str, tuple[str, ...]]:
    """Return the disclaimers of a project's grants, each from the grant or its nearest programme."""
    return _merge_texts(_nearest_values(graph, "disclaimer"))


def effective_funders(record: Any, graph: RecordGraph) -> tuple[str, ...]:
    """Return the ids of the own funders of a grant or programme, or else of its nearest programme with funders."""
    return _first_value("funders", [record, *_programmes_above(record, graph)]) or ()


def funders_from(record: Any, graph: RecordGraph) -> str | None:
    """Return the id of the programme that the effective funders are stated for, None if they are the own ones."""
    if record.funders:
        return None
    return next((programme.id for programme in _programmes_above(record, graph) if programme.funders), None)


def programme_and_ancestors(programme: Any, graph: RecordGraph) -> Iterable[str]:
    """Return the ids of a programme and its ancestors."""
    return [programme.id, *(ancestor.id for ancestor in _programme_ancestors(programme.parent, graph))]


def active_years(record: Any, _: Any) -> Iterable[str]:
    """Return the years from the earliest start to the latest end.

    A missing end is computed from the start and the duration. If only one of them is known, the year of the
    earliest start or of the latest end is returned.
    """
    start = date_bounds(record.start) if record.start else None
    end = date_bounds(record.end)[1] if record.end else None
    duration = getattr(record, "duration", None)
    if start and duration and not end:
        end = _end_of_duration(start[1], duration)
    first = start[0] if start else end
    return _years_between(first, end or first) if first else ()


def years_of_date(record: Any, _: Any) -> Iterable[str]:
    """Return the years that the record's date may fall in."""
    return _years_between(*date_bounds(record.date)) if record.date else ()


def _nearest_values(graph: RecordGraph, field: str) -> list[Any]:
    """Return a field's values for the project's grants, each from the grant or its nearest programme."""
    grants = graph.linking_records("Grant", "grants")
    values = [_first_value(field, [grant, *_programme_ancestors(grant.programme, graph)]) for grant in grants]
    return [value for value in values if value]


def _first_value(field: str, records: Iterable[Any]) -> Any:
    """Return the first non-empty value of a field. Records of entities without the field are skipped."""
    return next((value for record in records if (value := getattr(record, field, None))), None)


def _programmes_above(record: Any, graph: RecordGraph) -> Iterable[Any]:
    """Yield the programme of a grant, or the parent of a programme, and its ancestors, nearest first."""
    return _programme_ancestors(getattr(record, "programme", None) or getattr(record, "parent", None), graph)


def _programme_ancestors(programme: str | None, graph: RecordGraph) -> Iterable[Any]:
    """Yield the programme with an id and its ancestors, nearest first."""
    return graph.ancestors("Programme", programme, "parent")


def _merge_texts(language_maps: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the distinct texts of several language maps, by language tag."""
    merged: dict[str, dict[str, None]] = {}
    for texts in language_maps:
        for tag, text in texts.items():
            merged.setdefault(tag, {})[text] = None
    return {tag: tuple(texts) for tag, texts in merged.items()}


def _years_between(first: date, last: date) -> list[str]:
    return [str(year) for year in range(first.year, max(first.year, last.year) + 1)][:_MAX_YEARS]


def _end_of_duration(start: date, duration: str) -> date:
    """Return the last day of a duration that starts on a day, at most 9999-12-31."""
    years, months, days = (
        int(match[1]) if (match := re.search(rf"(\d+){unit}", duration)) else 0 for unit in "YMD"
    )
    months += start.month - 1 + 12 * (start.year + years)
    year, month = months // 12, months % 12 + 1
    if year + days // 365 >= _LAST_YEAR:
        return date.max
    day = min(start.day, calendar.monthrange(year, month)[1])
    return date(year, month, day) + timedelta(days=days - 1)

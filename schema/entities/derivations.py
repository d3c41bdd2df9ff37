"""What a project's grants, and the programmes above them, say of the project."""

import calendar
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Protocol

from schema.declaration.datatypes import date_bounds
from schema.declaration.graph import RecordGraph


class Funded(Protocol):
    """A project, as far as its funding goes."""

    @property
    def applied_to(self) -> tuple[str, ...]:
        """Return the programmes that it was proposed to."""


def programmes(project: Funded, trail: RecordGraph) -> tuple[str, ...]:
    """Return the programmes of the grants, then those that the project was proposed to."""
    of_grants = [grant.programme for grant in trail.linking_records("Grant", "grants") if grant.programme]
    return tuple(dict.fromkeys([*of_grants, *project.applied_to]))


def funders(_: Funded, trail: RecordGraph) -> tuple[str, ...]:
    """Return who pays: a grant's own funders, or the nearest up the tree of its programme."""
    return tuple(dict.fromkeys(one for of_grant in _nearest_values(trail, "funders") for one in of_grant))


def acknowledgements(_: Funded, trail: RecordGraph) -> dict[str, tuple[str, ...]]:
    """Return the funding lines that the grants ask for, or the nearest up the tree."""
    return _texts(_nearest_values(trail, "acknowledgement"))


def disclaimers(_: Funded, trail: RecordGraph) -> dict[str, tuple[str, ...]]:
    """Return the disclaimers that the grants' programmes ask for."""
    return _texts(_nearest_values(trail, "disclaimer"))


def funders_of_grant(grant: Any, trail: RecordGraph) -> Iterable[str]:
    """Return who pays a grant: its own funders, or the nearest up the tree of its programme."""
    return _first("funders", [grant, *_ancestors(grant.programme, trail)]) or ()


def funders_of_programme(programme: Any, trail: RecordGraph) -> Iterable[str]:
    """Return who pays for a programme: its own funders, or the nearest up the tree."""
    return _first("funders", [programme, *_ancestors(programme.parent, trail)]) or ()


def programme_and_ancestors(programme: Any, trail: RecordGraph) -> Iterable[str]:
    """Return a programme and all above it."""
    return [programme.id, *(one.id for one in _ancestors(programme.parent, trail))]


def _nearest_values(trail: RecordGraph, field: str) -> list[Any]:
    """Return, for each grant, what it or else the nearest programme above it says."""
    grants = trail.linking_records("Grant", "grants")
    found = [_first(field, [grant, *_ancestors(grant.programme, trail)]) for grant in grants]
    return [one for one in found if one]


def _first(field: str, line: Iterable[Any]) -> Any:
    return next((said for one in line if (said := getattr(one, field, None))), None)


def _ancestors(programme: str | None, trail: RecordGraph) -> Iterable[Any]:
    return trail.ancestors("Programme", programme, "parent")


def _texts(found: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    merged: dict[str, dict[str, None]] = {}
    for texts in found:
        for tag, text in texts.items():
            merged.setdefault(tag, {})[text] = None
    return {tag: tuple(texts) for tag, texts in merged.items()}


_MOST_YEARS = 200
"""No record is found by more years than that: a date may be mistyped."""

_LAST_YEAR = 9_999


def active_years(record: Any, _: Any) -> Iterable[str]:
    """Return the years from the earliest start to the latest end.

    Without an end, the duration tells it. Of a start or an end alone its own year counts.
    """
    start = date_bounds(record.start) if record.start else None
    end = date_bounds(record.end)[1] if record.end else None
    duration = getattr(record, "duration", None)
    if start and duration and not end:
        end = _after(start[1], duration)
    first = start[0] if start else end
    return _years(first, end or first) if first else ()


def years_of_date(record: Any, _: Any) -> Iterable[str]:
    """Return the years that the record's date may mean."""
    return _years(*date_bounds(record.date)) if record.date else ()


def _years(first: date, last: date) -> list[str]:
    return [str(year) for year in range(first.year, max(first.year, last.year) + 1)][:_MOST_YEARS]


def _after(start: date, duration: str) -> date:
    """Return the last day of a duration that begins on a day."""
    years, months, days = (
        int(found[1]) if (found := re.search(rf"(\d+){unit}", duration)) else 0 for unit in "YMD"
    )
    months += start.month - 1 + 12 * (start.year + years)
    year, month = months // 12, months % 12 + 1
    if year + days // 365 >= _LAST_YEAR:
        return date.max
    day = min(start.day, calendar.monthrange(year, month)[1])
    return date(year, month, day) + timedelta(days=days - 1)

"""The years in which something goes on, as far as its dates tell."""

import calendar
import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from schema.values import bounds

_MOST_YEARS = 200
"""No record is found by more years than that: a date may be mistyped."""
_LAST_YEAR = 9_999


def active_years(record: Any, _: Any) -> Iterable[str]:
    """Return the years from the earliest start to the latest end.

    Without an end, the duration tells it. Of a start or an end alone its own year counts.
    """
    start = bounds(record.start) if record.start else None
    end = bounds(record.end)[1] if record.end else None
    duration = getattr(record, "duration", None)
    if start and duration and not end:
        end = _after(start[1], duration)
    first = start[0] if start else end
    return _years(first, end or first) if first else ()


def years_of_date(record: Any, _: Any) -> Iterable[str]:
    """Return the years that the record's date may mean."""
    return _years(*bounds(record.date)) if record.date else ()


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

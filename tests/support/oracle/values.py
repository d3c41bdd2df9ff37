"""Which values a record has for each parameter of a question, read from JSON documents alone."""

import calendar
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

Body = Mapping[str, Any]

Documents = Mapping[str, Mapping[str, Body]]
"""Every public document, by entity and id."""

Read = Callable[[Documents, Body], set[str]]

PARTNERS = ("coordinator", "partner", "associated-partner")

LAST_DAY = date.max


def listed(body: Body, name: str) -> list[Body]:
    """Return the objects of a field, which may be one, many or none."""
    given = body.get(name, [])
    return [given] if isinstance(given, Mapping) else list(given)


def ids(bodies: Iterable[Body], name: str) -> set[str]:
    """Return the codes of the cards that some objects have in a field."""
    return {card["id"] for body in bodies for card in listed(body, name)}


def line(documents: Documents, programmes: Iterable[str]) -> list[str]:
    """Return programmes and all those above them, the nearest first."""
    found = list(programmes)
    for programme in found:
        found += ids([documents["Programme"][programme]], "parent") - set(found)
    return found


def years(body: Body) -> set[str]:
    """Return the years in which something was active, as far as its dates tell."""
    starts, ends = body.get("start_earliest"), body.get("end_latest")
    if not starts:
        return {ends[:4]} if ends else set()
    first = last = int(starts[:4])
    if ends:
        last = int(ends[:4])
    elif "duration" in body:
        last = max(first, _last_day(date.fromisoformat(body["start_latest"]), body["duration"]).year)
    # Nothing is found by more than two hundred years, however long it is said to last.
    return {str(year) for year in range(first, min(last, first + 199) + 1)}


def _last_day(start: date, duration: str) -> date:
    """Return the day before a duration is over; what no calendar reaches is its last day."""
    found = re.fullmatch(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?", duration)
    add_years, add_months, add_days = (int(number or 0) for number in found.groups())
    months = start.year * 12 + start.month - 1 + add_years * 12 + add_months
    year, month = months // 12, months % 12 + 1
    if year > LAST_DAY.year:
        return LAST_DAY
    day = min(start.day, calendar.monthrange(year, month)[1])
    try:
        return date(year, month, day) + timedelta(days=add_days - 1)
    except OverflowError:
        return LAST_DAY


def _date_years(_: Documents, body: Body) -> set[str]:
    if "date" not in body:
        return set()
    first, last = (int(body[f"date_{edge}"][:4]) for edge in ("earliest", "latest"))
    return {str(year) for year in range(first, last + 1)}


def _cards(name: str) -> Read:
    return lambda _, body: ids([body], name)


def _of_parts(parts: str, name: str) -> Read:
    return lambda _, body: ids(listed(body, parts), name)


def _of_tree(name: str) -> Read:
    return lambda documents, body: set(line(documents, ids([body], name)))


def _regions(parts: str) -> Read:
    """Return the regions that places are in, the widest as well: each beginning of their codes."""
    return lambda _, body: {
        place["nuts"][:size]
        for place in listed(body, parts)
        if "nuts" in place
        for size in range(1, len(place["nuts"]) + 1)
    }


def _partners(_: Documents, body: Body) -> set[str]:
    partners = [one for one in listed(body, "participations") if one["role"]["id"] in PARTNERS]
    return ids(partners, "organisation")


def _own_or_nearest_funders(name: str) -> Read:
    """Return a record's own funders, else those of the nearest programme up the tree that has any."""

    def read(documents: Documents, body: Body) -> set[str]:
        above = line(documents, ids([body], name))
        bodies = [body, *(documents["Programme"][programme] for programme in above)]
        return next((found for one in bodies if (found := ids([one], "funders"))), set())

    return read


def _years(_: Documents, body: Body) -> set[str]:
    return years(body)


CODES: Mapping[str, Mapping[str, Read]] = {
    "Project": {
        "country": _cards("countries"),
        "funder": _cards("funders"),
        "programme": _of_tree("programmes"),
        "status": _cards("status"),
        "topic": _cards("topics"),
        "partner": _partners,
        "organisation": _of_parts("participations", "organisation"),
        "role": _of_parts("participations", "role"),
        "year": _years,
    },
    "Grant": {
        "project": _cards("projects"),
        "programme": _of_tree("programme"),
        "funder": _own_or_nearest_funders("programme"),
        "currency": _of_parts("amounts", "currency"),
    },
    "Programme": {
        "level": _cards("level"),
        "programme": lambda documents, body: set(line(documents, [body["id"]])),
        "funder": _own_or_nearest_funders("parent"),
        "year": _years,
    },
    "Organisation": {
        "kind": _cards("kind"),
        "country": lambda _, body: ids([body, *listed(body, "place")], "country"),
        "region": _regions("place"),
    },
    "Output": {
        "kind": _cards("kind"),
        "status": _cards("status"),
        "project": _cards("projects"),
        "language": _cards("languages"),
        "year": _date_years,
    },
    "Activity": {
        "kind": _cards("kind"),
        "status": _cards("status"),
        "project": _cards("projects"),
        "country": _of_parts("places", "country"),
        "region": _regions("places"),
        "year": _years,
    },
}
"""The parameters that take codes, and which codes each document has for them."""

RANGES: Mapping[str, tuple[str, ...]] = {
    "Project": ("start", "end"),
    "Grant": ("decided",),
    "Programme": ("start", "end"),
    "Organisation": (),
    "Output": ("date",),
    "Activity": ("start", "end"),
}
"""The dates that can be asked for as ranges."""

"""Expected values of filter parameters, computed from the documents alone."""

import calendar
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

Body = Mapping[str, Any]

Documents = Mapping[str, Mapping[str, Body]]
"""Every public document, by entity and id."""

ReadCodes = Callable[[Documents, Body], set[str]]
"""A function from a document, among all others, to its codes for one parameter."""

PARTNER_ROLES = ("coordinator", "partner", "associated-partner")

LAST_DAY = date.max


def objects(body: Body, name: str) -> list[Body]:
    """Return the objects of a field, which may have one object, a list of them, or no value."""
    value = body.get(name, [])
    return [value] if isinstance(value, Mapping) else list(value)


def card_ids(bodies: Iterable[Body], name: str) -> set[str]:
    """Return the ids of the cards in a field of some objects."""
    return {card["id"] for body in bodies for card in objects(body, name)}


def with_ancestors(documents: Documents, programmes: Iterable[str]) -> list[str]:
    """Return programmes and their ancestors, the nearest first."""
    line = list(programmes)
    for programme in line:
        line += card_ids([documents["Programme"][programme]], "parent") - set(line)
    return line


def years(body: Body) -> set[str]:
    """Return the years in which a project, programme or activity was active, from its known dates."""
    start, end = body.get("start_earliest"), body.get("end_latest")
    if not start:
        return {end[:4]} if end else set()
    first = last = int(start[:4])
    if end:
        last = int(end[:4])
    elif "duration" in body:
        last = max(first, _last_day(date.fromisoformat(body["start_latest"]), body["duration"]).year)
    # At most 200 years of a record are indexed, however long its duration is.
    return {str(year) for year in range(first, min(last, first + 199) + 1)}


def _last_day(start: date, duration: str) -> date:
    """Return the last day of a duration that begins on `start`, at most the last date of Python."""
    parts = re.fullmatch(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?", duration)
    add_years, add_months, add_days = (int(number or 0) for number in parts.groups())
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
    first, last = (int(body[f"date_{bound}"][:4]) for bound in ("earliest", "latest"))
    return {str(year) for year in range(first, last + 1)}


def _codes(name: str) -> ReadCodes:
    return lambda _, body: card_ids([body], name)


def _part_codes(parts: str, name: str) -> ReadCodes:
    return lambda _, body: card_ids(objects(body, parts), name)


def _tree_codes(name: str) -> ReadCodes:
    return lambda documents, body: set(with_ancestors(documents, card_ids([body], name)))


def _part_regions(parts: str) -> ReadCodes:
    """Return a function to the regions of places: all prefixes of their NUTS codes."""
    return lambda _, body: {
        place["nuts"][:size]
        for place in objects(body, parts)
        if "nuts" in place
        for size in range(1, len(place["nuts"]) + 1)
    }


def _partners(_: Documents, body: Body) -> set[str]:
    partners = [part for part in objects(body, "participations") if part["role"]["id"] in PARTNER_ROLES]
    return card_ids(partners, "organisation")


def _own_or_nearest_funders(name: str) -> ReadCodes:
    """Return a function to a record's own funders, else those of its nearest programme that has any."""

    def read(documents: Documents, body: Body) -> set[str]:
        ancestors = with_ancestors(documents, card_ids([body], name))
        bodies = [body, *(documents["Programme"][programme] for programme in ancestors)]
        return next((funders for owner in bodies if (funders := card_ids([owner], "funders"))), set())

    return read


def _project_funders(documents: Documents, body: Body) -> set[str]:
    """Return the funders of a project, and those of the programmes that it was proposed to."""
    nearest = _own_or_nearest_funders("parent")
    programmes = [documents["Programme"][programme] for programme in card_ids([body], "applied_to")]
    return card_ids([body], "funders").union(*(nearest(documents, programme) for programme in programmes))


def _years(_: Documents, body: Body) -> set[str]:
    return years(body)


_OWN_CODES: Mapping[str, Mapping[str, ReadCodes]] = {
    "Project": {
        "country": _codes("countries"),
        "funder": _project_funders,
        "programme": _tree_codes("programmes"),
        "status": _codes("status"),
        "topic": _codes("topics"),
        "target_group": _codes("target_groups"),
        "partner": _partners,
        "organisation": _part_codes("participations", "organisation"),
        "role": _part_codes("participations", "role"),
        "year": _years,
    },
    "Grant": {
        "project": _codes("projects"),
        "programme": _tree_codes("programme"),
        "funder": _own_or_nearest_funders("programme"),
        "currency": _part_codes("amounts", "currency"),
    },
    "Programme": {
        "level": _codes("level"),
        "programme": lambda documents, body: set(with_ancestors(documents, [body["id"]])),
        "funder": _own_or_nearest_funders("parent"),
        "year": _years,
    },
    "Organisation": {
        "kind": _codes("kind"),
        "country": lambda _, body: card_ids([body, *objects(body, "place")], "country"),
        "region": _part_regions("place"),
    },
    "Output": {
        "kind": _codes("kind"),
        "status": _codes("status"),
        "project": _codes("projects"),
        "target_group": _codes("target_groups"),
        "language": _codes("languages"),
        "year": _date_years,
    },
    "Activity": {
        "kind": _codes("kind"),
        "status": _codes("status"),
        "project": _codes("projects"),
        "target_group": _codes("target_groups"),
        "country": _part_codes("places", "country"),
        "region": _part_regions("places"),
        "year": _years,
    },
    "Source": {
        "kind": _codes("kind"),
        "language": _codes("language"),
        "year": _date_years,
    },
}

CODES: Mapping[str, Mapping[str, ReadCodes]] = {
    entity: {**codes, **({} if entity == "Source" else {"source": _part_codes("record", "sources")})}
    for entity, codes in _OWN_CODES.items()
}
"""The functions to the codes of a document, by entity and parameter. A source has no sources."""

LINK_TARGETS: Mapping[str, str] = {
    "funder": "Organisation",
    "partner": "Organisation",
    "organisation": "Organisation",
    "programme": "Programme",
    "project": "Project",
    "source": "Source",
}
"""The entities of the records that parameters name. An id names a record of the listed entity."""

RECORD_NAMES = ("acronym", "aliases", "code", "see_also")
"""The fields by whose values a parameter may name a record."""


def link_target(entity: str, name: str) -> str | None:
    """Return the entity of the records that a parameter of an entity's lists names, or None."""
    return entity if name == "id" else LINK_TARGETS.get(name)


def record_names(body: Body) -> list[str]:
    """Return the texts and IRIs that may stand for a record beside its id."""
    names: list[str] = []
    for field in RECORD_NAMES:
        match body.get(field, []):
            case str() as name:
                names.append(name)
            case Mapping() as texts:
                names += [text for lines in texts.values() for text in lines]
            case iris:
                names += iris
    return names


RANGES: Mapping[str, tuple[str, ...]] = {
    "Project": ("start", "end"),
    "Grant": ("decided",),
    "Programme": ("start", "end"),
    "Organisation": (),
    "Output": ("date",),
    "Activity": ("start", "end"),
    "Source": ("date",),
}
"""The dates that have range parameters, by entity."""

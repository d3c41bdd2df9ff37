"""What no field can tell alone: whether the statements of one thing go together."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from schema.declaration.datatypes import Kind, date_bounds
from schema.declaration.shapes import Field, Shape
from schema.validation.errors import Fault


def inconsistencies(shape: Shape, kept: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """Yield what does not go together in an object whose fields were looked at one by one."""
    yield from _order_of_dates(kept, pointer)
    yield from _aliases(kept, pointer)
    for name, links in _parts_with_siblings(shape):
        for place, part in enumerate(kept.get(name, [])):
            yield from _siblings(links, kept, part, f"{pointer}/{name}/{place}")


@cache
def _parts_with_siblings(shape: Shape) -> tuple[tuple[str, tuple[Field, ...]], ...]:
    """Return the lists of parts whose parts name others of the same thing, and the fields that do."""
    lists = ((one.name, one.part.stated_fields) for one in shape.stated_fields if one.part and one.is_list)
    found = ((name, tuple(one for one in fields if one.kind is Kind.SIBLING)) for name, fields in lists)
    return tuple((name, links) for name, links in found if links)


def _order_of_dates(kept: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    try:
        start, end = date_bounds(kept["start"]), date_bounds(kept["end"])
    except (KeyError, TypeError, ValueError):
        return
    if end[1] < start[0]:
        yield Fault("ends-before-it-starts", f"{pointer}/end", {"start": kept["start"]})


def _aliases(kept: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """Yield aliases that are the name itself (SKOS, S13)."""
    name, aliases = kept.get("name"), kept.get("aliases")
    if not (isinstance(name, dict) and isinstance(aliases, dict)):
        return
    for tag, listed in aliases.items():
        for place, alias in enumerate(listed if isinstance(listed, list) else []):
            if alias == name.get(tag):
                yield Fault("duplicate", f"{pointer}/aliases/{tag}/{place}", {"given": alias})


def _siblings(
    links: Iterable[Field], kept: Mapping[str, Any], part: Mapping[str, Any], pointer: str
) -> Iterator[Fault]:
    for link in links:
        other = part.get(link.name)
        if other is None:
            continue
        if other not in [one.get("id") for one in kept.get(link.target, [])]:
            limits = {"given": other, "field": link.target}
            yield Fault("unknown-sibling", f"{pointer}/{link.name}", limits)
        elif other == part.get("id"):
            yield Fault("works-with-itself", f"{pointer}/{link.name}")

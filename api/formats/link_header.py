"""The Link header of a representation: the others, and what belongs to it (RFC 8288)."""

from collections.abc import Iterator, Mapping

from api.formats.document import RequestTarget
from api.formats.registry import CSV, FORMAT_OPTIONS, JSON, JSON_LD, Format, formats_for
from api.http.parameters import FIELDS
from schema.documents.renderer import Renderer

_MOST_OF_ALTERNATES = 4_096
"""Characters: each says a list's whole question, and proxies refuse answers with long headers."""


def static_links(
    renderer: Renderer, asked: RequestTarget, chosen: Format, schema: str, *, is_list: bool
) -> list[str]:
    """Return the links that a representation has whatever is in it."""
    base, address, given = renderer.uris.base, asked.path, asked.parameters
    found = [*_alternates(base, asked, chosen, is_list=is_list)]
    if sum(len(one) for one in found) > _MOST_OF_ALTERNATES:
        found = []
    found.append(link_value(renderer.licence, "license"))
    if chosen is JSON:
        context = "http://www.w3.org/ns/json-ld#context"
        found.append(link_value(f"{base}/context.jsonld", context, "application/ld+json"))
    if chosen is CSV and FIELDS not in given:
        described = f"{base}{address.stem}.csv-metadata.json"
        found.append(link_value(described, "describedby", "application/csvm+json"))
    if address.stem == "/":
        found.append(link_value(f"{base}/openapi.json", "service-desc", "application/json"))
        found.append(link_value(f"{base}/docs", "service-doc", "text/html"))
    if schema and chosen in (JSON, JSON_LD):
        found.append(link_value(schema, "describedby", "application/schema+json"))
    return found


def first_page_url(
    renderer: Renderer, asked: RequestTarget, chosen: Format, shared: Mapping[str, str]
) -> str:
    """Return the address of the first page of a list; whoever chose a format stays with it."""
    names = ("format", *chosen.parameters)
    chosen_so = {name: value for name, value in asked.parameters.items() if name in names}
    return renderer.uris.base + asked.path.url({**shared, **chosen_so})


def _alternates(base: str, asked: RequestTarget, chosen: Format, *, is_list: bool) -> Iterator[str]:
    """Yield links to the same in all other formats."""
    for other in formats_for(to_list=is_list):
        if other is not chosen:
            path = asked.path.with_suffix(other.name).url(_shared(asked.parameters, chosen, other))
            yield link_value(base + path, "alternate", other.media_type)


def _shared(given: Mapping[str, str], chosen: Format, other: Format) -> dict[str, str]:
    """Return the parameters that lead to the same in another format; a page has a language of its own."""
    is_alike = chosen.is_page == other.is_page
    dropped = FORMAT_OPTIONS - ({*other.parameters} if is_alike else set()) | {"format"}
    return {name: value for name, value in given.items() if name not in dropped}


def link_value(address: str, relation: str, media_type: str = "") -> str:
    """Return one link as the header has it."""
    kind = f'; type="{media_type}"' if media_type else ""
    return f'<{address}>; rel="{relation}"{kind}'

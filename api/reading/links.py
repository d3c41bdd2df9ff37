"""The Link header of a representation: the others, and what belongs to it (RFC 8288)."""

from collections.abc import Iterator, Mapping

from api.reading.documents import Asked, Document
from api.reading.formats import CSV, FIELDS, JSON, JSON_LD, OF_SOME_FORMATS, Format, offered
from schema.render import Renderer

_MOST_OF_ALTERNATES = 4_096
"""Characters: each says a list's whole question, and proxies refuse answers with long headers."""


def links(renderer: Renderer, asked: Asked, chosen: Format, document: Document) -> str:
    """Return the Link header of one representation."""
    base, address, given = renderer.addresses.base, asked.address, asked.given
    found = [*_alternates(base, asked, chosen, is_list=document.listed is not None)]
    if sum(len(one) for one in found) > _MOST_OF_ALTERNATES:
        found = []
    found.append(_link(renderer.licence, "license"))
    if chosen is JSON:
        context = "http://www.w3.org/ns/json-ld#context"
        found.append(_link(f"{base}/context.jsonld", context, "application/ld+json"))
    if chosen is CSV and FIELDS not in given:
        described = f"{base}{address.stem}.csv-metadata.json"
        found.append(_link(described, "describedby", "application/csvm+json"))
    if address.stem == "/":
        found.append(_link(f"{base}/openapi.json", "service-desc", "application/json"))
        found.append(_link(f"{base}/docs", "service-doc", "text/html"))
    if document.schema and chosen in (JSON, JSON_LD):
        found.append(_link(document.schema, "describedby", "application/schema+json"))
    # Whoever chose a format or what belongs to it stays with it from page to page.
    chosen_so = {name: value for name, value in given.items() if name in ("format", *chosen.parameters)}
    for relation, page in document.pages.items():
        here = base + address.path({**page, **chosen_so})
        found.append(_link(here, "prev" if relation == "previous" else relation))
    return ", ".join(found)


def _alternates(base: str, asked: Asked, chosen: Format, *, is_list: bool) -> Iterator[str]:
    """Yield links to the same in all other formats."""
    for other in offered(to_list=is_list):
        if other is not chosen:
            path = asked.address.in_format(other.name).path(_shared(asked.given, chosen, other))
            yield _link(base + path, "alternate", other.media_type)


def _shared(given: Mapping[str, str], chosen: Format, other: Format) -> dict[str, str]:
    """Return the parameters that lead to the same in another format; a page has a language of its own."""
    is_alike = chosen.is_page == other.is_page
    dropped = OF_SOME_FORMATS - ({*other.parameters} if is_alike else set()) | {"format"}
    return {name: value for name, value in given.items() if name not in dropped}


def _link(address: str, relation: str, media_type: str = "") -> str:
    kind = f'; type="{media_type}"' if media_type else ""
    return f'<{address}>; rel="{relation}"{kind}'

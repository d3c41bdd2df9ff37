"""The Link header of a representation: the others, and what belongs to it (RFC 8288)."""

from api.reading.documents import Asked, Document
from api.reading.formats import CSV, JSON, JSON_LD, OF_ONE_FORMAT, Format, offered
from schema.render import Renderer


def links(renderer: Renderer, asked: Asked, chosen: Format, document: Document) -> str:
    """Return the Link header of one representation."""
    base, address, given = renderer.addresses.base, asked.address, asked.given
    shared = {name: value for name, value in given.items() if name not in ("format", *OF_ONE_FORMAT)}
    found = [
        _link(base + address.in_format(other.name).path(shared), "alternate", other.media_type)
        for other in offered(to_list=document.listed is not None)
        if other is not chosen
    ]
    found.append(_link(renderer.licence, "license"))
    if chosen is JSON:
        context = "http://www.w3.org/ns/json-ld#context"
        found.append(_link(f"{base}/context.jsonld", context, "application/ld+json"))
    if chosen is CSV:
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


def _link(address: str, relation: str, media_type: str = "") -> str:
    kind = f'; type="{media_type}"' if media_type else ""
    return f'<{address}>; rel="{relation}"{kind}'

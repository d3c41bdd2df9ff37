"""Addresses as they are asked for, and the Link header that names their neighbours (RFC 8288)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from api.reading.formats import FORMATS, JSON, JSON_LD, Format
from api.reading.resources import Document
from schema.render import Renderer


@dataclass(frozen=True)
class Address:
    """A path: what it names, and the suffix that picks a format, if it has one."""

    stem: str
    suffix: str | None = None

    @classmethod
    def of(cls, path: str) -> "Address":
        """Return the address of a path; `/index.json` is `/` with a suffix."""
        stem, dot, suffix = path.rpartition(".")
        if not dot or "/" in suffix or stem.endswith("/"):
            return cls(path)
        return cls("/" if stem == "/index" else stem, suffix)

    def in_format(self, name: str) -> "Address":
        """Return the same address with a suffix."""
        return Address(self.stem, name)

    def path(self, parameters: Mapping[str, str]) -> str:
        """Return the path with parameters."""
        path = self.stem
        if self.suffix is not None:
            path = f"{'/index' if path == '/' else path}.{self.suffix}"
        return f"{path}?{urlencode(parameters)}" if parameters else path


def links(
    renderer: Renderer, address: Address, given: Mapping[str, str], chosen: Format, document: Document
) -> str:
    """Return the Link header of one representation: the others, and what belongs to it."""
    base = renderer.addresses.base
    asked = {name: value for name, value in given.items() if name != "format"}
    found = [
        _link(base + address.in_format(other.name).path(asked), "alternate", other.media_type)
        for other in FORMATS
        if other is not chosen
    ]
    found.append(_link(renderer.licence, "license"))
    if chosen is JSON:
        context = "http://www.w3.org/ns/json-ld#context"
        found.append(_link(f"{base}/context.jsonld", context, "application/ld+json"))
    if document.schema and chosen in (JSON, JSON_LD):
        found.append(_link(document.schema, "describedby", "application/schema+json"))
    # Whoever named the format stays in it from page to page.
    named = {"format": given["format"]} if "format" in given else {}
    for relation, page in document.pages.items():
        here = base + address.path({**page, **named})
        found.append(_link(here, "prev" if relation == "previous" else relation))
    return ", ".join(found)


def _link(address: str, relation: str, media_type: str = "") -> str:
    kind = f'; type="{media_type}"' if media_type else ""
    return f'<{address}>; rel="{relation}"{kind}'

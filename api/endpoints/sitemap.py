"""Sitemaps: the addresses of all that is public, and when each document changed (sitemaps.org)."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from math import ceil
from xml.sax.saxutils import escape

from api.endpoints.endpoint import Read, alone
from api.http.problems import NOT_FOUND_DETAIL, NotFound
from api.http.response import Response
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import Reader
from schema.documents.renderer import Renderer
from schema.documents.static import collection_names, static_documents
from schema.model import Model
from vocab.uris import Uris

SITEMAP = "/sitemap.xml"

MOST_ADDRESSES = 10_000
"""Addresses in one sitemap: 50,000 are allowed, and would take too long to answer with."""

_PAGES = "pages"

_PART = re.compile(r"/sitemaps/([a-z-]+)-([1-9][0-9]{0,5})\.xml")

_XML = "application/xml"

Place = tuple[str, str | None]
"""An address, and when what is there changed, if that is known."""


def robots(addresses: Uris) -> bytes:
    """Return what tells robots that they may read everything, and where the sitemap is."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {addresses.base}{SITEMAP}\n".encode()


def names(model: Model) -> Iterator[str]:
    """Yield the names that sitemaps begin with: one for pages, one for each collection."""
    yield _PAGES
    yield from model.by_collection


class Sitemaps:
    """The sitemaps of one installation."""

    def __init__(self, renderer: Renderer, statements: SelectStatements) -> None:
        self._renderer = renderer
        self._statements = statements
        base = renderer.uris.base
        lists = [f"/{name}" for name in collection_names(renderer.model)]
        self._pages = [
            f"{base}{path}" for path in [*(path for path, _ in static_documents(renderer)), *lists]
        ]

    def at(self, path: str) -> Read | None:
        """Return what answers at a path, or None if no sitemap can be there."""
        if path == SITEMAP:
            return self._index
        found = _PART.fullmatch(path)
        if found and found[1] in names(self._renderer.model):
            return partial(self._part, found[1], int(found[2]))
        return None

    async def _index(self, reader: Reader) -> Response:
        collections = {shape.name: shape.collection for shape in self._renderer.model.entities}
        rows = await reader.rows(self._statements.counts, {})
        counts = [(_PAGES, len(self._pages)), *((collections[entity], count) for entity, count in rows)]
        base = f"{self._renderer.uris.base}/sitemaps"
        found = [
            (f"{base}/{name}-{number}.xml", None)
            for name, count in counts
            for number in range(1, ceil(count / MOST_ADDRESSES) + 1)
        ]
        return alone(_written("sitemapindex", "sitemap", found), _XML)

    async def _part(self, name: str, number: int, reader: Reader) -> Response:
        start = (number - 1) * MOST_ADDRESSES
        found: list[Place] = [(page, None) for page in self._pages[start : start + MOST_ADDRESSES]]
        if shape := self._renderer.model.by_collection.get(name):
            values = {"entity": shape.name, "limit": MOST_ADDRESSES, "start": start}
            rows = await reader.rows(self._statements.sitemap, values)
            address = self._renderer.uris.document
            found = [(address(name, identifier), changed) for identifier, changed in rows]
        if not found:
            raise NotFound(NOT_FOUND_DETAIL)
        return alone(_written("urlset", "url", found), _XML)


def _written(root: str, element: str, places: Iterable[Place]) -> bytes:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
        *(f"<{element}><loc>{escape(address)}</loc>{_changed(at)}</{element}>" for address, at in places),
        f"</{root}>\n",
    ]
    return "\n".join(lines).encode()


def _changed(at: str | None) -> str:
    return f"<lastmod>{at}</lastmod>" if at else ""

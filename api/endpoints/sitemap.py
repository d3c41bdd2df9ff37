"""Sitemaps: the pages of everything public in each language, and when each document changed (sitemaps.org)."""

from collections.abc import Iterable, Iterator
from math import ceil
from xml.sax.saxutils import escape

from pyroaring import BitMap

from api.endpoints.endpoint import EndpointContext, EndpointRequest, Handler, PathParameter
from api.http.problems import nothing_here
from api.http.response import Response
from api.http.serialization_threads import join_in_thread
from api.http.url_path_and_format_suffix import UrlPath
from api.store.database.array_parameter import json_array
from api.store.readers.reader import Rows
from api.store.record_index.index_snapshot import IndexSnapshot
from schema.index.record_index import ALL_RECORDS
from vocab.turtle_parser import LANGUAGES

SITEMAP_PATH = "/sitemap.xml"
MAX_ADDRESSES = 10_000
"""Addresses of one sitemap. The protocol allows 50,000, which would take too long to answer with."""
MAX_DOCUMENTS = MAX_ADDRESSES // len(LANGUAGES)
"""Documents of one sitemap: each has a page in every language."""
_PAGES = "pages"

SitemapEntry = tuple[str, str | None]
"""An address or a path, and when the document there changed, if that is known."""


def part_parameters(context: EndpointContext) -> tuple[PathParameter, ...]:
    """Return the path parameters of a sitemap: its collection, or `pages`, and its number."""
    names = (_PAGES, *context.renderer.model.by_collection)
    return (
        PathParameter("collection", "A collection, or all other pages.", names, example=_PAGES),
        PathParameter(
            "number",
            "The number of the sitemap among those of the collection.",
            pattern="[1-9][0-9]{0,5}",
            schema={"type": "integer", "minimum": 1},
            example=1,
        ),
    )


def sitemap_index(context: EndpointContext) -> Handler:
    """Return the handler of the sitemap index."""
    renderer = context.renderer
    collections = {shape.name: shape.collection for shape in renderer.model.entities}

    async def read_totals(snapshot: IndexSnapshot) -> list[tuple[str, int]]:
        return [(entity, len(await _public_records(snapshot, entity))) for entity in sorted(collections)]

    async def handle(request: EndpointRequest) -> Response:
        totals = await context.index.answer(request.open_reader, read_totals)
        counts = [
            (_PAGES, len(context.router.page_paths)),
            *((collections[entity], total) for entity, total in totals),
        ]
        entries = [
            (f"{renderer.uris.base}/sitemaps/{name}-{number}.xml", None)
            for name, count in counts
            for number in range(1, ceil(count / MAX_DOCUMENTS) + 1)
        ]
        return request.response(b"".join(_xml("sitemapindex", "sitemap", entries)))

    return handle


def sitemap_part(context: EndpointContext) -> Handler:
    """Return the handler of one sitemap. It raises NotFound for a number beyond the last."""

    async def handle(request: EndpointRequest) -> Response:
        documents = await _documents(context, request)
        if not documents:
            raise nothing_here()
        base = context.renderer.uris.base
        pages = (
            (base + UrlPath(path).page(language).url({}), modified)
            for path, modified in documents
            for language in LANGUAGES
        )
        return request.response(await join_in_thread(_xml("urlset", "url", pages)))

    return handle


async def _documents(context: EndpointContext, request: EndpointRequest) -> list[SitemapEntry]:
    """Return the paths of the documents of one sitemap, by path.

    Records are divided among sitemaps in the order of first publication: a new one changes only the last.
    """
    name, start = request.values["collection"], (int(request.values["number"]) - 1) * MAX_DOCUMENTS
    shape = context.renderer.model.by_collection.get(name)
    if shape is None:
        return [(path, None) for path in context.router.page_paths[start : start + MAX_DOCUMENTS]]
    entity = shape.name

    async def read(snapshot: IndexSnapshot) -> Rows:
        numbers = (await _public_records(snapshot, entity))[start : start + MAX_DOCUMENTS]
        return await snapshot.run_query(context.statements.records, {"numbers": json_array(numbers)})

    rows = await context.index.answer(request.open_reader, read)
    return sorted((f"/{name}/{identifier}", modified) for _, identifier, modified in rows)


async def _public_records(snapshot: IndexSnapshot, entity: str) -> BitMap:
    """Return the public records of an entity."""
    (records,) = await snapshot.postings(entity, ALL_RECORDS, [ALL_RECORDS])
    return records


def _xml(root: str, element: str, entries: Iterable[SitemapEntry]) -> Iterator[bytes]:
    """Yield the lines of a sitemap."""
    start = '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'{start}<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'.encode()
    for address, modified in entries:
        last_modified = f"<lastmod>{modified}</lastmod>" if modified else ""
        yield f"<{element}><loc>{escape(address)}</loc>{last_modified}</{element}>\n".encode()
    yield f"</{root}>\n".encode()

"""A page of a list: read in one moment, and written with the ways to the pages beside it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import msgspec

from api.formats.document import Facets, JsonDocument, PageLinks
from api.http.parameters import CURSOR, INCLUDE, SORT
from api.http.urls import with_cursor, with_query
from api.lists.cursor import Cursor
from api.lists.facet_counts import count_facets
from api.lists.pagination import DataChangedError, ListRows, Paginator
from api.lists.query import ListQuerySpec, SearchSpec
from api.resources.embedding import included_keys, load_included
from api.resources.list_items import ListItems
from api.store.digests import digest
from api.store.queries.list_selects import BODY
from api.store.readers.reader import Reader, RunQuery, T
from schema.documents.renderer import Renderer

_NOT_SHARED = ("format", "profile", "limit", CURSOR)
"""Parameters that pages beside each other do not share, or that are said with the page."""


@dataclass(frozen=True)
class CollectionPage:
    """What an address asks for. It is kept for the next who asks, and so is all that follows from it."""

    paginator: Paginator
    renderer: Renderer
    spec: ListQuerySpec | SearchSpec
    parameters: Mapping[str, str]
    cursor: Cursor | None
    limit: int
    items: ListItems
    with_facets: bool

    async def read(self, reader: Reader, _: str) -> JsonDocument:
        """Return the page as it is now."""
        found = await self._found(reader, self._read)
        if self.items.query.full_documents:
            return await asyncio.to_thread(self._document, *found)
        return self._document(*found)

    async def _found(self, reader: Reader, read: Callable[[RunQuery], Awaitable[T]]) -> T:
        """Return what was asked for, once its list was counted in the moment that it was read in."""
        is_alone = not self.with_facets and INCLUDE not in self.parameters
        if is_alone and self.paginator.has_cached_plan(self.items.query, self.limit):
            with suppress(DataChangedError):
                return await read(reader.rows)
        while True:
            with suppress(DataChangedError):
                return await reader.snapshot(read)

    async def _read(self, ask: RunQuery) -> tuple[ListRows, list[msgspec.Raw], Facets]:
        wanted = self.items.query
        position = await self.paginator.page(ask, wanted, self.cursor, self.limit)
        more: list[msgspec.Raw] = []
        if self.spec.shape and INCLUDE in self.parameters:
            bodies = (msgspec.json.decode(row[BODY]) for row in position.rows)
            more = await load_included(
                ask, self.paginator.statements, included_keys(self.spec.shape, self.parameters, bodies)
            )
        if not self.with_facets:
            return position, more, Facets()
        return position, more, await count_facets(ask, self.paginator, self.spec, self.parameters, wanted)

    def _document(self, position: ListRows, more: list[msgspec.Raw], tallies: Facets) -> JsonDocument:
        cursors = dict(self._cursors(position))
        here = with_cursor(self._first, self.parameters.get(CURSOR, ""))
        ways = {relation: with_cursor(self._first, cursor) for relation, cursor in cursors.items()}
        view = {"uri": here, "type": "PartialCollectionView", **ways}
        behind = msgspec.json.encode({"view": view, **({"included": more} if more else {})})
        before = b'%b,"total":%d,"items":[' % (self._head, position.total)
        body = b"".join([before, b",".join(self.items.encode(position.rows)), b"],", behind[1:]])
        tag = self.items.etag_source(position.rows)
        return JsonDocument(
            body,
            digest(body if tag is None else b"%b%b%b" % (before, tag, behind)),
            page_links=PageLinks(self._shared, cursors),
            entity=self.spec.shape,
            is_role_list=bool(self.items.query.role),
            facets=tallies,
        )

    def _cursors(self, position: ListRows) -> Iterator[tuple[str, str]]:
        """Yield the pages beside this one, each with its cursor; the first has none."""
        yield "first", ""
        question = self.items.query.canonical_text
        if position.has_next and position.rows:
            yield "next", Cursor(backwards=False, keys=position.keys(-1)).encode(question)
        if position.has_previous and position.rows:
            yield "previous", Cursor(backwards=True, keys=position.keys(0)).encode(question)

    @cached_property
    def _first(self) -> str:
        return with_query(self._uri, self._shared)

    @cached_property
    def _shared(self) -> dict[str, str]:
        """Return the parameters of all pages of the list."""
        shared = {name: value for name, value in self.parameters.items() if name not in _NOT_SHARED}
        return {**shared, "limit": str(self.limit)}

    @cached_property
    def _uri(self) -> str:
        return self.renderer.uris.resolve(self.spec.collection)

    @cached_property
    def _head(self) -> bytes:
        """Return what every page says of the list first."""
        names = self.spec.parameter_names
        question = {name: value for name, value in self.parameters.items() if name in names and name != SORT}
        head = {
            "uri": with_query(self._uri, question),
            "type": "Collection",
            "title": self.renderer.model.ontology.labels(self.spec.collection),
        }
        return msgspec.json.encode(head)[:-1]

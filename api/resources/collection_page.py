"""A page of a list: read in one moment, and written with the ways to the pages beside it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import msgspec

from api.formats.document import Beside, Document, Tallies
from api.http.parameters import CURSOR, INCLUDE, SORT
from api.http.urls import with_cursor, with_query
from api.lists.cursor import Cursor
from api.lists.facet_counts import counts
from api.lists.pagination import MovedOnError, Paging, Position
from api.lists.query import Asking, Search
from api.resources.embedding import included, linked
from api.resources.list_items import Items
from api.store.digests import digest
from api.store.queries.list_selects import BODY
from api.store.readers.reader import Ask, Reader, T
from schema.documents.renderer import Renderer

_NOT_SHARED = ("format", "profile", "limit", CURSOR)
"""Parameters that pages beside each other do not share, or that are said with the page."""


@dataclass(frozen=True)
class ListPage:
    """What an address asks for. It is kept for the next who asks, and so is all that follows from it."""

    paging: Paging
    renderer: Renderer
    asking: Asking | Search
    given: Mapping[str, str]
    cursor: Cursor | None
    limit: int
    items: Items
    with_counts: bool

    async def read(self, reader: Reader, _: str) -> Document:
        """Return the page as it is now."""
        found = await self._found(reader, self._read)
        if self.items.wanted.is_whole:
            return await asyncio.to_thread(self._document, *found)
        return self._document(*found)

    async def _found(self, reader: Reader, read: Callable[[Ask], Awaitable[T]]) -> T:
        """Return what was asked for, once its list was counted in the moment that it was read in."""
        is_alone = not self.with_counts and INCLUDE not in self.given
        if is_alone and self.paging.is_quick(self.items.wanted, self.limit):
            with suppress(MovedOnError):
                return await read(reader.rows)
        while True:
            with suppress(MovedOnError):
                return await reader.answer(read)

    async def _read(self, ask: Ask) -> tuple[Position, list[msgspec.Raw], Tallies]:
        wanted = self.items.wanted
        position = await self.paging.page(ask, wanted, self.cursor, self.limit)
        more: list[msgspec.Raw] = []
        if self.asking.shape and INCLUDE in self.given:
            bodies = (msgspec.json.decode(row[BODY]) for row in position.rows)
            more = await included(ask, self.paging.statements, linked(self.asking.shape, self.given, bodies))
        if not self.with_counts:
            return position, more, Tallies()
        return position, more, await counts(ask, self.paging, self.asking, self.given, wanted)

    def _document(self, position: Position, more: list[msgspec.Raw], tallies: Tallies) -> Document:
        cursors = dict(self._cursors(position))
        here = with_cursor(self._first, self.given.get(CURSOR, ""))
        ways = {relation: with_cursor(self._first, cursor) for relation, cursor in cursors.items()}
        view = {"uri": here, "type": "PartialCollectionView", **ways}
        behind = msgspec.json.encode({"view": view, **({"included": more} if more else {})})
        before = b'%b,"total":%d,"items":[' % (self._head, position.total)
        body = b"".join([before, b",".join(self.items.of(position.rows)), b"],", behind[1:]])
        tag = self.items.tag(position.rows)
        return Document(
            body,
            digest(body if tag is None else b"%b%b%b" % (before, tag, behind)),
            beside=Beside(self._shared, cursors),
            listed=self.asking.shape,
            by_role=bool(self.items.wanted.role),
            tallies=tallies,
        )

    def _cursors(self, position: Position) -> Iterator[tuple[str, str]]:
        """Yield the pages beside this one, each with its cursor; the first has none."""
        yield "first", ""
        question = self.items.wanted.text
        if position.is_more_behind and position.rows:
            yield "next", Cursor(backwards=False, keys=position.keys(-1)).encode(question)
        if position.is_more_before and position.rows:
            yield "previous", Cursor(backwards=True, keys=position.keys(0)).encode(question)

    @cached_property
    def _first(self) -> str:
        return with_query(self._uri, self._shared)

    @cached_property
    def _shared(self) -> dict[str, str]:
        """Return the parameters of all pages of the list."""
        shared = {name: value for name, value in self.given.items() if name not in _NOT_SHARED}
        return {**shared, "limit": str(self.limit)}

    @cached_property
    def _uri(self) -> str:
        return self.renderer.addresses.resolve(self.asking.collection)

    @cached_property
    def _head(self) -> bytes:
        """Return what every page says of the list first."""
        names = self.asking.names
        question = {name: value for name, value in self.given.items() if name in names and name != SORT}
        head = {
            "uri": with_query(self._uri, question),
            "type": "Collection",
            "title": self.renderer.model.ontology.labels(self.asking.collection),
        }
        return msgspec.json.encode(head)[:-1]

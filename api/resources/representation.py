"""What an address asks for in a format: read, written, and told about in its headers."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from api.formats.document import JsonDocument, PageLinks, RequestTarget
from api.formats.link_header import first_page_url, link_value, static_links
from api.formats.registry import JSON, Format
from api.formats.serializers import Writer
from api.http.content_coding import Headers
from api.http.language import LANGUAGE
from api.http.response import Response, response_headers, vary_header
from api.http.urls import ID_PLACEHOLDER, with_cursor
from api.resources.resource import DocumentLoader, Resource
from api.store.digests import digest
from api.store.readers.reader import Reader

_ONE = ID_PLACEHOLDER.encode()


@dataclass
class Representation:
    """One representation; of records one for all of an entity.

    It is kept for the next who asks for it, with all that does not change.
    """

    writer: Writer
    resource: Resource
    asked: RequestTarget
    chosen: Format
    reading: DocumentLoader
    _first: str = ""

    async def answer(self, reader: Reader, identifier: str) -> Response:
        """Return the answer as it is now. Raise a problem if there is none."""
        document = await self.reading(reader, identifier)
        asked = self.asked.for_record(identifier)
        if self.chosen.is_table or (document.page_links and not self._is_as_stored):
            # Long work: others are served meanwhile.
            body = await asyncio.to_thread(self.chosen.serialize, self.writer, document, asked)
        else:
            body = self.chosen.serialize(self.writer, document, asked)
        links = (b"link", self._links_of(document, identifier))
        return Response(200, (*self._headers, links), body, self._tag(document, body))

    @property
    def _is_as_stored(self) -> bool:
        return self.chosen is JSON and LANGUAGE not in self.asked.parameters

    def _tag(self, document: JsonDocument, body: bytes) -> str:
        if body is document.body:
            return document.etag
        if self.chosen.is_of_document:
            return digest(f"{document.etag}.{self._mark}".encode())
        return digest(body)

    @cached_property
    def _mark(self) -> str:
        """Return what tells this format of a document from others, and from what other code would write."""
        return f"{self.chosen.name}.{self.writer.code}"

    def _links_of(self, document: JsonDocument, identifier: str) -> bytes:
        if document.page_links:
            return b", ".join([self._links, *self._paged(document.page_links)])
        return self._links.replace(_ONE, identifier.encode()) if identifier else self._links

    def _paged(self, beside: PageLinks) -> Iterator[bytes]:
        """Yield links to the pages beside this one."""
        self._first = self._first or first_page_url(
            self.writer.renderer, self.asked, self.chosen, beside.shared
        )
        for relation, cursor in beside.cursors.items():
            name = "prev" if relation == "previous" else relation
            yield link_value(with_cursor(self._first, cursor), name).encode("latin-1")

    @cached_property
    def _headers(self) -> Headers:
        return response_headers(
            {
                "content-type": self.chosen.content_type,
                "cache-control": "no-cache",
                "vary": vary_header(negotiated=self.asked.path.suffix is None),
                **self.chosen.headers,
            }
        )

    @cached_property
    def _links(self) -> bytes:
        renderer, resource = self.writer.renderer, self.resource
        found = static_links(renderer, self.asked, self.chosen, resource.schema_url, is_list=resource.is_list)
        return ", ".join(found).encode("latin-1")

"""A representation: a resource in one format, loaded, serialized, and described by its headers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from api.formats.document import JsonDocument, PageLinks
from api.formats.format import Format, LinkContext, Serializer
from api.formats.link_header import first_page_url, static_links
from api.formats.serializers import serializer_version
from api.http.content_coding import Headers
from api.http.link_value import link_value
from api.http.response import Response, last_modified_header, response_headers, vary_header
from api.http.serialization_threads import join_in_thread
from api.http.url_path_and_format_suffix import ID_PLACEHOLDER, with_cursor
from api.resources.resource_protocol import DocumentLoader
from api.store.digests import digest
from api.store.readers.reader import Reader

_PLACEHOLDER = ID_PLACEHOLDER.encode()


@dataclass
class Representation:
    """What answers a request target in one format; that of a record pattern answers for every record.

    It is cached by the dispatcher, with everything that does not depend on content.
    """

    context: LinkContext
    chosen: Format
    serialize: Serializer
    load: DocumentLoader
    _first_url: str = ""

    async def respond(self, reader: Reader, identifier: str) -> Response:
        """Return the current response. Raise a Problem if there is none."""
        document = await self.load(reader, identifier)
        links = (b"link", self._link_header(document, identifier))
        modified = last_modified_header(document.last_modified)
        headers = (*self._headers, *modified, links)
        if self._is_document:
            return Response(200, headers, document.body, document.etag, document.frame)
        document = document.decompressed()
        target = self.context.target.for_record(identifier)
        if document.parameters is not None:
            target = target._replace(parameters=document.parameters)
        serialized = self.serialize(document, target)
        body = serialized if isinstance(serialized, bytes) else await join_in_thread(serialized)
        return Response(200, headers, body, self._etag(document, body))

    def _etag(self, document: JsonDocument, body: bytes) -> str:
        if body is document.body:
            return document.etag
        if self.chosen.has_derived_etag:
            return digest(f"{document.etag}.{self._version}".encode())
        return digest(body)

    @cached_property
    def _is_document(self) -> bool:
        return self.chosen.is_document(self.context.target.parameters)

    @cached_property
    def _version(self) -> str:
        """Return the name of the format and the version of the code that serializes it."""
        return f"{self.chosen.name}.{serializer_version()}"

    def _link_header(self, document: JsonDocument, identifier: str) -> bytes:
        if document.page_links:
            return b", ".join([self._static_links, *self._page_links(document.page_links)])
        return (
            self._static_links.replace(_PLACEHOLDER, identifier.encode())
            if identifier
            else self._static_links
        )

    def _page_links(self, pages: PageLinks) -> Iterator[bytes]:
        """Yield the links to other pages of the list (`first`, `prev`, `next`)."""
        self._first_url = self._first_url or first_page_url(self.context, self.chosen, pages.shared)
        for relation, cursor in pages.cursors.items():
            name = "prev" if relation == "previous" else relation
            yield link_value(with_cursor(self._first_url, cursor), name).encode("latin-1")

    @cached_property
    def _headers(self) -> Headers:
        return response_headers(
            {
                "content-type": self.chosen.content_type,
                "vary": vary_header(negotiated=self.context.target.path.suffix is None),
                **self.chosen.headers,
            }
        )

    @cached_property
    def _static_links(self) -> bytes:
        return ", ".join(static_links(self.context, self.chosen)).encode("latin-1")

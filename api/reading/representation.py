"""What an address asks for in a format: read, written, and told about in its headers."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from api.reading.addresses import with_cursor
from api.reading.documents import Asked, Beside
from api.reading.formats import JSON, Format
from api.reading.links import fixed_links, link, page_address
from api.reading.resources import Reading, Resource
from api.reading.response import Response, vary
from api.reading.writer import Writer
from api.store.digest import digest
from api.store.reading import Reader


@dataclass
class Representation:
    """One representation. It is kept for the next who asks for it, with all that does not change."""

    writer: Writer
    resource: Resource
    asked: Asked
    chosen: Format
    reading: Reading
    _first: str = ""

    async def answer(self, reader: Reader) -> Response:
        """Return the answer as it is now. Raise a problem if there is none."""
        document = await self.reading(reader)
        if self.chosen.is_table or (document.beside and self.chosen is not JSON):
            # Long work: others are served meanwhile.
            body = await asyncio.to_thread(self.chosen.write, self.writer, document, self.asked)
        else:
            body = self.chosen.write(self.writer, document, self.asked)
        tag = document.digest if body is document.body else digest(body)
        headers = self._headers
        if document.beside:
            headers = headers | {"link": ", ".join([headers["link"], *self._paged(document.beside)])}
        return Response(200, body, tag, headers)

    def _paged(self, beside: Beside) -> Iterator[str]:
        """Yield links to the pages beside this one."""
        self._first = self._first or page_address(
            self.writer.renderer, self.asked, self.chosen, beside.shared
        )
        for relation, cursor in beside.cursors.items():
            yield link(with_cursor(self._first, cursor), "prev" if relation == "previous" else relation)

    @cached_property
    def _headers(self) -> dict[str, str]:
        return {
            "content-type": self.chosen.content_type,
            "cache-control": "no-cache",
            "vary": vary(negotiated=self.asked.address.suffix is None),
            "link": self._links,
            **self.chosen.headers,
        }

    @cached_property
    def _links(self) -> str:
        renderer, resource = self.writer.renderer, self.resource
        found = fixed_links(renderer, self.asked, self.chosen, resource.schema, is_list=resource.is_list)
        return ", ".join(found)

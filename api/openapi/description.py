"""The addresses that describe the service, whose examples are what is public when they are asked for."""

from collections.abc import Mapping
from functools import cached_property, partial

import msgspec

from api.endpoints.endpoint import Read, alone
from api.formats.document import JsonDocument as Made
from api.http.response import Response
from api.openapi.docs_page import HEADERS, written
from api.openapi.document import Document, openapi
from api.openapi.examples import Example, Examples
from api.resources.router import Router
from api.store.readers.reader import Reader
from schema.documents.renderer import Renderer


class Description:
    """The description of one installation."""

    def __init__(
        self,
        renderer: Renderer,
        places: Router,
        pages: Mapping[str, Made],
        fixed: Mapping[str, Response],
    ) -> None:
        self._renderer = renderer
        self._fixed = fixed
        self._lists = places.collections
        self._examples = Examples(renderer, places, pages)
        self._made: dict[str, Response] = {}
        self._made_with: dict[str, Example] = {}

    @cached_property
    def document(self) -> Document:
        """Return the description without examples, which no database is needed for."""
        return openapi(self._renderer, self._fixed, self._lists)

    def at(self, path: str) -> Read | None:
        """Return what answers at a path, or None if it is not one of the description."""
        return partial(self._read, path) if path in ("/openapi.json", "/docs") else None

    async def _read(self, path: str, reader: Reader) -> Response:
        examples = await self._examples.read(reader)
        if examples != self._made_with:
            self._made, self._made_with = {}, examples
        if path not in self._made:
            self._made[path] = self._response(
                path, openapi(self._renderer, self._fixed, self._lists, examples)
            )
        return self._made[path]

    def _response(self, path: str, document: Document) -> Response:
        if path == "/openapi.json":
            return alone(msgspec.json.encode(document), "application/json")
        return alone(written(document), "text/html; charset=utf-8", HEADERS)

"""Examples: what this installation answers now at some of its addresses."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from api.formats.document import JsonDocument
from api.formats.registry import JSON
from api.http.problems import Problem
from api.http.urls import UrlPath
from api.resources.router import Router
from api.store.readers.reader import Reader
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from vocab.ontology import VOCABULARY

_ONE = {"limit": "1"}

_VOCABULARY = re.compile(rf"/{VOCABULARY}/[^/]+(/[^/]+)?")


@dataclass(frozen=True)
class Example:
    """An address of this installation, and its answer as JSON."""

    address: UrlPath
    parameters: Mapping[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """Return the last part of the address, which tells the example from others."""
        return self.address.stem.rpartition("/")[2] or "index"


class Examples:
    """Finds examples: the pages once, the content each time, as it changes."""

    def __init__(self, renderer: Renderer, places: Router, pages: Mapping[str, JsonDocument]) -> None:
        self._renderer = renderer
        self._places = places
        self._of_pages = dict(_of_pages(pages))

    async def read(self, reader: Reader) -> dict[str, Example]:
        """Return examples by the paths that they are of: the first record of each list."""
        found = dict(self._of_pages)
        for shape in self._renderer.model.entities:
            found |= await self._of(reader, shape)
        return found

    async def _of(self, reader: Reader, shape: Shape) -> dict[str, Example]:
        path = f"/{shape.collection}"
        page = await self._read(reader, path, _ONE)
        found = {path: page}
        for item in msgspec.json.decode(page.body)["items"]:
            try:
                found[f"{path}/{{id}}"] = await self._read(reader, f"{path}/{item['id']}", {})
            except Problem:
                continue  # It was withdrawn since.
        return found

    async def _read(self, reader: Reader, path: str, parameters: Mapping[str, str]) -> Example:
        address = UrlPath(path)
        place, identifier = self._places.split(address)
        document = await self._places.match(place).prepare(parameters, JSON)(reader, identifier)
        return Example(address, parameters, document.body)


def _of_pages(pages: Mapping[str, JsonDocument]) -> Iterator[tuple[str, Example]]:
    """Yield the entry point, the vocabulary, and the shortest of the schemes and concepts."""
    for path in sorted(pages, key=lambda path: len(pages[path].body), reverse=True):
        found = _VOCABULARY.fullmatch(path)
        of = path if not found else f"/{VOCABULARY}/{{scheme}}" + ("/{code}" if found[1] else "")
        yield of, Example(UrlPath(path), {}, pages[path].body)

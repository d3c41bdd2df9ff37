"""Examples in the OpenAPI document: current responses of this installation."""

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from api.formats.registry import JSON
from api.http.parameter_names import LIMIT
from api.http.problems import Problem
from api.http.url_path_and_format_suffix import ID_PLACEHOLDER, UrlPath
from api.resources.entry_point_and_vocabulary import StaticResource
from api.resources.router import Router
from api.store.readers.reader import Reader
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from vocab.ontology_terms import VOCABULARY

_ONE_RECORD = {LIMIT: "1"}
_VOCABULARY_PATH = re.compile(rf"/{VOCABULARY}/[^/]+(/[^/]+)?")


@dataclass(frozen=True)
class Example:
    """A request target of this installation, and its JSON document."""

    path: UrlPath
    parameters: Mapping[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """Return the last segment of the path, which names the example."""
        return self.path.stem.rpartition("/")[2] or "index"


class ExampleReader:
    """Reads examples: static documents once, content once for each version of the data."""

    def __init__(self, renderer: Renderer, router: Router) -> None:
        self._renderer = renderer
        self._router = router
        self._static = dict(_static_examples(router))
        self._latest: tuple[Hashable, dict[str, Example]] | None = None

    async def read(self, reader: Reader) -> dict[str, Example]:
        """Return examples by path pattern: of content, the first record of each collection."""
        # The version is read before the examples: a later commit gives the data another version.
        version = await reader.version()
        if not self._latest or self._latest[0] != version:
            self._latest = version, await self._read_all(reader)
        return self._latest[1]

    async def _read_all(self, reader: Reader) -> dict[str, Example]:
        examples = dict(self._static)
        for shape in self._renderer.model.entities:
            examples |= await self._entity_examples(reader, shape)
        return examples

    async def _entity_examples(self, reader: Reader, shape: Shape) -> dict[str, Example]:
        path = f"/{shape.collection}"
        page = await self._read(reader, path, _ONE_RECORD)
        examples = {path: page}
        for item in msgspec.json.decode(page.body)["items"]:
            try:
                record = await self._read(reader, f"{path}/{item['id']}", {})
            except Problem:
                continue  # The record was withdrawn after the list was read.
            examples[f"{path}/{ID_PLACEHOLDER}"] = record
        return examples

    async def _read(self, reader: Reader, path: str, parameters: Mapping[str, str]) -> Example:
        pattern, identifier = self._router.split(UrlPath(path))
        load = self._router.match(pattern).prepare(parameters, JSON)
        document = await load(reader, identifier)
        return Example(UrlPath(path), parameters, document.decompressed().body)


def _static_examples(router: Router) -> Iterator[tuple[str, Example]]:
    """Yield the path patterns and examples of static documents: of a family, the shortest comes last.

    The documents of some concepts are not static: they count projects.
    """
    documents = {
        path: document
        for path, document in router.documents.items()
        if isinstance(router.match(UrlPath(path)), StaticResource)
    }
    for path in sorted(documents, key=lambda path: len(documents[path].body), reverse=True):
        match = _VOCABULARY_PATH.fullmatch(path)
        family = f"/{VOCABULARY}/{{scheme}}" + ("/{code}" if match and match[1] else "")
        yield family if match else path, Example(UrlPath(path), {}, documents[path].body)

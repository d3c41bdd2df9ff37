"""The page of a concept that projects are found by."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from api.formats.document import JsonDocument
from api.formats.registry import Format
from api.lists.related_lists import RelatedLists
from api.resources.resource import STATIC_OPTIONS, DocumentLoader
from api.store.readers.reader import Reader, RunQuery


@dataclass(frozen=True)
class ConceptResource:
    """A page that was made when the server started, but for where the projects of its concept are."""

    document: JsonDocument
    related_lists: RelatedLists
    scheme: str
    code: str
    parameters: tuple[str, ...] = ()
    multivalued: frozenset[str] = frozenset()
    options: frozenset[str] = STATIC_OPTIONS
    schema_url: str = ""
    is_list: bool = False

    def prepare(self, _: Mapping[str, str], __: Format) -> DocumentLoader:
        """Return what reads the page, with the address of the list."""
        return lambda reader, _: reader.snapshot(self._page)

    async def _page(self, ask: RunQuery) -> JsonDocument:
        found = await self.related_lists.of_concept(ask, self.scheme, self.code)
        return JsonDocument.from_body(msgspec.json.decode(self.document.body) | found)


@dataclass(frozen=True)
class StaticResource:
    """A page that was made when the server started."""

    document: JsonDocument
    parameters: tuple[str, ...] = ()
    multivalued: frozenset[str] = frozenset()
    options: frozenset[str] = STATIC_OPTIONS
    schema_url: str = ""
    is_list: bool = False

    def prepare(self, _: Mapping[str, str], __: Format) -> DocumentLoader:
        """Return what has the page already."""
        return self._read

    async def _read(self, _: Reader, __: str) -> JsonDocument:
        return self.document

"""The page of a concept that projects are found by."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from api.formats.document import Document
from api.formats.registry import Format
from api.lists.related_lists import ProjectLists
from api.resources.resource import OF_PAGES, Reading
from api.store.readers.reader import Ask, Reader


@dataclass(frozen=True)
class ConceptPage:
    """A page that was made when the server started, but for where the projects of its concept are."""

    document: Document
    project_lists: ProjectLists
    scheme: str
    code: str
    parameters: tuple[str, ...] = ()
    several: frozenset[str] = frozenset()
    shapes: frozenset[str] = OF_PAGES
    schema: str = ""
    is_list: bool = False

    def asked(self, _: Mapping[str, str], __: Format) -> Reading:
        """Return what reads the page, with the address of the list."""
        return lambda reader, _: reader.answer(self._page)

    async def _page(self, ask: Ask) -> Document:
        found = await self.project_lists.of_concept(ask, self.scheme, self.code)
        return Document.of(msgspec.json.decode(self.document.body) | found)


@dataclass(frozen=True)
class Page:
    """A page that was made when the server started."""

    document: Document
    parameters: tuple[str, ...] = ()
    several: frozenset[str] = frozenset()
    shapes: frozenset[str] = OF_PAGES
    schema: str = ""
    is_list: bool = False

    def asked(self, _: Mapping[str, str], __: Format) -> Reading:
        """Return what has the page already."""
        return self._read

    async def _read(self, _: Reader, __: str) -> Document:
        return self.document

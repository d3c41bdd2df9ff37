"""The page of a concept that projects are found by."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from api.reading.documents import Document
from api.reading.formats import Format
from api.reading.project_lists import ProjectLists
from api.reading.resources import OF_PAGES, Reading
from api.store.reading import Ask


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

"""What there is to read besides lists: made pages, concepts, records. Each answers with a JSON document."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol

import msgspec

from api.problems import Gone, NotFound, Problem
from api.reading.documents import Document
from api.reading.formats import FIELDS, HIGHLIGHT, INCLUDE, PROFILE, Format
from api.reading.languages import FALLBACK, LANGUAGE
from api.reading.project_lists import ProjectLists
from api.reading.shaping import check_links, chosen_fields, included, linked
from api.store.reading import Ask, Reader, Rows
from api.store.statements import Statements
from schema.declare import Shape
from schema.render import Renderer
from schema.selection import selected

Reading = Callable[[Reader, str], Awaitable[Document]]
"""What reads a document; of those of records the one with an id."""

OF_LISTS = frozenset({FIELDS, INCLUDE, LANGUAGE, FALLBACK, HIGHLIGHT, PROFILE})
OF_RECORDS = OF_LISTS - {HIGHLIGHT, PROFILE}
OF_PAGES = frozenset({LANGUAGE, FALLBACK})
"""The parameters of shape that such addresses take."""


class Resource(Protocol):
    """Something at an address."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters that it takes besides the format and the shape."""

    @property
    def several(self) -> frozenset[str]:
        """Return the names of those that take several values."""

    @property
    def shapes(self) -> frozenset[str]:
        """Return the names of the parameters of shape that it takes."""

    @property
    def schema(self) -> str:
        """Return the address of the JSON Schema of its documents, if they have one of their own."""

    @property
    def is_list(self) -> bool:
        """Tell whether it is a list of records of an entity, which can be written as a table."""

    def asked(self, given: Mapping[str, str], chosen: Format) -> Reading:
        """Return what reads the document that a format is written from. Raise a problem if nothing can."""


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


@dataclass(frozen=True)
class Record:
    """The document of any record of an entity."""

    statements: Statements
    renderer: Renderer
    project_lists: ProjectLists
    shape: Shape
    parameters: tuple[str, ...] = ()
    several: frozenset[str] = frozenset({FIELDS, INCLUDE})
    shapes: frozenset[str] = OF_RECORDS
    is_list: bool = False

    def asked(self, given: Mapping[str, str], _: Format) -> Reading:
        """Return what reads the document. Raise BadParameter for what it does not have.

        It raises Gone if the record was withdrawn, NotFound if it never was public.
        """
        fields = chosen_fields(self.shape, given, to_list=False)
        check_links(self.shape, given)
        if FIELDS not in given and INCLUDE not in given and not self.project_lists.of_entity(self.shape):
            return self._as_it_is

        async def shaped(identifier: str, ask: Ask) -> Document:
            body, _ = await self._row(ask, identifier)
            lists = await self.project_lists.read(ask, self.shape, identifier)
            whole = msgspec.json.decode(body) | lists
            shown = selected(whole, fields) if fields else whole
            if keys := linked(self.shape, given, [whole]):
                shown["included"] = await included(ask, self.statements, keys)
            return Document.of(shown)

        return lambda reader, identifier: reader.answer(partial(shaped, identifier))

    @cached_property
    def schema(self) -> str:
        """Return the address of the JSON Schema of the entity."""
        return self.renderer.addresses.resolve(f"schemas/{self.shape.name.lower()}.json")

    async def _as_it_is(self, reader: Reader, identifier: str) -> Document:
        body, tag = await self._row(reader.rows, identifier)
        return Document(body, tag)

    async def _row(self, ask: Ask, identifier: str) -> tuple[bytes, str]:
        """Return the stored document and its digest."""
        key = {"entity": self.shape.name, "id": identifier}
        rows = await ask(self.statements.document, key)
        if not rows:
            # Asked with its document, as it may have been published since.
            changes = await ask(self.statements.last_change, key)
            rows = [row[3:] for row in changes if row[3] is not None]
            if not rows:
                raise self._missing(identifier, changes)
        return rows[0][0], rows[0][1]

    def _missing(self, identifier: str, changes: Rows) -> Problem:
        if not changes or changes[0][0] == "publish":
            message = f"There is no such record among the {self.shape.collection}."
            return NotFound(message)
        action, at, reason = changes[0][:3]
        done = "deleted" if action == "delete" else "withdrawn"
        return Gone(
            f"The record was {done} at {at}." + (f" {reason}" if reason else ""),
            uri=self.renderer.addresses.thing(self.shape.collection, identifier),
            entity=self.shape.name,
            id=identifier,
            action=action,
            at=at,
            **({"reason": reason} if reason else {}),
        )

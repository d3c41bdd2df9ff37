"""What there is to read besides lists: made pages, concepts, records. Each answers with a JSON document."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import msgspec

from api.formats.document import Document
from api.formats.registry import Format
from api.http.parameters import FIELDS, INCLUDE
from api.http.problems import Gone, NotFound, Problem
from api.lists.related_lists import ProjectLists
from api.resources.embedding import check_links, chosen_fields, included, linked
from api.resources.resource import OF_RECORDS, Reading
from api.store.queries.select_statements import Statements
from api.store.readers.reader import Ask, Reader, Rows
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.documents.views import selected


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

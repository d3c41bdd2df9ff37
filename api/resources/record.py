"""What there is to read besides lists: made pages, concepts, records. Each answers with a JSON document."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import msgspec

from api.formats.document import JsonDocument
from api.formats.registry import Format
from api.http.parameters import FIELDS, INCLUDE
from api.http.problems import Gone, NotFound, Problem
from api.lists.related_lists import RelatedLists
from api.resources.embedding import included_keys, load_included, requested_fields, validate_includes
from api.resources.resource import RECORD_OPTIONS, DocumentLoader
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import Reader, Rows, RunQuery
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.documents.views import select_fields


@dataclass(frozen=True)
class RecordResource:
    """The document of any record of an entity."""

    statements: SelectStatements
    renderer: Renderer
    related_lists: RelatedLists
    shape: Shape
    parameters: tuple[str, ...] = ()
    multivalued: frozenset[str] = frozenset({FIELDS, INCLUDE})
    options: frozenset[str] = RECORD_OPTIONS
    is_list: bool = False

    def prepare(self, given: Mapping[str, str], _: Format) -> DocumentLoader:
        """Return what reads the document. Raise BadParameter for what it does not have.

        It raises Gone if the record was withdrawn, NotFound if it never was public.
        """
        fields = requested_fields(self.shape, given, to_list=False)
        validate_includes(self.shape, given)
        if FIELDS not in given and INCLUDE not in given and not self.related_lists.of_entity(self.shape):
            return self._as_it_is

        async def shaped(identifier: str, ask: RunQuery) -> JsonDocument:
            body, _ = await self._row(ask, identifier)
            lists = await self.related_lists.read(ask, self.shape, identifier)
            whole = msgspec.json.decode(body) | lists
            shown = select_fields(whole, fields) if fields else whole
            if keys := included_keys(self.shape, given, [whole]):
                shown["included"] = await load_included(ask, self.statements, keys)
            return JsonDocument.from_body(shown)

        return lambda reader, identifier: reader.snapshot(partial(shaped, identifier))

    @cached_property
    def schema_url(self) -> str:
        """Return the address of the JSON Schema of the entity."""
        return self.renderer.uris.resolve(f"schemas/{self.shape.name.lower()}.json")

    async def _as_it_is(self, reader: Reader, identifier: str) -> JsonDocument:
        body, tag = await self._row(reader.rows, identifier)
        return JsonDocument(body, tag)

    async def _row(self, ask: RunQuery, identifier: str) -> tuple[bytes, str]:
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
            uri=self.renderer.uris.resource(self.shape.collection, identifier),
            entity=self.shape.name,
            id=identifier,
            action=action,
            at=at,
            **({"reason": reason} if reason else {}),
        )

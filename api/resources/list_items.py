"""The encoder of list items: JSON as stored, or built when other fields are requested."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from api.resources.sparse_fieldsets_and_includes import Fieldset
from api.store.queries.list_query import ListQuery
from api.store.queries.list_selects import BODY, OF_ENTITY, PROJECT_COUNT, TAG
from api.store.readers.reader import Rows
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.query.highlighting import highlights

PROJECTS_TOTAL, MATCHES = "projects_total", "matches"


@dataclass(frozen=True)
class ListItems:
    """Encodes the items of one list.

    `query.full_documents` says that rows have full documents instead of items.
    """

    renderer: Renderer
    query: ListQuery
    fieldset: Fieldset | None
    highlighted: bool

    @property
    def are_stored(self) -> bool:
        """Return True if items are sent as they are stored."""
        return not (self.query.full_documents or self.fieldset)

    def encode(self, rows: Rows) -> Iterator[bytes]:
        """Return the items of some rows as JSON. It takes long unless they are stored."""
        if not self.are_stored:
            return (msgspec.json.encode(dict(self._fields(row))) for row in rows)
        if self.query.role:
            name = PROJECTS_TOTAL.encode()
            return (row[BODY][:-1] + b',"%b":%d}' % (name, row[PROJECT_COUNT]) for row in rows)
        return (row[BODY] for row in rows)

    def added_members(self, row: Sequence[Any]) -> dict[str, int]:
        """Return the members that the list adds to the document of a row."""
        return {PROJECTS_TOTAL: row[PROJECT_COUNT]} if self.query.role else {}

    def etag_source(self, rows: Rows) -> bytes | None:
        """Return the ETags of the items of some rows, or None if only their bytes identify them."""
        if not self.are_stored:
            return None
        etags = "".join([row[TAG] for row in rows]).encode()
        counts = [row[PROJECT_COUNT] for row in rows] if self.query.role else []
        return etags + msgspec.json.encode(counts) if counts else etags

    def _fields(self, row: Any) -> Iterator[tuple[str, Any]]:
        shape = self._shape(row)
        document: Mapping[str, Any] = msgspec.json.decode(row[BODY])
        if self.fieldset:
            yield from self.fieldset.select(document).items()
        else:
            yield from self.renderer.list_item(shape, document).items()
        yield from self.added_members(row).items()
        if self.highlighted and (matches := highlights(shape, document, self.query.terms)):
            yield MATCHES, matches

    def _shape(self, row: Any) -> Shape:
        """Return the entity of a row, which rows of a search state."""
        return self.renderer.model.by_name[self.query.entity or row[OF_ENTITY]]

"""The items of lists: as they are kept, or made from documents when more is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from api.store.queries.list_query import ListQuery
from api.store.queries.list_selects import BODY, OF_ENTITY, PROJECT_COUNT, TAG
from api.store.readers.reader import Rows
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.documents.views import select_fields
from schema.query.highlighting import highlights

PROJECTS_TOTAL, MATCHES = "projects_total", "matches"


@dataclass(frozen=True)
class ListItems:
    """Makes the items of one list."""

    renderer: Renderer
    query: ListQuery
    fields: tuple[str, ...] | None
    highlighted: bool
    full_documents: bool

    def encode(self, rows: Rows) -> list[bytes]:
        """Return the items in some rows as JSON. It is long work where they are made from whole documents."""
        if self.query.full_documents:
            return [msgspec.json.encode(self._made(row)) for row in rows]
        if self.query.role:
            return [
                row[BODY][:-1] + b',"%b":%d}' % (PROJECTS_TOTAL.encode(), row[PROJECT_COUNT]) for row in rows
            ]
        return [row[BODY] for row in rows]

    def etag_source(self, rows: Rows) -> bytes | None:
        """Return what tells the items in some rows from all others, or None where only they themselves do."""
        if self.query.full_documents:
            return None
        tags = "".join([row[TAG] for row in rows]).encode()
        counts = [row[PROJECT_COUNT] for row in rows] if self.query.role else []
        return tags + msgspec.json.encode(counts) if counts else tags

    def _made(self, row: Any) -> dict[str, Any]:
        return dict(self._entries(row, self._shape(row), msgspec.json.decode(row[BODY])))

    def _entries(self, row: Any, shape: Shape, body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        if self.fields:
            yield from select_fields(body, self.fields).items()
        else:
            yield from (body if self.full_documents else self.renderer.list_item(shape, body)).items()
        if self.query.role:
            yield PROJECTS_TOTAL, row[PROJECT_COUNT]
        if self.highlighted and (found := highlights(shape, body, self.query.terms)):
            yield MATCHES, found

    def _shape(self, row: Any) -> Shape:
        """Return the entity of a row, which in a list of all says it."""
        return self.renderer.model.by_name[self.query.entity or row[OF_ENTITY]]

"""The items of lists: as they are kept, or made from documents when more is asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from api.store.queries.list_query import Wanted
from api.store.queries.list_selects import BODY, OF_ENTITY, PROJECTS, TAG
from api.store.readers.reader import Rows
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.documents.views import selected
from schema.query.highlighting import highlights

COUNTED, MATCHES = "projects_total", "matches"


@dataclass(frozen=True)
class Items:
    """Makes the items of one list."""

    renderer: Renderer
    wanted: Wanted
    fields: tuple[str, ...] | None
    highlighted: bool
    are_whole: bool

    def of(self, rows: Rows) -> list[bytes]:
        """Return the items in some rows as JSON. It is long work where they are made from whole documents."""
        if self.wanted.is_whole:
            return [msgspec.json.encode(self._made(row)) for row in rows]
        if self.wanted.role:
            return [row[BODY][:-1] + b',"%b":%d}' % (COUNTED.encode(), row[PROJECTS]) for row in rows]
        return [row[BODY] for row in rows]

    def tag(self, rows: Rows) -> bytes | None:
        """Return what tells the items in some rows from all others, or None where only they themselves do."""
        if self.wanted.is_whole:
            return None
        tags = "".join([row[TAG] for row in rows]).encode()
        counts = [row[PROJECTS] for row in rows] if self.wanted.role else []
        return tags + msgspec.json.encode(counts) if counts else tags

    def _made(self, row: Any) -> dict[str, Any]:
        return dict(self._entries(row, self._shape(row), msgspec.json.decode(row[BODY])))

    def _entries(self, row: Any, shape: Shape, body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        if self.fields:
            yield from selected(body, self.fields).items()
        else:
            yield from (body if self.are_whole else self.renderer.item(shape, body)).items()
        if self.wanted.role:
            yield COUNTED, row[PROJECTS]
        if self.highlighted and (found := highlights(shape, body, self.wanted.terms)):
            yield MATCHES, found

    def _shape(self, row: Any) -> Shape:
        """Return the entity of a row, which in a list of all says it."""
        return self.renderer.model.by_name[self.wanted.entity or row[OF_ENTITY]]

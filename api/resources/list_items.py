"""The encoder of list items: JSON as stored, or built when other fields are requested."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from api.lists.page_reader import ListRow
from api.resources.sparse_fieldsets_and_includes import Fieldset
from api.store.digests import digest
from api.store.record_index.list_query import ListQuery
from schema.documents.renderer import Renderer, item_fields
from schema.index.fulltext import SearchTerm
from schema.model import Model
from schema.query.highlighting import highlights

PROJECTS_TOTAL, MATCHES = "projects_total", "matches"


@cache
def _item_format(model: Model) -> bytes:
    """Return the digest of the names of all fields of list items: with it, ETags of documents identify items."""
    return digest(msgspec.json.encode([item_fields(shape) for shape in model.entities])).encode()


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

    def encode(self, rows: Sequence[ListRow], highlighted: Sequence[SearchTerm]) -> Iterator[bytes]:
        """Return the items of some rows as JSON, with `highlighted` terms. It takes long unless they are stored."""
        if not self.are_stored:
            return (msgspec.json.encode(dict(self._fields(row, highlighted))) for row in rows)
        if self.query.role:
            name = PROJECTS_TOTAL.encode()
            return (row.item.body[:-1] + b',"%b":%d}' % (name, row.project_count) for row in rows)
        return (row.item.body for row in rows)

    def added_members(self, row: ListRow) -> dict[str, int]:
        """Return the members that the list adds to the document of a row."""
        return {PROJECTS_TOTAL: row.project_count} if self.query.role else {}

    def etag_source(self, rows: Sequence[ListRow]) -> bytes | None:
        """Return the ETags of the items of some rows, or None if only their bytes identify them."""
        if not self.are_stored:
            return None
        etags = "".join([row.item.etag for row in rows]).encode()
        counts = [row.project_count for row in rows] if self.query.role else []
        source = _item_format(self.renderer.model) + etags
        return source + msgspec.json.encode(counts) if counts else source

    def _fields(self, row: ListRow, highlighted: Sequence[SearchTerm]) -> Iterator[tuple[str, Any]]:
        shape = self.renderer.model.by_name[row.entity]
        document: Mapping[str, Any] = msgspec.json.decode(row.item.body)
        if self.fieldset:
            yield from self.fieldset.select(document).items()
        else:
            yield from self.renderer.list_item(shape, document).items()
        yield from self.added_members(row).items()
        if highlighted and (matches := highlights(shape, document, highlighted)):
            yield MATCHES, matches

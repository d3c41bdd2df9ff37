"""The encoder of list items: JSON as stored, or built when other fields are requested."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Any

import msgspec

from api.lists.page_reader import ListRows
from api.resources.sparse_fieldsets_and_includes import Fieldset
from api.store.digests import digest
from api.store.record_index.cached_index import StoredItem
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

    def stored(self, rows: ListRows) -> list[bytes]:
        """Return the items of some rows as they are stored, as JSON."""
        if not self.query.role:
            return [item.body for item in rows.items]
        name = PROJECTS_TOTAL.encode()
        counted = zip(rows.items, rows.project_counts, strict=True)
        return [item.body[:-1] + b',"%b":%d}' % (name, count) for item, count in counted]

    def build(self, rows: ListRows, highlighted: Sequence[SearchTerm]) -> Iterator[bytes]:
        """Yield the items of some rows as JSON, built from their documents, with `highlighted` terms. It takes long."""
        for item, added in self.with_added_members(rows):
            yield msgspec.json.encode(dict(self._fields(item, added, highlighted)))

    def with_added_members(self, rows: ListRows) -> Iterable[tuple[StoredItem, Mapping[str, int]]]:
        """Return the items or documents of some rows, each with the members that the list adds to it."""
        if not self.query.role:
            return zip(rows.items, repeat({}))
        return zip(rows.items, [{PROJECTS_TOTAL: count} for count in rows.project_counts], strict=True)

    def etag_source(self, rows: ListRows) -> bytes | None:
        """Return the ETags of the items of some rows, or None if only their bytes identify them."""
        if not self.are_stored:
            return None
        source = _item_format(self.renderer.model) + "".join([item.etag for item in rows.items]).encode()
        return source + msgspec.json.encode(rows.project_counts) if rows.project_counts else source

    def _fields(
        self, item: StoredItem, added: Mapping[str, int], highlighted: Sequence[SearchTerm]
    ) -> Iterator[tuple[str, Any]]:
        shape = self.renderer.model.by_name[item.entity]
        document: Mapping[str, Any] = msgspec.json.decode(item.body)
        if self.fieldset:
            yield from self.fieldset.select(document).items()
        else:
            yield from self.renderer.list_item(shape, document).items()
        yield from added.items()
        if highlighted and (matches := highlights(shape, document, highlighted)):
            yield MATCHES, matches

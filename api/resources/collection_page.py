"""A page of a list: read in one snapshot, and encoded with the links to its other pages."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import msgspec

from api.formats.document import Facets, JsonDocument, PageLinks
from api.formats.format import RecordWriter
from api.http.parameter_names import CURSOR, FORMAT, INCLUDE, LIMIT, PROFILE, SEARCH, SORT
from api.http.problems import BadParameter, UriTooLong
from api.http.serialization_threads import collect_in_thread, run_in_thread
from api.http.url_path_and_format_suffix import with_cursor, with_query
from api.lists.cursor import Cursor
from api.lists.facet_counts import count_facets
from api.lists.named_records import RecordNames, UnknownRecordsError
from api.lists.page_reader import ListRows, Paginator
from api.lists.query import ListQuerySpec, SearchSpec
from api.lists.search_suggestion import suggested_search
from api.resources.list_items import ListItems
from api.resources.sparse_fieldsets_and_includes import (
    MAX_DECODED,
    Fieldset,
    encode_included,
    included_keys,
    load_included,
)
from api.store.digests import digest
from api.store.queries.document_batch import fetch_documents
from api.store.readers.reader import Reader, RunQuery
from api.store.record_index.cached_index import StoredItem
from api.store.record_index.fulltext import with_forms
from api.store.record_index.index_snapshot import IndexSnapshot
from api.store.zstd_frame import decompress
from schema.declaration.entity_base import RecordKey
from schema.documents.renderer import Renderer
from schema.index.fulltext import SearchTerm

_BATCH_SIZE = 128
"""Full documents that are in memory at once, some 12 KB each: a power of two, as are the sizes of SELECTs by id."""
_UNSHARED = (FORMAT, PROFILE, LIMIT, CURSOR)
"""Parameters that the pages of a list do not share, or that each states in its own place."""


class _PageContent(NamedTuple):
    """The content of a page: its rows, the documents of included records by key, its facets and so on.

    `highlighted` are the terms of the search in all forms, and `suggestion` is the page of another search.
    """

    page: "CollectionPage"
    rows: ListRows
    included: Mapping[RecordKey, bytes]
    facets: Facets
    highlighted: Sequence[SearchTerm]
    suggestion: "CollectionPage | None"


@dataclass(frozen=True)
class CollectionPage:
    """A page of a list as a request describes it. It is cached with everything that does not depend on content."""

    paginator: Paginator
    renderer: Renderer
    spec: ListQuerySpec | SearchSpec
    parameters: Mapping[str, str]
    limit: int
    items: ListItems
    included_fields: Mapping[str, Fieldset]
    with_facets: bool
    record_writer: RecordWriter | None
    with_parameters: Callable[[Mapping[str, str]], "CollectionPage"]
    """Returns the page of other parameters in the same format."""

    async def load(self, reader: Reader, _: str) -> JsonDocument:
        """Return the document of the page. Raise BadParameter for an invalid cursor or an unknown record."""
        content = await self._consistent(reader)
        if isinstance(content, JsonDocument):
            return content
        # A query that names records by lookup keys is answered as another page.
        page = content.page
        if page.items.are_stored:
            return page._document(content, page.items.stored(content.rows), [])  # noqa: SLF001
        encoded_items = await collect_in_thread(page.items.build(content.rows, content.highlighted))
        included = await encode_included(content.included, self.included_fields)
        return page._document(content, encoded_items, included)  # noqa: SLF001

    async def _consistent(self, reader: Reader) -> "JsonDocument | _PageContent":
        """Return the result of a read whose total and rows are of one moment."""
        is_single = not (self.with_facets or INCLUDE in self.parameters or self.record_writer)
        is_long = bool(self.record_writer) or self._decodes_many
        return await self.paginator.index.answer(reader, self.read, is_cached=is_single, is_long=is_long)

    @property
    def _decodes_many(self) -> bool:
        """Return True if so many documents are searched for links that it takes more than a few milliseconds."""
        return INCLUDE in self.parameters and self.limit > MAX_DECODED

    async def read(self, snapshot: IndexSnapshot) -> "JsonDocument | _PageContent":
        """Read the content of the page; return its document if it is written while it is read.

        A query that names records by lookup keys is answered as the one that names them by id.
        """
        query = self.items.query
        try:
            rows = await self.paginator.page(snapshot, query, self.parameters.get(CURSOR), self.limit)
        except UnknownRecordsError as error:
            if isinstance(self.spec, SearchSpec):
                raise
            names = RecordNames(snapshot.run_query, self.paginator.statements, self.spec.parser)
            parameters = await names.with_ids(self.parameters, error.keys)
            return await self.with_parameters(parameters).read(snapshot)
        if self.record_writer:
            return self._written_document(
                rows, await self._write(snapshot.run_query, rows, self.record_writer)
            )
        included: Mapping[RecordKey, bytes] = {}
        if self.spec.shape and INCLUDE in self.parameters:
            find_keys = partial(
                included_keys, self.spec.shape, self.parameters, [item.body for item in rows.items]
            )
            keys = await run_in_thread(find_keys) if self._decodes_many else find_keys()
            included = await load_included(snapshot.run_query, self.paginator.statements, keys)
        facets = Facets()
        if self.with_facets:
            facets = await count_facets(snapshot, self.paginator, self.spec, self.parameters, rows)
        terms = query.terms
        highlighted = with_forms(terms, await snapshot.forms(terms)) if self.items.highlighted else []
        suggestion = await self._suggestion(snapshot) if terms and not rows.total else None
        return _PageContent(self, rows, included, facets, highlighted, suggestion)

    async def _suggestion(self, snapshot: IndexSnapshot) -> "CollectionPage | None":
        """Return the first page of the same list for a corrected search that finds something, or None."""
        query, text = self.items.query, self.parameters[SEARCH]
        corrected = await suggested_search(self.paginator.evaluation(snapshot), query, text)
        if not corrected:
            return None
        others = {name: value for name, value in self.parameters.items() if name != CURSOR}
        try:
            page = self.with_parameters({**others, SEARCH: corrected})
        except (BadParameter, UriTooLong):
            # The corrected text may be longer, or begin with another letter: then a hyphen may exclude its word.
            return None
        return page if (await self.paginator.page(snapshot, page.items.query, None, 1)).total else None

    async def _write(self, run_query: RunQuery, rows: ListRows, writer: RecordWriter) -> bytes:
        """Return all records, each written from its stored document. One batch of these is in memory at a time."""
        items = [*self.items.with_added_members(rows)]
        parts = [
            await self._write_batch(run_query, items[start : start + _BATCH_SIZE], writer)
            for start in range(0, len(items), _BATCH_SIZE)
        ]
        return b"".join([writer.head, *parts])

    async def _write_batch(
        self, run_query: RunQuery, items: Sequence[tuple[StoredItem, Mapping[str, int]]], writer: RecordWriter
    ) -> bytes:
        keys = [(item.entity, item.id) for item, _ in items]
        frames = await fetch_documents(run_query, self.paginator.statements, keys)
        documents = ((decompress(frames[key]), added) for key, (_, added) in zip(keys, items, strict=True))
        return await run_in_thread(partial(writer.write, documents))

    def _written_document(self, rows: ListRows, body: bytes) -> JsonDocument:
        return self._page(rows, dict(self._cursors(rows)), body, digest(body), Facets())

    def _document(
        self, content: "_PageContent", items: Iterable[bytes], included: list[msgspec.Raw]
    ) -> JsonDocument:
        rows = content.rows
        cursors = dict(self._cursors(rows))
        url = with_cursor(self._first_url, self.parameters.get(CURSOR, ""))
        links = {relation: with_cursor(self._first_url, cursor) for relation, cursor in cursors.items()}
        view = {"uri": url, "type": "PartialCollectionView", **links}
        members: dict[str, Any] = {"view": view}
        if included:
            members["included"] = included
        if content.suggestion:
            members["suggestion"] = content.suggestion._suggested  # noqa: SLF001
        tail = msgspec.json.encode(members)
        head = b'%b,"total":%d,"items":[' % (self._head, rows.total)
        body = b"".join([head, b",".join(items), b"],", tail[1:]])
        item_etags = self.items.etag_source(rows)
        etag = digest(body if item_etags is None else b"%b%b%b" % (head, item_etags, tail))
        return self._page(rows, cursors, body, etag, content.facets)

    def _page(
        self, rows: ListRows, cursors: Mapping[str, str], body: bytes, etag: str, facets: Facets
    ) -> JsonDocument:
        return JsonDocument(
            body,
            etag,
            rows.served_at,
            page_links=PageLinks(self._shared, cursors),
            entity=self.spec.shape,
            is_role_list=bool(self.items.query.role),
            facets=facets,
            parameters=self.parameters,
        )

    def _cursors(self, rows: ListRows) -> Iterator[tuple[str, str]]:
        """Yield the relation and the cursor of each page that there is a link to; the first has no cursor."""
        yield "first", ""
        query = self.items.query.canonical_text
        if rows.next is not None:
            yield "next", Cursor(backwards=False, keys=tuple(rows.next)).encode(query)
        if rows.previous is not None:
            yield "previous", Cursor(backwards=True, keys=tuple(rows.previous)).encode(query)

    @cached_property
    def _first_url(self) -> str:
        return with_query(self._uri, self._shared)

    @property
    def _suggested(self) -> dict[str, str]:
        """Return the search of the page and its IRI, for another page that suggests it."""
        others = {name: value for name, value in self.parameters.items() if name not in (FORMAT, PROFILE)}
        return {"q": self.parameters[SEARCH], "uri": with_query(self._uri, others)}

    @cached_property
    def _shared(self) -> dict[str, str]:
        """Return the parameters of every page of the list."""
        shared = {name: value for name, value in self.parameters.items() if name not in _UNSHARED}
        return {**shared, LIMIT: str(self.limit)}

    @cached_property
    def _uri(self) -> str:
        return self.renderer.uris.resolve(self.spec.collection)

    @cached_property
    def _head(self) -> bytes:
        """Return the beginning of the JSON of every page: the IRI, type and title of the list."""
        names = self.spec.parameter_names
        query = {name: value for name, value in self.parameters.items() if name in names and name != SORT}
        title = self.renderer.model.ontology.labels(self.spec.collection)
        head = {
            "uri": with_query(self._uri, query),
            "type": "Collection",
            "title": title,
            "label": title,
        }
        return msgspec.json.encode(head)[:-1]

"""The read model: rendering of public records into documents, list items, index entries and sort keys."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, select

from api.store.database.writing_session import key_condition
from api.store.digests import digest
from api.store.log.head import LogHead
from api.store.log.revision_reader import Revisions, batches
from api.store.projection.record_links import LinkingIds, StoredLinks
from api.store.projection.record_table_writer import (
    RecordRow,
    RecordTableWriter,
    RenderedRecord,
    RenderedRecords,
)
from api.store.projection.related_record_loader import RelatedRecords, link_derived_fields
from api.store.zstd_frame import compress, decompress
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import PublishedRecord, RecordKey
from schema.declaration.record_graph import OwnedPart
from schema.declaration.shapes import Field
from schema.documents.renderer import Renderer
from schema.index.fulltext import search_document
from schema.index.record_index import DEPENDS_ON, decode_record_index, record_index
from schema.index.sort_keys import sort_keys
from schema.storage.tables import Tables
from schema.validation.references import linked_part_fields

Progress = Callable[[Sequence[Any]], Iterable[Any]]
"""Iterates over a sequence, and may show progress."""

_MAX_LOADED_RECORDS = 20_000
"""Number of loaded records at which the next batch starts without them."""


class ReadModel:
    """Renders public records into the read model, inside a writing transaction.

    `loaded` has public records that are loaded already.
    """

    def __init__(
        self,
        records: Revisions,
        renderer: Renderer,
        loaded: Mapping[RecordKey, PublishedRecord] | None = None,
    ) -> None:
        self.session = records.session
        self.records = records
        self.renderer = renderer
        self.writer = RecordTableWriter(self.session, records.numbers)
        self._loaded = dict(loaded or {})

    def render(self, keys: Iterable[RecordKey], linking: LinkingIds) -> RenderedRecords:
        """Return the public ones among some records, rendered with the derived lists in `linking`."""
        self._limit_loaded()
        return self._render(self._related_records(keys, linking))

    def differences(self, keys: Sequence[RecordKey], linking: LinkingIds) -> Counter[str]:
        """Render records, and return the number of those whose stored rows differ, by table; write nothing."""
        return self.writer.differences(keys, self.render(keys, linking))

    def replace(
        self,
        changed: Sequence[RecordKey],
        keys: Iterable[RecordKey],
        head: LogHead,
        links: StoredLinks,
        track: Progress = iter,
    ) -> list[RecordKey]:
        """Render records after a commit, and replace the stored rows that differ.

        The records in `changed`, of which new ones get numbers in this order, are modified at the time of the head.
        Returns the other records among `keys` that are, because values derived along links or linked parts change.
        """
        self.records.numbers.assign(changed)
        modified = set(changed)
        changed_by_links: list[RecordKey] = []
        for batch in track(batches(keys)):
            self._limit_loaded()
            self._load_dependencies(batch)
            related = self._related_records(batch, links.linking(batch))
            new_keys = self._changed_by_links(related, modified)
            changed_by_links += new_keys
            modified.update(new_keys)
            related.modify(modified, head.at)
            self.writer.replace(batch, self._render(related), head)
        return changed_by_links

    def _related_records(self, keys: Iterable[RecordKey], linking: LinkingIds) -> RelatedRecords:
        return RelatedRecords(self.records, self.renderer, keys, linking, self._loaded)

    def _limit_loaded(self) -> None:
        if len(self._loaded) > _MAX_LOADED_RECORDS:
            self._loaded.clear()

    def _load_dependencies(self, keys: Iterable[RecordKey]) -> None:
        """Load the records from which some records were last rendered: rendering them again needs most of these.

        Without it, each round of derivations would read some.
        """
        numbers = {
            int(number)
            for (index_entries,) in self.session.rows_about(_select_index_entries, keys)
            for number in decode_record_index(index_entries).postings.get(DEPENDS_ON, ())
        }
        loaded = {self.records.numbers.get(key) for key in self._loaded}
        self._loaded |= self.records.published_numbered(numbers - loaded)

    def _render(self, related: RelatedRecords) -> RenderedRecords:
        dependencies = (related.dependencies(key) for key in related.published)
        self.records.numbers.load({*related.published}.union(*dependencies))
        return {key: self._render_record(key, related) for key in related.published}

    def _render_record(self, key: RecordKey, related: RelatedRecords) -> RenderedRecord:
        renderer, numbers = self.renderer, self.records.numbers
        shape, published = renderer.model.by_name[key[0]], related.published[key]
        document = renderer.document(shape, published, related.linked_records(key))
        body = msgspec.json.encode(document)
        index = record_index(
            shape,
            published.record,
            sorted(related.index_entries(key)),
            sort_keys(shape, published, renderer.languages),
            {dependency: numbers[dependency] for dependency in related.dependencies(key)},
        )
        row = RecordRow(
            numbers[key],
            *key,
            published.seq,
            published.created,
            published.modified,
            digest(body),
            msgspec.json.encode(renderer.list_item(shape, document)),
            index.encode(),
        )
        texts = search_document(renderer.model, shape, document)
        return RenderedRecord(row, compress(body), (texts.identifiers, texts.titles, texts.everything))

    def _changed_by_links(self, related: RelatedRecords, changed: Iterable[RecordKey]) -> list[RecordKey]:
        """Return the records not yet in `changed` whose derived values or linked parts differ from those stored."""
        by_name = self.renderer.model.by_name
        depends_on_links = {
            name for name, shape in by_name.items() if link_derived_fields(shape) or linked_part_fields(shape)
        }
        keys = [key for key in related.published.keys() - changed if key[0] in depends_on_links]
        documents = {
            (entity, identifier): msgspec.json.decode(decompress(frame))
            for entity, identifier, frame in self.session.rows_about(_select_documents, keys)
        }
        return sorted(
            key
            for key, document in documents.items()
            if any(
                _statements(field, document.get(field.name)) != _statements(field, derived[field.name])
                for derived in [related.derived(key)]
                for field, _ in link_derived_fields(by_name[key[0]])
            )
            or any(
                _part_urls(document.get(name, ())) != urls for name, urls in related.part_urls(key).items()
            )
        )


def _select_index_entries(tables: Tables) -> Select[Any]:
    return select(tables.record.c.index_entries).where(key_condition(tables.record))


def _select_documents(tables: Tables) -> Select[Any]:
    record, document = tables.record, tables.document
    query = select(record.c.entity, record.c.id, document.c.body)
    return query.join_from(record, document, document.c.number == record.c.number).where(
        key_condition(record)
    )


def _part_urls(cards: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the document URL of each linked part in a document, by the id of the part."""
    return {card["id"]: card["uri"].partition("#")[0] for card in cards}


def _statements(field: Field, value: Any) -> Any:
    """Return a derived value, or one of a document, as far as statements depend on it: without order and labels."""
    if field.part:
        return sorted(_part_statements(part) for part in value or ())
    if field.kind is Kind.TEXTS:
        return {tag: sorted(texts) for tag, texts in (value or {}).items()}
    values = value if field.is_list else [] if value is None else [value]
    return sorted(item["id"] if isinstance(item, Mapping) else item for item in values or ())


def _part_statements(part: OwnedPart | Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the id of the owner of a part or of its node, and the part with ids instead of cards."""
    if isinstance(part, OwnedPart):
        return part.owner[1], msgspec.json.encode(part.part, order="sorted")
    owner = part["uri"].partition("#")[0].rpartition("/")[2]
    fields = {
        name: value["id"] if isinstance(value, Mapping) else value
        for name, value in part.items()
        if name not in ("uri", "type")
    }
    return owner, msgspec.json.encode(fields, order="sorted")

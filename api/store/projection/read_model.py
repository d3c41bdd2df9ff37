"""The read model: rendering of public records into documents, list items, index entries and sort keys."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, Table, func, select

from api.store.database.writing_session import RowValues, key_condition
from api.store.digests import digest
from api.store.log.revision_reader import Revisions, batches
from api.store.projection.read_model_writer import ReadModelRows, ReadModelWriter, content_hash
from api.store.projection.related_record_loader import RelatedRecords, link_derived_fields
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import PublishedRecord, RecordKey
from schema.declaration.record_graph import OwnedPart
from schema.declaration.shapes import Field
from schema.documents.renderer import Renderer
from schema.index.fulltext import search_document
from schema.index.sort_keys import sort_key_names, sort_keys, sorted_composite_entries
from schema.storage.last_change_key import change_order_key
from schema.storage.tables import Tables
from schema.validation.references import linked_part_fields

Progress = Callable[[Sequence[Any]], Iterable[Any]]
"""Iterates over a sequence, and may show progress."""

_WITHOUT_DIGEST = ("digest", "changed")

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
        self.tables = records.tables
        self.records = records
        self.renderer = renderer
        self.writer = ReadModelWriter(self.session)
        self._loaded = dict(loaded or {})

    def repair(self, keys: Iterable[RecordKey], at: str, track: Progress = iter) -> None:
        """Render records and compare all their stored rows; replace those that differ."""
        for batch in track(batches(keys)):
            self.writer.repair(batch, self._render(self._related_records(batch), {}), at)

    def differences(
        self, published: Mapping[RecordKey, PublishedRecord], keys: Sequence[RecordKey]
    ) -> Counter[str]:
        """Render records, and return the number of those whose stored rows differ, by table; write nothing.

        `published` has those of them that are public.
        """
        self._loaded |= published
        return self.writer.differences(keys, self._render(self._related_records(keys), {}))

    def replace(
        self,
        changed: Iterable[RecordKey],
        keys: Iterable[RecordKey],
        at: str,
        number: int,
        track: Progress = iter,
    ) -> list[RecordKey]:
        """Render records after a commit at a time, and replace the stored rows whose content hash differs.

        The records in `changed` get the change numbers after `number`, in order. Returns the other records
        among `keys` whose statements change because values derived along links or linked parts do; they get
        the next numbers.
        """
        numbers = {key: number + offset for offset, key in enumerate(changed, 1)}
        changed_by_links: list[RecordKey] = []
        for batch in track(batches(keys)):
            related = self._related_records(batch)
            new_keys = self._changed_by_links(related, numbers)
            numbers |= {key: number + len(numbers) + offset for offset, key in enumerate(new_keys, 1)}
            changed_by_links += new_keys
            related.modify(numbers, at)
            self.writer.replace(batch, self._render(related, numbers), at)
        self.writer.write_counts()
        return changed_by_links

    def _related_records(self, keys: Iterable[RecordKey]) -> RelatedRecords:
        if len(self._loaded) > _MAX_LOADED_RECORDS:
            self._loaded.clear()
        return RelatedRecords(self.records, self.renderer, keys, self._loaded)

    def _render(self, related: RelatedRecords, new_changes: dict[RecordKey, int]) -> ReadModelRows:
        """Return the rows of public records in all tables of the read model.

        `new_changes` has the numbers of the changes of this transaction, which are not stored yet.
        """
        stored = self.session.rows_about(_select_change_numbers, related.published)
        change_numbers = {(entity, identifier): numbers for entity, identifier, *numbers in stored}
        rows_by_table: Mapping[Table, dict[RecordKey, list[RowValues]]] = {
            table: {} for table in self.tables.read_model_tables
        }
        for key in related.published:
            first, last = change_numbers.get(key) or (new_changes[key], new_changes[key])
            for table, rows in self._render_record(key, related, first, new_changes.get(key, last)):
                rows_by_table[table][key] = rows
            ((*_, document_digest),) = rows_by_table[self.tables.document][key]
            (item,) = rows_by_table[self.tables.item][key]
            texts = (document_digest, item, rows_by_table[self.tables.searchable][key])
            row_sets = [rows_by_table[table][key] for table in self.tables.row_sets]
            rows_by_table[self.tables.item][key] = [
                (*item, content_hash(texts, row_sets, related.published[key].modified))
            ]
        return rows_by_table

    def _render_record(
        self, key: RecordKey, related: RelatedRecords, first: int, last: int
    ) -> Iterator[tuple[Table, list[RowValues]]]:
        """Yield each table of the read model with the rows of a record; the item has no content hash yet.

        `first` and `last` are the numbers of the record's first and last change: the keys by which lists
        and searches join the item.
        """
        tables, renderer = self.tables, self.renderer
        shape, published = renderer.model.by_name[key[0]], related.published[key]
        document = renderer.document(shape, published, related.linked_records(key))
        body = msgspec.json.encode(document)
        yield tables.document, [(*key, body, digest(body))]
        newest = change_order_key(renderer.model.entity_ordinals[key[0]], published.modified, last)
        item = msgspec.json.encode(renderer.list_item(shape, document))
        yield tables.item, [(first, newest, *key, item)]
        yield tables.shows, [(*key, *dependency) for dependency in sorted(related.dependencies(key))]
        entries = sorted(related.index_entries(key))
        yield tables.facet, [(key[0], name, value, key[1], first) for name, value in entries]
        texts = search_document(renderer.model, shape, document)
        yield tables.searchable, [(newest, *key, texts.identifiers, texts.titles, texts.everything)]
        keys = sort_keys(shape, published, renderer.languages)
        yield (
            tables.sort_key,
            [
                (*key, name, int(name not in keys), keys.get(name, ""), first)
                for name in sorted(sort_key_names(shape))
            ],
        )
        sorted_entries = sorted_composite_entries(shape, entries, keys)
        yield tables.sorted_facet, [(key[0], *entry, key[1], first) for entry in sorted_entries]

    def _changed_by_links(self, related: RelatedRecords, changed: Iterable[RecordKey]) -> list[RecordKey]:
        """Return the records not yet in `changed` whose derived values or linked parts differ from those stored."""
        by_name = self.renderer.model.by_name
        depends_on_links = {
            name for name, shape in by_name.items() if link_derived_fields(shape) or linked_part_fields(shape)
        }
        keys = [key for key in related.published.keys() - changed if key[0] in depends_on_links]
        stored = self.session.rows(self.tables.document, keys, _WITHOUT_DIGEST)
        documents = {key: msgspec.json.decode(body) for key, ((*_, body),) in stored.items()}
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


def _select_change_numbers(tables: Tables) -> Select[Any]:
    """Return the query for the numbers of the first and the last change of each record."""
    change = tables.change
    bounds = (func.min(change.c.number), func.max(change.c.number))
    query = select(change.c.entity, change.c.id, *bounds).where(key_condition(change))
    return query.group_by(change.c.entity, change.c.id)


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

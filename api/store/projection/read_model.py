"""Rendering inside a transaction: documents, list items, and which records each of them shows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, Table, func, select

from api.store.database.session import RowValues, key_condition
from api.store.digests import digest
from api.store.log.revisions import Revisions, batches
from api.store.projection.read_model_writer import ReadModelRows, ReadModelWriter, content_hash
from api.store.projection.related_records import RelatedRecords, link_derived_fields
from schema.declaration.entity import PublishedRecord, RecordKey
from schema.documents.renderer import Renderer
from schema.index.fulltext import search_document
from schema.index.sort_keys import sort_key_names, sort_keys, sorted_composite_entries
from schema.storage.change_order import change_order_key
from schema.storage.tables import Tables

Progress = Callable[[Sequence[Any]], Iterable[Any]]
"""Passes a sequence through, and may show how far it is."""

_BESIDE_BODY = ("digest", "changed")

_MOST_NEAR = 20_000
"""Records that are kept at hand while others are rendered."""


class ReadModel:
    """Writes what is served of records, from what is published; `near` has some of that already."""

    def __init__(
        self, records: Revisions, renderer: Renderer, near: Mapping[RecordKey, PublishedRecord] | None = None
    ) -> None:
        self.session = records.session
        self.tables = records.tables
        self.records = records
        self.renderer = renderer
        self.served = ReadModelWriter(self.session)
        self._near = dict(near or {})

    def write(self, keys: Iterable[RecordKey], at: str, track: Progress = iter) -> None:
        """Render records anew, whatever is served of them, and mend what differs."""
        for batch in track(batches(keys)):
            self.served.repair(batch, self._rendered(self._around(batch), {}), at)

    def write_after(
        self,
        changed: Iterable[RecordKey],
        keys: Iterable[RecordKey],
        at: str,
        number: int,
        track: Progress = iter,
    ) -> list[RecordKey]:
        """Render records anew after some changed at a moment, each by the next change behind a number.

        Return those of the others whose statements change as well, because they follow from those
        of other records.
        """
        numbers = {key: number + place for place, key in enumerate(changed, 1)}
        found: list[RecordKey] = []
        for batch in track(batches(keys)):
            around = self._around(batch)
            others = self._changed_by_others(around, numbers)
            numbers |= {key: number + len(numbers) + place for place, key in enumerate(others, 1)}
            found += others
            around.modify(numbers, at)
            self.served.replace(batch, self._rendered(around, numbers), at)
        self.served.write_counts()
        return found

    def _around(self, keys: Iterable[RecordKey]) -> RelatedRecords:
        if len(self._near) > _MOST_NEAR:
            self._near.clear()
        return RelatedRecords(self.records, self.renderer, keys, self._near)

    def _rendered(self, around: RelatedRecords, changes: dict[RecordKey, int]) -> ReadModelRows:
        """Return the rows of all tables that public records are read from; some have just been changed."""
        before = self.session.rows_about(_changes, around.published)
        known = {(entity, identifier): numbers for entity, identifier, *numbers in before}
        found: Mapping[Table, dict[RecordKey, list[RowValues]]] = {
            table: {} for table in self.tables.read_model_tables
        }
        for key in around.published:
            first, last = known.get(key) or (changes[key], changes[key])
            for table, rows in self._rendered_one(key, around, first, changes.get(key, last)):
                found[table][key] = rows
            ((*_, said),) = found[self.tables.document][key]
            (item,) = found[self.tables.item][key]
            texts = (said, item, found[self.tables.searchable][key])
            sets = [found[table][key] for table in self.tables.row_sets]
            found[self.tables.item][key] = [
                (*item, content_hash(texts, sets, around.published[key].modified))
            ]
        return found

    def _rendered_one(
        self, key: RecordKey, around: RelatedRecords, first: int, last: int
    ) -> Iterator[tuple[Table, list[RowValues]]]:
        """Yield each table that something of a record is read from, with its rows in order.

        Its first change and its last, by their numbers, are those by which lists and searches find it.
        """
        tables, renderer = self.tables, self.renderer
        shape, published = renderer.model.by_name[key[0]], around.published[key]
        body = renderer.document(shape, published, around.linked_records(key))
        encoded = msgspec.json.encode(body)
        yield tables.document, [(*key, encoded, digest(encoded))]
        newest = change_order_key(renderer.model.entity_ordinals[key[0]], published.modified, last)
        yield tables.item, [(first, newest, *key, msgspec.json.encode(renderer.list_item(shape, body)))]
        yield tables.shows, [(*key, *other) for other in sorted(around.dependencies(key))]
        facets = sorted(around.index_entries(key))
        yield tables.facet, [(key[0], name, value, key[1], first) for name, value in facets]
        found = search_document(renderer.model, shape, body)
        yield tables.searchable, [(newest, *key, found.identifiers, found.titles, found.everything)]
        keys = sort_keys(shape, published, renderer.languages)
        names = sorted(sort_key_names(shape))
        known = [(name, int(name not in keys), keys.get(name, "")) for name in names]
        yield tables.sort_key, [(*key, *one, first) for one in known]
        kept = sorted_composite_entries(shape, facets, keys)
        yield tables.sorted_facet, [(key[0], *one, key[1], first) for one in kept]

    def _changed_by_others(self, around: RelatedRecords, known: Iterable[RecordKey]) -> list[RecordKey]:
        """Return those of the other records whose statements change because of other records' links."""
        found: list[RecordKey] = []
        by_name = self.renderer.model.by_name
        keys = [key for key in around.published.keys() - known if link_derived_fields(by_name[key[0]])]
        for key, ((*_, encoded),) in self.session.rows(self.tables.document, keys, _BESIDE_BODY).items():
            body, after = msgspec.json.decode(encoded), around.derived(key)
            names = (field.name for field, _ in link_derived_fields(by_name[key[0]]))
            if any(_said(body.get(name)) != _said(after[name]) for name in names):
                found.append(key)
        return sorted(found)


def _changes(tables: Tables) -> Select[Any]:
    """Return the question by which change each of some records was first changed, and by which last."""
    change = tables.change
    ends = (func.min(change.c.number), func.max(change.c.number))
    chosen = select(change.c.entity, change.c.id, *ends).where(key_condition(change))
    return chosen.group_by(change.c.entity, change.c.id)


def _said(value: Any) -> Any:
    """Return a value without its order and labels, which no statement depends on."""
    if isinstance(value, Mapping):
        return {tag: sorted(texts) for tag, texts in value.items()}
    return sorted(one["id"] if isinstance(one, Mapping) else one for one in value or ()) or {}

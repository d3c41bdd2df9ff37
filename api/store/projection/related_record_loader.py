"""Related records: what the documents of a batch show of other records, loaded for the whole batch at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import Any, NamedTuple

from api.store.log.revision_reader import Revisions
from api.store.projection.record_links import LinkingIds, inverse_fields
from schema.declaration.accessors import Accessor, accessor
from schema.declaration.annotations import DerivedAlongLinks, Inverse
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import Entity, PublishedRecord, RecordKey
from schema.declaration.record_graph import RecordGraph, RecordNotLoadedError
from schema.declaration.shapes import Field, Shape
from schema.documents.record_encoders import Card, LinkedParts
from schema.documents.renderer import LinkedRecords, Renderer
from schema.index.entries import MODIFIED, IndexEntry, index_entries
from schema.model import Model
from schema.validation.references import link_targets, linked_part_fields, linked_parts, part_owners


class _DerivedValues(NamedTuple):
    """The values of a record derived along links by field, its index entries, and the records read for both.

    `linked_parts` has the parts of other records that the record links to, by field.
    """

    values: Mapping[str, Any]
    linked_parts: Mapping[str, LinkedParts]
    index_entries: set[IndexEntry]
    dependencies: set[RecordKey]


class _CardCache(dict[RecordKey, Card]):
    """The cards of loaded records, rendered on first use."""

    def __init__(self, renderer: Renderer, loaded: Mapping[RecordKey, PublishedRecord]) -> None:
        self._renderer = renderer
        self._loaded = loaded

    def __missing__(self, key: RecordKey) -> Card:
        shape = self._renderer.model.by_name[key[0]]
        self[key] = card = self._renderer.card(shape, self._loaded[key].record)
        return card


class RelatedRecords:
    """A batch of public records, with all records that their documents and index entries depend on.

    `linking` has the records in their derived lists. `loaded` has records that are loaded already; those loaded
    here are added to it.
    """

    def __init__(
        self,
        records: Revisions,
        renderer: Renderer,
        keys: Iterable[RecordKey],
        linking: LinkingIds,
        loaded: dict[RecordKey, PublishedRecord],
    ) -> None:
        self._records = records
        self._renderer = renderer
        self._loaded = loaded
        self._cards = _CardCache(renderer, loaded)
        batch = list(keys)
        self._load(batch)
        self.published = {key: loaded[key] for key in batch if key in loaded}
        self._links = {key: self._linked_keys(key, linking.get(key, {})) for key in self.published}
        self._load(target for links in self._links.values() for target in links)
        self._inverses = {
            key: self._sorted_lists(key, linking[key]) for key in self.published.keys() & linking.keys()
        }

    def modify(self, keys: Iterable[RecordKey], at: str) -> None:
        """Set the modification time of the records of the batch that are among some keys."""
        for key in self.published.keys() & keys:
            self.published[key] = replace(self.published[key], modified=at)

    def dependencies(self, key: RecordKey) -> set[RecordKey]:
        """Return the other records from which a record's document is rendered."""
        return self._derived[key].dependencies

    def index_entries(self, key: RecordKey) -> set[IndexEntry]:
        """Return the index entries of a record."""
        return self._derived[key].index_entries | {(MODIFIED, self.published[key].modified)}

    def linked_records(self, key: RecordKey) -> LinkedRecords:
        """Return the parts of other records that a record's document shows."""
        derived = self._derived[key]
        return LinkedRecords(self._cards, self._inverses.get(key, {}), derived.values, derived.linked_parts)

    def derived(self, key: RecordKey) -> Mapping[str, Any]:
        """Return the values of a record derived along links, by field."""
        return self._derived[key].values

    def part_urls(self, key: RecordKey) -> Mapping[str, Mapping[str, str]]:
        """Return the document URLs of the records that have the linked parts of a record, by field and part id."""
        uris, by_name = self._renderer.uris, self._renderer.model.by_name
        return {
            name: {
                identifier: uris.document(by_name[entity].collection, owner)
                for identifier, ((entity, owner), _) in parts.items()
            }
            for name, parts in self._derived[key].linked_parts.items()
        }

    @cached_property
    def _derived(self) -> dict[RecordKey, _DerivedValues]:
        """Return the derived values of the batch.

        A derivation stops at a record that is not loaded. Each round loads the missing records of all
        derivations at once and repeats those that stopped. Raise RecordNotLoadedError for a record that is not
        public: then the log is damaged.
        """
        derived: dict[RecordKey, _DerivedValues] = {}
        pending = list(self.published)
        while pending:
            missing: dict[RecordKey, RecordKey] = {}
            for key in pending:
                try:
                    derived[key] = self._derive(key)
                except RecordNotLoadedError as error:
                    missing[key] = error.key
            self._load(missing.values())
            for key in missing.values():
                if key not in self._loaded:
                    raise RecordNotLoadedError(key)
            pending = list(missing)
        return derived

    def _derive(self, key: RecordKey) -> _DerivedValues:
        """Return the derived values of a record. Raise RecordNotLoadedError if a record is missing."""
        shape, record = self._shape(key), self.published[key].record
        graph = RecordGraph(self._loaded, self._inverses.get(key, {}))
        values: dict[str, Any] = {}
        targets: set[RecordKey] = set()
        for field, annotation in link_derived_fields(shape):
            value = values[field.name] = annotation.derive(record, graph)
            if field.kind is Kind.LINK and value:
                targets.update(
                    (field.target, identifier) for identifier in (value if field.is_list else (value,))
                )
        parts = self._linked_parts(shape, record, graph)
        for name, linked in parts.items():
            targets.update(self._part_targets(shape, name, linked))
        if missing := [target for target in targets if target not in self._loaded]:
            raise RecordNotLoadedError(min(missing))
        entries = index_entries(shape, record, values, graph, self._renderer.languages)
        return _DerivedValues(values, parts, entries, graph.visited.union(targets, self._links[key]))

    def _linked_parts(self, shape: Shape, record: Entity, graph: RecordGraph) -> dict[str, LinkedParts]:
        """Return the parts of other records that a record links to, by field and id."""
        owners = [(key, graph.record(*key)) for key in sorted(part_owners(shape, record))]
        return {
            field.name: {
                identifier: matches[0]
                for identifier, matches in linked_parts(field, record, owners).items()
                if matches
            }
            for field, _ in linked_part_fields(shape)
        }

    def _part_targets(self, shape: Shape, name: str, parts: LinkedParts) -> Iterator[RecordKey]:
        """Yield the targets of the links of linked parts, whose cards show them."""
        field = next(field for field in shape.fields if field.name == name)
        if part_shape := self._renderer.model.keys[field.target].part:
            for _, part in parts.values():
                yield from link_targets(part_shape, part)

    def _linked_keys(self, key: RecordKey, linking: Mapping[str, Iterable[str]]) -> set[RecordKey]:
        """Return the targets of a record's links, and the records in its derived lists."""
        shape = self._shape(key)
        keys = set(link_targets(shape, self.published[key].record))
        for field, annotation in inverse_fields(shape):
            keys.update((annotation.entity, identifier) for identifier in linking.get(field.name, ()))
        return keys

    def _sorted_lists(self, key: RecordKey, linking: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
        """Return the ids in the derived lists of a record in the order of each list, by field."""
        lists: dict[str, list[str]] = {}
        for field, annotation in inverse_fields(self._shape(key)):
            if ids := linking.get(field.name):
                readers = _order_readers(self._renderer.model, annotation)
                records = [self._loaded[annotation.entity, identifier].record for identifier in ids]
                records.sort(key=lambda record: (*(_nulls_last(read(record)) for read in readers), record.id))
                lists[field.name] = [record.id for record in records]
        return lists

    def _load(self, keys: Iterable[RecordKey]) -> None:
        self._loaded |= self._records.published({key for key in keys if key not in self._loaded})

    def _shape(self, key: RecordKey) -> Shape:
        return self._renderer.model.by_name[key[0]]


@cache
def link_derived_fields(shape: Shape) -> tuple[tuple[Field, DerivedAlongLinks], ...]:
    """Return the fields of a shape that are derived along links, each with its annotation."""
    return tuple(
        (field, field.derived) for field in shape.fields if isinstance(field.derived, DerivedAlongLinks)
    )


@cache
def _order_readers(model: Model, inverse: Inverse) -> tuple[Accessor, ...]:
    """Return the accessors of the fields by which a derived list is sorted."""
    fields = {field.name: field for field in model.by_name[inverse.entity].fields}
    return tuple(accessor(fields[name]) for name in inverse.order)


def _nulls_last(value: Any) -> tuple[bool, Any]:
    return value is None, value

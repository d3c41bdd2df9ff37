"""What the documents of some records show of other records, fetched for all of them together."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from api.store.database.session import ids_by_entity, key_condition
from api.store.database.statement_cache import KeysIn
from api.store.log.revisions import Revisions
from schema.declaration.annotations import DerivedAlongLinks, Inverse
from schema.declaration.entity import PublishedRecord, RecordKey
from schema.declaration.graph import RecordGraph, RecordNotLoadedError
from schema.declaration.shapes import Field, Shape
from schema.documents.encoders import Card
from schema.documents.renderer import LinkedRecords, Renderer
from schema.index.entries import MODIFIED, IndexEntry, index_entries
from schema.storage.tables import Tables
from schema.validation.references import link_targets


class _DerivedValues(NamedTuple):
    """What a record's links lead to: values that others decide, its facets, and who its document shows."""

    values: Mapping[str, Any]
    index_entries: set[IndexEntry]
    dependencies: set[RecordKey]


class _Cards(dict[RecordKey, Card]):
    """The cards of records that are near, each made when it is first shown."""

    def __init__(self, renderer: Renderer, near: Mapping[RecordKey, PublishedRecord]) -> None:
        self._renderer = renderer
        self._near = near

    def __missing__(self, key: RecordKey) -> Card:
        shape = self._renderer.model.by_name[key[0]]
        self[key] = card = self._renderer.card(shape, self._near[key].record)
        return card


class RelatedRecords:
    """Some public records, and what stands around them; `near` has what is known of records, and gets more."""

    def __init__(
        self,
        records: Revisions,
        renderer: Renderer,
        keys: Iterable[RecordKey],
        near: dict[RecordKey, PublishedRecord],
    ) -> None:
        self._records = records
        self._renderer = renderer
        self._near = near
        self._cards = _Cards(renderer, near)
        wanted = list(keys)
        # Most of what they show now they showed before, however many steps away it is.
        self._fetch([*wanted, *records.session.rows_about(_shown, wanted)])
        self.published = {key: near[key] for key in wanted if key in near}
        self._inverses = self._read_inverses()
        self._links = {key: self._linked(key) for key in self.published}
        self._fetch(one for links in self._links.values() for one in links)

    def modify(self, keys: Iterable[RecordKey], at: str) -> None:
        """Take a moment as that of the last change of those records that are among the public ones."""
        for key in self.published.keys() & keys:
            self.published[key] = replace(self.published[key], modified=at)

    def dependencies(self, key: RecordKey) -> set[RecordKey]:
        """Return every other record that a document was made from."""
        return self._found[key].dependencies

    def index_entries(self, key: RecordKey) -> set[IndexEntry]:
        """Return what a record is found by."""
        return self._found[key].index_entries | {(MODIFIED, self.published[key].modified)}

    def linked_records(self, key: RecordKey) -> LinkedRecords:
        """Return what a document shows of other records."""
        return LinkedRecords(self._cards, self._inverses.get(key, {}), self.derived(key))

    def derived(self, key: RecordKey) -> Mapping[str, Any]:
        """Return the values of a record that other records decide, by field."""
        return self._found[key].values

    @cached_property
    def _found(self) -> dict[RecordKey, _DerivedValues]:
        """Return what each record's links lead to in the end; each round fetches a step further."""
        found: dict[RecordKey, _DerivedValues] = {}
        pending = list(self.published)
        while pending:
            unseen: dict[RecordKey, RecordKey] = {}
            for key in pending:
                try:
                    found[key] = self._follow(key)
                except RecordNotLoadedError as error:
                    unseen[key] = error.key
            self._fetch(unseen.values())
            pending = list(unseen)
        return found

    def _follow(self, key: RecordKey) -> _DerivedValues:
        shape, record = self._shape(key), self.published[key].record
        trail = RecordGraph(self._near, self._inverses.get(key, {}))
        values: dict[str, Any] = {}
        linked: set[RecordKey] = set()
        for field, mark in link_derived_fields(shape):
            values[field.name] = mark.derive(record, trail)
            if field.target:
                linked.update((field.target, one) for one in values[field.name])
        if unseen := [one for one in linked if one not in self._near]:
            raise RecordNotLoadedError(min(unseen))
        found = index_entries(shape, record, values, trail, self._renderer.languages)
        return _DerivedValues(values, found, trail.visited.union(linked, self._links[key]))

    def _linked(self, key: RecordKey) -> set[RecordKey]:
        """Return what a record links to, and what links to it."""
        shape = self._shape(key)
        found = set(link_targets(shape, self.published[key].record))
        listed = self._inverses.get(key, {})
        for field, mark in _inverse_fields(shape):
            found.update((mark.entity, one) for one in listed.get(field.name, ()))
        return found

    def _fetch(self, keys: Iterable[RecordKey]) -> None:
        self._near |= self._records.published({key for key in keys if key not in self._near})

    def _shape(self, key: RecordKey) -> Shape:
        return self._renderer.model.by_name[key[0]]

    def _read_inverses(self) -> dict[RecordKey, dict[str, list[str]]]:
        """Return, for each record and derived list, the ids that link to the record."""
        found: dict[RecordKey, dict[str, list[str]]] = {}
        for entity, ids in ids_by_entity(self.published):
            for field, mark in _inverse_fields(self._renderer.model.by_name[entity]):
                for target, record in self._records.session.run(_linking, mark, keys=[(one,) for one in ids]):
                    found.setdefault((entity, target), {}).setdefault(field.name, []).append(record)
        return found


@cache
def link_derived_fields(shape: Shape) -> tuple[tuple[Field, DerivedAlongLinks], ...]:
    """Return the fields that other records decide, along links."""
    return tuple((one, one.derived) for one in shape.fields if isinstance(one.derived, DerivedAlongLinks))


@cache
def _inverse_fields(shape: Shape) -> tuple[tuple[Field, Inverse], ...]:
    return tuple((one, one.derived) for one in shape.fields if isinstance(one.derived, Inverse))


def _shown(tables: Tables) -> Select[Any]:
    """Return the question which records some documents were made from when they were made last."""
    shows = tables.shows
    return select(shows.c.shown_entity, shows.c.shown_id).where(key_condition(shows)).distinct()


def _linking(tables: Tables, inverse: Inverse) -> Select[Any]:
    """Return the question which records link to some others, in the order of the derived list."""
    linking = tables.entities[inverse.entity]
    own, link = linking.record, linking.links.get(inverse.field)
    order = [*(own.c[name].nulls_last() for name in inverse.order), own.c.id]
    if link is None:
        target = own.c[inverse.field]
        return select(target, own.c.id).where(KeysIn(target)).order_by(*order)
    linked = own.join(link, link.c.record == own.c.id)
    chosen = select(link.c.target, own.c.id).select_from(linked)
    return chosen.where(KeysIn(link.c.target)).order_by(*order)

"""What the documents of some records show of other records, fetched for all of them together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from api.store.records import Records, by_entity
from schema.declare import Field, Shape
from schema.facets import MODIFIED, Facet, facets
from schema.following import Trail, UnseenError
from schema.marks import Followed, Inverse
from schema.references import references
from schema.render import Key, Neighbours, Published, Renderer


class _Found(NamedTuple):
    """What a record's links lead to: values that others decide, its facets, and who its document shows."""

    values: Mapping[str, Any]
    facets: set[Facet]
    shown: set[Key]


class Neighbourhood:
    """Some public records, and what stands around them."""

    def __init__(self, records: Records, renderer: Renderer, published: Mapping[Key, Published]) -> None:
        self._records = records
        self._renderer = renderer
        self.published = dict(published)
        self._near = dict(published)
        self._cards: dict[Key, dict[str, Any]] = {}
        self._inverses = self._read_inverses()
        self._fetch(key for one in published for key in self._linked(one))

    def modify(self, keys: Iterable[Key], at: str) -> None:
        """Take a moment as that of the last change of those records that are among the public ones."""
        for key in self.published.keys() & keys:
            self.published[key] = replace(self.published[key], modified=at)

    def shown(self, key: Key) -> set[Key]:
        """Return every other record that a document was made from."""
        return self._found[key].shown

    def facets(self, key: Key) -> set[Facet]:
        """Return what a record is found by."""
        return self._found[key].facets | {(MODIFIED, self.published[key].modified)}

    def neighbours(self, key: Key) -> Neighbours:
        """Return what a document shows of other records."""
        cards = {one: self._card(one) for one in self.shown(key)}
        return Neighbours(cards, self._inverses.get(key, {}), self.followed(key))

    def followed(self, key: Key) -> Mapping[str, Any]:
        """Return the values of a record that other records decide, by field."""
        return self._found[key].values

    @cached_property
    def _found(self) -> dict[Key, _Found]:
        """Return what each record's links lead to in the end; each round fetches a step further."""
        found: dict[Key, _Found] = {}
        pending = list(self.published)
        while pending:
            unseen: dict[Key, Key] = {}
            for key in pending:
                try:
                    found[key] = self._follow(key)
                except UnseenError as error:
                    unseen[key] = error.key
            self._fetch(unseen.values())
            pending = list(unseen)
        return found

    def _follow(self, key: Key) -> _Found:
        trail = Trail(self._near, self._inverses.get(key, {}))
        record = self.published[key].record
        fields = [(one, one.derived) for one in self._shape(key).fields]
        values = {one.name: mark.follow(record, trail) for one, mark in fields if isinstance(mark, Followed)}
        linked = {(one.target, target) for one, _ in fields for target in _targets(one, values)}
        if unseen := linked - self._near.keys():
            raise UnseenError(min(unseen))
        found = facets(self._shape(key), record, values, trail, self._renderer.languages)
        return _Found(values, found, trail.seen | linked | set(self._linked(key)))

    def _linked(self, key: Key) -> Iterator[Key]:
        """Yield what a record links to, and what links to it."""
        shape = self._shape(key)
        yield from (target for _, _, target in references(shape, self.published[key].record))
        for field in shape.fields:
            yield from ((field.target, one) for one in self._inverses.get(key, {}).get(field.name, ()))

    def _fetch(self, keys: Any) -> None:
        self._near |= self._records.published(set(keys) - self._near.keys())

    def _shape(self, key: Key) -> Shape:
        return self._renderer.model.by_name[key[0]]

    def _card(self, key: Key) -> dict[str, Any]:
        """Return what documents show of a record, made once for all of them."""
        if key not in self._cards:
            self._cards[key] = self._renderer.card(self._shape(key), self._near[key].record)
        return self._cards[key]

    def _read_inverses(self) -> dict[Key, dict[str, list[str]]]:
        """Return, for each record and derived list, the ids that link to the record."""
        found: dict[Key, dict[str, list[str]]] = {}
        for entity, ids in by_entity(self.published):
            for field in self._renderer.model.by_name[entity].fields:
                if isinstance(field.derived, Inverse):
                    for target, record in self._records.connection.execute(self._links(field.derived, ids)):
                        found.setdefault((entity, target), {}).setdefault(field.name, []).append(record)
        return found

    def _links(self, inverse: Inverse, ids: list[str]) -> Select[Any]:
        """Return the question which records link to some others, in the order of the derived list."""
        tables = self._records.tables.entities[inverse.entity]
        own, link = tables.record, tables.links.get(inverse.field)
        order = [*(own.c[name].nulls_last() for name in inverse.order), own.c.id]
        if link is None:
            target = own.c[inverse.field]
            return select(target, own.c.id).where(target.in_(ids)).order_by(*order)
        linking = own.join(link, link.c.record == own.c.id)
        chosen = select(link.c.target, own.c.id).select_from(linking)
        return chosen.where(link.c.target.in_(ids)).order_by(*order)


def _targets(field: Field, values: Mapping[str, Any]) -> tuple[str, ...]:
    return values[field.name] if field.target and field.name in values else ()

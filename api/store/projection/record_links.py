"""Links between public records, seen from their targets: read from posting lists in commits, from the log in rebuilds."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Select, select

from api.store.database.statement_cache import KeysIn
from api.store.database.writing_session import ids_by_entity
from api.store.log.revision_reader import Revisions, batches
from schema.declaration.annotations import Inverse
from schema.declaration.entity_base import RecordKey
from schema.declaration.shapes import Field, Shape
from schema.index.record_index import DEPENDS_ON, link_posting_name, posting_name, stated_links
from schema.model import Model
from schema.storage.tables import Tables

LinkingIds = Mapping[RecordKey, Mapping[str, Collection[str]]]
"""The ids of the records in the derived lists of some records, in no particular order, by record and field."""


class StoredLinks:
    """The links of public records inside a writing transaction.

    Those of records that the transaction changes, the pending ones, come from the records; all others are read from
    posting lists.
    """

    def __init__(self, records: Revisions) -> None:
        self._records = records
        self._model = records.model

    def referrers(self, key: RecordKey) -> list[RecordKey]:
        """Return the sorted keys of the public records that link to a record."""
        names = self._link_names.get(key[0], ())
        return sorted({source for _, _, source in self._links(names, [key])})

    def dependents(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        """Return the records whose documents were last rendered from some records."""
        names = tuple(posting_name(shape.name, DEPENDS_ON) for shape in self._model.entities)
        return {source for _, _, source in self._stored(names, keys)}

    def linking(self, keys: Iterable[RecordKey]) -> LinkingIds:
        """Return the ids of the records in the derived lists of some records."""
        linking: dict[RecordKey, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for entity, ids in ids_by_entity(keys):
            fields = {
                link_posting_name(inverse.entity, inverse.field): field.name
                for field, inverse in inverse_fields(self._model.by_name[entity])
            }
            for name, target, (_, identifier) in self._links(
                tuple(fields), [(entity, identifier) for identifier in ids]
            ):
                linking[target][fields[name]].add(identifier)
        return linking

    def _links(
        self, names: tuple[str, ...], targets: Collection[RecordKey]
    ) -> Iterator[tuple[str, RecordKey, RecordKey]]:
        """Yield each link of some posting lists to some records: name of the list, target, source."""
        for name, target, source in self._stored(names, targets):
            if source not in self._records.pending:
                yield name, target, source
        for name in names:
            links = self._pending_links.get(name, {})
            yield from ((name, target, source) for target in targets for source in links.get(target, ()))

    def _stored(
        self, names: tuple[str, ...], targets: Iterable[RecordKey]
    ) -> Iterator[tuple[str, RecordKey, RecordKey]]:
        keys, numbers = set(targets), self._records.numbers
        numbers.load(keys)
        by_value = {str(number): key for key in keys if (number := numbers.get(key)) is not None}
        if not (names and by_value):
            return
        rows = self._records.session.run(
            _select_postings, keys=[(name, value) for name in names for value in sorted(by_value)]
        )
        lists = [(name, by_value[value], BitMap.deserialize(posting)) for name, value, posting in rows]
        sources = numbers.keys(BitMap.union(*(posting for _, _, posting in lists)) if lists else ())
        for name, target, posting in lists:
            yield from ((name, target, sources[number]) for number in posting)

    @cached_property
    def _pending_links(self) -> Mapping[str, Mapping[RecordKey, set[RecordKey]]]:
        """Return the records that link to a record among the pending ones, by name of the posting list."""
        links: dict[str, dict[RecordKey, set[RecordKey]]] = defaultdict(lambda: defaultdict(set))
        for key, published in self._records.pending.items():
            if published:
                for path, target, read in stated_links(self._model.by_name[key[0]]):
                    name = link_posting_name(key[0], path)
                    for identifier in read(published.record):
                        links[name][target, identifier].add(key)
        return links

    @cached_property
    def _link_names(self) -> Mapping[str, tuple[str, ...]]:
        """Return the names of the posting lists of links by the entity of their targets."""
        names: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for shape in self._model.entities:
            for path, target, _ in stated_links(shape):
                names[target] += (link_posting_name(shape.name, path),)
        return names


class LoggedLinks:
    """The derived lists of all public records, as they follow from the log."""

    def __init__(self, records: Revisions, keys: Iterable[RecordKey]) -> None:
        self._linking: dict[RecordKey, dict[str, list[str]]] = {}
        fields = _inverse_fields_by_source(records.model)
        for batch in batches(key for key in keys if key[0] in fields):
            for (entity, identifier), published in records.published(batch).items():
                for target, field, link in fields[entity]:
                    value = getattr(published.record, link) or ()
                    for target_id in value if isinstance(value, tuple) else (value,):
                        lists = self._linking.setdefault((target, target_id), {})
                        lists.setdefault(field, []).append(identifier)

    def linking(self, keys: Iterable[RecordKey]) -> LinkingIds:
        """Return the ids of the records in the derived lists of some records."""
        return {key: self._linking[key] for key in keys if key in self._linking}


def inverse_fields(shape: Shape) -> tuple[tuple[Field, Inverse], ...]:
    """Return the derived lists of an entity, each with its annotation."""
    return tuple((field, field.derived) for field in shape.fields if isinstance(field.derived, Inverse))


def _inverse_fields_by_source(model: Model) -> Mapping[str, list[tuple[str, str, str]]]:
    """Return the derived lists by the entity that they list: (entity of the list, field, link of the other)."""
    fields: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for shape in model.entities:
        for field, inverse in inverse_fields(shape):
            fields[inverse.entity].append((shape.name, field.name, inverse.field))
    return fields


def _select_postings(tables: Tables) -> Select[Any]:
    """Return the query for the bitmaps of some values of posting lists."""
    posting = tables.posting
    columns = (posting.c.name, posting.c.value, posting.c.numbers)
    return select(*columns).where(KeysIn(posting.c.name, posting.c.value))

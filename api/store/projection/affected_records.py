"""The records that public actions affect: those acted on, those whose documents show them, and those that list them."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import Select, func, select

from api.store.database.writing_session import key_condition
from api.store.log.actions import Action, PublicChangeSet, PublicState
from api.store.log.revision_reader import Revisions
from api.store.projection.record_links import StoredLinks, inverse_fields
from schema.declaration.entity_base import Entity, PublishedRecord, RecordKey
from schema.storage.tables import Tables


class AffectedRecords:
    """Finds the records that public actions affect, inside a writing transaction."""

    def __init__(self, records: Revisions, links: StoredLinks) -> None:
        self.session = records.session
        self.records = records
        self.links = links
        self.model = records.model

    def changed_records(self, public: PublicChangeSet) -> list[RecordKey]:
        """Return the records whose statements change: first those acted on, then those that list others.

        Of the records that are only linked to, those change whose derived lists gain or lose a record.
        """
        relisted: set[RecordKey] = set()
        before, after = public.before, public.after
        for key in after:
            relisted |= self._listing_records(key, before[key]) ^ self._listing_records(key, after[key])
        acted_on = [key for key in after if public.is_change(key)]
        return [*acted_on, *sorted(self.records.are_published(relisted - set(acted_on)))]

    def affected_documents(self, before: PublicState, after: PublicState) -> set[RecordKey]:
        """Return the records whose documents may change: those acted on, and those that show or list them."""
        affected = set(after)
        affected |= self.links.dependents(after)
        for state in (before, after):
            for key, record in state.items():
                affected |= self._listing_records(key, record)
        return affected

    def _listing_records(self, key: RecordKey, record: Entity | None) -> set[RecordKey]:
        """Return the targets of a record's links that show it in a derived list."""
        if record is None:
            return set()
        targets: set[RecordKey] = set()
        for name, target in self._listed_links[key[0]]:
            value = getattr(record, name) or ()
            identifiers = value if isinstance(value, tuple) else (value,)
            targets.update((target, identifier) for identifier in identifiers)
        return targets

    @cached_property
    def _listed_links(self) -> Mapping[str, list[tuple[str, str]]]:
        """Return the link fields with a derived list at their target: (field, target entity), by entity."""
        links: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for shape in self.model.entities:
            for _, inverse in inverse_fields(shape):
                links[inverse.entity].append((inverse.field, shape.name))
        return links


def published_after(records: Revisions, public: PublicChangeSet, at: str) -> dict[RecordKey, PublishedRecord]:
    """Return the records that are public after public actions at a time."""
    old = public.published
    returning = public.actions.keys() & public.withdrawn
    rows = records.session.rows_about(_select_first_published, returning)
    created = {(entity, identifier): first for entity, identifier, first in rows}
    return {
        key: PublishedRecord(
            record,
            public.revisions[key],
            old[key].created if key in old else created.get(key, at),
            at if public.is_change(key) else old[key].modified,
        )
        for key, record in public.after.items()
        if record is not None
    }


def _select_first_published(tables: Tables) -> Select[Any]:
    change = tables.change
    first = select(change.c.entity, change.c.id, func.min(change.c.at).label("at"))
    published = first.where(key_condition(change), change.c.action == Action.PUBLISH.value)
    return published.group_by(change.c.entity, change.c.id)

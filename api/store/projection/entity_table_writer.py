"""The projection of public actions into entity tables, with checks of references and of affected records."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from sqlalchemy import Column, Select, Table, Update, bindparam, func, select, update

from api.store.database.statement_cache import KeysIn
from api.store.database.writing_session import key_condition
from api.store.log.actions import Action, PublicChangeSet
from api.store.log.revision_reader import Revisions
from schema.declaration.annotations import Inverse
from schema.declaration.entity_base import Entity, PublishedRecord, RecordKey
from schema.storage.rows import Row
from schema.storage.tables import Tables
from schema.validation.errors import Fault
from schema.validation.references import (
    UNKNOWN,
    link_targets,
    linked_part_faults,
    linked_part_fields,
    parent_field,
    part_owners,
    reference_faults,
)

PublicState = Mapping[RecordKey, Entity | None]
"""Records by key; None for a record that is not public."""


class EntityTableWriter:
    """Writes the entity tables and `published`, inside a writing transaction."""

    def __init__(self, records: Revisions) -> None:
        self.session = records.session
        self.tables = records.tables
        self.records = records
        self.model = records.model

    def write_rows(self, before: PublicState, after: PublicState) -> None:
        """Replace the rows of records in the tables where they differ."""
        outdated: dict[Table, list[RecordKey]] = defaultdict(list)
        inserts: dict[Table, list[Row]] = defaultdict(list)
        for key, record in after.items():
            old, new = self._rows(key, before.get(key)), self._rows(key, record)
            for table in old | new:
                if (new_rows := new.get(table, [])) != (old_rows := old.get(table, [])):
                    inserts[table] += new_rows
                    outdated[table] += [key] if old_rows else []
        for table, keys in outdated.items():
            self.session.delete_all(table, keys)
        for table, rows in inserts.items():
            self.session.insert(table, rows)

    def reference_faults(self, before: PublicState, after: PublicState) -> list[tuple[RecordKey, Fault]]:
        """Return the reference errors by record; the rows must have been written.

        A public record may refer to public records only, and a record that others refer to cannot be withdrawn,
        unless the same actions resolve it.
        """
        records = {key: record for key, record in after.items() if record is not None}
        removed = [key for key, record in after.items() if record is None]
        old_targets, targets = self._targets(before), self._targets(after)
        new_targets = targets - old_targets - after.keys()
        # The targets of public records are public: only new ones are looked up.
        public = (old_targets - after.keys()) | self.records.are_published(new_targets)
        faults = self._suggesting(reference_faults(self.model, records, public.__contains__, self._parent))
        for key in removed:
            if referrers := self.referrers(key):
                names = ", ".join(f"{entity} {identifier}" for entity, identifier in referrers)
                faults.append((key, Fault("referred-to", limits={"referrers": names})))
        return [*faults, *self._linked_part_faults(before, records)]

    def _linked_part_faults(
        self, before: PublicState, records: Mapping[RecordKey, Entity]
    ) -> Iterator[tuple[RecordKey, Fault]]:
        """Yield the errors of links to parts: of the published records, and of those that link to their parts.

        An error of the latter is reported for the record whose parts have changed.
        """
        referrers = self._part_referrers(before, records)
        owner_keys = {
            owner
            for key, record in {**records, **referrers}.items()
            for owner in part_owners(self.model.by_name[key[0]], record)
        }
        stored = self.records.published(owner_keys - records.keys())
        owners = {key: published.record for key, published in stored.items()} | dict(records)
        yield from linked_part_faults(self.model, records, owners)
        for key, fault in linked_part_faults(self.model, referrers, owners):
            limits = {**fault.limits, "referrer": " ".join(key)}
            for owner in sorted(part_owners(self.model.by_name[key[0]], referrers[key]) & records.keys()):
                yield owner, Fault("part-referred-to", f"/{fault.limits['field']}", limits)

    def _part_referrers(
        self, before: PublicState, records: Mapping[RecordKey, Entity]
    ) -> dict[RecordKey, Entity]:
        """Return the other public records that link to parts of records whose parts have changed."""
        keys = {
            referrer
            for key, record in records.items()
            if (old := before.get(key)) and self._part_ids(key, old) != self._part_ids(key, record)
            for referrer in self.referrers(key)
            if linked_part_fields(self.model.by_name[referrer[0]])
        }
        stored = self.records.published(keys - records.keys())
        return {key: published.record for key, published in stored.items()}

    def _part_ids(self, key: RecordKey, record: Entity) -> list[set[str]]:
        """Return the ids in each list of parts that other entities link to."""
        return [{part.id for part in getattr(record, name)} for name in self._linked_part_lists[key[0]]]

    @cached_property
    def _linked_part_lists(self) -> Mapping[str, set[str]]:
        """Return the names of the lists of parts that other entities link to, by entity."""
        lists: dict[str, set[str]] = defaultdict(set)
        for shape in self.model.entities:
            for field, entity in linked_part_fields(shape):
                lists[entity].add(field.target)
        return lists

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

    def write_published(self, public: PublicChangeSet, at: str) -> dict[RecordKey, PublishedRecord]:
        """Update `published` after public actions at a time, and return the records that are public now."""
        old, created = public.published, self._first_published(public.actions.keys() & public.withdrawn)
        self.session.delete(self.tables.published, [key for key in public.actions if key in old])
        new = {
            key: PublishedRecord(
                record,
                public.revisions[key],
                old[key].created if key in old else created.get(key, at),
                at if public.is_change(key) else old[key].modified,
            )
            for key, record in public.after.items()
            if record is not None
        }
        rows = [
            (*key, published.seq, published.created, published.modified) for key, published in new.items()
        ]
        self.session.insert(self.tables.published, rows)
        return new

    def write_modified(self, changed: Sequence[RecordKey], at: str) -> None:
        """Set the modification time of records."""
        if changed:
            self.session.run(_update_modified, keys=changed, at=at)

    def affected_documents(self, before: PublicState, after: PublicState) -> set[RecordKey]:
        """Return the records whose documents may change: those acted on, and those that show or list them."""
        affected = set(after)
        affected |= {*self.session.rows_about(_select_dependents, after)}
        for state in (before, after):
            for key, record in state.items():
                affected |= self._listing_records(key, record)
        return affected

    def referrers(self, key: RecordKey) -> list[RecordKey]:
        """Return the sorted keys of the public records that link to a record."""
        return sorted(
            {
                (entity, row[0])
                for entity, column, identifier in self.tables.referring_columns(key[0])
                for row in self.session.run(_select_referrers, column, identifier, id=key[1])
            }
        )

    def _suggesting(self, faults: Iterable[tuple[RecordKey, Fault]]) -> list[tuple[RecordKey, Fault]]:
        """Return reference errors; those of links to merged records suggest the record to link to."""
        suggesting = list(faults)
        keys = [
            (fault.limits["entity"], fault.limits["given"])
            for _, fault in suggesting
            if fault.code == UNKNOWN
        ]
        merges = self.records.merge_targets(keys)
        for index, (key, fault) in enumerate(suggesting):
            if target := merges.get((fault.limits.get("entity", ""), fault.limits.get("given", ""))):
                limits = {**fault.limits, "suggestion": target[1]}
                suggesting[index] = (key, replace(fault, limits=limits))
        return suggesting

    def _rows(self, key: RecordKey, record: Entity | None) -> dict[Table, list[Row]]:
        """Return the rows of a record by table, without the tables in which it has none."""
        if record is None:
            return {}
        return {table: rows for table, rows in self.session.row_builders[key[0]].rows(record) if rows}

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
            for field in shape.fields:
                if isinstance(field.derived, Inverse):
                    links[field.derived.entity].append((field.derived.field, shape.name))
        return links

    def _first_published(self, keys: Iterable[RecordKey]) -> dict[RecordKey, str]:
        """Return the time of the first publication of each record that has one."""
        rows = self.session.rows_about(_select_first_published, keys)
        return {(entity, identifier): at for entity, identifier, at in rows}

    def _targets(self, state: PublicState) -> set[RecordKey]:
        """Return the targets of all links of some records."""
        by_name = self.model.by_name
        return {
            target
            for (entity, _), record in state.items()
            if record
            for target in link_targets(by_name[entity], record)
        }

    def _parent(self, key: RecordKey) -> RecordKey | None:
        """Return the key of a record's parent, read from the entity tables."""
        name = parent_field(self.model.by_name[key[0]])
        if name is None:
            return None
        rows = self.session.run(_select_parent, self.tables.entities[key[0]].record.c[name], id=key[1])
        return (key[0], rows[0][0]) if rows and rows[0][0] else None


def _update_modified(tables: Tables) -> Update:
    published = tables.published
    return update(published).where(key_condition(published)).values(modified=bindparam("at"))


def _select_dependents(tables: Tables) -> Select[Any]:
    shows = tables.shows
    return select(shows.c.entity, shows.c.id).where(KeysIn(shows.c.shown_entity, shows.c.shown_id))


def _select_first_published(tables: Tables) -> Select[Any]:
    change = tables.change
    first = select(change.c.entity, change.c.id, func.min(change.c.at).label("at"))
    published = first.where(key_condition(change), change.c.action == Action.PUBLISH.value)
    return published.group_by(change.c.entity, change.c.id)


def _select_parent(_: Tables, parent: Column[Any]) -> Select[Any]:
    return select(parent).where(parent.table.c.id == bindparam("id"))


def _select_referrers(_: Tables, column: Column[Any], identifier: Column[Any]) -> Select[Any]:
    return select(identifier).where(column == bindparam("id"))

"""From public acts to what is served: rows, references kept whole, and who else is touched."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Column, Select, Table, Update, bindparam, func, select, update

from api.store.database.session import key_condition
from api.store.database.statement_cache import KeysIn
from api.store.log.actions import Action, PublicChangeSet
from api.store.log.revisions import Revisions
from schema.declaration.annotations import Inverse
from schema.declaration.entity import Entity, PublishedRecord, RecordKey
from schema.storage.rows import Row
from schema.storage.tables import Tables
from schema.validation.errors import Fault
from schema.validation.references import link_targets, parent_field, reference_faults

PublicState = Mapping[RecordKey, Entity | None]
"""Records by key; None is one that is not public."""


class EntityTableWriter:
    """The projections of one database, inside a writing transaction."""

    def __init__(self, records: Revisions) -> None:
        self.session = records.session
        self.tables = records.tables
        self.records = records
        self.model = records.model

    def write_rows(self, before: PublicState, after: PublicState) -> None:
        """Put the rows of records in the place of those that they had before, where they differ."""
        old: dict[Table, list[RecordKey]] = defaultdict(list)
        new: dict[Table, list[Row]] = defaultdict(list)
        for key, record in after.items():
            was, now = self._rows(key, before.get(key)), self._rows(key, record)
            for table in was | now:
                if (rows := now.get(table, [])) != (gone := was.get(table, [])):
                    new[table] += rows
                    old[table] += [key] if gone else []
        for table, keys in old.items():
            self.session.delete_all(table, keys)
        for table, rows in new.items():
            self.session.insert(table, rows)

    def reference_faults(self, before: PublicState, after: PublicState) -> list[tuple[RecordKey, Fault]]:
        """Return what is wrong with references, once the rows are written.

        What a public record refers to is public, and is withdrawn by no other acts than these.
        """
        records = {key: record for key, record in after.items() if record is not None}
        removed = [key for key, record in after.items() if record is None]
        was, linked = self._targets(before), self._targets(after)
        known = (was - after.keys()) | self.records.are_published(linked - was - after.keys())
        found = list(reference_faults(self.model, records, known.__contains__, self._parent))
        for key in removed:
            if referrers := self._referrers(key):
                names = ", ".join(f"{entity} {identifier}" for entity, identifier in referrers)
                found.append((key, Fault("referred-to", limits={"referrers": names})))
        return found

    def changed_records(self, public: PublicChangeSet) -> list[RecordKey]:
        """Return the records whose statements change: those acted on, then those they link to.

        A record's statements change with another's links only where it lists the other.
        """
        touched: set[RecordKey] = set()
        before, after = public.before, public.after
        for key in after:
            touched |= self._listing(key, before[key]) ^ self._listing(key, after[key])
        acted_on = [key for key in after if public.is_change(key)]
        return [*acted_on, *sorted(self.records.are_published(touched - set(acted_on)))]

    def write_published(self, public: PublicChangeSet, at: str) -> dict[RecordKey, PublishedRecord]:
        """Keep which revision of each record is public, and when it was created and changed; return them."""
        old, created = public.published, self._created(public.actions.keys() & public.withdrawn)
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
        rows = [(*key, one.seq, one.created, one.modified) for key, one in new.items()]
        self.session.insert(self.tables.published, rows)
        return new

    def write_modified(self, changed: Sequence[RecordKey], at: str) -> None:
        """Keep when the statements of records changed, whichever record changed them."""
        if changed:
            self.session.run(_modified, keys=changed, at=at)

    def affected_documents(self, before: PublicState, after: PublicState) -> set[RecordKey]:
        """Return every record whose document may have other bytes now."""
        found = set(after)
        found |= {*self.session.rows_about(_showing, after)}
        for state in (before, after):
            for key, record in state.items():
                found |= self._listing(key, record)
        return found

    def _rows(self, key: RecordKey, record: Entity | None) -> dict[Table, list[Row]]:
        """Return the rows of a record, by the tables in which it has any."""
        if record is None:
            return {}
        return {table: rows for table, rows in self.session.row_builders[key[0]].rows(record) if rows}

    def _listing(self, key: RecordKey, record: Entity | None) -> set[RecordKey]:
        """Return the records that list a record because it links to them."""
        if record is None:
            return set()
        found: set[RecordKey] = set()
        for name, target in self._listed[key[0]]:
            given = getattr(record, name) or ()
            found.update((target, one) for one in (given if isinstance(given, tuple) else (given,)))
        return found

    @cached_property
    def _listed(self) -> Mapping[str, list[tuple[str, str]]]:
        """Return the links of each entity that the other side lists: their fields, and where they lead."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for shape in self.model.entities:
            for field in shape.fields:
                if isinstance(field.derived, Inverse):
                    found[field.derived.entity].append((field.derived.field, shape.name))
        return found

    def _created(self, keys: Iterable[RecordKey]) -> dict[RecordKey, str]:
        """Return when each record was first published, where it was so before."""
        return {(entity, identifier): at for entity, identifier, at in self.session.rows_about(_first, keys)}

    def _targets(self, state: PublicState) -> set[RecordKey]:
        """Return what some records link to."""
        by_name = self.model.by_name
        return {
            one
            for (entity, _), record in state.items()
            if record
            for one in link_targets(by_name[entity], record)
        }

    def _parent(self, key: RecordKey) -> RecordKey | None:
        name = parent_field(self.model.by_name[key[0]])
        if name is None:
            return None
        rows = self.session.run(_above, self.tables.entities[key[0]].record.c[name], id=key[1])
        return (key[0], rows[0][0]) if rows and rows[0][0] else None

    def _referrers(self, key: RecordKey) -> list[RecordKey]:
        return sorted(
            {
                (entity, row[0])
                for entity, column, identifier in self.tables.referring_columns(key[0])
                for row in self.session.run(_referring, column, identifier, id=key[1])
            }
        )


def _modified(tables: Tables) -> Update:
    published = tables.published
    return update(published).where(key_condition(published)).values(modified=bindparam("at"))


def _showing(tables: Tables) -> Select[Any]:
    shows = tables.shows
    return select(shows.c.entity, shows.c.id).where(KeysIn(shows.c.shown_entity, shows.c.shown_id))


def _first(tables: Tables) -> Select[Any]:
    change = tables.change
    first = select(change.c.entity, change.c.id, func.min(change.c.at).label("at"))
    published = first.where(key_condition(change), change.c.action == Action.PUBLISH.value)
    return published.group_by(change.c.entity, change.c.id)


def _above(_: Tables, parent: Column[Any]) -> Select[Any]:
    return select(parent).where(parent.table.c.id == bindparam("id"))


def _referring(_: Tables, column: Column[Any], identifier: Column[Any]) -> Select[Any]:
    return select(identifier).where(column == bindparam("id"))

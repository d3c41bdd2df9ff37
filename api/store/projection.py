"""From public acts to what is served: rows, references kept whole, and who else is touched."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from sqlalchemy import Table, delete, func, insert, select, update

from api.store.acts import Action, PublicActs
from api.store.records import Records, among, by_entity
from schema.entity import Entity
from schema.faults import Fault
from schema.marks import Inverse
from schema.references import faults_of_references, parent_field, references
from schema.render import Key
from schema.rows import Row, rows

Public = Mapping[Key, Entity | None]
"""Records by key; None is one that is not public."""


class Projection:
    """The projections of one database, inside a writing transaction."""

    def __init__(self, records: Records) -> None:
        self.connection = records.connection
        self.tables = records.tables
        self.records = records
        self.model = records.model

    def write_rows(self, before: Iterable[Key], after: Public) -> None:
        """Put the rows of records in the place of those that some of them had before."""
        for entity, ids in by_entity(before):
            tables = self.tables.entities[entity]
            for table in (*tables.links.values(), *tables.parts.values()):
                self.connection.execute(delete(table).where(table.c.record.in_(ids)))
            self.connection.execute(delete(tables.record).where(tables.record.c.id.in_(ids)))
        new: dict[Table, list[Row]] = defaultdict(list)
        for (entity, _), record in after.items():
            if record is not None:
                fields = self.model.by_name[entity].fields
                for table, found in rows(self.tables.entities[entity], fields, record):
                    new[table] += found
        for table, found in new.items():
            if found:
                self.connection.execute(insert(table), found)

    def faults(self, after: Public) -> list[tuple[Key, Fault]]:
        """Return what is wrong with references, once the rows are written."""
        records = {key: record for key, record in after.items() if record is not None}
        removed = [key for key, record in after.items() if record is None]
        targets = {
            target
            for (entity, _), record in records.items()
            for _, _, target in references(self.model.by_name[entity], record)
        }
        known = self.records.are_published(targets - after.keys())
        found = list(faults_of_references(self.model, records, known.__contains__, self._parent))
        for key in removed:
            if referrers := self._referrers(key):
                names = ", ".join(f"{entity} {identifier}" for entity, identifier in referrers)
                found.append((key, Fault("referred-to", limits={"referrers": names})))
        return found

    def changed(self, public: PublicActs) -> list[Key]:
        """Return the records whose statements change: those acted on, then those they link to.

        A record's statements change with another's links only where it lists the other.
        """
        touched: set[Key] = set()
        before, after = public.before, public.after
        for key in after:
            touched |= self._listing(key, before[key]) ^ self._listing(key, after[key])
        acted_on = [key for key in after if public.is_change(key)]
        return [*acted_on, *sorted(self.records.are_published(touched - set(acted_on)))]

    def write_published(self, public: PublicActs, at: str) -> None:
        """Keep which revision of each record is public, and when it was created and changed."""
        published, old = self.tables.published, public.published
        created = self._created(public.acts.keys() & public.withdrawn)
        for where in among(published, public.acts.keys() & old):
            self.connection.execute(delete(published).where(where))
        new = [
            {
                "entity": key[0],
                "id": key[1],
                "seq": public.revisions[key],
                "created": old[key].created if key in old else created.get(key, at),
                "modified": at if public.is_change(key) else old[key].modified,
            }
            for key, record in public.after.items()
            if record is not None
        ]
        if new:
            self.connection.execute(insert(published), new)

    def write_modified(self, changed: Sequence[Key], at: str) -> None:
        """Keep when the statements of records changed, whichever record changed them."""
        published = self.tables.published
        for where in among(published, changed):
            self.connection.execute(update(published).where(where).values(modified=at))

    def dirty(self, before: Public, after: Public) -> set[Key]:
        """Return every record whose document may have other bytes now."""
        found = set(after)
        shows = self.tables.shows
        for entity, ids in by_entity(after):
            showing = select(shows.c.entity, shows.c.id).where(
                shows.c.shown_entity == entity, shows.c.shown_id.in_(ids)
            )
            found |= {(row.entity, row.id) for row in self.connection.execute(showing)}
        for state in (before, after):
            for key, record in state.items():
                found |= self._listing(key, record)
        return found

    def _listing(self, key: Key, record: Entity | None) -> set[Key]:
        """Return the records that list a record because it links to them."""
        if record is None:
            return set()
        linked = references(self.model.by_name[key[0]], record)
        return {target for _, name, target in linked if (key[0], name) in self._listed}

    @cached_property
    def _listed(self) -> set[tuple[str, str]]:
        """Return the fields, by entity, whose links the other side lists."""
        return {
            (field.derived.entity, field.derived.field)
            for shape in self.model.entities
            for field in shape.fields
            if isinstance(field.derived, Inverse)
        }

    def _created(self, keys: Iterable[Key]) -> dict[Key, str]:
        """Return when each record was first published, where it was so before."""
        change = self.tables.change
        found: dict[Key, str] = {}
        for where in among(change, keys):
            query = (
                select(change.c.entity, change.c.id, func.min(change.c.at).label("at"))
                .where(where, change.c.action == Action.PUBLISH)
                .group_by(change.c.entity, change.c.id)
            )
            found |= {(row.entity, row.id): row.at for row in self.connection.execute(query)}
        return found

    def _parent(self, key: Key) -> Key | None:
        table = self.tables.entities[key[0]].record
        name = parent_field(self.model.by_name[key[0]])
        if name is None:
            return None
        parent = self.connection.scalar(select(table.c[name]).where(table.c.id == key[1]))
        return (key[0], parent) if parent else None

    def _referrers(self, key: Key) -> list[Key]:
        found: set[Key] = set()
        for entity, column, identifier in self.tables.referring(key[0]):
            rows = self.connection.execute(select(identifier).where(column == key[1]))
            found |= {(entity, row[0]) for row in rows}
        return sorted(found)

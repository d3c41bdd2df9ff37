"""Making everything that is served anew from the log, and writing only what differs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Table, or_, select, union

from api.store.database.session import RowValues, ids_by_entity, key_condition, owner_column
from api.store.database.statement_cache import KeysIn
from api.store.log.actions import Action
from api.store.log.revisions import Revisions, batches, newest_revisions
from api.store.projection.entity_tables import EntityTableWriter
from api.store.projection.facet_counts import EntryCounts
from api.store.projection.read_model import Progress, ReadModel
from schema.declaration.entity import Entity, RecordKey
from schema.documents.renderer import Renderer
from schema.storage.rows import Row
from schema.storage.tables import EntityTables, Tables

_PUBLIC = ("publish", "unpublish", "delete")


class Rebuild:
    """One rebuild, inside a writing transaction. No table that is served is ever empty meanwhile."""

    def __init__(self, records: Revisions, renderer: Renderer) -> None:
        self.session = records.session
        self.tables = records.tables
        self.records = records
        self.renderer = renderer

    def run(self, at: str, track: Progress = iter) -> Counter[str]:
        """Mend every projection; return how many records had something else in which table."""
        mended: Counter[str] = Counter()
        keys = self._keys()
        for batch in batches(keys):
            mended[self.tables.published.name] += self._mend_published(batch)
            mended += self._mend_rows(batch)
        rendering = ReadModel(self.records, self.renderer)
        rendering.write(keys, at, track)
        mended[self.tables.tally.name] += EntryCounts(self.session).repair()
        return +(mended + rendering.served.repaired)

    def _keys(self) -> list[RecordKey]:
        """Return every record that is in the log or in what is served."""
        tables = self.tables
        served = (tables.revision, tables.published, *tables.read_model_tables)
        named = union(*(select(table.c.entity, table.c.id) for table in served))
        found = {(row.entity, row.id) for row in self.session.connection.execute(named)}
        for entity, own in tables.entities.items():
            found |= {(entity, row.id) for row in self.session.connection.execute(select(own.record.c.id))}
        return sorted(found)

    def _mend_published(self, keys: Sequence[RecordKey]) -> int:
        published = self.tables.published
        new = self._published_by_the_log(keys)
        old = self.session.rows(published, keys)
        changed = [key for key in keys if old.get(key) != new.get(key)]
        self.session.delete(published, [key for key in changed if key in old])
        self.session.insert(published, [row for key in changed for row in new.get(key, [])])
        return len(changed)

    def _published_by_the_log(self, keys: Sequence[RecordKey]) -> dict[RecordKey, list[RowValues]]:
        seqs = {
            (entity, identifier): seq for entity, identifier, seq in self.session.rows_about(_public, keys)
        }
        moments: dict[RecordKey, list[tuple[str, str]]] = defaultdict(list)
        for entity, identifier, action, at in self.session.rows_about(_changes, seqs):
            moments[entity, identifier].append((action, at))
        return {key: [(*key, seq, _created(moments[key]), moments[key][-1][1])] for key, seq in seqs.items()}

    def _mend_rows(self, keys: Sequence[RecordKey]) -> Counter[str]:
        published = self.records.published(keys)
        wrong: dict[RecordKey, Entity | None] = {}
        mended: Counter[str] = Counter()
        for entity, ids in ids_by_entity(keys):
            own = self.tables.entities[entity]
            stored = self._stored(own, ids)
            for identifier in ids:
                one = published.get((entity, identifier))
                record = one.record if one else None
                made = self.session.row_builders[entity].rows(record) if record else ()
                if _sorted(made) != _sorted(stored.get(identifier, {}).items()):
                    wrong[entity, identifier] = record
                    mended[own.record.name] += 1
            for table in (own.record, *own.links.values(), *own.parts.values()):
                self.session.delete_all(table, [key for key in wrong if key[0] == entity])
        EntityTableWriter(self.records).write_rows({}, wrong)
        return mended

    def _stored(self, own: EntityTables, ids: Sequence[str]) -> Mapping[str, Mapping[Table, list[Row]]]:
        found: dict[str, dict[Table, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for table in (own.record, *own.links.values(), *own.parts.values()):
            for row in self.session.run(_rows, table, keys=[(one,) for one in ids]):
                found[row[0]][table].append(row)
        return found


def _created(moments: Iterable[tuple[str, str]]) -> str:
    """Return the moment of the first publication among some actions."""
    return next(at for action, at in moments if action == Action.PUBLISH)


def _sorted(made: Iterable[tuple[Table, list[Row]]]) -> dict[str, list[Row]]:
    """Return rows in an order that does not depend on where they come from."""
    return {table.name: sorted(found, key=repr) for table, found in made if found}


def _public(tables: Tables) -> Select[Any]:
    """Return the question which revision of each record is public."""
    revision = tables.revision
    is_act = or_(*(revision.c.action == action for action in _PUBLIC))
    is_public = (
        revision.c.seq.in_(newest_revisions(tables, is_act)),
        revision.c.action == Action.PUBLISH.value,
    )
    return select(revision.c.entity, revision.c.id, revision.c.seq).where(*is_public)


def _changes(tables: Tables) -> Select[Any]:
    change = tables.change
    chosen = select(change.c.entity, change.c.id, change.c.action, change.c.at)
    return chosen.where(key_condition(change)).order_by(change.c.number)


def _rows(_: Tables, table: Table) -> Select[Any]:
    """Return the question for the rows of some records in a table of one entity."""
    return select(table).where(KeysIn(owner_column(table)))

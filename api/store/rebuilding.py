"""Making everything that is served anew from the log, and writing only what differs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Table, delete, func, insert, select, union

from api.store.acts import Action
from api.store.projection import Projection
from api.store.records import Records, among, batches, by_entity
from api.store.rendering import Rendering, Row, Track
from api.store.tallying import Tallying
from schema.entity import Entity
from schema.render import Key, Renderer
from schema.rows import rows
from schema.tables import EntityTables

_PUBLIC = (Action.PUBLISH, Action.UNPUBLISH, Action.DELETE)


class Rebuilding:
    """One rebuild, inside a writing transaction. No table that is served is ever empty meanwhile."""

    def __init__(self, records: Records, renderer: Renderer) -> None:
        self.connection = records.connection
        self.tables = records.tables
        self.records = records
        self.renderer = renderer

    def run(self, at: str, track: Track = iter) -> Counter[str]:
        """Mend every projection; return how many records had something else in which table."""
        mended: Counter[str] = Counter()
        keys = self._keys()
        for batch in batches(keys):
            mended[self.tables.published.name] += self._mend_published(batch)
            mended += self._mend_rows(batch)
        rendering = Rendering(self.records, self.renderer)
        rendering.write(keys, at, track)
        mended[self.tables.tally.name] += Tallying(self.connection, self.tables).mend()
        return +(mended + rendering.written)

    def _keys(self) -> list[Key]:
        """Return every record that is in the log or in what is served."""
        tables = self.tables
        served = (tables.revision, tables.published, *tables.rendered)
        named = union(*(select(table.c.entity, table.c.id) for table in served))
        found = {(row.entity, row.id) for row in self.connection.execute(named)}
        for entity, own in tables.entities.items():
            found |= {(entity, row.id) for row in self.connection.execute(select(own.record.c.id))}
        return sorted(found)

    def _mend_published(self, keys: Sequence[Key]) -> int:
        published = self.tables.published
        new = self._published_by_the_log(keys)
        old: dict[Key, Row] = {}
        for where in among(published, keys):
            query = self.connection.execute(select(published).where(where)).mappings()
            old |= {(row["entity"], row["id"]): dict(row) for row in query}
        changed = [key for key in keys if old.get(key) != new.get(key)]
        for where in among(published, changed):
            self.connection.execute(delete(published).where(where))
        if found := [new[key] for key in changed if key in new]:
            self.connection.execute(insert(published), found)
        return len(changed)

    def _published_by_the_log(self, keys: Sequence[Key]) -> dict[Key, Row]:
        revision, change = self.tables.revision, self.tables.change
        found: dict[Key, Row] = {}
        for where in among(revision, keys):
            newest = (
                select(func.max(revision.c.seq))
                .where(where, revision.c.action.in_(_PUBLIC))
                .group_by(revision.c.entity, revision.c.id)
            )
            public = select(revision.c.entity, revision.c.id, revision.c.seq).where(
                revision.c.seq.in_(newest), revision.c.action == Action.PUBLISH
            )
            rows_found = self.connection.execute(public).mappings()
            found |= {(row["entity"], row["id"]): dict(row) for row in rows_found}
        for where in among(change, found):
            query = select(change.c.entity, change.c.id, change.c.action, change.c.at).where(where)
            for row in self.connection.execute(query.order_by(change.c.number)):
                record = found[row.entity, row.id]
                if row.action == Action.PUBLISH:
                    record.setdefault("created", row.at)
                record["modified"] = row.at
        return found

    def _mend_rows(self, keys: Sequence[Key]) -> Counter[str]:
        published = self.records.published(keys)
        wrong: dict[Key, Entity | None] = {}
        mended: Counter[str] = Counter()
        for entity, ids in by_entity(keys):
            own = self.tables.entities[entity]
            fields = self.renderer.model.by_name[entity].fields
            stored = self._stored(own, ids)
            for identifier in ids:
                one = published.get((entity, identifier))
                record = one.record if one else None
                made = rows(own, fields, record) if record else ()
                if _sorted(made) != _sorted(stored.get(identifier, {}).items()):
                    wrong[entity, identifier] = record
                    mended[own.record.name] += 1
        Projection(self.records).write_rows(wrong, wrong)
        return mended

    def _stored(self, own: EntityTables, ids: Sequence[str]) -> Mapping[str, Mapping[Table, list[Row]]]:
        found: dict[str, dict[Table, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for table in (own.record, *own.links.values(), *own.parts.values()):
            owner = table.c.id if table is own.record else table.c.record
            for row in self.connection.execute(select(table).where(owner.in_(ids))).mappings():
                found[row[owner.name]][table].append(dict(row))
        return found


def _sorted(made: Iterable[tuple[Table, list[Row]]]) -> dict[str, list[list[object]]]:
    """Return rows in an order that does not depend on where they come from."""
    return {
        table.name: sorted(([row[column.name] for column in table.c] for row in found), key=repr)
        for table, found in made
        if found
    }

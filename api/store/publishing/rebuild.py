"""The rebuild: recomputes everything derived from the log, and writes the rows that differ."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Table, select, union

from api.store.database.statement_cache import KeysIn
from api.store.database.writing_session import RowValues, ids_by_entity, key_condition, owner_column
from api.store.log.actions import Action
from api.store.log.head import LogHead
from api.store.log.log_validation import LogValidation
from api.store.log.revision_reader import (
    Revisions,
    batches,
    decides_publicity,
    is_publishing,
    newest_revisions,
)
from api.store.projection.entity_table_writer import EntityTableWriter
from api.store.projection.facet_counts import EntryCounts
from api.store.projection.read_model import Progress, ReadModel
from api.store.projection.read_model_writer import TableRows
from api.store.publishing.embedded_sources_upgrade import publish_embedded_sources
from schema.declaration.entity_base import Entity, PublishedRecord, RecordKey
from schema.documents.renderer import Renderer
from schema.storage.rows import Row
from schema.storage.tables import EntityTables, Tables
from schema.validation.record_codec import UnreadableRecordsError
from schema.validation.references import link_targets

_COMPARED_BATCH = 500
"""Number of records that are compared at once."""


class Rebuild:
    """A rebuild, inside a writing transaction. No table is emptied, so readers always find the data."""

    def __init__(self, records: Revisions, renderer: Renderer) -> None:
        self.session = records.session
        self.tables = records.tables
        self.records = records
        self.renderer = renderer
        self._targets: set[RecordKey] = set()

    def run(self, head: LogHead, track: Progress = iter) -> Counter[str]:
        """Repair all derived tables, and return the number of records that differed, by table.

        Sources that documents of earlier versions contain are appended to the log, as records of their own. Raise
        UnreadableRecordsError with the errors of all records that the current declarations cannot read.
        """
        try:
            return self._repair(head, track)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # Not looked for before: the search takes as long as a tenth of a rebuild, and seldom finds any.
            validation = LogValidation(
                self.session.connection, self.tables, self.records.model, is_thorough=True
            )
            if faults := [*validation.faults()]:
                raise UnreadableRecordsError(faults) from error
            raise

    def _repair(self, head: LogHead, track: Progress) -> Counter[str]:
        repaired: Counter[str] = Counter()
        keys = self._keys()
        for batch in batches(keys):
            repaired[self.tables.published.name] += self._repair_published(batch)
            repaired += self._repair_entity_tables(batch)
        sources = publish_embedded_sources(head, self.records, self.renderer)
        self._check_targets()
        read_model = ReadModel(self.records, self.renderer)
        read_model.repair({*keys, *sources}, head.at, track)
        repaired[self.tables.tally.name] += EntryCounts(self.session).repair()
        return +(repaired + read_model.writer.repaired)

    def differences(self, track: Progress = iter) -> Counter[str]:
        """Return the number of records whose rows differ from what follows from the log, by table.

        It writes nothing, so that one snapshot of a reading transaction is enough. Batches are small: nothing
        is gained by large ones, which save pages that are written.
        """
        differences: Counter[str] = Counter()
        read_model = ReadModel(self.records, self.renderer)
        for batch in track(batches(self._keys(), _COMPARED_BATCH)):
            changed, _, _ = self._compare_published(batch)
            differences[self.tables.published.name] += len(changed)
            published = self.records.published(batch)
            for entity, _ in self._compare_entity_tables(batch, published):
                differences[self.tables.entities[entity].record.name] += 1
            differences += read_model.differences(published, batch)
        differences[self.tables.tally.name] += EntryCounts(self.session).differences()
        return +differences

    def _keys(self) -> list[RecordKey]:
        """Return the sorted keys of all records in the log or in a derived table."""
        tables = self.tables
        keyed_tables = (tables.revision, tables.published, *tables.read_model_tables)
        query = union(*(select(table.c.entity, table.c.id) for table in keyed_tables))
        keys = {(row.entity, row.id) for row in self.session.connection.execute(query)}
        for entity, entity_tables in tables.entities.items():
            rows = self.session.connection.execute(select(entity_tables.record.c.id))
            keys |= {(entity, row.id) for row in rows}
        return sorted(keys)

    def _repair_published(self, keys: Sequence[RecordKey]) -> int:
        published = self.tables.published
        changed, old, new = self._compare_published(keys)
        self.session.delete(published, [key for key in changed if key in old])
        self.session.insert(published, [row for key in changed for row in new.get(key, [])])
        return len(changed)

    def _compare_published(self, keys: Sequence[RecordKey]) -> tuple[list[RecordKey], TableRows, TableRows]:
        """Return the records whose row in `published` differs, the stored rows, and those that follow from the log."""
        new, old = self._published_rows(keys), self.session.rows(self.tables.published, keys)
        return [key for key in keys if old.get(key) != new.get(key)], old, new

    def _published_rows(self, keys: Sequence[RecordKey]) -> dict[RecordKey, list[RowValues]]:
        """Return the rows of `published` that follow from the log: revision, first publication, last change."""
        revisions = self.session.rows_about(_select_public_revisions, keys)
        seqs = {(entity, identifier): seq for entity, identifier, seq in revisions}
        changes: dict[RecordKey, list[tuple[str, str]]] = defaultdict(list)
        for entity, identifier, action, at in self.session.rows_about(_select_changes, seqs):
            changes[entity, identifier].append((action, at))
        return {key: [(*key, seq, _created(changes[key]), changes[key][-1][1])] for key, seq in seqs.items()}

    def _repair_entity_tables(self, keys: Sequence[RecordKey]) -> Counter[str]:
        outdated = self._compare_entity_tables(keys, self.records.published(keys))
        for (entity, _), record in outdated.items():
            self._targets.update(link_targets(self.renderer.model.by_name[entity], record) if record else ())
        repaired: Counter[str] = Counter()
        for entity, ids in ids_by_entity(outdated):
            tables = self.tables.entities[entity]
            repaired[tables.record.name] += len(ids)
            for table in (tables.record, *tables.links.values(), *tables.parts.values()):
                self.session.delete_all(table, [(entity, identifier) for identifier in ids])
        EntityTableWriter(self.records).write_rows({}, outdated)
        return repaired

    def _compare_entity_tables(
        self, keys: Sequence[RecordKey], published: Mapping[RecordKey, PublishedRecord]
    ) -> dict[RecordKey, Entity | None]:
        """Return the records whose rows differ, None for those that are not public."""
        outdated: dict[RecordKey, Entity | None] = {}
        for entity, ids in ids_by_entity(keys):
            stored = self._stored_rows(self.tables.entities[entity], ids)
            for identifier in ids:
                published_record = published.get((entity, identifier))
                record = published_record.record if published_record else None
                if self._differs(record, stored.get(identifier, {})):
                    outdated[entity, identifier] = record
        return outdated

    def _differs(self, record: Entity | None, stored: Mapping[Table, list[Row]]) -> bool:
        """Return True if the rows of a record, None if it is not public, differ from the stored ones."""
        if not (record and stored):
            return bool(record or stored)
        rows = self.session.row_builders[type(record).__name__].rows(record)
        return _sorted_rows(rows) != _sorted_rows(stored.items())

    def _check_targets(self) -> None:
        """Raise LookupError if a repaired record links to one that is not public: a foreign key names neither."""
        if missing := self._targets - self.records.are_published(self._targets):
            message = f"links lead to records that are not public: {sorted(missing)}"
            raise LookupError(message)

    def _stored_rows(
        self, tables: EntityTables, ids: Sequence[str]
    ) -> Mapping[str, Mapping[Table, list[Row]]]:
        """Return the stored rows of records of one entity, by id and table."""
        rows: dict[str, dict[Table, list[Row]]] = defaultdict(lambda: defaultdict(list))
        keys = [(identifier,) for identifier in ids]
        for table in (tables.record, *tables.links.values(), *tables.parts.values()):
            for row in self.session.run(_select_rows, table, keys=keys):
                rows[row[0]][table].append(row)
        return rows


def _created(changes: Iterable[tuple[str, str]]) -> str:
    """Return the time of the first publication among (action, time) pairs in order."""
    return next(at for action, at in changes if action == Action.PUBLISH)


def _sorted_rows(rows_by_table: Iterable[tuple[Table, list[Row]]]) -> dict[str, list[Row]]:
    """Return rows by table name in an order in which they can be compared, without empty tables."""
    return {table.name: sorted(rows, key=repr) for table, rows in rows_by_table if rows}


def _select_public_revisions(tables: Tables) -> Select[Any]:
    """Return the query for the number of the public revision of each record that is public."""
    revision = tables.revision
    is_public = (
        revision.c.seq.in_(newest_revisions(tables, decides_publicity(tables))),
        is_publishing(tables),
    )
    return select(revision.c.entity, revision.c.id, revision.c.seq).where(*is_public)


def _select_changes(tables: Tables) -> Select[Any]:
    """Return the query for the public changes of records, oldest first."""
    change = tables.change
    query = select(change.c.entity, change.c.id, change.c.action, change.c.at)
    return query.where(key_condition(change)).order_by(change.c.number)


def _select_rows(_: Tables, table: Table) -> Select[Any]:
    """Return the query for the rows of records in a table of one entity."""
    return select(table).where(KeysIn(owner_column(table)))

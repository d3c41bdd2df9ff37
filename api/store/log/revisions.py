"""Reading records back from the log, many at a time."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, select

from api.store.database.session import Session, key_condition
from schema.declaration.entity import PublishedRecord, RecordKey
from schema.model import Model
from schema.storage.tables import Tables
from schema.validation.decoder import decode_revision

BATCH_SIZE = 5_000
"""Records that are handled at once: more would take too much memory, fewer write the same pages more often."""


class Revisions:
    """The records of one database, as one transaction sees them."""

    def __init__(self, session: Session, model: Model) -> None:
        self.session = session
        self.tables = session.tables
        self.model = model

    def published(self, keys: Iterable[RecordKey]) -> dict[RecordKey, PublishedRecord]:
        """Return those of some records that are public, as they were last published."""
        return {
            (entity, identifier): PublishedRecord(
                decode_revision(self.model, entity, document, declared), *when
            )
            for entity, identifier, declared, document, *when in self.session.rows_about(_published, keys)
        }

    def are_published(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        """Return those of some keys that name a public record."""
        return {*self.session.rows_about(_names, keys, self.tables.published)}

    def have_changes(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        """Return those of some keys that name a record that is or was public."""
        return {*self.session.rows_about(_names, keys, self.tables.change)}

    def have_drafts(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        """Return those of some keys whose newest document was saved and not published since."""
        return {*self.session.rows_about(_drafts, keys)}

    def latest_revisions(self, keys: Iterable[RecordKey]) -> dict[RecordKey, tuple[int, str, str]]:
        """Return the newest version, action and actor of those records that are in the log."""
        return {
            (entity, identifier): (version, action, actor)
            for entity, identifier, version, action, actor in self.session.rows_about(_latest, keys)
        }


def batches(keys: Iterable[RecordKey]) -> list[list[RecordKey]]:
    """Return records in order, as many together as are handled at once."""
    ordered = sorted(keys)
    return [ordered[start : start + BATCH_SIZE] for start in range(0, len(ordered), BATCH_SIZE)]


def _published(tables: Tables) -> Select[Any]:
    published, revision = tables.published, tables.revision
    columns = (published.c.entity, published.c.id, revision.c.declared, revision.c.document)
    chosen = select(*columns, published.c.seq, published.c.created, published.c.modified)
    return chosen.join_from(published, revision).where(key_condition(published))


def _names(_: Tables, table: Table) -> Select[Any]:
    return select(table.c.entity, table.c.id).where(key_condition(table)).distinct()


def _latest(tables: Tables) -> Select[Any]:
    revision = tables.revision
    columns = (revision.c.entity, revision.c.id, revision.c.version, revision.c.action, revision.c.actor)
    return select(*columns).where(revision.c.seq.in_(newest_revisions(tables)))


def _drafts(tables: Tables) -> Select[Any]:
    revision = tables.revision
    others = newest_revisions(tables, revision.c.action != "unpublish")
    is_draft = (revision.c.seq.in_(others), revision.c.action == "save")
    return select(revision.c.entity, revision.c.id).where(*is_draft)


def newest_revisions(tables: Tables, *conditions: ColumnElement[bool]) -> Select[tuple[int]]:
    """Return the question for the newest revision of each of some records, of those under some conditions."""
    revision = tables.revision
    chosen = select(func.max(revision.c.seq)).where(key_condition(revision), *conditions)
    return chosen.group_by(revision.c.entity, revision.c.id)

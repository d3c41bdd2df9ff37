"""Reading of records from the revisions in the log, in batches."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, select

from api.store.database.writing_session import Session, key_condition
from api.store.log.actions import Action
from schema.declaration.entity_base import PublishedRecord, RecordKey
from schema.model import Model
from schema.storage.tables import Tables
from schema.validation.decoder import decode_revision

BATCH_SIZE = 5_000
"""Number of records per batch: more would take too much memory, fewer write the same pages more often."""


class Revisions:
    """Reads the records of the log inside a transaction."""

    def __init__(self, session: Session, model: Model) -> None:
        self.session = session
        self.tables = session.tables
        self.model = model

    def published(self, keys: Iterable[RecordKey]) -> dict[RecordKey, PublishedRecord]:
        """Return the records that are public, as last published."""
        return {
            (entity, identifier): PublishedRecord(
                decode_revision(self.model, entity, document, declared), seq, created, modified
            )
            for entity, identifier, declared, document, seq, created, modified in self.session.rows_about(
                _select_published, keys
            )
        }

    def are_published(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        """Return the keys of records that are public."""
        return {*self.session.rows_about(_select_keys, keys, self.tables.published)}

    def have_changes(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        """Return the keys of records that are or were public."""
        return {*self.session.rows_about(_select_keys, keys, self.tables.change)}

    def have_drafts(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        """Return the keys of records with a draft: saved, and neither published nor discarded since."""
        return {*self.session.rows_about(_select_drafts, keys)}

    def latest_revisions(self, keys: Iterable[RecordKey]) -> dict[RecordKey, tuple[int, str, str]]:
        """Return the version, action and actor of the last revision of each record that has one."""
        return {
            (entity, identifier): (version, action, actor)
            for entity, identifier, version, action, actor in self.session.rows_about(_select_latest, keys)
        }


def batches(keys: Iterable[RecordKey]) -> list[list[RecordKey]]:
    """Return sorted record keys, cut into batches of BATCH_SIZE."""
    sorted_keys = sorted(keys)
    return [sorted_keys[start : start + BATCH_SIZE] for start in range(0, len(sorted_keys), BATCH_SIZE)]


def _select_published(tables: Tables) -> Select[Any]:
    published, revision = tables.published, tables.revision
    columns = (published.c.entity, published.c.id, revision.c.declared, revision.c.document)
    query = select(*columns, published.c.seq, published.c.created, published.c.modified)
    return query.join_from(published, revision).where(key_condition(published))


def _select_keys(_: Tables, table: Table) -> Select[Any]:
    return select(table.c.entity, table.c.id).where(key_condition(table)).distinct()


def _select_latest(tables: Tables) -> Select[Any]:
    revision = tables.revision
    columns = (revision.c.entity, revision.c.id, revision.c.version, revision.c.action, revision.c.actor)
    return select(*columns).where(revision.c.seq.in_(newest_revisions(tables)))


def _select_drafts(tables: Tables) -> Select[Any]:
    revision = tables.revision
    # Withdrawing a record from the public leaves its draft.
    newest = newest_revisions(tables, revision.c.action != Action.UNPUBLISH.value)
    is_draft = (revision.c.seq.in_(newest), revision.c.action == Action.SAVE.value)
    return select(revision.c.entity, revision.c.id).where(*is_draft)


def newest_revisions(tables: Tables, *conditions: ColumnElement[bool]) -> Select[tuple[int]]:
    """Return the query for the number of the newest revision of each record that meets the conditions."""
    revision = tables.revision
    query = select(func.max(revision.c.seq)).where(key_condition(revision), *conditions)
    return query.group_by(revision.c.entity, revision.c.id)

"""Reading of records from the revisions in the log, in batches."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, not_, or_, select

from api.store.database.statement_cache import KeysIn
from api.store.database.writing_session import RowValues, Session, key_condition
from api.store.log.actions import PUBLIC_ACTIONS, PUBLISHING, Action, RecordAction
from api.store.log.record_numbers import RecordNumbers
from schema.declaration.entity_base import Entity, PublishedRecord, RecordKey
from schema.model import Model
from schema.storage.tables import Tables
from schema.validation.errors import Fault, InvalidRecordError
from schema.validation.record_codec import UnreadableRecordsError, decode_revision

BATCH_SIZE = 5_000
"""Number of records per batch: more would take too much memory, fewer write the same pages more often."""


class LastRevision(NamedTuple):
    """The version and the note of the last revision of a record, and the action and actor before redactions."""

    version: int
    action: str
    actor: str
    note: str | None


class StoredVersion(NamedTuple):
    """A version of a record with a document, and its actor."""

    record: Entity
    version: int
    actor: str


class Revisions:
    """Reads the records of the log inside a transaction; `record` names the revisions that are public.

    `pending` has the records whose public state the transaction changes, before it writes their rows in `record`:
    None for those that are not public any more.
    """

    def __init__(self, session: Session, model: Model) -> None:
        self.session = session
        self.tables = session.tables
        self.model = model
        self.numbers = RecordNumbers(session, model.number_places)
        self.pending: Mapping[RecordKey, PublishedRecord | None] = {}

    def published(self, keys: Iterable[RecordKey]) -> dict[RecordKey, PublishedRecord]:
        """Return the records that are public, as last published. Raise UnreadableRecordsError."""
        needed = set(keys)
        stored = self._published_in(self._published_rows(needed - self.pending.keys()))
        return stored | {
            key: published for key in needed & self.pending.keys() if (published := self.pending[key])
        }

    def published_numbered(self, numbers: Iterable[int]) -> dict[RecordKey, PublishedRecord]:
        """Return the public records with some numbers but the pending ones. Raise UnreadableRecordsError."""
        rows = self.session.rows_numbered(_select_published_numbered, numbers)
        return self._published_in([row for row in rows if row[:2] not in self.pending])

    def are_published(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        """Return the keys of records that are public."""
        needed = set(keys)
        stored = self._published_keys(needed - self.pending.keys())
        return stored | {key for key in needed & self.pending.keys() if self.pending[key]}

    def have_changes(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        """Return the keys of records that are or were public."""
        return {*self.session.rows_about(_select_changed_keys, keys)}

    def drafts(self, keys: Iterable[RecordKey]) -> dict[RecordKey, Entity]:
        """Return the drafts of records: saved, and neither published nor discarded since.

        Raise UnreadableRecordsError.
        """
        return self._decoded_all(self.session.rows_about(_select_drafts, keys))

    def latest_revisions(self, keys: Iterable[RecordKey]) -> dict[RecordKey, LastRevision]:
        """Return the last revision of each record that has one.

        Action and actor are those before a redaction, which leaves a record in the state that it had.
        """
        revisions = {
            (entity, identifier): LastRevision(*revision)
            for entity, identifier, *revision in self.session.rows_about(_select_latest, keys)
        }
        redacted = [key for key, revision in revisions.items() if revision.action == Action.REDACT]
        for entity, identifier, action, actor in self.session.rows_about(_select_actions, redacted):
            key = (entity, identifier)
            revisions[key] = revisions[key]._replace(action=action, actor=actor)
        return revisions

    def own_actions(self, keys: Iterable[RecordKey], actor: str) -> dict[RecordKey, tuple[int, RecordAction]]:
        """Return the last action of an actor without a note on each record, with its sequence number.

        Redactions, restorations and the consequences of merges have notes.
        """
        record_keys = sorted(set(keys))
        rows = self.session.run(_select_own, keys=record_keys, actor=actor) if record_keys else []
        return {
            (entity, identifier): (seq, self._action((entity, identifier), action, declared, document))
            for entity, identifier, seq, action, declared, document in rows
        }

    def overriding_actions(self, keys: Iterable[RecordKey]) -> list[tuple[RecordKey, int, str]]:
        """Return the redactions and restorations of records: key, sequence number, action."""
        rows = self.session.rows_about(_select_overriding, keys)
        return [((entity, identifier), seq, action) for entity, identifier, seq, action in rows]

    def merge_targets(self, keys: Iterable[RecordKey]) -> dict[RecordKey, RecordKey]:
        """Return the record that each merged record among some keys leads to, along all merges since."""
        targets: dict[RecordKey, RecordKey] = {}
        pending = {key: key for key in keys}
        while pending:
            rows = self.session.rows_about(_select_merges, pending.values())
            steps = {(entity, identifier): (entity, into) for entity, identifier, into in rows}
            pending = {key: steps[reached] for key, reached in pending.items() if reached in steps}
            targets |= pending
        return targets

    def last_public(self, key: RecordKey) -> StoredVersion | None:
        """Return the last public version of a record, or None if it never was public."""
        return self._decoded(key, self.session.rows_about(_select_last_public, [key]))

    def version(self, key: RecordKey, version: int) -> StoredVersion | None:
        """Return a version of a record, or None if there is none with a document."""
        entity, identifier = key
        rows = self.session.run(_select_version, entity=entity, id=identifier, number=version)
        return self._decoded(key, rows)

    def saved_with(self, identifier: str) -> set[RecordKey]:
        """Return the records of which some saved document contains an id; it reads every one in the log."""
        return {*self.session.run(_select_saved, text=f'%"{identifier}"%')}

    def _published_rows(self, keys: Iterable[RecordKey]) -> list[RowValues]:
        """Return key, number of upgrades, document, revision, creation and modification of public records."""
        return self.session.rows_about(_select_published, keys)

    def _published_in(self, rows: list[RowValues]) -> dict[RecordKey, PublishedRecord]:
        records = self._decoded_all(rows)
        return {
            (entity, identifier): PublishedRecord(records[entity, identifier], *versions)
            for entity, identifier, _, _, *versions in rows
        }

    def _published_keys(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        return {*self.session.rows_about(_select_published_keys, keys)}

    def _decoded(self, key: RecordKey, rows: list[RowValues]) -> StoredVersion | None:
        """Return the version in the first of some rows, if it has a document."""
        if not rows or rows[0][-1] is None:
            return None
        version, actor, declared, document = rows[0]
        return StoredVersion(self._decoded_all([(*key, declared, document)])[key], version, actor)

    def _action(self, key: RecordKey, action: str, declared: int, document: str | None) -> RecordAction:
        record = self._decoded_all([(*key, declared, document)])[key] if document else None
        return RecordAction(Action(action), key, record)

    def _decoded_all(self, rows: Iterable[RowValues]) -> dict[RecordKey, Entity]:
        """Return the records in rows that begin with key, number of upgrades, document.

        Raise UnreadableRecordsError with the errors of all of them.
        """
        records: dict[RecordKey, Entity] = {}
        faults: list[tuple[RecordKey, Fault]] = []
        for entity, identifier, declared, document, *_ in rows:
            try:
                records[entity, identifier] = decode_logged(
                    self.model, entity, identifier, document, declared
                )
            except InvalidRecordError as error:
                faults += [((entity, identifier), fault) for fault in error.faults]
        if faults:
            raise UnreadableRecordsError(faults)
        return records


def decode_logged(model: Model, entity: str, identifier: str, document: str, declared: int) -> Entity:
    """Return the record of a revision, as `decode_revision` does, whose id must be that of the revision."""
    record = decode_revision(model, entity, document, declared)
    if record.id != identifier:
        raise InvalidRecordError([Fault("id-differs", "/id", {"given": record.id, "wanted": identifier})])
    return record


def batches(keys: Iterable[RecordKey], size: int = BATCH_SIZE) -> list[list[RecordKey]]:
    """Return sorted record keys, cut into batches."""
    sorted_keys = sorted(keys)
    return [sorted_keys[start : start + size] for start in range(0, len(sorted_keys), size)]


def _select_published(tables: Tables) -> Select[Any]:
    return _all_published(tables).where(key_condition(tables.record))


def _select_published_numbered(tables: Tables) -> Select[Any]:
    return _all_published(tables).where(KeysIn(tables.record.c.number))


def _all_published(tables: Tables) -> Select[Any]:
    record, revision = tables.record, tables.revision
    columns = (record.c.entity, record.c.id, revision.c.declared, revision.c.document)
    query = select(*columns, record.c.revision, record.c.created, record.c.modified)
    return query.join_from(record, revision, revision.c.seq == record.c.revision)


def _select_published_keys(tables: Tables) -> Select[Any]:
    record = tables.record
    query = select(record.c.entity, record.c.id)
    return query.where(key_condition(record), record.c.revision.is_not(None))


def _select_changed_keys(tables: Tables) -> Select[Any]:
    change = tables.change
    return select(change.c.entity, change.c.id).where(key_condition(change)).distinct()


def _select_latest(tables: Tables) -> Select[Any]:
    revision = tables.revision
    names = ("entity", "id", "version", "action", "actor", "note")
    return select(*(revision.c[name] for name in names)).where(revision.c.seq.in_(newest_revisions(tables)))


def _select_actions(tables: Tables) -> Select[Any]:
    """Return the query for the last action on each record that was no redaction, with its actor."""
    revision = tables.revision
    newest = newest_revisions(tables, revision.c.action != Action.REDACT.value)
    columns = (revision.c.entity, revision.c.id, revision.c.action, revision.c.actor)
    return select(*columns).where(revision.c.seq.in_(newest))


def _select_own(tables: Tables) -> Select[Any]:
    """Return the query for the last revision of an actor without a note, of each record."""
    revision = tables.revision
    newest = newest_revisions(tables, revision.c.actor == bindparam("actor"), revision.c.note.is_(None))
    names = ("entity", "id", "seq", "action", "declared", "document")
    return select(*(revision.c[name] for name in names)).where(revision.c.seq.in_(newest))


def _select_overriding(tables: Tables) -> Select[Any]:
    """Return the query for the redactions and restorations of records."""
    revision = tables.revision
    columns = (revision.c.entity, revision.c.id, revision.c.seq, revision.c.action)
    is_overriding = or_(revision.c.action == Action.REDACT.value, revision.c.action == Action.RESTORE.value)
    return select(*columns).where(key_condition(revision), is_overriding)


def _select_drafts(tables: Tables) -> Select[Any]:
    revision = tables.revision
    newest = newest_revisions(tables, _decides_draft(tables))
    is_draft = (revision.c.seq.in_(newest), revision.c.action == Action.SAVE.value)
    columns = (revision.c.entity, revision.c.id, revision.c.declared, revision.c.document)
    return select(*columns).where(*is_draft)


def _select_saved(tables: Tables) -> Select[Any]:
    """Return the query for the records with a saved document that matches a LIKE pattern."""
    revision = tables.revision
    matches = revision.c.document.like(bindparam("text"))
    return (
        select(revision.c.entity, revision.c.id)
        .where(revision.c.action == Action.SAVE.value, matches)
        .distinct()
    )


def _select_merges(tables: Tables) -> Select[Any]:
    change = tables.change
    is_merge = change.c.action == Action.MERGE.value
    return select(change.c.entity, change.c.id, change.c.replaced_by).where(key_condition(change), is_merge)


def _select_last_public(tables: Tables) -> Select[Any]:
    revision = tables.revision
    newest = newest_revisions(tables, is_publishing(tables))
    return _select_versions(tables).where(revision.c.seq.in_(newest))


def _select_version(tables: Tables) -> Select[Any]:
    revision = tables.revision
    is_record = (revision.c.entity == bindparam("entity"), revision.c.id == bindparam("id"))
    return _select_versions(tables).where(*is_record, revision.c.version == bindparam("number"))


def _select_versions(tables: Tables) -> Select[Any]:
    """Return the query for the columns of a StoredVersion."""
    revision = tables.revision
    return select(revision.c.version, revision.c.actor, revision.c.declared, revision.c.document)


def is_publishing(tables: Tables) -> ColumnElement[bool]:
    """Return the condition that a revision holds a document that was public."""
    return or_(*(tables.revision.c.action == action.value for action in PUBLISHING))


def decides_publicity(tables: Tables) -> ColumnElement[bool]:
    """Return the condition that a revision made a record public, or ended that."""
    return or_(*(tables.revision.c.action == action.value for action in PUBLIC_ACTIONS))


def _decides_draft(tables: Tables) -> ColumnElement[bool]:
    """Return the condition that a revision saved a draft, or ended it.

    Withdrawing a record from the public leaves its draft, and so does a redaction.
    """
    return not_(
        or_(*(tables.revision.c.action == action.value for action in (Action.UNPUBLISH, Action.REDACT)))
    )


def newest_revisions(tables: Tables, *conditions: ColumnElement[bool]) -> Select[tuple[int]]:
    """Return the query for the number of the newest revision that meets the conditions, of each of some records."""
    return newest_of_all_records(tables, key_condition(tables.revision), *conditions)


def newest_of_all_records(tables: Tables, *conditions: ColumnElement[bool]) -> Select[tuple[int]]:
    """Return the query for the number of the newest revision that meets the conditions, of each record."""
    revision = tables.revision
    return select(func.max(revision.c.seq)).where(*conditions).group_by(revision.c.entity, revision.c.id)


def public_revisions(tables: Tables) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a revision holds the public document of its record."""
    newest = newest_of_all_records(tables, decides_publicity(tables))
    return tables.revision.c.seq.in_(newest), is_publishing(tables)


def draft_revisions(tables: Tables) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a revision holds the draft of its record."""
    newest = newest_of_all_records(tables, _decides_draft(tables))
    return tables.revision.c.seq.in_(newest), tables.revision.c.action == Action.SAVE.value

"""The writing store of an installation: commits actions to the log, and rebuilds what is derived from it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy import Connection, exists, inspect, select, update

from api.store.database.database import Database
from api.store.database.statement_cache import StatementCache
from api.store.database.writing_session import Session
from api.store.log.actions import FINAL, Action, RecordAction
from api.store.log.clock import Clock, utc_now
from api.store.log.head import LogHead
from api.store.log.revision_reader import Revisions
from api.store.projection.fingerprint import fingerprint
from api.store.projection.read_model import Progress
from api.store.projection.stored_jsonld_context import StoredContext
from api.store.publishing.batch_processes import BatchProcesses
from api.store.publishing.commit import Commit
from api.store.publishing.rebuild import Rebuild
from schema.declaration.entity_base import RecordKey
from schema.documents.renderer import Renderer
from schema.storage.tables import Tables


class StaleReadModelError(RuntimeError):
    """The read model was rendered by other code or settings; it must be rebuilt before a commit."""


@dataclass(frozen=True)
class Store:
    """A database with the tables of a model, and the renderer of an installation."""

    database: Database
    tables: Tables
    renderer: Renderer
    clock: Clock = utc_now
    today: date | None = None
    """The date that the operator confirms, for a commit after a very long pause."""

    def is_empty(self) -> bool:
        """Return True if the log has no revisions."""
        with self.database.reading() as connection:
            return not connection.scalar(select(exists(select(self.tables.revision))))

    def is_stale(self) -> bool:
        """Return True if the read model was rendered by other code, vocabulary or settings."""
        with self.database.reading() as connection:
            return not self.is_rendered_on(connection)

    def is_rendered_on(self, connection: Connection) -> bool:
        """Return True if the read model was rendered by this code, vocabulary and settings, in a transaction."""
        return bool(connection.scalar(select(self.tables.head.c.fingerprint)) == self.fingerprint)

    @cached_property
    def fingerprint(self) -> str:
        """Return the fingerprint of this code, vocabulary and settings."""
        return fingerprint(self.renderer)

    @cached_property
    def statements(self) -> StatementCache:
        """Return the statement cache, which all sessions share."""
        return StatementCache(self.tables, self.database.kind)

    def session(self, connection: Connection) -> Session:
        """Return a session on a connection in a transaction."""
        return Session(connection, self.statements)

    def commit(
        self, actions: Sequence[RecordAction], actor: str, *, only_own: bool = False, track: Progress = iter
    ) -> int:
        """Execute all actions in one transaction, and return the number of records that they change.

        Records whose links a merge rewrites are not counted. With `only_own`, actions on records that another
        actor changed last are refused, and those that would undo a redaction or a restoration. Raise
        ChangesRefusedError with the errors of all actions; none of them is executed then. Raise
        StaleReadModelError if the read model has another fingerprint, as it would mix two renderings, and
        ImplausibleTimeError if something changes and the clock is implausible.
        A redaction is the only action of its commit; what it removed is then erased from the files, also when it
        is repeated. Raise ErasureError if this fails, after the commit.
        """
        with self.database.writing() as connection:
            session = self.session(connection)
            head = LogHead.lock(session, self.clock, self.today)
            if head.seq == 0:
                head.fingerprint = self.fingerprint
                StoredContext(session, self.renderer).repair()
            if head.fingerprint != self.fingerprint:
                raise StaleReadModelError
            records = Revisions(session, self.renderer.model)
            changed = Commit(head, records, self.renderer, actor, only_own=only_own).run(actions, track)
        if any(action.action is Action.REDACT for action in actions):
            self.database.erase_deleted()
        return changed

    def has_record(self, key: RecordKey) -> bool:
        """Return True if a record has revisions; a database without tables has none, and none are made."""
        if self.database.path and not self.database.path.exists():
            return False
        revision = self.tables.revision
        is_record = (revision.c.entity == key[0], revision.c.id == key[1])
        with self.database.reading() as connection:
            if not inspect(connection).has_table(revision.name):
                return False
            return bool(connection.scalar(select(exists(select(revision.c.seq).where(*is_record)))))

    def are_public(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        """Return the keys of records that are public now."""
        with self.database.reading() as connection:
            return Revisions(self.session(connection), self.renderer.model).are_published(keys)

    def are_withdrawn(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        """Return the keys of records that were public once, are not now, and may be public again."""
        with self.database.reading() as connection:
            records = Revisions(self.session(connection), self.renderer.model)
            were_public = records.have_changes(keys)
            latest = records.latest_revisions(were_public - records.are_published(were_public))
            return {key for key, revision in latest.items() if revision.action not in FINAL}

    def rebuild(self, track: Progress = iter) -> Counter[str]:
        """Recompute everything derived from the log; return the number of records that differed, by table.

        Raise ImplausibleTimeError if the triples of a record change and the clock is implausible.
        """
        with self.database.writing() as connection:
            head = LogHead.lock(self.session(connection), self.clock, self.today)
            return self.rebuild_on(connection, head, self._processes, track)

    def differences_on(self, connection: Connection, track: Progress = iter) -> Counter[str]:
        """Return the number of records that differ from what follows from the log, by table, in a transaction."""
        differences = self._rebuild_on(connection).differences(self._processes, track)
        if self.is_rendered_on(connection) and not self._stored_context(connection).is_current():
            differences[self.tables.jsonld_context.name] += 1
        return differences

    def rebuild_on(
        self,
        connection: Connection,
        head: LogHead,
        processes: BatchProcesses | None,
        track: Progress = iter,
    ) -> Counter[str]:
        """Rebuild inside a transaction that has locked the head.

        Processes must see the log as that transaction does; without any, the caller renders alone. Raise
        ImplausibleTimeError if the triples of a record change and the clock is implausible.
        """
        rebuild = self._rebuild_on(connection)
        head.is_rebuild = True
        logged = head.number
        repaired = rebuild.repair(head, processes, track)
        if self._stored_context(connection).repair() and head.fingerprint == self.fingerprint:
            repaired[self.tables.jsonld_context.name] += 1
        names = ["fingerprint", "fingerprint_at", "served", "served_at", "commit_number"]
        if head.number > logged:
            names += ["number", "at"]
        if repaired or head.number > logged:
            head.count_commit()
            head.renew_generation()
        head.renew_fingerprint(self.fingerprint)
        connection.execute(update(self.tables.head).values({name: getattr(head, name) for name in names}))
        return repaired

    def _stored_context(self, connection: Connection) -> StoredContext:
        return StoredContext(self.session(connection), self.renderer)

    def _rebuild_on(self, connection: Connection) -> Rebuild:
        return Rebuild(self.session(connection), self.renderer)

    @cached_property
    def _processes(self) -> BatchProcesses:
        return BatchProcesses(self.database.address, self.renderer)

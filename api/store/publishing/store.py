"""The log: the one way in which content changes. Everything served is made from it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, exists, select, update

from api.store.database.database import Database
from api.store.database.session import Session
from api.store.database.statement_cache import StatementCache
from api.store.log.actions import RecordAction
from api.store.log.head import Clock, LogHead, utc_now
from api.store.log.revisions import Revisions
from api.store.projection.fingerprint import fingerprint
from api.store.projection.read_model import Progress
from api.store.publishing.commit import Commit
from api.store.publishing.rebuild import Rebuild
from schema.documents.renderer import Renderer
from schema.storage.tables import Tables


class StaleReadModelError(RuntimeError):
    """What is served was made by other code or settings: rebuild, or use the same settings."""


@dataclass(frozen=True)
class Store:
    """A database with the tables of a model, and the renderer of one installation."""

    database: Database
    tables: Tables
    renderer: Renderer
    clock: Clock = utc_now

    def is_empty(self) -> bool:
        """Tell whether nothing was ever written to the log."""
        with self.database.reading() as connection:
            return not connection.scalar(select(exists(select(self.tables.revision))))

    def is_stale(self) -> bool:
        """Tell whether what is served was made by other code, words or settings."""
        with self.database.reading() as connection:
            made_by = connection.scalar(select(self.tables.head.c.fingerprint))
        return bool(made_by != self.fingerprint)

    @cached_property
    def fingerprint(self) -> str:
        """Return what tells this code and these settings from others."""
        return fingerprint(self.renderer)

    @cached_property
    def prepared(self) -> StatementCache:
        """Return what each transaction of writing needs."""
        return StatementCache(self.tables, self.renderer.model, self.database.kind)

    def session(self, connection: Connection) -> Session:
        """Return what reads and writes in a transaction."""
        return Session(connection, self.prepared)

    def commit(
        self, acts: Sequence[RecordAction], actor: str, *, only_own: bool = False, track: Progress = iter
    ) -> int:
        """Do all acts or none, in one transaction; return how many revisions were appended.

        With `only_own`, a record that another actor changed last is refused. Raises RefusedError
        with every fault found, and StaleError if what is served was made by other code or settings:
        then these acts alone would be rendered in another way than the rest.
        """
        with self.database.writing() as connection:
            session = self.session(connection)
            head = LogHead.lock(session, self.clock)
            if head.seq == 0:
                head.fingerprint = self.fingerprint
            if head.fingerprint != self.fingerprint:
                raise StaleReadModelError
            records = Revisions(session, self.renderer.model)
            return Commit(head, records, self.renderer, actor, only_own=only_own).run(acts, track)

    def rebuild(self, track: Progress = iter) -> Counter[str]:
        """Make everything that is served anew; return how many records differed in which table."""
        with self.database.writing() as connection:
            head = LogHead.lock(self.session(connection), self.clock)
            return self.rebuild_on(connection, head, track)

    def rebuild_on(self, connection: Connection, head: LogHead, track: Progress = iter) -> Counter[str]:
        """Rebuild inside a transaction that has taken the head; it is no act, and no moment passes."""
        records = Revisions(self.session(connection), self.renderer.model)
        mended = Rebuild(records, self.renderer).run(head.at, track)
        if mended:
            head.renew_generation()
        kept = {"fingerprint": self.fingerprint, "served": head.served}
        connection.execute(update(self.tables.head).values(kept))
        return mended

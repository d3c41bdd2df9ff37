"""The head of the log: the row with the last sequence numbers, which every writing transaction locks first."""

from dataclasses import dataclass, fields
from datetime import date
from secrets import randbits

from sqlalchemy import Update, bindparam, update

from api.store.database.statement_cache import AdvisoryLock
from api.store.database.writing_session import Session
from api.store.log.clock import Clock, ImplausibleTimeError, next_time
from schema.storage.commit_numbers import EPOCH_BITS, first_commit_number
from schema.storage.tables import Tables

_GENERATION_BITS = 62
"""Size of a random generation number: it fits a signed 64-bit column, and is unique across databases in practice."""


@dataclass
class LogHead:
    """The row of `head`, with the time of the current transaction.

    `seq` is the number of the last revision, `number` that of the last public change, `at` a UTC timestamp,
    `served` the generation number of the read model, and `fingerprint` that of the code that rendered it. The
    moments of both are empty in a database without a public commit or rebuild. `commit_number` counts the public
    commits and rebuilds that wrote a row of `record`, behind the number of an epoch, and never leaves the database;
    `is_counted` is True once it counts this one. `is_rebuild` is True if counting begins an epoch. `time_error` says
    why `at` is still the time of the last commit, if the clock is implausible: nothing may be appended to the log then.
    """

    seq: int
    number: int
    at: str
    served: int
    served_at: str
    fingerprint: str | None
    fingerprint_at: str
    commit_number: int
    time_error: ImplausibleTimeError | None = None
    is_counted: bool = False
    is_rebuild: bool = False

    @classmethod
    def lock(cls, session: Session, clock: Clock, today: date | None = None) -> "LogHead":
        """Lock the head until the end of the transaction and return it.

        Time never goes back, even if the clock does. `today` is a date that the operator confirms. Raise LookupError
        if the row is missing.
        """
        rows = session.run(_lock_head)
        if not rows:
            message = "the row of table head is missing"
            raise LookupError(message)
        head = cls(*rows[0])
        try:
            head.at = next_time(clock, head.at, today)
        except ImplausibleTimeError as error:
            head.time_error = error
        return head

    def renew_generation(self) -> None:
        """Set a new random generation number and its moment, because the read model changes.

        The first one is also that of the fingerprint: a draft that was saved before must not set it.
        """
        self.served, self.served_at = randbits(_GENERATION_BITS), self.at
        self.fingerprint_at = self.fingerprint_at or self.at

    def count_commit(self) -> int:
        """Return the commit number of this transaction, which its first call adds to those before.

        A rebuild, and a restore with it, begins an epoch: what processes have read so far need not be what the rows
        said that it finds, and a restored log has the changes of another database.
        """
        if not self.is_counted:
            first = first_commit_number(randbits(EPOCH_BITS))
            self.commit_number = first if self.is_rebuild else self.commit_number + 1
            self.is_counted = True
        return self.commit_number

    def renew_fingerprint(self, fingerprint: str) -> None:
        """Set the fingerprint of the code that has rendered the read model, and its moment if it is new."""
        if (self.fingerprint, bool(self.fingerprint_at)) != (fingerprint, True):
            self.fingerprint, self.fingerprint_at = fingerprint, self.at
            self.renew_generation()

    def write(self, session: Session) -> None:
        """Write the head to its row."""
        session.run(_update_head, **{name: getattr(self, name) for name in _COLUMNS})


_TRANSIENT = ("time_error", "is_counted", "is_rebuild")

_COLUMNS = [field.name for field in fields(LogHead) if field.name not in _TRANSIENT]


def _lock_head(tables: Tables) -> Update:
    head = tables.head
    columns = (head.c[name] for name in _COLUMNS)
    return update(head).where(AdvisoryLock()).values(seq=head.c.seq).returning(*columns)


def _update_head(tables: Tables) -> Update:
    return update(tables.head).values({name: bindparam(name) for name in _COLUMNS})

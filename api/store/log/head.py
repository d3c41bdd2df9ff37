"""The head of the log: the row with the last sequence numbers, which every writing transaction locks first."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from secrets import randbits

from sqlalchemy import Update, bindparam, update

from api.store.database.writing_session import Session
from schema.storage.tables import Tables

Clock = Callable[[], datetime]
"""Returns the current time, with its time zone."""


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


_GENERATION_BITS = 62
"""Size of a random generation number: it fits a signed 64-bit column, and is unique across databases in practice."""


@dataclass
class LogHead:
    """The row of `head`, with the time of the current transaction.

    `seq` is the number of the last revision, `number` that of the last public change, `at` a UTC timestamp,
    `served` the generation number of the read model, and `fingerprint` that of the code that rendered it.
    """

    seq: int
    number: int
    at: str
    served: int
    fingerprint: str | None = None

    @classmethod
    def lock(cls, session: Session, clock: Clock) -> "LogHead":
        """Lock the head until the end of the transaction and return it.

        Time never goes back, even if the clock does. Raise LookupError if the row is missing.
        """
        rows = session.run(_lock_head)
        if not rows:
            message = "the row of table head is missing"
            raise LookupError(message)
        ((seq, number, at, served, fingerprint),) = rows
        now = clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return cls(seq, number, max(now, at), served, fingerprint)

    def renew_generation(self) -> None:
        """Set a new random generation number, because the read model changes."""
        self.served = randbits(_GENERATION_BITS)

    def write(self, session: Session) -> None:
        """Write the head to its row."""
        session.run(_update_head, **asdict(self))


def _lock_head(tables: Tables) -> Update:
    head = tables.head
    columns = (head.c.seq, head.c.number, head.c.at, head.c.served, head.c.fingerprint)
    return update(head).values(seq=head.c.seq).returning(*columns)


def _update_head(tables: Tables) -> Update:
    return update(tables.head).values({field.name: bindparam(field.name) for field in fields(LogHead)})

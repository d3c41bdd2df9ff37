"""The head of the log: the row that every writing transaction locks first, and its numbers."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from secrets import randbits

from sqlalchemy import Update, bindparam, update

from api.store.database.session import Session
from schema.storage.tables import Tables

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the moment that it is."""
    return datetime.now(UTC)


_BITS = 62
"""Of a number that is drawn so that no other is like it, here or in another database: as many as columns take."""


@dataclass
class LogHead:
    """The newest numbers of revisions and of public changes, and the moment of this transaction."""

    seq: int
    number: int
    at: str
    served: int
    fingerprint: str | None = None

    @classmethod
    def lock(cls, session: Session, clock: Clock) -> "LogHead":
        """Lock the head and return it; the numbers that follow are nobody else's until the end.

        Moments never go back, even when the clock does. Raise LookupError if there is no head.
        """
        rows = session.run(_locked)
        if not rows:
            message = "the row of head is gone"
            raise LookupError(message)
        ((seq, number, at, served, fingerprint),) = rows
        now = clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return cls(seq, number, max(now, at), served, fingerprint)

    def renew_generation(self) -> None:
        """Say that something else is served, by a number that was never there before."""
        self.served = randbits(_BITS)

    def write(self, session: Session) -> None:
        """Write the head as it is now."""
        session.run(_kept, **asdict(self))


def _locked(tables: Tables) -> Update:
    head = tables.head
    columns = (head.c.seq, head.c.number, head.c.at, head.c.served, head.c.fingerprint)
    return update(head).values(seq=head.c.seq).returning(*columns)


def _kept(tables: Tables) -> Update:
    return update(tables.head).values({one.name: bindparam(one.name) for one in fields(LogHead)})

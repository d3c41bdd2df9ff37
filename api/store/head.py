"""The head of the log: the row that every writing transaction locks first, and its numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import randbits

from sqlalchemy import Connection, update

from schema.tables import Tables

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the moment that it is."""
    return datetime.now(UTC)


_BITS = 62
"""Of a number that is drawn so that no other is like it, here or in another database: as many as columns take."""


@dataclass
class Head:
    """The newest numbers of revisions and of public changes, and the moment of this transaction."""

    seq: int
    number: int
    at: str
    served: int
    fingerprint: str | None = None

    @classmethod
    def take(cls, connection: Connection, tables: Tables, clock: Clock) -> "Head":
        """Lock the head and return it; the numbers that follow are nobody else's until the end.

        Moments never go back, even when the clock does.
        """
        head = tables.head
        locked = (
            update(head)
            .values(seq=head.c.seq)
            .returning(head.c.seq, head.c.number, head.c.at, head.c.served, head.c.fingerprint)
        )
        row = connection.execute(locked).one()
        now = clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return cls(row.seq, row.number, max(now, row.at), row.served, row.fingerprint)

    def serve_anew(self) -> None:
        """Say that something else is served, by a number that was never there before."""
        self.served = randbits(_BITS)

    def keep(self, connection: Connection, tables: Tables) -> None:
        """Write the head as it is now."""
        values = {
            "seq": self.seq,
            "number": self.number,
            "at": self.at,
            "served": self.served,
            "fingerprint": self.fingerprint,
        }
        connection.execute(update(tables.head).values(values))

"""One database, SQLite or PostgreSQL: its connections for writing, and the lock that orders them."""

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from api.store.database.sqlite_writer import file_lock, pooled_writer, release_writer

SQLITE = "sqlite"

POSTGRESQL = "postgresql"

# What both drivers know.
_OPTIONS = {"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"}


class DatabaseUrlError(ValueError):
    """The address of a database is not one that we can use."""


class ForeignKeyViolationError(RuntimeError):
    """A migration would leave rows that refer to nothing; it was undone."""


class Database:
    """A database by its address: `sqlite:///path` or `postgresql://…`."""

    def __init__(self, address: str) -> None:
        url = _known(address)
        self.kind = url.get_backend_name()
        # The lock goes by name, so one file must have one.
        self.path = Path(url.database or "").resolve() if self.kind == SQLITE else None
        self.address = url.set(drivername=POSTGRESQL).render_as_string(hide_password=False)
        driver = "sqlite+pysqlite" if self.path else "postgresql+psycopg"
        if self.path:
            # The last writer to close checkpoints, and must do so under the lock; readers open the
            # file read-only, so that they never do.
            self.engine = pooled_writer(url.set(drivername=driver), self.path)
            self._apart = create_engine(url.set(drivername=driver), poolclass=NullPool)
            self._reading = create_engine("sqlite://", creator=self._open_read_only, poolclass=NullPool)
            for engine in (self.engine, self._apart):
                _prepare(engine)
            event.listen(self._reading, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        else:
            # A few are held: a new connection knows nothing of the tables and is slow at first.
            held_too = create_engine(url.set(drivername=driver), pool_pre_ping=True)
            self.engine = self._apart = self._reading = held_too
        # Also when nobody closes it: at the end of the process at the latest.
        weakref.finalize(self, release_writer, self.engine, self.path)

    @property
    def read_only_uri(self) -> str:
        """Return the address with which SQLite opens the file and never writes to it."""
        return f"{self.path.as_uri()}?mode=ro" if self.path else ""

    def close(self) -> None:
        """Let go of the connections that are held."""
        release_writer(self.engine, self.path)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction, the only one that writes at its time."""
        with self.write_lock(), self.engine.connect() as connection:
            try:
                with connection.begin():
                    yield connection
            except DBAPIError:
                # Whatever is wrong with it, the next begins with another.
                connection.invalidate()
                raise

    @contextmanager
    def dry_run(self) -> Iterator[Connection]:
        """Yield a connection as for writing, and undo in the end whatever was done."""
        with self.write_lock(), self._apart.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one moment and writes nothing."""
        with self._reading.connect() as connection:
            if not self.path:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def optimize_indexes(self) -> None:
        """Put in order what much change leaves behind: indexes of words in pieces, which each search looks through.

        PostgreSQL also looks at what its tables hold, so that it plans well.
        """
        if self.path:
            with self.writing() as connection:
                connection.exec_driver_sql(
                    "INSERT INTO searchable_words(searchable_words) VALUES ('optimize')"
                )
            return
        with self.engine.connect() as connection:
            at_once = connection.execution_options(isolation_level="AUTOCOMMIT")
            at_once.exec_driver_sql("SELECT gin_clean_pending_list('ix_searchable_words')")
            at_once.exec_driver_sql("ANALYZE")

    def _open_read_only(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.read_only_uri, uri=True, timeout=10)
        connection.isolation_level = None
        return connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that may change tables, one process at a time.

        Foreign keys are off on SQLite meanwhile, because rebuilding a table there means dropping
        it, and that would take its children along; they are checked before the end.
        """
        with self.write_lock(), self._apart.connect() as connection:
            if self.path:
                for pragma in ("journal_mode = WAL", "foreign_keys = OFF"):
                    connection.connection.execute(f"PRAGMA {pragma}")
            with connection.begin():
                if not self.path:
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7461)")
                yield connection
                if self.path and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                    raise ForeignKeyViolationError(len(broken))

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Hold the lock that all processes writing to one SQLite file share.

        PostgreSQL needs none here: there, a writing transaction begins by locking the row of `head`.
        """
        with file_lock(self.path) if self.path else nullcontext():
            yield


def _known(address: str) -> URL:
    """Return an address that can be used, in its parts. Raise DatabaseAddressError for any other."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        message = f"{address!r} is not the address of a database"
        raise DatabaseUrlError(message) from error
    kind = url.get_backend_name()
    if kind not in (SQLITE, POSTGRESQL) or (kind == SQLITE and url.database in (None, "", ":memory:")):
        message = "a database is sqlite:///a/path or postgresql://user@host/name"
        raise DatabaseUrlError(message)
    if options := url.query.keys() - _OPTIONS:
        message = f"{', '.join(sorted(options))}: only {', '.join(sorted(_OPTIONS))} can stand behind `?`"
        raise DatabaseUrlError(message)
    return url


def _prepare(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours to say
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA busy_timeout = 10000")
        # Kibibytes: a large commit touches pages all over the indexes, and each would be written often.
        connection.execute("PRAGMA cache_size = -65536")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A transaction that reads and only then writes could find itself locked out for good.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
